"""When work at a place may begin: its opening hours as windows of the problem."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice

from routing.problem import TimeWindow
from tracking.parts.location import Location
from tracking.values.times import utc

WHOLE_DAYS_S = 40 * 86_400
"""A window that never closes within a plan."""
OPENINGS = 6
"""The next openings are looked at, so many: no shift sees more of them."""


def windows(place: Location, epoch: datetime, from_s: int, service_s: int) -> tuple[TimeWindow, ...]:
    """Return when work of `service_s` at a place may begin, from `from_s` after `epoch` on; () is always.

    It ends before the place closes; where no opening is long enough for it, it begins when the place opens.
    """
    from_s = max(0, from_s)
    if not place.opening_hours:
        return (TimeWindow(from_s, WHOLE_DAYS_S),) if from_s else ()
    since = utc(epoch) + timedelta(seconds=from_s)
    spans = [
        (max(from_s, seconds_between(epoch, opens_at)), seconds_between(epoch, closes_at))
        for opens_at, closes_at in islice(place.openings(since), OPENINGS)
    ]
    long_enough = tuple(TimeWindow(a, b - service_s) for a, b in spans if b - a >= service_s)
    return long_enough or tuple(TimeWindow(a, a) for a, _ in spans)


def seconds_between(start: datetime, end: datetime) -> int:
    """Return the whole seconds from one time to another."""
    return int((end - start).total_seconds())
