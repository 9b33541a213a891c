"""The worker's jobs: raw fixes go when they are old and summarised, and a record says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from api.processes.jobs import RETENTION, Jobs
from api.settings import Settings
from tests.influxd import Influxd
from tests.telemetry.folding import fold_all, seen, world
from tests.world import NOW
from tracking.fleet.trips import TripMark
from tracking.fleet.visits import Visit
from tracking.store.unit_of_work import Store
from tracking.telemetry.forwarder import Forwarder
from tracking.telemetry.influx_store import InfluxFixStore
from tracking.telemetry.journal import Journal
from tracking.telemetry.sqlite_store import SqliteFixStore

DRIVE = [seen(second, second * 12.0) for second in range(0, 1200, 20)]


def days(count: float) -> datetime:
    return NOW + timedelta(days=count)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.sqlite")
    yield journal
    journal.close()


@pytest.fixture
def heard(journal: Journal, sqlite_store: Store) -> Store:
    world(sqlite_store)
    fold_all(journal, sqlite_store, *DRIVE)
    return sqlite_store


def recorded(store: Store, name: str) -> list[dict[str, int]]:
    with store.reading() as uow:
        return [run.counts for run in uow.job_runs.find(name=name)]


def trips(store: Store) -> int:
    with store.reading() as uow:
        return len(uow.trips.find())


def test_raw_fixes_go_after_sixty_days_and_trips_stay_for_two_years(heard: Store, journal: Journal) -> None:
    jobs, fixes = Jobs(Settings(), heard, journal), SqliteFixStore(journal)
    jobs.do(days(59))
    assert (fixes.count(), trips(heard)) == (60, 1)
    jobs.do(days(61))
    assert (fixes.count(), trips(heard)) == (0, 1)
    assert [run["fixes"] for run in recorded(heard, RETENTION)] == [0, 60]
    jobs.do(days(731))
    assert trips(heard) == 0
    assert recorded(heard, RETENTION)[-1] == {"fixes": 0, "trips": 1, "visits": 1}


def test_a_day_without_its_trips_is_never_forgotten(heard: Store, journal: Journal) -> None:
    with heard.writing() as uow:
        uow.trip_marks.add(TripMark("ben", int(days(0.5).timestamp()) // 3600))
        uow.commit()
    jobs = Jobs(Settings(), heard, journal)
    jobs._retire(days(200))
    assert SqliteFixStore(journal).count() == 60
    jobs.do(days(200))  # works the trips out first
    assert (SqliteFixStore(journal).count(), trips(heard)) == (0, 1)


def test_what_was_heard_and_not_looked_at_yet_is_never_forgotten(heard: Store, journal: Journal) -> None:
    Jobs(Settings(), heard, journal)._retire(days(200))
    assert SqliteFixStore(journal).count() == 60


def test_old_visits_go_with_the_trips_and_those_that_last_stay(heard: Store, journal: Journal) -> None:
    with heard.writing() as uow:
        uow.visits.add(Visit("v-1", "anna", "hospital", NOW, days(1)))
        uow.visits.add(Visit("v-2", "anna", "hospital", days(2)))
        uow.commit()
    Jobs(Settings(trip_retention_days=10), heard, journal).do(days(20))
    with heard.reading() as uow:
        assert [visit.visit_id for visit in uow.visits.find()] == ["v-2"]


def test_a_job_is_done_when_it_falls_due_and_not_before(heard: Store, journal: Journal) -> None:
    jobs = Jobs(Settings(), heard, journal)
    for minute in range(0, 121, 10):
        jobs.do(NOW + timedelta(hours=3, minutes=minute))
    assert len(recorded(heard, RETENTION)) == 3


def test_retention_reaches_the_telemetry_server(
    heard: Store, journal: Journal, influxd: Influxd, tmp_path: Path
) -> None:
    url = f"{influxd.base}/jobs_{tmp_path.name.replace('-', '_')}"
    influx = InfluxFixStore(url)
    while Forwarder(journal, influx).step():
        pass
    Jobs(Settings(telemetry_url=url), heard, journal).do(days(61))
    assert influx.count() == 0
    assert recorded(heard, RETENTION)[-1]["fixes"] == 60
    influx.close()


def test_a_telemetry_server_that_is_away_stops_no_other_job(heard: Store, journal: Journal) -> None:
    Jobs(Settings(telemetry_url="http://127.0.0.1:9/away"), heard, journal).do(days(61))
    assert trips(heard) == 1
    assert recorded(heard, RETENTION) == []


def test_a_job_that_breaks_stops_no_other_job(heard: Store, journal: Journal) -> None:
    with journal.file.writing() as connection:
        connection.execute("DROP TABLE dead_letters")  # pruning comes first
    with journal.file.reading() as connection:
        connection.execute("UPDATE entries SET body = x'00' WHERE position = 5")  # no trips of that
    Jobs(Settings(), heard, journal).do(days(61))
    assert trips(heard) == 0
    assert len(recorded(heard, RETENTION)) == 1


def test_more_is_forgotten_each_minute_and_told_each_hour(heard: Store, journal: Journal) -> None:
    jobs = Jobs(Settings(), heard, journal)
    jobs.do(days(59))
    for second in (100, 700):
        jobs.do(days(60) + timedelta(seconds=second))
        assert SqliteFixStore(journal).track("anna", NOW, NOW + timedelta(seconds=second)) == []
    jobs.do(days(60.1))
    assert sum(run["fixes"] for run in recorded(heard, RETENTION)) == 60


def test_nothing_is_forgotten_once_it_is_to_stop(heard: Store, journal: Journal) -> None:
    asked = iter([True] * 3)
    Jobs(Settings(), heard, journal, lambda: next(asked, False)).do(days(61))
    assert SqliteFixStore(journal).count() == 60
