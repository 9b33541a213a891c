"""What a locker says of itself, and what of any device could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tracking.telemetry.fixes import check_counter, check_range, whole_ms
from tracking.values.errors import InvalidValue
from tracking.values.ids import checked_name

TEMPERATURE_RANGE_C = (-100.0, 150.0)
"""What a locker's thermometer can read at all."""


class Door(StrEnum):
    """A compartment's door as its sensor sees it."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Power(StrEnum):
    """What a locker runs on."""

    MAINS = "mains"
    BATTERY = "battery"
    UNKNOWN = "unknown"


class CommandResult(StrEnum):
    """How a locker's command ended."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CompartmentReading:
    """One compartment: its door, and the part number, serial and quantity that its scanner knows."""

    compartment: str
    door: Door
    part: str | None = None
    serial: str | None = None
    quantity: int | None = None

    def __post_init__(self) -> None:
        if self.quantity is not None and self.quantity < 0:
            raise InvalidValue(f"quantity must not be negative, and is {self.quantity}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LockerState:
    """A locker's full reading of itself; `at` and `sent_at` by its own clock."""

    device: str
    boot_id: str
    seq: int
    at: datetime
    received_at: datetime
    sent_at: datetime | None = None
    compartments: tuple[CompartmentReading, ...] = ()
    temperature_c: float | None = None
    power: Power = Power.UNKNOWN
    battery_pct: float | None = None

    def __post_init__(self) -> None:
        _check_report(self)
        check_range("temperature_c", self.temperature_c, *TEMPERATURE_RANGE_C)
        check_range("battery_pct", self.battery_pct, 0.0, 100.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockerEvent:
    """One thing that happened at a locker: `kind` is `door_opened`, `door_closed`, `scanned`, ..."""

    device: str
    boot_id: str
    seq: int
    at: datetime
    received_at: datetime
    kind: str
    sent_at: datetime | None = None
    compartment: str | None = None
    command_id: str | None = None
    code: str | None = None

    def __post_init__(self) -> None:
        _check_report(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockerConnection:
    """A locker came (`online`) or went; `connect_count` orders these, as a last will has no time of its own.

    `session` is the random name of this connection; a command is executed only in its session.
    """

    device: str
    online: bool
    session: str
    connect_count: int
    received_at: datetime

    def __post_init__(self) -> None:
        checked_name(self.device, "device")
        object.__setattr__(self, "received_at", whole_ms(self.received_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class LockerReply:
    """What became of a command; it counts with the locker's counter when it carries one."""

    device: str
    command_id: str
    result: CommandResult
    received_at: datetime
    reason: str | None = None
    at: datetime | None = None
    boot_id: str | None = None
    seq: int | None = None

    def __post_init__(self) -> None:
        _check_report(self)


LockerReport = LockerState | LockerEvent | LockerConnection | LockerReply


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message, or one fix of it, that could not be read, with its reason.

    `kind` is what it would have been; `device` is who sent it, where that is known.
    """

    topic: str
    kind: str
    reason: str
    received_at: datetime
    payload: bytes = field(repr=False)
    device: str | None = None


def _check_report(report: LockerState | LockerEvent | LockerReply) -> None:
    checked_name(report.device, "device")
    check_counter(report.boot_id, report.seq)
    for name in ("at", "sent_at", "received_at"):
        value = getattr(report, name, None)
        if value is not None:
            object.__setattr__(report, name, whole_ms(value))
