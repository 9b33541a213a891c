"""What couriers did, as it teaches: legs and dwells, read from visits and from stops that are done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from routing.service_times import ObservedService
from routing.travel.learned import ObservedLeg
from routing.travel.matrix import UNREACHABLE
from routing.travel.port import TravelTimes
from tracking.fleet.stops import Step, StepState, Stop, StopState
from tracking.fleet.visits import Stay, Visit
from tracking.parts.location import Location
from tracking.unit_of_work import UnitOfWork
from tracking.values.coordinates import Coordinate
from tracking.values.times import utc

LONGEST_LEG = timedelta(hours=3)
"""Who was longer between two stops did something else, or went home."""
LONGEST_STOP = timedelta(hours=4)
MOST = 50_000
"""How many visits, and how many stops, the newest of each, are looked at."""
CHAIN = 50
"""How many legs of one courier are predicted by one table."""


@dataclass(frozen=True, slots=True)
class DrivenLeg:
    """One drive as the fixes show it."""

    courier_id: str
    start: Coordinate
    end: Coordinate
    departed_at: datetime
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Observed:
    """What was driven and done in a time, in order of courier and time."""

    legs: tuple[DrivenLeg, ...]
    services: tuple[ObservedService, ...]


def observe(uow: UnitOfWork, since: datetime, until: datetime) -> Observed:
    """Read what couriers did from `since` until before `until`."""
    visits = uow.visits.find_between("departed_at", since, until)
    visits = sorted(visits, key=lambda visit: (visit.departed_at, visit.visit_id))[-MOST:]
    visits.sort(key=lambda visit: (visit.courier_id, visit.arrived_at, visit.visit_id))
    places = {location.location_id: location for location in uow.locations.find()}
    services = [
        ObservedService(step.kind, places[step.location_id].place_id, dwell_s)
        for dwell_s, step in _dwells(uow, visits, since, until)
        if step.location_id in places
    ]
    return Observed(tuple(_legs(visits, places)), tuple(services))


def predicted(legs: Sequence[DrivenLeg], travel: TravelTimes) -> list[ObservedLeg]:
    """Return the legs with what `travel` expects of each when it began. Raises `TravelUnavailable`."""
    found: list[ObservedLeg] = []
    for (_, hour), group in groupby(legs, key=lambda leg: (leg.courier_id, _hour(leg.departed_at))):
        chain = list(group)
        for k in range(0, len(chain), CHAIN):
            found += _predicted(chain[k : k + CHAIN], travel, hour)
    return found


def _predicted(chain: list[DrivenLeg], travel: TravelTimes, at: datetime) -> Iterator[ObservedLeg]:
    points = list(dict.fromkeys(point for leg in chain for point in (leg.start, leg.end)))
    number = {point: k for k, point in enumerate(points)}
    duration_s = travel.matrix(points, at).duration_s
    for leg in chain:
        expected_s = int(duration_s[number[leg.start], number[leg.end]])
        if 0 < expected_s < UNREACHABLE:
            driven_s = (leg.arrived_at - leg.departed_at).total_seconds()
            yield ObservedLeg(leg.start, leg.end, leg.departed_at, driven_s, expected_s)


def _hour(at: datetime) -> datetime:
    return utc(at).replace(minute=0, second=0, microsecond=0)


def _legs(visits: Sequence[Visit], places: dict[str, Location]) -> Iterator[DrivenLeg]:
    for before, after in pairwise(visits):
        if before.courier_id != after.courier_id or before.departed_at is None:
            continue
        start, end = _coordinate(places, before), _coordinate(places, after)
        if start is None or end is None or start == end:
            continue
        if timedelta(0) < after.arrived_at - before.departed_at <= LONGEST_LEG:
            yield DrivenLeg(before.courier_id, start, end, before.departed_at, after.arrived_at)


def _coordinate(places: dict[str, Location], visit: Visit) -> Coordinate | None:
    place = places.get(visit.place_id)
    return None if place is None else place.coordinate


def _dwells(
    uow: UnitOfWork, visits: Sequence[Visit], since: datetime, until: datetime
) -> Iterator[tuple[float, Step]]:
    """Yield each step with its share of the stop, where one kind alone was done: others tell less."""
    stops = uow.stops.find_between("done_at", since, until, state=StopState.DONE)
    stops = sorted(stops, key=lambda stop: (stop.done_at, stop.stop_id))[-MOST:]
    stays: dict[tuple[str, str], list[Stay]] = defaultdict(list)
    for visit in visits:
        stays[visit.courier_id, visit.place_id].append(visit.stay)
    steps = _done(uow, [stop.stop_id for stop in stops])
    for stop in stops:
        done = steps[stop.stop_id]
        dwell = _dwell(stop, stays[stop.courier_id, stop.place_id])
        if len({step.kind for step in done}) == 1 and timedelta(0) < dwell <= LONGEST_STOP:
            for step in done:
                yield dwell.total_seconds() / len(done), step


def _done(uow: UnitOfWork, stop_ids: list[str]) -> dict[str, list[Step]]:
    steps: dict[str, list[Step]] = defaultdict(list)
    for k in range(0, len(stop_ids), 1000):
        for step in uow.steps.find_in(stop_id=stop_ids[k : k + 1000], state=[StepState.DONE]):
            steps[step.stop_id].append(step)
    return steps


def _dwell(stop: Stop, stays: list[Stay]) -> timedelta:
    """Return how long a stop took from the arrival that the fixes show, or else the courier reported."""
    if stop.done_at is None:
        return timedelta(0)
    seen = next((stay.arrived_at for stay in stays if stay.covers(stop.done_at)), stop.arrived_at)
    return timedelta(0) if seen is None else stop.done_at - seen
