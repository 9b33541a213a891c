"""Real traces, disturbed as radio and receivers do: trips, arrivals and positions come out the same."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from tests.conftest import CUSTODY_KEY
from tests.telemetry.folding import fold_all, position, world
from tracking.fleet.courier import CourierPosition
from tracking.fleet.service import open_shift
from tracking.fleet.trips import Trip
from tracking.store.unit_of_work import Store
from tracking.telemetry.arrivals import Fence
from tracking.telemetry.fixes import Fix, FixSource
from tracking.telemetry.journal import Journal
from tracking.telemetry.summaries import SETTLED, summarise
from tracking.telemetry.trips import trips_of
from tracking.values.coordinates import Coordinate
from tracking.values.geodesy import destination, great_circle_m

ACCURACY_M = 20.0
"""What the receiver is said to be good for; jitter stays within it."""

WITHIN = timedelta(seconds=60)
STOPS = 6
"""Synthetic stops lie where the first so many trips of a trace end."""

Disturb = Callable[[list[Fix], random.Random], list[Fix]]


class State(NamedTuple):
    """What a trace came to."""

    position: CourierPosition
    visits: list[tuple[str, datetime, datetime | None]]
    trips: list[Trip]


def read_day(path: Path) -> list[Fix]:
    """The first day of a trace."""
    fixes: list[Fix] = []
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["fix_at"])
            if fixes and at >= fixes[0].fix_at + timedelta(hours=24):
                break
            place = Coordinate(float(row["lat_deg"]), float(row["lon_deg"]))
            fixes.append(
                Fix(
                    device="anna",
                    fix_at=at,
                    received_at=at,
                    coordinate=place,
                    source=FixSource.NATIVE,
                    boot_id="boot",
                    seq=len(fixes),
                    accuracy_m=ACCURACY_M,
                )
            )
    return fixes


def stops_of(day: Sequence[Fix]) -> list[Fence]:
    return [Fence(f"stop-{n}", trip.end) for n, trip in enumerate(trips_of(day)[:STOPS])]


def state_of(fixes: Sequence[Fix], stops: Sequence[Fence], started_at: datetime, limit: int = 500) -> State:
    with TemporaryDirectory() as directory:
        store = Store(f"sqlite:///{directory}/fieldstock.sqlite", CUSTODY_KEY)
        store.migrate()
        world(store)
        with store.writing() as uow:
            open_shift(uow, "anna", started_at, started_at + timedelta(hours=24), started_at)
            uow.commit()
        journal = Journal(Path(directory) / "journal.sqlite")
        fold_all(journal, store, *fixes, limit=limit, places=stops)
        summarise(journal, store.writing, started_at + timedelta(hours=24) + SETTLED)
        latest = position(store)
        assert latest is not None
        with store.reading() as uow:
            visits = sorted((v.place_id, v.arrived_at, v.departed_at) for v in uow.visits.find())
            trips = uow.trips.find()
        journal.close()
        store.close()
        return State(latest, visits, trips)


def doubled_and_reordered(fixes: list[Fix], chance: random.Random) -> list[Fix]:
    """A third comes twice, a tenth hours late, and neighbours in any order."""
    late = [fix for fix in fixes if chance.random() < 0.1]
    late_seqs = {fix.seq for fix in late}
    in_time = [fix for fix in fixes if fix.seq not in late_seqs]
    for start in range(0, len(in_time), 100):
        in_time[start : start + 100] = chance.sample(
            in_time[start : start + 100], len(in_time[start : start + 100])
        )
    again = [fix for fix in fixes if chance.random() < 0.3]
    return [*in_time, *chance.sample(late, len(late)), *chance.sample(again, len(again))]


def jittered(fixes: list[Fix], chance: random.Random) -> list[Fix]:
    return [
        replace(
            fix,
            coordinate=destination(fix.coordinate, chance.uniform(0, 360), chance.uniform(0, ACCURACY_M)),
        )
        for fix in fixes
    ]


def with_gaps(fixes: list[Fix], chance: random.Random) -> list[Fix]:
    """Pieces of under a minute are missing."""
    kept, silent_until = [fixes[0]], fixes[0].fix_at
    for fix, following in pairwise(fixes[1:]):
        if fix.fix_at < silent_until and following.fix_at - kept[-1].fix_at < WITHIN:
            continue
        kept.append(fix)
        if chance.random() < 0.05:
            silent_until = fix.fix_at + timedelta(seconds=chance.uniform(10, 59))
    return [*kept, fixes[-1]]


@pytest.fixture(params=["000.csv", "003.csv", "004.csv"])
def day(request: pytest.FixtureRequest, shared: Path) -> list[Fix]:
    return read_day(shared / "geolife" / request.param)


def test_duplicates_and_reordering_change_nothing(day: list[Fix]) -> None:
    stops, chance = stops_of(day), random.Random(1)
    calm = state_of(day, stops, day[0].fix_at)
    assert len(calm.trips) >= STOPS
    assert {place for place, _, _ in calm.visits} == {stop.place_id for stop in stops}
    assert state_of(doubled_and_reordered(day, chance), stops, day[0].fix_at, limit=200) == calm


@pytest.mark.parametrize("disturb", [jittered, with_gaps])
def test_jitter_and_gaps_leave_arrivals_within_a_minute(day: list[Fix], disturb: Disturb) -> None:
    stops = stops_of(day)
    calm = state_of(day, stops, day[0].fix_at)
    changed = disturb(day, random.Random(1))
    assert len(set(day) & set(changed)) < 0.9 * len(day)
    disturbed = state_of(changed, stops, day[0].fix_at)
    assert [place for place, _, _ in disturbed.visits] == [place for place, _, _ in calm.visits]
    for (_, arrived_at, _), (_, expected_at, _) in zip(disturbed.visits, calm.visits, strict=True):
        assert abs(arrived_at - expected_at) <= WITHIN
    assert disturbed.position.fix_at == calm.position.fix_at
    assert great_circle_m(disturbed.position.coordinate, calm.position.coordinate) <= ACCURACY_M
