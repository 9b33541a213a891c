"""Engines: SQLite with one writer at a time that waits cooperatively, or PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from tracking.values.errors import FieldstockError

try:
    import pysqlite3.dbapi2 as _sqlite
except ImportError:  # no wheel for this platform: the library that Python was built with
    import sqlite3 as _sqlite

WRITE = "fieldstock_write"
BUSY_LIMIT_S = 20.0
"""How long a writer waits for the one before it."""
_BUSY_PAUSE_S = 0.004
OLDEST_SAFE_SQLITE = (3, 51, 3)
"""Older libraries can corrupt a WAL file that several connections checkpoint at once."""


class StoreBusy(FieldstockError):
    """The database did not become free in time."""

    code = "store_busy"
    action = "Try again in a moment."


def sqlite_version() -> tuple[int, ...]:
    """Return the version of the SQLite library in use."""
    return tuple(int(part) for part in _sqlite.sqlite_version.split("."))


def make_engine(url: str) -> Engine:
    """Return an engine for a `sqlite:///file` or `postgresql://...` URL."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        module: ModuleType = _sqlite
        engine = create_engine(parsed, module=module, connect_args={"check_same_thread": False})
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)


@contextmanager
def transaction(engine: Engine, write: bool) -> Iterator[Connection]:
    """Yield a connection; what was not committed on it is rolled back."""
    with engine.connect() as connection:
        yield connection.execution_options(**{WRITE: write})


def _configure_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # we write BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what is erased is gone from the disk too
        "busy_timeout=0",
        "temp_store=MEMORY",
        "cache_size=-16000",
    ):
        _patiently(lambda statement=f"PRAGMA {pragma}": cursor.execute(statement).fetchall())
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    begin = "BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITE, True) else "BEGIN"
    _patiently(lambda: connection.exec_driver_sql(begin))


def _patiently(attempt: Any) -> None:
    """Repeat `attempt` while the file is locked, sleeping in Python so that other greenlets go on."""
    deadline = time.monotonic() + BUSY_LIMIT_S
    while True:
        try:
            attempt()
        except (OperationalError, _sqlite.OperationalError) as error:
            if "locked" not in str(error) and "busy" not in str(error):
                raise
            if time.monotonic() > deadline:
                raise StoreBusy(f"The database was locked for {BUSY_LIMIT_S:.0f} s.") from error
            time.sleep(_BUSY_PAUSE_S)
        else:
            return
