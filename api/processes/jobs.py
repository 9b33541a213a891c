"""The worker's jobs on what was heard: forgetting, trips, retention, erasure; and what they did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog

from api.fix_store import server_of
from api.settings import Settings
from tracking.fleet.trips import Trip
from tracking.fleet.visits import Visit
from tracking.store.tables import TABLES, JobRun
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.telemetry.erasure import finish_erasures
from tracking.telemetry.journal import Journal
from tracking.telemetry.retention import prune, retire
from tracking.telemetry.summaries import summarise, summarised_releases, unsettled_since
from tracking.values.errors import FieldstockError
from tracking.values.ids import new_id

log = structlog.get_logger()

RETENTION = "retention"
TRIPS = "trips"

MOST_PASSES = 100
"""Passes over the journal a turn, of 5,000 entries each."""

MARKED_PAGES = 5
"""Pages of 10,000 releases that one turn of the trips goes through."""

LONGEST_SECTION = timedelta(hours=24)
"""How far before an hour without trips yet fixes are kept that these may need."""

RUNS_KEPT = timedelta(days=90)


@dataclass
class _Job:
    every: timedelta
    work: Callable[[datetime], None]
    due_at: datetime | None = None


class Jobs:
    """Does each job when it falls due; one that fails is tried again when it falls due next."""

    def __init__(self, settings: Settings, store: Store, journal: Journal) -> None:
        self._settings = settings
        self._store = store
        self._journal = journal
        self._server = server_of(settings)
        self._pruned: Counter[str] = Counter()
        self._jobs = {
            "journal pruned": _Job(timedelta(minutes=1), self._prune),
            TRIPS: _Job(timedelta(minutes=1), self._summarise),
            "positions erased": _Job(timedelta(minutes=1), self._finish_erasures),
            RETENTION: _Job(timedelta(hours=1), self._retain),
        }

    def do(self, now: datetime) -> None:
        """Do what is due."""
        for name, job in self._jobs.items():
            if job.due_at is None or job.due_at <= now:
                job.due_at = now + job.every
                try:
                    job.work(now)
                except FieldstockError as error:
                    log.warning("job failed", job=name, error=error.cause)

    def _prune(self, now: datetime) -> None:
        reader = "forwarder" if self._server else None
        with self._store.reading() as uow:
            summarised = summarised_releases(uow)
        for _ in range(MOST_PASSES):
            pruned = asdict(prune(self._journal, now, reader=reader, summarised=summarised))
            if not any(pruned.values()):
                return
            self._pruned.update(pruned)
            log.info("journal pruned", **pruned)

    def _summarise(self, now: datetime) -> None:
        changed = summarise(self._journal, self._store.writing, now, MARKED_PAGES)
        if changed:
            self._record(TRIPS, now, {"trips": changed})

    def _finish_erasures(self, now: datetime) -> None:
        if self._server is not None:
            finish_erasures(self._store.writing, self._server, now)

    def _retain(self, now: datetime) -> None:
        """Forget raw fixes, trips and visits that are old enough, and write down what was forgotten."""
        fixes_before = now - timedelta(days=self._settings.fix_retention_days)
        with self._store.reading() as uow:
            unsettled = unsettled_since(uow)
            release = summarised_releases(uow)
            couriers = [courier.courier_id for courier in uow.couriers.find()]
        if unsettled is not None:
            fixes_before = min(fixes_before, unsettled - LONGEST_SECTION)
        counts = {"fixes": self._retire(couriers, fixes_before, release), **self._pruned}
        with self._store.writing() as uow:
            counts |= _forget_summaries(uow, now - timedelta(days=self._settings.trip_retention_days))
            _forget_runs(uow, now - RUNS_KEPT)
            uow.commit()
        self._pruned.clear()
        self._record(RETENTION, now, counts)

    def _retire(self, couriers: list[str], before: datetime, release: int) -> int:
        if self._server is not None:
            return self._server.delete_before(before) if self._server.can_delete() else 0
        total = 0
        for _ in range(MOST_PASSES):
            retired = retire(self._journal, couriers, before, release)
            if not retired:
                break
            total += retired
        return total

    def _record(self, name: str, now: datetime, counts: dict[str, int]) -> None:
        with self._store.writing() as uow:
            uow.job_runs.add(JobRun(new_id(), name, now, counts))
            uow.commit()
        log.info(f"job {name}", **counts)


def _forget_summaries(uow: SqlUnitOfWork, before: datetime) -> dict[str, int]:
    trips, visits = TABLES[Trip], TABLES[Visit]
    return {
        "trips": uow.connection.execute(trips.delete().where(trips.c.ended_at < before)).rowcount,
        "visits": uow.connection.execute(visits.delete().where(visits.c.departed_at < before)).rowcount,
    }


def _forget_runs(uow: SqlUnitOfWork, before: datetime) -> None:
    runs = TABLES[JobRun]
    uow.connection.execute(runs.delete().where(runs.c.ran_at < before))
