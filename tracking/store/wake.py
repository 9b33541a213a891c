"""How processes wake each other: LISTEN on PostgreSQL, a look at `PRAGMA data_version` on SQLite."""

from __future__ import annotations

import time
from typing import Protocol

import psycopg
from sqlalchemy import Engine

CHANNEL = "fieldstock"
POLL_S = 0.05


class Wake(Protocol):
    """Tells that somebody committed something."""

    def wait(self, timeout_s: float) -> bool:
        """Return True as soon as there was a commit since the last call, False after `timeout_s`."""

    def close(self) -> None:
        """Give the connection back."""


class SqliteWake:
    """Looks every `poll_s` whether another connection has changed the file: a few microseconds each."""

    def __init__(self, engine: Engine, poll_s: float = POLL_S) -> None:
        self._poll_s = poll_s
        self._connection = engine.raw_connection()
        self._seen = self._version()

    def wait(self, timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        while (version := self._version()) == self._seen:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(self._poll_s, left))
        self._seen = version
        return True

    def close(self) -> None:
        self._connection.close()

    def _version(self) -> int:
        cursor = self._connection.cursor()
        cursor.execute("PRAGMA data_version")
        row = cursor.fetchone()
        cursor.close()
        assert row is not None, "the pragma always answers"  # noqa: S101
        return int(row[0])


class PostgresWake:
    """Listens on a connection of its own; a connection that is lost counts as a wake-up."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection | None = None

    def wait(self, timeout_s: float) -> bool:
        try:
            if self._connection is None:
                self._connection = psycopg.connect(self._url, autocommit=True)
                self._connection.execute(f"LISTEN {CHANNEL}")
                return True
            return any(True for _ in self._connection.notifies(timeout=timeout_s, stop_after=1))
        except psycopg.OperationalError:
            self.close()
            time.sleep(min(timeout_s, 1.0))
            return True

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def make_wake(engine: Engine, poll_s: float = POLL_S) -> Wake:
    """Return the wake-up for an engine's database; SQLite is looked at every `poll_s`."""
    if engine.dialect.name == "sqlite":
        return SqliteWake(engine, poll_s)
    return PostgresWake(engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
