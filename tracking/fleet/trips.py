"""Trips: what a courier drove from one stay to the next, kept longer than the fixes that show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue
from tracking.values.times import to_ms


@dataclass(frozen=True, slots=True)
class Trip:
    """One stretch of driving: from where and when to where and when, how far, and how many fixes show it."""

    trip_id: str
    courier_id: str
    started_at: datetime
    ended_at: datetime
    from_lat_deg: float
    from_lon_deg: float
    to_lat_deg: float
    to_lon_deg: float
    distance_m: float
    fixes: int

    def __post_init__(self) -> None:
        if self.ended_at < self.started_at:
            raise InvalidValue(f"Trip {self.trip_id} ends before it starts.")

    @property
    def start(self) -> Coordinate:
        """Where it began."""
        return Coordinate(self.from_lat_deg, self.from_lon_deg)

    @property
    def end(self) -> Coordinate:
        """Where it ended."""
        return Coordinate(self.to_lat_deg, self.to_lon_deg)


@dataclass(frozen=True, slots=True)
class TripMark:
    """An hour (since the epoch) of a courier's track whose trips are to be worked out, or worked out anew."""

    courier_id: str
    hour: int


def trip_id(courier_id: str, started_at: datetime) -> str:
    """Return the identifier of the trip that a courier began at a time; later trips sort later."""
    return f"{courier_id}:{to_ms(started_at):013d}"
