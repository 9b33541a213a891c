"""The worker: events are stamped whatever the jobs are at, and one thread at a time does these."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from api.processes.jobs import TRIPS, Jobs
from api.processes.leased import LeasedThread
from api.processes.worker import JOBS, forget_audit
from api.settings import Settings
from tests.telemetry.folding import fold_all, seen, world
from tracking.store.tables import AuditEntry
from tracking.store.unit_of_work import Store
from tracking.telemetry.journal import Journal
from tracking.values.times import system_clock


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.sqlite")
    yield journal
    journal.close()


def reached(condition: Callable[[], bool], within_s: float = 10.0) -> bool:
    deadline_s = time.monotonic() + within_s
    while not condition() and time.monotonic() < deadline_s:
        time.sleep(0.02)
    return condition()


def has_trips(store: Store) -> bool:
    with store.reading() as uow:
        return bool(uow.job_runs.find(name=TRIPS))


def holders(store: Store) -> dict[str, str]:
    with store.reading() as uow:
        return uow.leases.holders(JOBS)


def jobs_thread(store: Store, journal: Journal, stop: threading.Event, every_s: float = 1.0) -> LeasedThread:
    return LeasedThread(store, JOBS, stop, lambda go_on: Jobs(Settings(), store, journal, go_on).do, every_s)


def test_one_of_two_threads_does_the_jobs_and_the_other_can_follow(
    sqlite_store: Store, journal: Journal
) -> None:
    world(sqlite_store)
    fold_all(journal, sqlite_store, *(seen(second, second * 12.0) for second in range(0, 1200, 20)))
    stop = threading.Event()
    first = jobs_thread(sqlite_store, journal, stop, 0.02)
    first.start()
    assert reached(lambda: has_trips(sqlite_store))
    held = holders(sqlite_store)
    second = jobs_thread(sqlite_store, journal, stop, 0.02)
    second.start()
    assert (holders(sqlite_store), first.fault(), second.fault()) == (held, None, None)
    stop.set()
    first.join(10)
    second.join(10)
    assert not first.is_alive()
    assert holders(sqlite_store) == {}


def test_a_thread_that_ended_by_itself_is_a_fault(sqlite_store: Store, journal: Journal) -> None:
    stop = threading.Event()
    stop.set()
    ended = jobs_thread(sqlite_store, journal, stop)
    assert ended.fault() is None
    ended.start()
    ended.join(10)
    stop.clear()
    assert ended.fault() == "jobs: their thread has ended"


def test_the_audit_log_is_forgotten_when_it_is_old_enough(store: Store) -> None:
    kept, now = timedelta(days=730), system_clock()
    with store.writing() as uow:
        for entry_id, age in (("old", kept + timedelta(seconds=1)), ("young", kept - timedelta(minutes=1))):
            uow.records(AuditEntry).add(
                AuditEntry(entry_id, now - age, "desk", "place_order", "/v1/orders", "{}")
            )
        uow.commit()
    with store.writing() as uow:
        assert forget_audit(uow, now, kept=kept) == 1
        assert [entry.entry_id for entry in uow.records(AuditEntry).find()] == ["young"]
        assert forget_audit(uow, now, kept=kept) == 0
