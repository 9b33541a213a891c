"""Visits: when a courier was at a place, as the courier's fixes show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from tracking.values.errors import InvalidValue


class Stay(NamedTuple):
    """From the first fix at a place to the first one away from it; `departed_at` None while there is none."""

    arrived_at: datetime
    departed_at: datetime | None = None

    def covers(self, at: datetime) -> bool:
        """Tell whether the courier was there at `at`."""
        return self.arrived_at <= at and (self.departed_at is None or at < self.departed_at)

    def overlaps(self, other: Stay) -> bool:
        """Tell whether two stays share a moment."""
        return self.covers(other.arrived_at) or other.covers(self.arrived_at)


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay of a courier at a place."""

    visit_id: str
    courier_id: str
    place_id: str
    arrived_at: datetime
    departed_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.departed_at is not None and self.departed_at < self.arrived_at:
            raise InvalidValue(f"Visit {self.visit_id} ends before it starts.")

    @property
    def stay(self) -> Stay:
        """The times of the visit."""
        return Stay(self.arrived_at, self.departed_at)
