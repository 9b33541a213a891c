"""Trips worked out from the track: stretches of driving between stays and gaps.

A section of the track is what lies between two gaps. No fix is judged by one beyond such a gap, so that the
trips of a section follow from its own fixes alone; they are worked out anew, whole, when a fix joins it late.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from tracking.fleet.trips import Trip, trip_id
from tracking.telemetry.fixes import Fix
from tracking.telemetry.plausibility import WITNESS_AGE, plausible_oldest_first
from tracking.telemetry.track import Track
from tracking.unit_of_work import UnitOfWork
from tracking.values.geodesy import great_circle_m
from tracking.values.times import EPOCH

GAP = WITNESS_AGE
"""A longer time without fixes ends a trip; it is also how far back plausibility looks."""

LONGEST = timedelta(hours=24)
"""A section that lasts longer, of a phone that never falls silent, is cut at each midnight (UTC)."""

STAY = timedelta(minutes=5)
"""Who keeps still for longer stays."""

STILL_M = 60.0
"""How far from where a stay began a fix may lie, beside its accuracy, to belong to it."""


def sections(fixes: Sequence[Fix]) -> Iterator[list[Fix]]:
    """Yield the runs of fixes in order of time without a longer gap, those that never end day by day."""
    section: list[Fix] = []
    for fix in fixes:
        if section and fix.fix_at - section[-1].fix_at > GAP:
            yield from _cut(section)
            section = []
        section.append(fix)
    yield from _cut(section)


def _cut(section: list[Fix]) -> Iterator[list[Fix]]:
    if section and section[-1].fix_at - section[0].fix_at > LONGEST:
        for _, day in groupby(section, lambda fix: (fix.fix_at - EPOCH) // LONGEST):
            yield list(day)
    elif section:
        yield section


def trips_of(fixes: Sequence[Fix]) -> list[Trip]:
    """Return the trips that whole sections of accepted fixes in order of time show."""
    return [
        _trip(drive)
        for section in sections(fixes)
        for plausible in sections(list(plausible_oldest_first(section, [])))
        for drive in _drives(plausible)
        if any(not _is_still(drive[0], fix) for fix in drive)
    ]


def keep_trips(uow: UnitOfWork, track: Track, courier_id: str, since: datetime, until: datetime) -> int:
    """Make a courier's trips from `since` to `until`, the ends of sections or days, what the track shows.

    Return how many trips changed. Where the fixes of a known trip are forgotten, what is known stands. The
    courier is locked first, so that an erasure comes before the track is read or after its trips are kept.
    """
    uow.couriers.get(courier_id, lock=True)
    known = {
        trip.trip_id: trip
        for edge in ("started_at", "ended_at")  # one only: the trip of a section that was not cut yet
        for trip in uow.trips.find_between(
            edge, since, until + timedelta(milliseconds=1), courier_id=courier_id
        )
    }
    if not all(track.has(courier_id, trip.started_at) for trip in known.values()):
        return 0
    found = {trip.trip_id: trip for trip in trips_of(track.between(courier_id, since, until))}
    for identity in known.keys() - found.keys():
        uow.trips.remove(identity)
    changed = [trip for identity, trip in found.items() if known.get(identity) != trip]
    for trip in changed:
        if trip.trip_id in known:
            uow.trips.save(trip)
        else:
            uow.trips.add(trip)
    return len(changed) + len(known.keys() - found.keys())


def _drives(fixes: Sequence[Fix]) -> Iterator[Sequence[Fix]]:
    """Yield what lies between stays, from the last fix of one to the first of the next."""
    start = here = 0
    while here < len(fixes):
        last = _last_still(fixes, here)
        if fixes[last].fix_at - fixes[here].fix_at <= STAY:
            here += 1
            continue
        if here > start:
            yield fixes[start : here + 1]
        start = here = last
        if last == len(fixes) - 1:
            return
        here += 1
    if len(fixes) - start > 1:
        yield fixes[start:]


def _last_still(fixes: Sequence[Fix], first: int) -> int:
    """Return the index of the last fix of a run that does not leave the place of its first."""
    last = first
    while last + 1 < len(fixes) and _is_still(fixes[first], fixes[last + 1]):
        last += 1
    return last


def _is_still(anchor: Fix, fix: Fix) -> bool:
    distance_m = great_circle_m(anchor.coordinate, fix.coordinate)
    return distance_m - (fix.accuracy_m or 0.0) <= STILL_M


def _trip(drive: Sequence[Fix]) -> Trip:
    first, last = drive[0], drive[-1]
    legs = pairwise(drive)
    return Trip(
        trip_id=trip_id(first.device, first.fix_at),
        courier_id=first.device,
        started_at=first.fix_at,
        ended_at=last.fix_at,
        from_lat_deg=first.coordinate.lat_deg,
        from_lon_deg=first.coordinate.lon_deg,
        to_lat_deg=last.coordinate.lat_deg,
        to_lon_deg=last.coordinate.lon_deg,
        distance_m=round(sum(great_circle_m(a.coordinate, b.coordinate) for a, b in legs), 1),
        fixes=len(drive),
    )
