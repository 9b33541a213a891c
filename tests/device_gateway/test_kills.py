"""SIGKILL at random moments during a replay loses nothing and doubles nothing."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from device_gateway.gateway import Gateway, GatewayConfig
from device_gateway.simulator.replay import (
    ReplayConnection,
    ReplayFile,
    ReplayOptions,
    ReplayReport,
    replay,
)
from device_gateway.simulator.traces import Disturbance, read_trace
from tests.device_gateway.conftest import (
    COURIERS,
    GATEWAY,
    RunningBroker,
    RunningGateway,
    password_of,
    wait_until,
)
from tracking.telemetry.fixes import Fix
from tracking.telemetry.journal import Journal

ROOT = Path(__file__).resolve().parents[2]


def generated(directory: Path, count: int) -> list[Path]:
    """Traces with jumps, gaps and several fixes in a second, where the recorded ones are not here."""
    paths = []
    for number in range(6):
        choice = random.Random(number)
        at_s, lines = 0, ["fix_at,lat_deg,lon_deg,altitude_m"]
        for _ in range(count):
            at_s += choice.choice((0, 1, 1, 5, 600))
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_224_720_000 + at_s))
            lines.append(f"{stamp},{choice.uniform(39, 40):.6f},{choice.uniform(116, 117):.6f},50.0")
        paths.append(directory / f"{number:03d}.csv")
        paths[-1].write_text("\n".join(lines) + "\n")
    return paths


@pytest.fixture(params=["generated", pytest.param("recorded", marks=pytest.mark.shared)])
def traces(request: pytest.FixtureRequest, tmp_path: Path) -> list[Path]:
    if request.param == "generated":
        return generated(tmp_path, 4000)
    shared: Path = request.getfixturevalue("shared")
    return sorted((shared / "geolife").glob("*.csv"))


@contextmanager
def gateway_process(broker: RunningBroker, journal: Path) -> Iterator[subprocess.Popen[bytes]]:
    arguments = ["127.0.0.1", str(broker.port), GATEWAY, password_of(GATEWAY), str(journal)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.device_gateway.gateway_process", *arguments], cwd=ROOT, env=environment
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def replay_with_kills(
    broker: RunningBroker, journal_path: Path, traces: list[Path], kills: int
) -> tuple[ReplayReport, Journal]:
    """Replay while the gateway is killed `kills` times, each time at work, then let it finish."""
    files = [ReplayFile(path, name, password_of(name)) for path, name in zip(traces, COURIERS, strict=False)]
    options = ReplayOptions(
        fixes_per_message=2, disturbance=Disturbance(duplicate=0.05, reorder=0.10, corrupt=0.01)
    )
    reports: list[ReplayReport] = []
    connection = ReplayConnection("127.0.0.1", broker.port)
    sending = threading.Thread(target=lambda: reports.append(replay(files, connection, options)))
    journal = Journal(journal_path, busy_s=30)
    choice = random.Random(7)
    total = sum(len(read_trace(file.path).fixes) for file in files)
    start_session(broker, journal)
    sending.start()
    for n in range(kills):
        with gateway_process(broker, journal_path) as process:
            # At a random moment of its share of the work, however fast this machine does it.
            share = int(total * (n + choice.random()) / (kills + 1))
            target = max(journal.last_position() + 1, share)
            wait_until(lambda reached=target: journal.last_position() >= reached, 60)
            process.kill()
            process.wait()
        assert not everything_arrived(journal, reports), "This kill came too late to hit anything."
    with gateway_process(broker, journal_path) as process:
        sending.join(120)
        wait_until(lambda: everything_arrived(journal, reports), 120)
        process.terminate()
        assert process.wait(30) == 0
    return reports[0], journal


def start_session(broker: RunningBroker, journal: Journal) -> None:
    """Let the gateway subscribe once: from then on the broker keeps what it misses."""
    RunningGateway(Gateway(GatewayConfig(broker.address(GATEWAY)), journal)).start().stop()


def everything_arrived(journal: Journal, reports: list[ReplayReport]) -> bool:
    if not reports:
        return False
    counts = journal.counters().get("fix", {})
    wanted = sum(report.fixes for report in reports[0].files)
    letters = reports[0].corrupted_messages
    return counts.get("stored", 0) >= wanted and counts.get("dead_letter", 0) >= letters


def assert_exact(report: ReplayReport, journal: Journal) -> None:
    wanted = {
        (file.courier, file.boot_id, seq, fix.fix_at, fix.lat_deg, fix.lon_deg, fix.altitude_m)
        for file in report.files
        for seq, fix in enumerate(read_trace(file.path).fixes)
    }
    stored = [entry.value for entry in journal.read(0, 1_000_000)]
    found = [
        (f.device, f.boot_id, f.seq, f.fix_at, f.coordinate.lat_deg, f.coordinate.lon_deg, f.altitude_m)
        for f in stored
        if isinstance(f, Fix)
    ]
    assert len(found) == len(stored) == len(wanted)
    assert set(found) == wanted
    counts = journal.counters()["fix"]
    assert counts["stored"] == len(wanted)
    assert counts["dead_letter"] == report.corrupted_messages == len(journal.dead_letters(limit=10_000))
    assert counts["received"] == sum(
        counts[name] for name in ("stored", "duplicate", "dead_letter", "declined")
    )
    assert counts["received"] >= report.sent


def test_five_kills_during_a_replay_lose_and_double_nothing(
    broker: RunningBroker, tmp_path: Path, traces: list[Path]
) -> None:
    report, journal = replay_with_kills(broker, tmp_path / "journal.sqlite", traces, kills=5)
    assert_exact(report, journal)


@pytest.mark.soak
def test_twenty_kills_during_a_replay_lose_and_double_nothing(
    broker: RunningBroker, tmp_path: Path, traces: list[Path]
) -> None:
    report, journal = replay_with_kills(broker, tmp_path / "journal.sqlite", traces, kills=20)
    assert_exact(report, journal)
