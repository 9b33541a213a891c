"""Service calendars: the hours in which a service-level clock runs, by zone, week and holidays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays

from tracking.values.errors import InvalidValue
from tracking.values.ids import checked_name
from tracking.values.opening_hours import Interval, WeeklyHours
from tracking.values.times import zone_named

LONGEST = timedelta(days=800)
"""How far a calendar is looked through for service hours."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ServiceCalendar:
    """When service is given: `hours` (see `WeeklyHours.parse`) by the clocks of `zone`, an IANA name.

    On public holidays of `holidays_of` (ISO 3166, `LI` or `CH-ZH`; none where empty) and on `closed_on` (ISO
    dates) nothing begins; what began the evening before goes on to its end.
    """

    calendar_id: str
    name: str
    zone: str
    hours: str
    holidays_of: str = ""
    closed_on: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checked_name(self.calendar_id, "calendar")
        zone_named(self.zone)
        _weekly(self.hours)
        _public_holidays(self.holidays_of, 2026)
        for text in self.closed_on:
            _date(text)

    def intervals(self, since: datetime) -> Iterator[Interval]:
        """Yield the service hours that end after `since`, in order, as far as `LONGEST` from there."""
        zone = zone_named(self.zone)
        day = since.astimezone(zone).date() - _DAY
        for _ in range(LONGEST.days):
            if self.is_open_on(day):
                for opens_at, closes_at in _weekly(self.hours).on(day, zone):
                    if closes_at > since:
                        yield opens_at, closes_at
            day += _DAY

    def is_open_on(self, day: date) -> bool:
        """Whether service hours begin on a day."""
        return (
            bool(_weekly(self.hours).days[day.weekday()])
            and day.isoformat() not in self.closed_on
            and day not in _public_holidays(self.holidays_of, day.year)
        )

    def time_between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much of the time from `start` to `end` is service time."""
        total = timedelta(0)
        for opens_at, closes_at in self.intervals(start):
            if opens_at >= end:
                break
            total += min(closes_at, end) - max(opens_at, start)
        return total

    def after(self, start: datetime, service: timedelta) -> datetime:
        """Return when `service` of service time has passed since `start`, the earliest such time.

        Raises `InvalidValue` when that is further away than `LONGEST`.
        """
        for opens_at, closes_at in self.intervals(start):
            begins_at = max(opens_at, start)
            if closes_at - begins_at >= service:
                return begins_at + service
            service -= closes_at - begins_at
        raise InvalidValue(f"Calendar {self.calendar_id} has too few service hours after {start:%F %R} UTC.")

    def end_of_day(self, called_at: datetime, cutoff: str, days_later: int) -> datetime:
        """Return the end of service on the day of a call, or so many service days later.

        A call outside service days, after their last hour or after `cutoff` (`HH:MM`, local; none where
        empty) counts as one of the next service day. Raises `InvalidValue` as `after` does.
        """
        zone = zone_named(self.zone)
        local = called_at.astimezone(zone)
        too_late = bool(cutoff) and f"{local:%H:%M}" >= cutoff
        day, left = local.date(), days_later
        for _ in range(LONGEST.days):
            ends_at = self._ends_at(day)
            if ends_at is not None and not (day == local.date() and (too_late or ends_at <= called_at)):
                if left == 0:
                    return ends_at
                left -= 1
            day += _DAY
        raise InvalidValue(f"Calendar {self.calendar_id} has no service day after {called_at:%F %R} UTC.")

    def _ends_at(self, day: date) -> datetime | None:
        """Return when the service hours that begin on a day end, or None when none do."""
        if not self.is_open_on(day):
            return None
        return max(
            (closes_at for _, closes_at in _weekly(self.hours).on(day, zone_named(self.zone))), default=None
        )


@lru_cache(256)
def _weekly(text: str) -> WeeklyHours:
    return WeeklyHours.parse(text)


@lru_cache(1024)
def _public_holidays(code: str, year: int) -> frozenset[date]:
    """Return the public holidays of a country or its subdivision in a year. Raises `InvalidValue`."""
    if not code:
        return frozenset()
    country, _, subdivision = code.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))
    except (NotImplementedError, AttributeError, KeyError) as error:
        raise InvalidValue(f"Holidays of {code!r} are not known: write LI, or CH-ZH.") from error


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidValue(f"{text!r} is no date: write 2026-12-24.") from error


AROUND_THE_CLOCK = ServiceCalendar("around-the-clock", "Around the clock", "UTC", "24/7")
"""The calendar of contracts that name none."""
