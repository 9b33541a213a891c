"""Summarising: which hours of whose track have changed, and their trips once the sections are over.

Hours are marked from what is released, by an offset of its own that moves in the same transaction; a mark
goes when its trips are kept. So a kill anywhere repeats, and never skips.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from tracking.fleet.trips import TripMark
from tracking.telemetry.journal import Journal
from tracking.telemetry.track import Track
from tracking.telemetry.trips import GAP, keep_trips
from tracking.unit_of_work import UnitOfWork
from tracking.values.offsets import Offset
from tracking.values.times import EPOCH, from_ms, to_ms

READER = "trips"
"""Whose offset, among the relational ones, says how far releases are marked."""

SETTLED = timedelta(hours=1)
"""How long after its last fix a section is summarised; what comes later changes its trips again."""

HOUR = timedelta(hours=1)
MS_PER_HOUR = 3_600_000
GAP_MS = GAP // timedelta(milliseconds=1)
PAGE = 10_000

Open = Callable[[], UnitOfWork]
Stretch = tuple[datetime, datetime]


def summarise(journal: Journal, open_unit_of_work: Open, now: datetime, pages: int = 100) -> int:
    """Mark what was released, at most `pages` pages, keep what has settled; return how many trips changed."""
    for _ in range(pages):
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
    return sum(_keep_settled(open_unit_of_work, track, c, marked, now) for c, marked in hours.items())


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
    changed = 0
    for hours, stretch in _stretches(track, courier_id, sorted(marked)):
        if stretch is not None and stretch[1] > now - SETTLED:
            continue
        with open_uow() as uow:
            if stretch is not None:
                changed += keep_trips(uow, track, courier_id, *stretch)
            for hour in hours:
                uow.trip_marks.remove(courier_id, hour)
            uow.commit()
    return changed


def _stretches(
    track: Track, courier_id: str, marked: list[int]
) -> Iterable[tuple[list[int], Stretch | None]]:
    """Yield the marked hours, those of one stretch of whole sections together; None for an empty stretch."""
    left = marked
    while left:
        stretch = _stretch(track, courier_id, left[0])
        last = left[0] if stretch is None else max(left[0], to_ms(stretch[1]) // MS_PER_HOUR)
        yield [hour for hour in left if hour <= last], stretch
        left = [hour for hour in left if hour > last]


def _stretch(track: Track, courier_id: str, hour: int) -> Stretch | None:
    """Return the first and the last fix of the sections that an hour has a part of."""
    since_ms, until_ms = hour * MS_PER_HOUR, (hour + 1) * MS_PER_HOUR - 1
    within = track.times_ms(courier_id, since_ms, until_ms)
    if not within:
        return None
    return (
        from_ms(_edge(within[0], track.times_before_ms(courier_id, within[0]))),
        from_ms(_edge(within[-1], track.times_after_ms(courier_id, within[-1]))),
    )


def _edge(start_ms: int, outwards: Iterable[int]) -> int:
    """Return the last of the times, in order from `start_ms` outwards, before a gap."""
    edge_ms = start_ms
    for at_ms in outwards:
        if abs(at_ms - edge_ms) > GAP_MS:
            break
        edge_ms = at_ms
    return edge_ms
