"""SIGKILL of gateway and fold at random moments of a replay loses and doubles no visit, position or event."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from device_gateway.simulator.replay import ReplayConnection, ReplayFile, ReplayOptions, ReplayReport, replay
from device_gateway.simulator.traces import Disturbance, Trace, read_trace
from tests.conftest import CUSTODY_KEY
from tests.device_gateway.conftest import COURIERS, GATEWAY, RunningBroker, password_of, wait_until
from tests.device_gateway.test_kills import everything_arrived, start_session
from tracking.fleet.courier import LONGEST_SHIFT, Courier
from tracking.fleet.service import add_courier, open_shift
from tracking.parts.location import Location, LocationKind
from tracking.parts.service import add_location
from tracking.store.unit_of_work import Store
from tracking.telemetry.arrivals import Fence
from tracking.telemetry.fixes import Fix, FixSource
from tracking.telemetry.fold import Fold
from tracking.telemetry.journal import Journal
from tracking.values.coordinates import Coordinate
from tracking.values.geodesy import destination

ROOT = Path(__file__).resolve().parents[2]
DISTURBANCE = Disturbance(duplicate=0.05, reorder=0.10, corrupt=0.01)
START = Coordinate(47.14, 9.52)


def drives(directory: Path, count: int) -> list[Path]:
    """Traces of couriers that drive up and down one road, stop now and then, and leap sometimes."""
    paths = []
    for number in range(6):
        choice = random.Random(number)
        at, along_m, lines = datetime(2026, 3, 2, 6, tzinfo=UTC), 0.0, ["fix_at,lat_deg,lon_deg,accuracy_m"]
        for _ in range(count):
            step_s = choice.choice((1, 2, 5, 60))
            at += timedelta(seconds=step_s)
            along_m += step_s * choice.choice((0, 0, 5, 12)) * (-1 if int(along_m) // 5000 % 2 else 1)
            leap_m = 80_000 if choice.random() < 0.002 else 0
            place = destination(START, 15.0, along_m + leap_m)
            lines.append(f"{at:%Y-%m-%dT%H:%M:%SZ},{place.lat_deg:.6f},{place.lon_deg:.6f},8.0")
        paths.append(directory / f"{number:03d}.csv")
        paths[-1].write_text("\n".join(lines) + "\n")
    return paths


@pytest.fixture
def traces(request: pytest.FixtureRequest, tmp_path: Path) -> list[Trace]:
    if request.param != "recorded":
        return [read_trace(path) for path in drives(tmp_path, request.param)]
    shared: Path = request.getfixturevalue("shared")
    return [read_trace(path) for path in sorted((shared / "geolife").glob("*.csv"))]


recorded = pytest.param("sqlite", "recorded", marks=pytest.mark.shared, id="sqlite-recorded")


def each_database(fixes: int) -> pytest.MarkDecorator:
    """Run a test on both databases with generated traces of so many fixes, and with the recorded ones."""
    values = [
        pytest.param("sqlite", fixes, id="sqlite-generated"),
        pytest.param("postgresql", fixes, id="postgresql-generated"),
        recorded,
    ]
    return pytest.mark.parametrize(("database_url", "traces"), values, indirect=True)


def places_along(traces: list[Trace]) -> list[Fence]:
    """Places that the traces go by: every fifth part of each."""
    return [
        Fence(f"place-{number}-{part}", Coordinate(fix.lat_deg, fix.lon_deg))
        for number, trace in enumerate(traces)
        for part in range(1, 5)
        for fix in [trace.fixes[len(trace.fixes) * part // 5]]
    ]


def add_world(store: Store, traces: list[Trace]) -> None:
    """Couriers who are on duty for as long as their traces last."""
    store.migrate()
    with store.writing() as uow:
        add_location(uow, Location("depot", LocationKind.DEPOT, "Depot", START), datetime.now(UTC))
        for name, trace in zip(COURIERS, traces, strict=False):
            add_courier(uow, Courier(name, name, 1, 1, (), "depot"), datetime.now(UTC))
            starts_at = trace.fixes[0].fix_at
            while starts_at <= trace.fixes[-1].fix_at:
                open_shift(uow, name, starts_at, starts_at + LONGEST_SHIFT, starts_at)
                starts_at += LONGEST_SHIFT
        uow.commit()


@dataclass(frozen=True)
class Outcome:
    """What readers of the state see."""

    positions: set[Any]
    visits: Counter[Any]
    events: Counter[Any]


def outcome(store: Store) -> Outcome:
    with store.writing() as uow:
        while uow.outbox.stamp():
            pass
        events = [item.event for item in uow.outbox.read(0, 1_000_000)]
        return Outcome(
            {(p.courier_id, p.fix_at, p.coordinate) for p in uow.positions.find()},
            Counter((v.courier_id, v.place_id, v.arrived_at, v.departed_at) for v in uow.visits.find()),
            Counter((e.kind, e.subject, e.data.get("place_id")) for e in events),
        )


def undisturbed(directory: Path, traces: list[Trace]) -> Outcome:
    """What comes of the same fixes when they arrive in order, each once, and nobody is killed."""
    store = Store(f"sqlite:///{directory / 'undisturbed.sqlite'}", CUSTODY_KEY)
    add_world(store, traces)
    journal = Journal(directory / "undisturbed-journal.sqlite")
    for name, trace in zip(COURIERS, traces, strict=False):
        journal.append([_fix(name, trace, seq) for seq in range(len(trace.fixes))])
    fold = Fold(journal, store.writing, places=places_along(traces))
    while fold.step():
        pass
    journal.close()
    result = outcome(store)
    store.close()
    return result


def _fix(name: str, trace: Trace, seq: int) -> Fix:
    said = trace.fixes[seq]
    return Fix(
        device=name,
        fix_at=said.fix_at,
        received_at=datetime.now(UTC),
        coordinate=Coordinate(said.lat_deg, said.lon_deg),
        source=FixSource.NATIVE,
        boot_id=trace.boot_id,
        seq=seq,
        accuracy_m=said.accuracy_m,
        altitude_m=said.altitude_m,
    )


def fixes_per_message(traces: list[Trace], kills: int) -> int:
    """Return a number that is small enough for the replay to outlast the kills."""
    return 1 + sum(len(trace.fixes) for trace in traces) // (3_000 * kills)


@contextmanager
def fold_process(
    broker: RunningBroker, journal: Path, database: str, fences: list[Fence]
) -> Iterator[subprocess.Popen[bytes]]:
    places = json.dumps([(f.place_id, f.coordinate.lat_deg, f.coordinate.lon_deg) for f in fences])
    reach = ["127.0.0.1", str(broker.port), GATEWAY, password_of(GATEWAY)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.device_gateway.fold_process", *reach, str(journal), database, places],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def folded_to(store: Store) -> int:
    with store.reading() as uow:
        offset = uow.offsets.get("fold.released")
        return offset.position if offset else 0


def replay_with_kills(
    broker: RunningBroker, journal_path: Path, store: Store, traces: list[Trace], kills: int
) -> None:
    """Replay while gateway and fold are killed `kills` times, each time at work, then let them finish."""
    files = [
        ReplayFile(trace.path, name, password_of(name)) for trace, name in zip(traces, COURIERS, strict=False)
    ]
    options = ReplayOptions(fixes_per_message=fixes_per_message(traces, kills), disturbance=DISTURBANCE)
    reports: list[ReplayReport] = []
    connection = ReplayConnection("127.0.0.1", broker.port)
    sending = threading.Thread(target=lambda: reports.append(replay(files, connection, options)))
    journal = Journal(journal_path, busy_s=30)
    choice, fences = random.Random(7), places_along(traces)
    start_session(broker, journal)
    sending.start()
    wanted = sum(len(trace.fixes) for trace in traces)
    for _ in range(kills):
        with fold_process(broker, journal_path, store.url, fences) as process:
            before = folded_to(store)
            wait_until(lambda seen=before: folded_to(store) > seen, 60)
            time.sleep(choice.uniform(0.0, 1.5 / kills))
            process.kill()
            process.wait()
        assert folded_to(store) < wanted, "This kill came too late to hit anything."
    with fold_process(broker, journal_path, store.url, fences) as process:
        sending.join(120)
        wait_until(lambda: everything_arrived(journal, reports) and folded_to(store) >= wanted, 120)
        process.terminate()
        assert process.wait(30) == 0
    journal.close()


def assert_as_undisturbed(
    broker: RunningBroker, database_url: str, tmp_path: Path, traces: list[Trace], kills: int
) -> None:
    store = Store(database_url, CUSTODY_KEY)
    add_world(store, traces)
    replay_with_kills(broker, tmp_path / "journal.sqlite", store, traces, kills)
    wanted, found = undisturbed(tmp_path, traces), outcome(store)
    store.close()
    newest = {(name, trace.fixes[-1].fix_at) for name, trace in zip(COURIERS, traces, strict=False)}
    assert {(courier, at) for courier, at, _ in found.positions} == newest
    assert found.positions == wanted.positions
    assert found.visits == wanted.visits
    assert len(found.visits) > 20
    assert found.events == wanted.events


@pytest.mark.timeout(300)
@each_database(2500)
def test_five_kills_during_a_replay_lose_and_double_no_arrival(
    broker: RunningBroker, database_url: str, tmp_path: Path, traces: list[Trace]
) -> None:
    assert_as_undisturbed(broker, database_url, tmp_path, traces, kills=5)


@pytest.mark.soak
@pytest.mark.timeout(900)
@each_database(12_000)
def test_twenty_kills_during_a_replay_lose_and_double_no_arrival(
    broker: RunningBroker, database_url: str, tmp_path: Path, traces: list[Trace]
) -> None:
    assert_as_undisturbed(broker, database_url, tmp_path, traces, kills=20)
