"""Keeping visits: around the times that new fixes touch, stays are worked out anew from the whole track.

So a late fix, or a batch that is repeated after a kill, leads to what the same fixes in order would have.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice, pairwise, takewhile
from typing import NamedTuple

from tracking.fleet.stops import StopState
from tracking.fleet.visiting import correct_visits
from tracking.fleet.visits import Visit
from tracking.telemetry.arrivals import Fence, readings, stays
from tracking.telemetry.fixes import Fix
from tracking.telemetry.plausibility import (
    WITNESS_AGE,
    WITNESSES,
    plausible_newest_first,
    plausible_oldest_first,
)
from tracking.telemetry.track import Track
from tracking.unit_of_work import UnitOfWork

DONE_AGO = timedelta(hours=1)
"""A stop that was done this long before a fix is still watched for it."""

OPEN_STOPS = tuple(state for state in StopState if state is not StopState.DONE)
END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class Window(NamedTuple):
    """A stretch of a courier's track to look at anew: its plausible fixes, and those around it."""

    fixes: Sequence[Fix]
    before: Iterable[Fix]
    after: Iterable[Fix]


class _Remembered:
    """Fixes that are read from the journal when first asked for, and may be gone through again."""

    def __init__(self, source: Iterable[Fix]) -> None:
        self._source = iter(source)
        self._seen: list[Fix] = []

    def __iter__(self) -> Iterator[Fix]:
        index = 0
        while True:
            if index == len(self._seen):
                following = next(self._source, None)
                if following is None:
                    return
                self._seen.append(following)
            yield self._seen[index]
            index += 1


class Surroundings(NamedTuple):
    """What matters to some couriers' visits from a time on: the places to watch, and the visits then."""

    place_ids: Mapping[str, set[str]]
    visits: Mapping[str, list[Visit]]


def surroundings(uow: UnitOfWork, couriers: Collection[str], since: datetime) -> Surroundings:
    """Return the places to watch, and the visits that had not ended by `since`.

    To be watched are open stops, stops that were done shortly before (fixes may come late), and where a
    visit is known.
    """
    place_ids: dict[str, set[str]] = {courier_id: set() for courier_id in couriers}
    visits: dict[str, list[Visit]] = {courier_id: [] for courier_id in couriers}
    done = uow.stops.find_between("done_at", since - DONE_AGO, END_OF_TIME)
    for stop in (*uow.stops.find_in(courier_id=couriers, state=OPEN_STOPS), *done):
        if stop.courier_id in place_ids:
            place_ids[stop.courier_id].add(stop.place_id)
    ended = uow.visits.find_between("departed_at", since, END_OF_TIME)
    for visit in (*ended, *uow.visits.find(departed_at=None)):
        if visit.courier_id in visits:
            visits[visit.courier_id].append(visit)
            place_ids[visit.courier_id].add(visit.place_id)
    return Surroundings(place_ids, visits)


def keep_visits(
    uow: UnitOfWork,
    track: Track,
    courier_id: str,
    touched: Iterable[datetime],
    fences: Sequence[Fence],
    known: Sequence[Visit],
) -> None:
    """Correct a courier's visits to `fences` after fixes of the `touched` times have joined the track.

    `known` are the visits that had not ended by the first of these times.
    """
    for since, until in _stretches(sorted(touched)) if fences else ():
        window = _window(track, courier_id, since, until)
        corrected = [_keep(uow, track, courier_id, fence, window, known) for fence in fences]
        if any(corrected):
            known = surroundings(uow, [courier_id], since).visits[courier_id]


def _stretches(times: Sequence[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """Yield first and last of runs of times without a longer gap, so that one late fix costs little."""
    since = times[0]
    for earlier, later in pairwise(times):
        if later - earlier > WITNESS_AGE:
            yield since, earlier
            since = later
    yield since, times[-1]


def _window(track: Track, courier_id: str, since: datetime, until: datetime) -> Window:
    """Return the stretch together with the few fixes after it whose plausibility it may change."""
    affected = list(islice(track.onwards(courier_id, until), WITNESSES))
    until = affected[-1].fix_at if affected else until
    earlier = _Remembered(track.backwards(courier_id, since))
    before = list(islice(earlier, WITNESSES))[::-1]
    fixes = track.between(courier_id, since, until)
    later = track.onwards(courier_id, until) if len(affected) == WITNESSES else ()
    return Window(
        list(plausible_oldest_first(fixes, before)),
        _Remembered(plausible_newest_first(earlier)),
        _Remembered(plausible_oldest_first(later, [*before, *fixes])),
    )


def _keep(
    uow: UnitOfWork, track: Track, courier_id: str, fence: Fence, window: Window, known: Sequence[Visit]
) -> bool:
    """Correct the visits to one place and tell whether there was anything to correct."""
    left = next(readings(fence, window.before), None)
    right = next(readings(fence, window.after), None)
    inside = [*readings(fence, window.fixes), *([right] if right else [])]
    known = sorted(
        (
            visit
            for visit in known
            if visit.place_id == fence.place_id
            and (right is None or visit.arrived_at <= right.at)
            and (left is None or visit.departed_at is None or visit.departed_at > left.at)
        ),
        key=lambda visit: visit.arrived_at,
    )
    started_at = _start(fence, window, known, left.at) if left and left.is_there else None
    ends_at = _end(fence, window, known, right.at) if right and right.is_there else None
    found = stays(started_at, inside, ends_at)
    if [visit.stay for visit in known] == found:
        return False
    may_go = partial(_is_evident, track)
    correct_visits(uow, courier_id, fence.place_id, known, found, may_go)
    return True


def _is_evident(track: Track, visit: Visit) -> bool:
    """Tell whether the fix that a visit began with is still there to say otherwise."""
    return track.has(visit.courier_id, visit.arrived_at)


def _start(fence: Fence, window: Window, known: Sequence[Visit], at: datetime) -> datetime:
    """Return when the stay began that goes on at `at`: as we know, or else as the track shows."""
    for visit in known:
        if visit.stay.covers(at):
            return visit.arrived_at
    run = takewhile(lambda reading: reading.is_there, readings(fence, window.before))
    return min(reading.at for reading in run)


def _end(fence: Fence, window: Window, known: Sequence[Visit], at: datetime) -> datetime | None:
    """Return when the stay ends that goes on at `at`: as we know, or else as the track shows."""
    for visit in known:
        if visit.stay.covers(at):
            return visit.departed_at
    return next((reading.at for reading in readings(fence, window.after) if not reading.is_there), None)
