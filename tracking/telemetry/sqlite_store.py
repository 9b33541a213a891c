"""The fix store that is the journal itself: what was accepted, read where it lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from tracking.telemetry import codec
from tracking.telemetry.erasure import erase_fixes
from tracking.telemetry.fixes import Fix
from tracking.telemetry.journal import ROW, Journal, Judgement, Verdict
from tracking.telemetry.journal_file import JournalUnavailable
from tracking.telemetry.store import MAX_TRACK, Refusal, StoreUnavailable
from tracking.values.times import system_clock, to_ms

ACCEPTED = (
    "FROM entries e JOIN verdicts v ON v.entry = e.position"
    " WHERE v.verdict = 'accepted' AND e.kind = 'fix' AND e.body IS NOT NULL"
)


class SqliteFixStore:
    """Fixes in the journal's own file."""

    def __init__(self, journal: Journal, clock: Callable[[], datetime] = system_clock) -> None:
        self._journal = journal
        self._clock = clock

    def write(self, fixes: Sequence[Fix]) -> list[Refusal]:
        """Append `fixes` and accept those that are new; the journal takes every one."""
        try:
            result = self._journal.append(fixes)
            accepted = [Judgement(p, Verdict.ACCEPTED) for p in result.positions if p is not None]
            self._journal.record_verdicts(accepted, self._clock())
        except JournalUnavailable as error:
            raise StoreUnavailable(error.cause, error.action) from error
        return []

    def track(self, device: str, since: datetime, until: datetime, limit: int = 10_000) -> list[Fix]:
        """Return the fixes of a device between two times, oldest first."""
        return self._fixes(
            "AND e.device = ? AND e.at_ms >= ? AND e.at_ms < ? ORDER BY e.at_ms, e.tie_ns LIMIT ?",
            (device, to_ms(since), to_ms(until), min(limit, MAX_TRACK)),
        )

    def latest(self, device: str) -> Fix | None:
        """Return the newest fix by the device's time."""
        found = self._fixes("AND e.device = ? ORDER BY e.at_ms DESC, e.tie_ns DESC LIMIT 1", (device,))
        return found[0] if found else None

    def count(self, device: str | None = None) -> int:
        """Return how many fixes are accepted."""
        if device is None:
            rows = self._rows(f"SELECT COUNT(*) {ACCEPTED}", ())
        else:
            rows = self._rows(f"SELECT COUNT(*) {ACCEPTED} AND e.device = ?", (device,))
        return int(rows[0][0])

    def delete_device(self, device: str, until: datetime | None = None) -> None:
        """Erase where the device was, held fixes included; identities stay: it is not stored again."""
        try:
            erase_fixes(self._journal, device, self._clock(), until)
        except JournalUnavailable as error:
            raise StoreUnavailable(error.cause, error.action) from error

    def close(self) -> None:
        """Leave the journal open: it belongs to who made it."""

    def _fixes(self, condition: str, parameters: tuple[Any, ...]) -> list[Fix]:
        values = (
            codec.to_value(codec.Row(*row))
            for row in self._rows(f"SELECT {ROW} {ACCEPTED} {condition}", parameters)
        )
        return [value for value in values if isinstance(value, Fix)]

    def _rows(self, query: str, parameters: tuple[Any, ...]) -> list[Any]:
        try:
            return self._journal.file.rows(query, parameters)
        except JournalUnavailable as error:
            raise StoreUnavailable(error.cause, error.action) from error
