"""The journal's SQLite file: its tables, and transactions that wait for others and never for ever."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tracking.telemetry.sqlite import sqlite
from tracking.values.errors import FieldstockError

LOCK_POLL_S = 0.005
"""Pause between two tries for the write lock; slept in Python, so that a gevent worker serves others."""

MOST_PAGES = 4_294_967_294
"""SQLite's own bound on a file."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    position    INTEGER PRIMARY KEY AUTOINCREMENT,
    device      TEXT NOT NULL,
    kind        TEXT NOT NULL,
    boot_id     TEXT,
    seq         INTEGER,
    identity    BLOB NOT NULL UNIQUE,
    at_ms       INTEGER NOT NULL,
    tie_ns      INTEGER NOT NULL,
    sent_ms     INTEGER,
    received_ms INTEGER NOT NULL,
    body        BLOB
);
CREATE INDEX IF NOT EXISTS entries_by_device ON entries (device, kind, at_ms, tie_ns);
CREATE INDEX IF NOT EXISTS reports_by_age ON entries (received_ms) WHERE kind <> 'fix';
CREATE TABLE IF NOT EXISTS verdicts (
    entry   INTEGER PRIMARY KEY,
    verdict TEXT NOT NULL CHECK (verdict IN ('accepted', 'rejected', 'held', 'declined')),
    reason  TEXT,
    at_ms   INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS verdicts_by_age ON verdicts (verdict, at_ms);
CREATE TABLE IF NOT EXISTS released (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    entry    INTEGER NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS dead_letters (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    identity    BLOB NOT NULL UNIQUE,
    topic       TEXT NOT NULL,
    device      TEXT,
    kind        TEXT NOT NULL,
    payload     BLOB NOT NULL,
    reason      TEXT NOT NULL,
    received_ms INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS dead_letters_by_age ON dead_letters (received_ms);
CREATE TABLE IF NOT EXISTS counters (
    kind    TEXT NOT NULL,
    outcome TEXT NOT NULL,
    count   INTEGER NOT NULL,
    PRIMARY KEY (kind, outcome)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS offsets (
    reader   TEXT PRIMARY KEY,
    position INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS forwarded (
    reader   TEXT NOT NULL,
    minute   INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (reader, minute)
) WITHOUT ROWID;
"""


class JournalUnavailable(FieldstockError):
    """The journal cannot be written or read now: locked by another, or the disk is full or failing."""

    code = "journal_unavailable"
    action = (
        "Free space on the disk that holds the data directory, or stop what locks the journal; then retry."
    )


class JournalFile:
    """One connection to the journal, used by one thread at a time; several processes may open the file.

    `busy_s` bounds the wait for another process's transaction.
    """

    def __init__(self, path: Path, *, busy_s: float = 5.0) -> None:
        self._busy_s = busy_s
        self._lock = threading.RLock()
        _create_private(path)
        self.connection = sqlite.connect(path, isolation_level=None, check_same_thread=False)
        self._prepare()

    def _prepare(self) -> None:
        with self.reading() as connection:
            connection.execute("PRAGMA busy_timeout = 250")
            self._switch_to_wal()
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")  # what is purged is gone from the disk too
        with self.writing() as connection:
            for statement in SCHEMA.split(";"):
                connection.execute(statement)

    def _switch_to_wal(self) -> None:
        """Choose the write-ahead log; the switch wants the file alone and does not wait for it by itself."""
        deadline_s = time.monotonic() + self._busy_s
        while True:
            try:
                self.connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite.OperationalError:
                if time.monotonic() >= deadline_s:
                    raise
                time.sleep(LOCK_POLL_S)

    def bound(self, max_bytes: int | None) -> None:
        """Let the file grow to `max_bytes` at most over this connection, None for as far as the disk goes.

        Beyond it every write raises `JournalUnavailable`, as on a full disk; nothing that lies in it is lost.
        """
        with self.reading() as connection:
            page_bytes = connection.execute("PRAGMA page_size").fetchone()[0]
            pages = MOST_PAGES if max_bytes is None else max(1, max_bytes // page_bytes)
            connection.execute(f"PRAGMA max_page_count = {pages}")

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """Give the connection inside a transaction that is durable once this block ends without an error.

        Raises `JournalUnavailable`; nothing of the block has happened then.
        """
        with self.reading() as connection:
            self._begin()
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """Give the connection for reads. Raises `JournalUnavailable`."""
        with self._lock:
            try:
                yield self.connection
            except sqlite.OperationalError as error:
                raise JournalUnavailable(f"The journal failed: {error}.") from error

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Return all rows of a query that bounds itself. Raises `JournalUnavailable`."""
        with self.reading() as connection:
            return list(connection.execute(query, parameters).fetchall())

    def _begin(self) -> None:
        deadline_s = time.monotonic() + self._busy_s
        while True:
            try:
                self.connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() >= deadline_s:
                    raise
                time.sleep(LOCK_POLL_S)

    def close(self) -> None:
        """Close the connection; the file stays as it is."""
        with self._lock:
            self.connection.close()


def _create_private(path: Path) -> None:
    """Create the file readable by its owner only: it holds where people were."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
