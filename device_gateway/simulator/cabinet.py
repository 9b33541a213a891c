"""The cabinet of a simulated locker: compartments, what lies in them, and doors that people close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from device_gateway.protocol.messages import CompartmentMessage
from tracking.values.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Content:
    """What lies in a compartment; an empty one holds `quantity` 0 of nothing."""

    part: str | None = None
    serial: str | None = None
    quantity: int = 0

    def __post_init__(self) -> None:
        if self.quantity < 0 or (self.quantity > 0) != (self.part is not None):
            raise InvalidValue("A compartment holds some of a part, or nothing.")


EMPTY = Content()


@dataclass(frozen=True, slots=True)
class OpenDoor:
    """A door that a command or an offline code opened, to be closed at `closes_s` of the monotonic clock.

    `code` is the counter of the code.
    """

    compartment: str
    command_id: str | None
    closes_s: float
    code: str | None = None


class Cabinet:
    """Compartments by name; its caller sees to it that one thread at a time uses it."""

    def __init__(self, contents: Mapping[str, Content]) -> None:
        self.contents = dict(contents)
        self.doors: dict[str, OpenDoor] = {}
        self.last_command_ids: dict[str, str | None] = {}

    def open(self, door: OpenDoor) -> None:
        """Open a door, or keep it open for longer."""
        self.doors[door.compartment] = door
        self.last_command_ids[door.compartment] = door.command_id

    def close_due(self, now_s: float) -> list[OpenDoor]:
        """Close the doors whose time has come, and return them."""
        due = [door for door in self.doors.values() if door.closes_s <= now_s]
        for door in due:
            del self.doors[door.compartment]
        return due

    def put(self, compartment: str, content: Content) -> None:
        """Lay something into a compartment, instead of what was there."""
        self._check(compartment)
        self.contents[compartment] = content

    def take(self, compartment: str, quantity: int) -> Content:
        """Take some of what lies behind an open door. Raises `InvalidValue`.

        Which serial is left of several, the cabinet cannot see.
        """
        self._check(compartment)
        if compartment not in self.doors:
            raise InvalidValue(f"Compartment {compartment} is closed.")
        content = self.contents[compartment]
        if not 1 <= quantity <= content.quantity:
            raise InvalidValue(f"Compartment {compartment} holds {content.quantity}, not {quantity}.")
        left = content.quantity - quantity
        self.contents[compartment] = replace(content, quantity=left, serial=None) if left else EMPTY
        return replace(content, quantity=quantity)

    def readings(self) -> list[CompartmentMessage]:
        """Return what the sensors and the scanner of each compartment say."""
        return [
            CompartmentMessage(
                name,
                "open" if name in self.doors else "closed",
                content.part,
                content.serial,
                content.quantity,
            )
            for name, content in sorted(self.contents.items())
        ]

    def _check(self, compartment: str) -> None:
        if compartment not in self.contents:
            raise InvalidValue(f"There is no compartment {compartment!r}.")
