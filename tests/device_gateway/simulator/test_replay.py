"""A replay over a real broker into a real gateway is accounted for to the last fix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from device_gateway.connection import BrokerRefused
from device_gateway.simulator.replay import (
    ReplayConnection,
    ReplayFile,
    ReplayOptions,
    ReplayProgress,
    replay,
)
from device_gateway.simulator.traces import Disturbance
from tests.device_gateway.conftest import (
    COURIERS,
    RunningBroker,
    RunningGateway,
    password_of,
    received,
    wait_until,
)
from tests.device_gateway.simulator.test_traces import trace_file
from tracking.telemetry.journal import Journal
from tracking.values.errors import InvalidValue

Start = Callable[..., RunningGateway]
DISTURBED = ReplayOptions(
    fixes_per_message=5, disturbance=Disturbance(duplicate=0.05, reorder=0.10, corrupt=0.01)
)


def files(tmp_path: Path, count: int) -> list[ReplayFile]:
    made = []
    for number, name in enumerate(COURIERS[:3]):
        (tmp_path / name).mkdir()
        made.append(ReplayFile(trace_file(tmp_path / name, count + number), name, password_of(name)))
    return made


def test_all_that_was_sent_is_accounted_for_and_a_second_replay_changes_no_row(
    broker: RunningBroker, gateway: Start, journal: Journal, tmp_path: Path
) -> None:
    gateway(journal)
    sources, connection = files(tmp_path, 1500), ReplayConnection("127.0.0.1", broker.port)
    seen: list[ReplayProgress] = []
    first = replay(sources, connection, DISTURBED, seen.append)
    wait_until(lambda: received(journal) == first.sent)
    counts = journal.counters()["fix"]
    assert counts["stored"] == sum(report.fixes for report in first.files) == 4503
    assert counts["duplicate"] == sum(report.fixes_repeated for report in first.files) > 0
    assert counts["dead_letter"] == first.corrupted_messages > 0
    rows = journal.file.rows("SELECT * FROM entries"), journal.dead_letters(limit=1000)
    second = replay(sources, connection, DISTURBED)
    wait_until(lambda: received(journal) == first.sent + second.sent)
    assert (journal.file.rows("SELECT * FROM entries"), journal.dead_letters(limit=1000)) == rows
    assert (second.sent, seen[-1].fixes_sent) == (first.sent, first.fixes_sent)


def test_a_replay_at_a_factor_keeps_the_recorded_pace(
    broker: RunningBroker, gateway: Start, journal: Journal, tmp_path: Path
) -> None:
    gateway(journal)
    options = ReplayOptions(speed=100, fixes_per_message=10)
    report = replay(files(tmp_path, 101), ReplayConnection("127.0.0.1", broker.port), options)
    assert 1.0 <= report.duration_s < 3.0  # 100 s recorded
    wait_until(lambda: received(journal) == report.sent == 306)


def test_an_account_of_another_kind_is_found_out(broker: RunningBroker, tmp_path: Path) -> None:
    source = ReplayFile(trace_file(tmp_path, 10), "phone-1", password_of("phone-1"))
    with pytest.raises(BrokerRefused, match="account's kind"):
        replay([source], ReplayConnection("127.0.0.1", broker.port))


def test_a_wrong_password_is_said_so(broker: RunningBroker, tmp_path: Path) -> None:
    source = ReplayFile(trace_file(tmp_path, 10), "courier-0", "wrong")
    with pytest.raises(BrokerRefused, match="courier-0"):
        replay([source], ReplayConnection("127.0.0.1", broker.port))


def test_a_speed_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidValue, match="speed"):
        ReplayOptions(speed=0)
