"""Couriers, their shifts, and where each one was last seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tracking.values.coordinates import Coordinate
from tracking.values.errors import FieldstockError, InvalidValue
from tracking.values.ids import checked_name

LONGEST_SHIFT = timedelta(hours=24)
ENDS_WITHIN = LONGEST_SHIFT + timedelta(microseconds=1)
"""A shift that covers a moment ends before this much later."""


@dataclass(frozen=True, slots=True)
class Courier:
    """A person who drives, with a van; `home_id` is where shifts start and end.

    `route_version` grows with every change of the courier's stops.
    """

    courier_id: str
    display_name: str
    capacity_weight_g: int
    capacity_volume_cm3: int
    skills: tuple[str, ...]
    home_id: str
    route_version: int = 0

    def __post_init__(self) -> None:
        checked_name(self.courier_id, "courier")
        if min(self.capacity_weight_g, self.capacity_volume_cm3) < 0:
            raise InvalidValue(f"Courier {self.courier_id}: capacities must not be negative.")

    @property
    def van_id(self) -> str:
        """The location of what is on board."""
        return van_id(self.courier_id)


@dataclass(frozen=True, slots=True)
class Shift:
    """When a courier works: at most a day, from `starts_at` until before `ends_at`.

    They drive `max_driving_s` at most in all, and `max_stretch_s` without a break; None: as long as it takes.
    """

    shift_id: str
    courier_id: str
    starts_at: datetime
    ends_at: datetime
    max_driving_s: int | None = None
    max_stretch_s: int | None = None

    def __post_init__(self) -> None:
        for name, limit_s in (("max_driving_s", self.max_driving_s), ("max_stretch_s", self.max_stretch_s)):
            if limit_s is not None and not 0 < limit_s <= LONGEST_SHIFT.total_seconds():
                raise InvalidValue(f"{name}: lies from 1 s to 24 h.")
        if not self.starts_at < self.ends_at <= self.starts_at + LONGEST_SHIFT:
            raise InvalidValue("A shift ends after it starts, and at most 24 h later.")

    def covers(self, at: datetime) -> bool:
        """Tell whether the courier works at `at`."""
        return self.starts_at <= at < self.ends_at


@dataclass(frozen=True, slots=True)
class CourierPosition:
    """The newest accepted fix of a courier; only a fix that was made later replaces it.

    `charging`, `network` (wifi, mobile, offline) and `tracking` (quiet, manual, significant, move) are what
    the phone said of itself with that fix, None where it said nothing.
    """

    courier_id: str
    coordinate: Coordinate
    fix_at: datetime
    received_at: datetime
    accuracy_m: float | None = None
    speed_mps: float | None = None
    bearing_deg: float | None = None
    battery_pct: float | None = None
    charging: bool | None = None
    network: str | None = None
    tracking: str | None = None


class ShiftOverlaps(FieldstockError):
    """A courier cannot work two shifts at a time."""

    code = "shift_overlaps"
    action = "End the other shift first, or choose other times."


VAN = "van-"
"""What the name of every courier's van begins with."""


def van_id(courier_id: str) -> str:
    """Return the location of a courier's van."""
    return f"{VAN}{courier_id}"
