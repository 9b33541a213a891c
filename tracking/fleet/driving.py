"""How long a courier has driven in a shift, as they reported it, and since the last break."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracking.fleet.breaks import Break
from tracking.fleet.courier import Shift
from tracking.fleet.stops import UNDER_WAY, Stop, StopState
from tracking.unit_of_work import UnitOfWork

NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Driven:
    """The time at the wheel: in the shift, and since the end of the last break, in s."""

    total_s: int = 0
    since_break_s: int = 0


def driven(
    uow: UnitOfWork, shift: Shift, breaks: Sequence[Break], open_stops: Iterable[Stop], at: datetime
) -> Driven:
    """Return how long the courier of a shift, who has these open stops, has driven until `at`.

    A drive lasts from "on my way" to "I am here". Where the first was not said it began when the stop before
    it was done, and where the second was not said it ended when the stop was: rather too long than too short.
    Breaks interrupt it.
    """
    courier_id = shift.courier_id
    stops = uow.stops.find_between(
        "done_at", shift.starts_at, at + timedelta(microseconds=1), courier_id=courier_id
    )
    stops += [stop for stop in open_stops if stop.state in UNDER_WAY]
    drives = list(_drives(stops, shift, at))
    rests = [(each.started_at, each.until) for each in breaks if each.started_at and each.until]
    rested_at = max((min(until, at) for _, until in rests), default=shift.starts_at)
    total = sum((_without(rests, begins, ends) for begins, ends in drives), NONE)
    since = sum((_without(rests, max(begins, rested_at), ends) for begins, ends in drives), NONE)
    return Driven(_whole_s(total), _whole_s(since))


def _drives(stops: Sequence[Stop], shift: Shift, at: datetime) -> list[tuple[datetime, datetime]]:
    """Return when each drive to a stop began and ended, in their order."""
    drives: list[tuple[datetime, datetime]] = []
    free_at = shift.starts_at
    for stop in sorted(stops, key=lambda stop: stop.arrived_at or stop.done_at or at):
        begins = max(free_at, stop.en_route_at or free_at)
        ends = at if stop.state is StopState.EN_ROUTE else (stop.arrived_at or stop.done_at or at)
        if begins < ends:
            drives.append((begins, ends))
        free_at = max(free_at, stop.done_at or ends)
    return drives


def _without(rests: Sequence[tuple[datetime, datetime]], begins: datetime, ends: datetime) -> timedelta:
    """Return the time from `begins` to `ends` that no rest interrupts."""
    if ends <= begins:
        return NONE
    rested = sum((max(NONE, min(ends, until) - max(begins, since)) for since, until in rests), NONE)
    return ends - begins - rested


def _whole_s(span: timedelta) -> int:
    return span // timedelta(seconds=1)
