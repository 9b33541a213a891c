"""The forwarder: in order, repeatable, and nothing is lost while the store is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import pytest

from tests.influxd import Influxd
from tests.telemetry.samples import START, assert_balanced, at, fix
from tracking.telemetry.fixes import Fix
from tracking.telemetry.forwarder import Forwarder, ForwarderConfig
from tracking.telemetry.influx_store import InfluxFixStore
from tracking.telemetry.journal import Journal, Judgement, Verdict
from tracking.telemetry.releases import Releases
from tracking.telemetry.store import StoreUnavailable
from tracking.values.errors import InvalidValue
from tracking.values.times import system_clock


def accept(journal: Journal, fixes: Sequence[Fix]) -> None:
    positions = [p for p in journal.append(fixes).positions if p]
    journal.record_verdicts([Judgement(p, Verdict.ACCEPTED) for p in positions], at(0))


def test_accepted_fixes_reach_the_store_in_batches(journal: Journal, influx_url: str) -> None:
    accept(journal, [fix(i) for i in range(25)])
    journal.append([fix(100)])  # not judged, so nobody's yet
    store = InfluxFixStore(influx_url)
    forwarder = Forwarder(journal, store, ForwarderConfig(batch_fixes=10))
    assert [forwarder.step() for _ in range(4)] == [10, 10, 5, 0]
    assert [f.seq for f in store.track("courier-1", START, at(60))] == list(range(25))
    assert forwarder.snapshot() == {"forwarded": 25, "refused": 0, "failures": 0, "backlog": 0}


def test_a_kill_between_write_and_offset_repeats_and_doubles_nothing(
    journal: Journal, influx_url: str
) -> None:
    accept(journal, [fix(i) for i in range(10)])
    store = InfluxFixStore(influx_url)
    store.write([release.fix for release in Releases(journal, "forwarder").after(0, 10)[0]])
    assert Forwarder(journal, store).step() == 10
    assert store.count() == 10


def test_what_the_store_never_takes_is_a_dead_letter(journal: Journal, influxd: Influxd) -> None:
    name = f"short_{uuid4().hex}"
    influxd.query(f"CREATE DATABASE {name} WITH DURATION 1h REPLICATION 1 NAME brief")
    store = InfluxFixStore(f"{influxd.base}/{name}/brief")
    now = system_clock()
    accept(journal, [fix(i, fix_at=START.replace(year=2015) if i == 4 else now) for i in range(10)])
    forwarder = Forwarder(journal, store)
    assert forwarder.step() == 10
    assert (forwarder.forwarded, forwarder.refused, store.count()) == (9, 1, 9)
    [(_, letter)] = journal.dead_letters()
    assert letter.reason.startswith("store_refused: ")
    counts = journal.counters()["fix"]
    assert (counts["stored"], counts["dead_letter"]) == (9, 1)
    assert_balanced(journal)
    assert forwarder.step() == 0


def test_an_outage_loses_nothing(tmp_path: Path, journal: Journal) -> None:
    server = Influxd(tmp_path)
    server.start()
    store = InfluxFixStore(f"{server.base}/db", timeout_s=2)
    config = ForwarderConfig(batch_fixes=50, linger_s=0.05, first_backoff_s=0.1, max_backoff_s=0.4)
    forwarder, stop = Forwarder(journal, store, config), threading.Event()
    thread = threading.Thread(target=forwarder.run, args=(stop,))
    thread.start()
    try:
        for start in range(0, 1000, 100):
            accept(journal, [fix(i) for i in range(start, start + 100)])
            if start == 300:
                server.kill()
            if start == 700:
                deadline_s = time.monotonic() + 20
                while forwarder.failures == 0 and time.monotonic() < deadline_s:
                    time.sleep(0.05)
                server.start()
            time.sleep(0.05)
        deadline_s = time.monotonic() + 30
        while forwarder.snapshot()["backlog"] and time.monotonic() < deadline_s:
            time.sleep(0.05)
        assert forwarder.failures > 0
        assert [f.seq for f in store.track("courier-1", START, at(5000))] == list(range(1000))
    finally:
        stop.set()
        thread.join(10)
        server.kill()


def test_a_store_that_is_away_is_said_so_and_the_offset_stays(journal: Journal) -> None:
    accept(journal, [fix(1)])
    forwarder = Forwarder(journal, InfluxFixStore("http://127.0.0.1:9/db", timeout_s=1))
    with pytest.raises(StoreUnavailable):
        forwarder.step()
    assert forwarder.snapshot()["backlog"] == 1


@pytest.mark.parametrize("settings", [{"batch_fixes": 0}, {"batch_fixes": 5001}, {"first_backoff_s": 0}])
def test_impossible_settings_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(InvalidValue):
        ForwarderConfig(**settings)  # type: ignore[arg-type]
