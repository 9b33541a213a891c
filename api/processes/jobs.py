"""The worker's jobs on what was heard: forgetting, trips, retention, erasure; and what they did."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog

from api.custody_heads import export_heads
from api.fix_store import server_of
from api.settings import Settings
from tracking.fleet.trips import Trip
from tracking.fleet.visits import Visit
from tracking.store.tables import TABLES, JobRun
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.telemetry.erasure import finish_erasures
from tracking.telemetry.journal import Journal
from tracking.telemetry.retention import prune, retire
from tracking.telemetry.slices import GoOn, always, in_slices
from tracking.telemetry.summaries import summarise, summarised_releases, unsettled_since
from tracking.telemetry.trips import LONGEST
from tracking.values.errors import FieldstockError
from tracking.values.ids import new_id

log = structlog.get_logger()

RETENTION = "retention"
TRIPS = "trips"

BUDGET_S = 20.0
"""How long one job forgets a turn, as long as it finds something; a turn comes each minute."""

LONGEST_SECTION = 3 * LONGEST
"""How far before an hour without trips yet fixes are kept that these may need."""

RUNS_KEPT = timedelta(days=90)


@dataclass
class _Job:
    every: timedelta
    work: Callable[[datetime], None]
    due_at: datetime | None = None


class Jobs:
    """Does each job when it falls due; one that fails is tried again when it falls due next.

    `go_on` is asked between slices of work; what is left then waits for the next turn.
    """

    def __init__(self, settings: Settings, store: Store, journal: Journal, go_on: GoOn = always) -> None:
        self._go_on = go_on
        self._settings = settings
        self._store = store
        self._journal = journal
        self._server = server_of(settings)
        self._forgotten: Counter[str] = Counter()
        self._jobs = {
            "journal pruned": _Job(timedelta(minutes=1), self._prune),
            TRIPS: _Job(timedelta(minutes=1), self._summarise),
            "positions erased": _Job(timedelta(minutes=1), self._finish_erasures),
            "fixes forgotten": _Job(timedelta(minutes=1), self._retire),
            "custody heads exported": _Job(timedelta(hours=1), self._export_heads),
            RETENTION: _Job(timedelta(hours=1), self._retain),
        }

    def do(self, now: datetime) -> None:
        """Do what is due."""
        for name, job in self._jobs.items():
            if (job.due_at is None or job.due_at <= now) and self._go_on():
                job.due_at = now + job.every
                try:
                    job.work(now)
                except FieldstockError as error:
                    log.warning("job failed", job=name, error=error.cause)
                except Exception as error:  # whatever it was, the other jobs go on
                    log.error("job failed", job=name, exc_info=error)

    def _prune(self, now: datetime) -> None:
        reader = "forwarder" if self._server else None
        with self._store.reading() as uow:
            summarised = summarised_releases(uow)

        def prune_slice() -> int:
            pruned = asdict(prune(self._journal, now, reader=reader, summarised=summarised))
            self._forgotten += Counter(pruned)
            return sum(pruned.values())

        self._forget(prune_slice)

    def _summarise(self, now: datetime) -> None:
        changed = summarise(self._journal, self._store.writing, now, self._go_on)
        if changed:
            self._record(TRIPS, now, {"trips": changed})

    def _finish_erasures(self, now: datetime) -> None:
        if self._server is not None:
            finish_erasures(self._store.writing, self._server, now)

    def _retire(self, now: datetime) -> None:
        """Forget raw fixes that are old enough, where the journal is the telemetry store."""
        if self._server is not None:
            return
        with self._store.reading() as uow:
            before = self._fixes_before(uow, now)
            release = summarised_releases(uow)
            couriers = [courier.courier_id for courier in uow.couriers.find()]
        self._forgotten["fixes"] += self._forget(lambda: retire(self._journal, couriers, before, release))

    def _export_heads(self, now: datetime) -> None:
        export_heads(self._store, self._settings.data_dir, now)

    def _forget(self, work: Callable[[], int]) -> int:
        """Work in slices, as long as there is something, time, and nobody who says to stop."""
        until_s = time.monotonic() + BUDGET_S
        return in_slices(work, lambda: time.monotonic() < until_s and self._go_on())

    def _retain(self, now: datetime) -> None:
        """Forget trips and visits, and the telemetry server's fixes; write down the hour's totals."""
        counts = {"fixes": 0, **self._forgotten}
        if self._server is not None and self._server.can_delete():
            with self._store.reading() as uow:
                before = self._fixes_before(uow, now)
            counts["fixes"] += self._server.delete_before(before)
        with self._store.writing() as uow:
            counts |= _forget_summaries(uow, now - timedelta(days=self._settings.trip_retention_days))
            _forget_runs(uow, now - RUNS_KEPT)
            uow.job_runs.add(JobRun(new_id(), RETENTION, now, counts))
            uow.commit()
        self._forgotten.clear()
        log.info(f"job {RETENTION}", **counts)

    def _fixes_before(self, uow: SqlUnitOfWork, now: datetime) -> datetime:
        before, unsettled = now - timedelta(days=self._settings.fix_retention_days), unsettled_since(uow)
        return before if unsettled is None else min(before, unsettled - LONGEST_SECTION)

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
