"""Erasing one person's positions: gone everywhere, nobody else's touched, every count balanced."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.influxd import Influxd
from tests.telemetry.folding import add_stop, fold_all, position, seen, visits, world
from tests.telemetry.samples import assert_balanced, letter
from tests.world import NOW
from tracking.fleet.service import open_shift
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.telemetry import erasure, slices
from tracking.telemetry.erasure import UNDER_WAY, Erased, erase_positions, finish_erasures
from tracking.telemetry.forwarder import Forwarder
from tracking.telemetry.influx_store import InfluxFixStore
from tracking.telemetry.journal import Journal
from tracking.telemetry.sqlite_store import SqliteFixStore
from tracking.telemetry.summaries import summarise
from tracking.values.errors import NotFound

DAY = [seen(second, second * 12.0) for second in range(0, 1200, 20)]
LATER = NOW + timedelta(hours=3)


@pytest.fixture
def followed(journal: Journal, store: Store) -> tuple[Journal, Store]:
    """`anna` drove, with a fix held off duty and an unreadable one; `ben` drove too."""
    world(store)
    add_stop(store, "depot")
    with store.writing() as uow:
        open_shift(uow, "ben", NOW - timedelta(hours=1), NOW + timedelta(hours=8), NOW)
        uow.commit()
    others = [seen(second, second * 12.0, "ben") for second in range(0, 1200, 20)]
    fold_all(journal, store, *DAY, seen(40_000), *others)
    journal.append([letter(device="anna"), letter(b"other", device="ben")])
    summarise(journal, store.writing, LATER)
    return journal, store


def test_nothing_is_left_of_one_and_everything_of_the_others(followed: tuple[Journal, Store]) -> None:
    journal, store = followed
    seen_at = visits(store)
    assert seen_at
    assert erase_positions(journal, store.writing, None, "anna", LATER) == Erased(61, 1, 1, 1, True)
    fixes = SqliteFixStore(journal)
    assert (fixes.count("anna"), fixes.count("ben")) == (0, 60)
    assert [found.device for _, found in journal.dead_letters()] == ["ben"]
    with store.reading() as uow:
        assert [trip.courier_id for trip in uow.trips.find()] == ["ben"]
    assert (position(store), visits(store)) == (None, seen_at)
    assert position(store, "ben") is not None
    assert_balanced(journal)


def test_no_place_is_left_on_the_disk(journal: Journal, sqlite_store: Store) -> None:
    world(sqlite_store)
    fold_all(journal, sqlite_store, *DAY)
    erase_positions(journal, sqlite_store.writing, None, "anna", LATER)
    for path in journal.path.parent.glob("journal.sqlite*"):
        assert b"lat_deg" not in path.read_bytes(), path


def test_others_commit_between_the_slices_of_an_erasure(
    followed: tuple[Journal, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, store = followed
    monkeypatch.setattr(erasure, "SLICE", 7)
    other, committed = Journal(journal.path, busy_s=0.0), 0

    def pause(_seconds: float) -> None:
        nonlocal committed
        if committed < 20:
            with store.writing():  # the database is free too
                other.append([seen(2000 + committed)])  # waits for nobody
            committed += 1

    monkeypatch.setattr(slices, "time", SimpleNamespace(sleep=pause, monotonic=time.monotonic))
    erase_positions(journal, store.writing, None, "anna", LATER)
    other.close()
    assert committed >= 61 // 7
    assert SqliteFixStore(journal).count("anna") == 0
    assert journal.counters()["fix"]["declined"] == 61 + committed
    assert_balanced(journal)


def test_a_fix_that_arrives_during_an_erasure_goes_too(followed: tuple[Journal, Store]) -> None:
    journal, store = followed
    opened = iter([lambda: None, lambda: journal.append([seen(2000)])])

    def writing() -> SqlUnitOfWork:
        next(opened)()
        return store.writing()

    assert erase_positions(journal, writing, None, "anna", LATER).fixes == 62
    assert_balanced(journal)


def test_no_trip_is_left_in_the_database_file(journal: Journal, sqlite_store: Store) -> None:
    with sqlite_store.reading() as uow:
        assert uow.connection.exec_driver_sql("PRAGMA secure_delete").scalar_one() == 1


def test_trips_that_are_kept_wait_for_an_erasure(journal: Journal, store: Store) -> None:
    world(store)
    fold_all(journal, store, *DAY)
    with store.writing() as uow:
        uow.couriers.require("anna", lock=True)
        keeping = threading.Thread(target=summarise, args=(journal, store.writing, LATER))
        keeping.start()
        keeping.join(0.5)
        assert keeping.is_alive()
        uow.rollback()
    keeping.join(10)
    with store.reading() as uow:
        assert len(uow.trips.find()) == 1


def test_what_comes_once_more_is_a_duplicate_and_what_is_new_is_stored(
    followed: tuple[Journal, Store],
) -> None:
    journal, store = followed
    erase_positions(journal, store.writing, None, "anna", LATER)
    assert journal.append(DAY).duplicates == 60
    fold_all(journal, store, seen(1300, 15_600))
    found = position(store)
    assert found is not None
    assert SqliteFixStore(journal).count("anna") == 1
    assert_balanced(journal)


def test_an_unknown_courier_is_not_found(followed: tuple[Journal, Store]) -> None:
    journal, store = followed
    with pytest.raises(NotFound):
        erase_positions(journal, store.writing, None, "nobody", LATER)


def test_a_fold_that_runs_meanwhile_brings_nothing_back(journal: Journal, store: Store) -> None:
    world(store)
    journal.append(DAY)
    stop = threading.Event()
    folding = threading.Thread(
        target=lambda: [fold_all(journal, store, limit=3) for _ in iter(stop.is_set, True)]
    )
    folding.start()
    deadline_s = time.monotonic() + 10
    while position(store) is None and time.monotonic() < deadline_s:
        time.sleep(0.005)
    erase_positions(journal, store.writing, None, "anna", LATER)
    stop.set()
    folding.join(10)
    fold_all(journal, store)
    assert position(store) is None


@pytest.fixture
def influx(influx_url: str) -> Iterator[InfluxFixStore]:
    store = InfluxFixStore(influx_url)
    yield store
    store.close()


def test_the_telemetry_server_is_cleared_too_and_once_more_of_what_was_on_its_way(
    followed: tuple[Journal, Store], influx: InfluxFixStore
) -> None:
    journal, store = followed
    forwarder = Forwarder(journal, influx)
    while forwarder.step():
        pass
    assert (influx.count("anna"), influx.count("ben")) == (60, 60)
    assert erase_positions(journal, store.writing, influx, "anna", LATER).store_is_clear
    assert (influx.count("anna"), influx.count("ben")) == (0, 60)
    after = seen((LATER - NOW).total_seconds() + 600)
    influx.write([*DAY[:5], after])  # a batch that was under way, and a fix of later work
    assert finish_erasures(store.writing, influx, LATER) == 0
    assert finish_erasures(store.writing, influx, LATER + UNDER_WAY) == 1
    assert influx.track("anna", NOW, NOW + timedelta(days=1)) == [after]
    assert finish_erasures(store.writing, influx, LATER + 2 * UNDER_WAY) == 0


def test_a_telemetry_server_that_is_away_is_cleared_when_it_answers(
    followed: tuple[Journal, Store], influxd: Influxd, influx_url: str
) -> None:
    journal, store = followed
    influx = InfluxFixStore(influx_url)
    influx.write(DAY)
    away = InfluxFixStore(f"http://127.0.0.1:9/{influx_url.rpartition('/')[2]}", timeout_s=1)
    assert not erase_positions(journal, store.writing, away, "anna", LATER).store_is_clear
    assert finish_erasures(store.writing, influx, LATER + UNDER_WAY) == 1
    assert influx.count("anna") == 0
    for each in (influx, away):
        each.close()


def test_raw_fixes_before_a_time_are_erased_on_the_telemetry_server(influx: InfluxFixStore) -> None:
    influx.write(DAY)
    assert influx.can_delete()
    assert influx.delete_before(DAY[10].fix_at) == 10
    assert influx.track("anna", NOW, NOW + timedelta(days=1)) == DAY[10:]
    assert influx.delete_before(DAY[10].fix_at) == 0
