"""What `fieldstock doctor` finds about the keeping and the forgetting of fixes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from api.fix_store import server_of
from api.processes.jobs import RETENTION
from api.settings import Settings
from tracking.fleet.erasures import Erasure
from tracking.store.engine import make_engine, transaction
from tracking.store.tables import TABLES, JobRun
from tracking.telemetry.sqlite import sqlite
from tracking.telemetry.store import StoreUnavailable
from tracking.values.errors import FieldstockError
from tracking.values.times import system_clock

OVERDUE = timedelta(days=2)
"""How old the last run of the retention may be."""

NEARLY_FULL = 0.8
"""Of FIELDSTOCK_JOURNAL_MAX_MB."""

UNFINISHED = timedelta(hours=1)
"""How long an erasure may wait for the broker or the telemetry server."""


def telemetry_faults(settings: Settings) -> Iterator[str]:
    """Yield what is wrong, one line each; a database that cannot be used is told of elsewhere."""
    yield from _store_faults(settings)
    yield from _journal_faults(settings)
    url = make_url(settings.relational_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return
    try:
        yield from _job_faults(settings)
    except (FieldstockError, OSError, SQLAlchemyError):
        return


def _store_faults(settings: Settings) -> Iterator[str]:
    server = server_of(settings)
    if server is None:
        return
    try:
        if not server.can_delete():
            yield (
                "The telemetry server (InfluxDB 3 Core) cannot delete: set a retention period when you "
                "create its database, and know that one person's positions cannot be erased there."
            )
    except StoreUnavailable as error:
        yield f"{error.cause} {error.action}"
    finally:
        server.close()


def _journal_faults(settings: Settings) -> Iterator[str]:
    used_mb, most_mb = _used_bytes(settings.journal_path) / 1e6, settings.journal_max_mb
    if used_mb > NEARLY_FULL * most_mb:
        yield (
            f"The journal holds {used_mb:.1f} of {most_mb} MB, and takes nothing more when it is full: raise "
            "FIELDSTOCK_JOURNAL_MAX_MB, or lower FIELDSTOCK_FIX_RETENTION_DAYS."
        )


def _used_bytes(path: Path) -> int:
    """Return how much of the journal is in use; pages that were freed take the next fixes."""
    if not path.exists():
        return 0
    with closing(sqlite.connect(path)) as connection:
        page_bytes, pages, free = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_size", "page_count", "freelist_count")
        )
    return int(page_bytes * (pages - free))


def _job_faults(settings: Settings) -> Iterator[str]:
    runs, erasures, now = TABLES[JobRun], TABLES[Erasure], system_clock()
    engine = make_engine(settings.relational_url)
    with transaction(engine, write=False) as connection:
        if not inspect(connection).has_table(runs.name):
            return
        newest = connection.execute(select(func.max(runs.c.ran_at)).where(runs.c.name == RETENTION)).scalar()
        waiting = connection.execute(
            select(erasures).where(erasures.c.asked_at < now - UNFINISHED)
        ).mappings()
        unfinished = [
            row["courier_id"]
            for row in waiting
            if None in (row["topics_cleared_at"], row["store_cleared_at"])
        ]
    engine.dispose()
    if newest is not None and now - newest > OVERDUE:
        yield f"Nothing was forgotten since {newest:%F %R} UTC: does the worker run? Its job is {RETENTION}."
    for courier_id in unfinished:
        yield f"The erasure of {courier_id}'s positions still waits for the broker or the telemetry server."
