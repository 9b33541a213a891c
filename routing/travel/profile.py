"""How much slower roads are at some hours of some days: a profile, and travel times that follow it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from routing.travel.factors import slow_down
from routing.travel.matrix import Table, Travel
from routing.travel.port import TravelTimes
from tracking.values import times
from tracking.values.coordinates import Coordinate
from tracking.values.errors import FieldstockError, InvalidValue
from tracking.values.times import utc

HOURS = 24
LOWEST, HIGHEST = 0.2, 5.0


class ProfileInvalid(FieldstockError):
    """A speed profile that cannot be used."""

    code = "speed_profile_invalid"
    action = "Correct the file; docs/travel.md shows one."


class DayClass(StrEnum):
    """Days that have the same traffic."""

    WORKDAY = "workday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


@dataclass(frozen=True, slots=True)
class HourOfWeek:
    """An hour (0 to 23, local time) of a class of days."""

    day: DayClass
    hour: int


def hour_of_week(at: datetime, zone: ZoneInfo) -> HourOfWeek:
    """Return the local hour of an aware time."""
    local = utc(at).astimezone(zone)
    day = {5: DayClass.SATURDAY, 6: DayClass.SUNDAY}.get(local.weekday(), DayClass.WORKDAY)
    return HourOfWeek(day, local.hour)


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone of the IANA database. Raises `ProfileInvalid`."""
    try:
        return times.zone_named(name)
    except InvalidValue as error:
        raise ProfileInvalid(error.cause) from error


@dataclass(frozen=True, slots=True)
class SpeedProfile:
    """By what durations are multiplied: 24 factors in [0.2, 5] for each class of days, 1 where none is named.

    `zone` is the region's: hours are local. Raises `ProfileInvalid`.
    """

    factors: Mapping[DayClass, tuple[float, ...]]
    zone: ZoneInfo

    def __post_init__(self) -> None:
        for day, factors in self.factors.items():
            if len(factors) != HOURS:
                raise ProfileInvalid(f"{day}: must hold 24 factors, not {len(factors)}.")
            for hour, factor in enumerate(factors):
                if not LOWEST <= factor <= HIGHEST:
                    raise ProfileInvalid(f"{day}[{hour}]: must lie in [{LOWEST}, {HIGHEST}], not {factor}.")

    @classmethod
    def flat(cls, zone: ZoneInfo) -> Self:
        """Return the profile of a region whose roads are the same at all hours."""
        return cls({}, zone)

    @classmethod
    def read(cls, path: Path, zone: ZoneInfo) -> Self:
        """Read a JSON object of `workday`, `saturday`, `sunday`, each a list of 24 factors."""
        try:
            days = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise ProfileInvalid(f"{path} cannot be read: {error}") from error
        if not isinstance(days, dict) or not set(days) <= set(DayClass):
            raise ProfileInvalid(f"{path}: must be an object of {', '.join(DayClass)} and nothing else.")
        for day, factors in days.items():
            numbers = isinstance(factors, list) and all(type(f) in (int, float) for f in factors)
            if not numbers:
                raise ProfileInvalid(f"{path}: {day} must be a list of numbers.")
        return cls({DayClass(day): tuple(map(float, factors)) for day, factors in days.items()}, zone)

    def factor(self, at: datetime | None) -> float:
        """Return the factor at an aware time; 1 at no time of day."""
        if at is None:
            return 1.0
        hour = hour_of_week(at, self.zone)
        factors = self.factors.get(hour.day)
        return 1.0 if factors is None else factors[hour.hour]


class ProfiledTravelTimes:
    """Implements `TravelTimes`: another's, slowed down by the profile's factor when travel begins."""

    def __init__(self, source: TravelTimes, profile: SpeedProfile) -> None:
        self._source = source
        self._profile = profile

    def matrix(self, points: Sequence[Coordinate], at: datetime | None = None) -> Travel:
        """Return the matrix as it is at `at`."""
        factor = self._profile.factor(at)
        if factor == 1.0:
            return self._source.matrix(points, at)
        return Travel.trusted(slow_down(self._source.table(points, points, at), factor))

    def table(
        self, sources: Sequence[Coordinate], targets: Sequence[Coordinate], at: datetime | None = None
    ) -> Table:
        """Return the table as it is at `at`."""
        table = self._source.table(sources, targets, at)
        factor = self._profile.factor(at)
        return table if factor == 1.0 else slow_down(table, factor)
