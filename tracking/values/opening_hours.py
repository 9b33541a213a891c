"""Opening hours: when something is open, week by week, by the clock on its wall."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, pairwise
from typing import Self
from zoneinfo import ZoneInfo

from tracking.values.errors import InvalidValue

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
ALWAYS = "24/7"
DAY_MIN = 1440

_SPAN = re.compile(r"^([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$")
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)

Interval = tuple[datetime, datetime]
"""From when, and until when: aware, UTC."""


@dataclass(frozen=True, slots=True)
class Span:
    """Open from `opens_min` to `closes_min`, minutes after midnight; where that is less, of the next day."""

    opens_min: int
    closes_min: int

    @property
    def minutes(self) -> int:
        """How long it is."""
        return (self.closes_min - self.opens_min) % DAY_MIN or DAY_MIN


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """The spans of each day of the week, Monday first, in order."""

    days: tuple[tuple[Span, ...], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read hours as OpenStreetMap writes them: `Mo-Fr 08:00-12:00,13:00-17:00; Sa 09:00-12:00`; `24/7`.

        Days are `Mo` to `Su`; a span that ends at or before its beginning ends on the next day. Of that
        grammar nothing else is known. Raises `InvalidValue`, naming what is wrong.
        """
        if text.strip() == ALWAYS:
            return cls(((Span(0, DAY_MIN),),) * len(DAYS))
        found: dict[int, tuple[Span, ...]] = {}
        for rule in filter(None, (rule.strip() for rule in text.split(";"))):
            days, _, spans = rule.partition(" ")
            for day in _days(days):
                if day in found:
                    raise InvalidValue(f"Opening hours name {DAYS[day]} twice: {text!r}.")
                found[day] = _spans(spans)
        hours = cls(tuple(found.get(day, ()) for day in range(len(DAYS))))
        hours._refuse_overlaps(text)
        return hours

    def on(self, day: date, zone: ZoneInfo) -> Iterator[Interval]:
        """Yield when it is open on a day by the clocks of a zone; a span over midnight belongs to its first.

        Where clocks are set back, it opens when they first show the time and closes when they last do; where
        they skip a time, it counts as the moment of the jump.
        """
        midnight = datetime.combine(day, time())
        for span in self.days[day.weekday()]:
            opens = midnight + span.opens_min * _MINUTE
            opens_at = _instant(opens, zone, last=False)
            closes_at = _instant(opens + span.minutes * _MINUTE, zone, last=True)
            if opens_at < closes_at:
                yield opens_at, closes_at

    def since(self, since: datetime, zone: ZoneInfo) -> Iterator[Interval]:
        """Yield when it is open by the clocks of a zone, without end, from what closes after `since` on."""
        for n in count(-1):
            for opens_at, closes_at in self.on(since.astimezone(zone).date() + n * _DAY, zone):
                if closes_at > since:
                    yield opens_at, closes_at

    def _refuse_overlaps(self, text: str) -> None:
        """Raise `InvalidValue` where a span begins before the one before it ends; the week is a circle."""
        spans = [(n * DAY_MIN + s.opens_min, s.minutes) for n, day in enumerate(self.days) for s in day]
        if not spans:
            raise InvalidValue(f"Opening hours name no time at all: {text!r}.")
        spans.append((spans[0][0] + len(DAYS) * DAY_MIN, 0))
        for (opens_min, minutes), (next_min, _) in pairwise(spans):
            if opens_min + minutes > next_min:
                raise InvalidValue(f"Opening hours overlap on {DAYS[next_min // DAY_MIN % 7]}: {text!r}.")


def _days(text: str) -> Iterator[int]:
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise InvalidValue(f"{part!r} is no day or range of days: write Mo, Mo-Fr or Mo,We.")
        begin = DAYS.index(first)
        length = (DAYS.index(last) - begin) % len(DAYS) if dash else 0
        yield from ((begin + n) % len(DAYS) for n in range(length + 1))


def _spans(text: str) -> tuple[Span, ...]:
    found = []
    for part in text.replace(" ", "").split(","):
        match = _SPAN.match(part)
        opens, closes = (_minutes(match.groups(), k) for k in (0, 2)) if match else (DAY_MIN, 0)
        if opens >= DAY_MIN or closes > DAY_MIN:
            raise InvalidValue(f"{part!r} is no span of time: write 08:00-17:00.")
        found.append(Span(opens, closes))
    return tuple(sorted(found, key=lambda span: span.opens_min))


def _minutes(groups: tuple[str, ...], k: int) -> int:
    return int(groups[k]) * 60 + int(groups[k + 1])


def _instant(local: datetime, zone: ZoneInfo, *, last: bool) -> datetime:
    """Return when the clocks of a zone show `local`, for the first or last time."""
    at = local.replace(tzinfo=zone, fold=int(last)).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == local:
        return at
    early, late = sorted(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    offset = late.astimezone(zone).utcoffset()
    minutes = (late - early) // _MINUTE
    return early + _MINUTE * bisect_left(
        range(minutes), True, key=lambda n: (early + n * _MINUTE).astimezone(zone).utcoffset() == offset
    )
