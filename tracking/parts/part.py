"""The catalogue: parts, and units with a serial."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from tracking.values.errors import InvalidValue

_IDENTIFIER = re.compile(r"^[!-~]{1,64}$")


class PartKind(StrEnum):
    """Repairable parts carry serials and come back; consumables are counted and do not."""

    REPAIRABLE = "repairable"
    CONSUMABLE = "consumable"


class Condition(StrEnum):
    """The grade of a unit."""

    NEW = "new"
    REFURBISHED = "refurbished"
    DEFECTIVE = "defective"


@dataclass(frozen=True, slots=True)
class Part:
    """A part number: `weight_g`, `volume_cm3` and `value_cents` are of one piece, and not negative."""

    part_number: str
    name: str
    kind: PartKind
    weight_g: int
    volume_cm3: int
    value_cents: int
    substitutes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checked_identifier(self.part_number, "part number")
        if min(self.weight_g, self.volume_cm3, self.value_cents) < 0:
            raise InvalidValue(f"Part {self.part_number}: weight, volume and value must not be negative.")

    @property
    def serialised(self) -> bool:
        """Whether each piece carries a serial."""
        return self.kind is PartKind.REPAIRABLE


@dataclass(frozen=True, slots=True)
class Unit:
    """One piece of a repairable part."""

    serial: str
    part_number: str
    condition: Condition

    def __post_init__(self) -> None:
        checked_identifier(self.serial, "serial")


def checked_identifier(value: str, what: str) -> str:
    """Return `value` when it is 1-64 printable ASCII characters without spaces, else raise `InvalidValue`."""
    if not _IDENTIFIER.match(value):
        raise InvalidValue(f"The {what} {value!r} must be 1-64 printable ASCII characters without spaces.")
    return value
