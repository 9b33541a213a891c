"""Summarising: which hours of whose track have changed, and their trips once the sections are over.

Hours are marked from what is released, by an offset of its own that moves in the same transaction; a mark
goes when its trips are kept. So a kill anywhere repeats, and never skips.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby, takewhile

from tracking.fleet.trips import TripMark
from tracking.telemetry.journal import Journal
from tracking.telemetry.slices import GoOn, always
from tracking.telemetry.track import Track
from tracking.telemetry.trips import GAP, LONGEST, keep_trips
from tracking.unit_of_work import UnitOfWork
from tracking.values.offsets import Offset
from tracking.values.times import EPOCH, from_ms, to_ms

READER = "trips"
"""Whose offset, among the relational ones, says how far releases are marked."""

SETTLED = timedelta(hours=1)
"""How long after its last fix a section is summarised; what comes later changes its trips again."""

HOUR = timedelta(hours=1)
MS_PER_HOUR = 3_600_000
MS_PER_DAY = LONGEST // timedelta(milliseconds=1)
GAP_MS = GAP // timedelta(milliseconds=1)
PAGE = 10_000

Open = Callable[[], UnitOfWork]
Piece = tuple[int, int]
"""The first and the last time of a section or of one day of it, in ms."""


def summarise(journal: Journal, open_unit_of_work: Open, now: datetime, go_on: GoOn = always) -> int:
    """Mark what was released, keep what has settled, while it may go on; return how many trips changed."""
    while go_on():
        with open_unit_of_work() as uow:
            moved = _mark(journal, uow)
            uow.commit()
        if not moved:
            break
    with open_unit_of_work() as uow:
        reached, marks = _reached(uow), uow.trip_marks.find()
    track = Track(journal, reached)
    hours: dict[str, list[int]] = {}
    for mark in marks:
        hours.setdefault(mark.courier_id, []).append(mark.hour)
    of_couriers = takewhile(lambda _: go_on(), hours.items())
    return sum(_keep_settled(open_unit_of_work, track, c, marked, now) for c, marked in of_couriers)


def unsettled_since(uow: UnitOfWork) -> datetime | None:
    """Return the first hour whose trips are not kept yet, None where there is none."""
    hours = [mark.hour for mark in uow.trip_marks.find()]
    return EPOCH + min(hours) * HOUR if hours else None


def summarised_releases(uow: UnitOfWork) -> int:
    """Return up to which release the track is marked."""
    return _reached(uow)


def _mark(journal: Journal, uow: UnitOfWork) -> int:
    """Mark the hours of one page of releases, and return how many there were."""
    offset = uow.offsets.ensure(Offset(READER, 0))
    rows = journal.file.rows(
        "SELECT r.position, e.device, e.at_ms FROM released r JOIN entries e ON e.position = r.entry"
        " WHERE r.position > ? ORDER BY r.position LIMIT ?",
        (offset.position, PAGE),
    )
    for courier_id, hour in sorted({(row[1], row[2] // MS_PER_HOUR) for row in rows}):
        uow.trip_marks.ensure(TripMark(courier_id, hour))
    if rows:
        uow.offsets.save(Offset(READER, rows[-1][0]))
    return len(rows)


def _reached(uow: UnitOfWork) -> int:
    offset = uow.offsets.get(READER)
    return offset.position if offset else 0


def _keep_settled(open_uow: Open, track: Track, courier_id: str, marked: list[int], now: datetime) -> int:
    """Keep the trips of the pieces that marked hours have a part of, and of those beside them."""
    changed, left, settled_ms = 0, sorted(marked), to_ms(now - SETTLED)
    while left:
        pieces = _pieces(track, courier_id, left[0], settled_ms)
        own_ms = max((last for first, last in pieces if first < (left[0] + 1) * MS_PER_HOUR), default=0)
        reached = max(left[0], own_ms // MS_PER_HOUR)
        if own_ms <= settled_ms:
            with open_uow() as uow:
                for first, last in pieces:
                    if last <= settled_ms:
                        changed += keep_trips(uow, track, courier_id, from_ms(first), from_ms(last))
                for hour in (hour for hour in left if hour <= reached):
                    uow.trip_marks.remove(courier_id, hour)
                uow.commit()
        left = [hour for hour in left if hour > reached]
    return changed


def _pieces(track: Track, courier_id: str, hour: int, settled_ms: int) -> list[Piece]:
    """Return the first and last times of the sections that an hour has a part of, a long one cut by days.

    Of a long one, the two days to either side are among them: a late fix can make it of two that were not
    long, and were not cut. What has not settled is not looked at beyond its day.
    """
    since_ms, until_ms = hour * MS_PER_HOUR, (hour + 1) * MS_PER_HOUR - 1
    within = track.times_ms(courier_id, since_ms, until_ms)
    if not within:
        return []
    day_ms = since_ms // MS_PER_DAY * MS_PER_DAY
    last = _edge(within[-1], track.times_after_ms(courier_id, within[-1]), day_ms, day_ms + MS_PER_DAY)
    if last > settled_ms:
        return [(within[0], last)]
    lowest, highest = day_ms - 2 * MS_PER_DAY, day_ms + 3 * MS_PER_DAY
    first = _edge(within[0], track.times_before_ms(courier_id, within[0]), lowest, highest)
    last = _edge(last, track.times_after_ms(courier_id, last), lowest, highest)
    return list(_cut(track.times_ms(courier_id, first, last)))


def _cut(times_ms: list[int]) -> Iterator[Piece]:
    """Yield what `trips.sections` makes of times, the first and the last of each."""
    starts = [0, *(n for n in range(1, len(times_ms)) if times_ms[n] - times_ms[n - 1] > GAP_MS)]
    for start, end in zip(starts, [*starts[1:], len(times_ms)], strict=True):
        run = times_ms[start:end]
        if run[-1] - run[0] <= MS_PER_DAY:
            yield run[0], run[-1]
        else:
            for _, day in groupby(run, lambda at_ms: at_ms // MS_PER_DAY):
                of_day = list(day)
                yield of_day[0], of_day[-1]


def _edge(start_ms: int, outwards: Iterable[int], lowest_ms: int, highest_ms: int) -> int:
    """Return the last of the times, in order from `start_ms` outwards, before a gap or a bound."""
    edge_ms = start_ms
    for at_ms in outwards:
        if abs(at_ms - edge_ms) > GAP_MS or not lowest_ms <= at_ms < highest_ms:
            break
        edge_ms = at_ms
    return edge_ms
