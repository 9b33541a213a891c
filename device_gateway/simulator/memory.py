"""What a simulated locker remembers over a power cut: counter, reports, commands it has seen, and facts.

Everything lies in one SQLite file with `synchronous=FULL`, so it outlives SIGKILL and power; without a path
it lies in memory and is gone with the process, which is enough for a demonstration.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

import msgspec

from tracking.telemetry.sqlite import sqlite

MAX_COMMANDS_SEEN = 1_000
"""Commands remembered as dealt with; age and session refuse each long before it is forgotten."""

_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reports (seq INTEGER PRIMARY KEY, leaf TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS commands (number INTEGER PRIMARY KEY, command_id TEXT NOT NULL UNIQUE);
"""


class LockerMemory:
    """The memory of one locker; threads may share it. One process at a time may have it open."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._file = sqlite.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=FULL")
        self._file.executescript(_TABLES)

    def close(self) -> None:
        """Close the file; what was said to be remembered is."""
        with self._lock:
            self._file.close()

    def fact(self, name: str) -> object:
        """Return what is remembered under a name, None for nothing."""
        with self._lock:
            row = self._file.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else msgspec.json.decode(row[0])

    def remember(self, name: str, value: object) -> None:
        """Remember something under a name, instead of what was there."""
        with self._lock:
            self._file.execute(
                "INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, msgspec.json.encode(value))
            )

    def see(self, command_id: str) -> bool:
        """Remember a command as dealt with, and tell whether it is new."""
        with self._lock:
            done = self._file.execute(
                "INSERT OR IGNORE INTO commands (command_id) VALUES (?)", (command_id,)
            ).rowcount
            self._file.execute(
                "DELETE FROM commands WHERE number <= (SELECT MAX(number) FROM commands) - ?",
                (MAX_COMMANDS_SEEN,),
            )
        return bool(done)

    def keep(self, seq: int, leaf: str, body: bytes) -> None:
        """Keep a report and the counter that follows it, both or neither."""
        with self._lock:
            self._file.execute("BEGIN IMMEDIATE")
            self._file.execute("INSERT INTO reports VALUES (?, ?, ?)", (seq, leaf, body))
            self.remember("next_seq", seq + 1)
            self._file.execute("COMMIT")

    def kept(self) -> list[tuple[int, str, bytes]]:
        """Return the reports that are kept, oldest first."""
        with self._lock:
            return list(self._file.execute("SELECT seq, leaf, body FROM reports ORDER BY seq"))

    def forget(self, numbers: Iterable[int]) -> None:
        """Forget reports that the server has, or that there is no room for."""
        with self._lock:
            self._file.executemany("DELETE FROM reports WHERE seq = ?", [(seq,) for seq in numbers])
