"""The catalogue: parts, and units with a serial."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from tracking.values.errors import InvalidValue

_IDENTIFIER = re.compile(r"^[!-~]{1,64}\Z")
_CUSTOMS_CODE = re.compile(r"^(?:[0-9]{6,10})?\Z")

MODEL_SEPARATOR = "|"
"""Stands between models in one cell of a sheet, and so in no model."""
LONGEST_REVISION = 64
LONGEST_MODEL = 64
"""Characters."""


class PartKind(StrEnum):
    """Repairable parts carry serials and come back; consumables are counted and do not."""

    REPAIRABLE = "repairable"
    CONSUMABLE = "consumable"


class Condition(StrEnum):
    """The grade of a unit."""

    NEW = "new"
    REFURBISHED = "refurbished"
    DEFECTIVE = "defective"


class Hazard(StrEnum):
    """What the transport of a piece must heed, by the classes of the UN Model Regulations."""

    EXPLOSIVE = "explosive"
    """Class 1."""
    AEROSOL = "aerosol"
    """Class 2, UN 1950."""
    FLAMMABLE_GAS = "flammable_gas"
    """Class 2.1."""
    COMPRESSED_GAS = "compressed_gas"
    """Class 2.2: neither flammable nor toxic."""
    TOXIC_GAS = "toxic_gas"
    """Class 2.3."""
    FLAMMABLE_LIQUID = "flammable_liquid"
    """Class 3."""
    FLAMMABLE_SOLID = "flammable_solid"
    """Class 4."""
    OXIDISER = "oxidiser"
    """Class 5."""
    TOXIC = "toxic"
    """Class 6.1."""
    INFECTIOUS = "infectious"
    """Class 6.2."""
    RADIOACTIVE = "radioactive"
    """Class 7."""
    CORROSIVE = "corrosive"
    """Class 8."""
    LITHIUM_BATTERY = "lithium_battery"
    """Class 9, UN 3090, 3091, 3480 and 3481."""
    MAGNETISED = "magnetised"
    """Class 9, UN 2807."""
    DRY_ICE = "dry_ice"
    """Class 9, UN 1845."""
    OTHER_DANGEROUS = "other_dangerous"
    """Class 9, whatever else."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part number: `weight_g`, `volume_cm3` and `value_cents` are of one piece, and not negative.

    `customs_code` is its HS code, 6 to 10 digits or empty. `fits_models` are the models of machines that it
    is made for; where there are none, nobody has said, and it may go into any.
    """

    part_number: str
    name: str
    kind: PartKind
    weight_g: int
    volume_cm3: int
    value_cents: int
    substitutes: tuple[str, ...] = ()
    revision: str = ""
    hazards: tuple[Hazard, ...] = ()
    customs_code: str = ""
    fits_models: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checked_identifier(self.part_number, "part number")
        if min(self.weight_g, self.volume_cm3, self.value_cents) < 0:
            raise InvalidValue(f"Part {self.part_number}: weight, volume and value must not be negative.")
        if len(self.revision) > LONGEST_REVISION:
            raise InvalidValue(
                f"Part {self.part_number}: a revision has at most {LONGEST_REVISION} characters."
            )
        checked_customs_code(self.customs_code)
        for model in self.fits_models:
            checked_model(model)

    @property
    def serialised(self) -> bool:
        """Whether each piece carries a serial."""
        return self.kind is PartKind.REPAIRABLE

    def fits(self, model: str) -> bool:
        """Whether it may go into a machine of a model."""
        return not self.fits_models or model in self.fits_models


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


def checked_customs_code(value: str) -> str:
    """Return `value` when it is 6 to 10 digits, or empty, else raise `InvalidValue`."""
    if not _CUSTOMS_CODE.match(value):
        raise InvalidValue(f"The customs code {value!r} must be the 6 to 10 digits of an HS code.")
    return value


def checked_model(value: str) -> str:
    """Return `value` when it can name a model of machines, else raise `InvalidValue`.

    It has 1 to 64 printable characters, no space at an end, and no `MODEL_SEPARATOR`.
    """
    wrong = not value.isprintable() or value != value.strip() or MODEL_SEPARATOR in value
    if wrong or not 1 <= len(value) <= LONGEST_MODEL:
        raise InvalidValue(
            f"The model {value!r} must be 1-{LONGEST_MODEL} printable characters without "
            f"{MODEL_SEPARATOR!r}, and begin and end without a space."
        )
    return value
