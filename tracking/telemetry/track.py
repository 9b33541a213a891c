"""The track: a courier's released fixes in the order of their own times, read from the journal.

Ties within a millisecond are ordered by what the fixes say, not by when they came.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from tracking.telemetry import codec
from tracking.telemetry.fixes import Fix
from tracking.telemetry.journal import ROW, Journal
from tracking.values.times import to_ms

FIRST_PAGE = 8
PAGE = 512
MAX_LOOK = 20_000
"""The most fixes that one look backwards or forwards goes through."""

# CROSS JOIN keeps SQLite from starting with `released`: a device's stretch of time is the smaller set.
_RELEASED = (
    f"SELECT {ROW} FROM entries e CROSS JOIN released r ON r.entry = e.position"  # noqa: S608
    " WHERE r.position <= ? AND e.kind = 'fix' AND e.body IS NOT NULL AND e.device = ?"
)
_TIMES = _RELEASED.replace(ROW, "DISTINCT e.at_ms", 1)
_AFTER = "AND (e.at_ms, e.tie_ns, e.identity) > (?, ?, ?)"
_BEFORE = "AND (e.at_ms, e.tie_ns, e.identity) < (?, ?, ?)"
_UPWARDS = "ORDER BY e.at_ms, e.tie_ns, e.identity LIMIT ?"
_DOWNWARDS = "ORDER BY e.at_ms DESC, e.tie_ns DESC, e.identity DESC LIMIT ?"

Mark = tuple[int, int, bytes]
"""A place in the order: ms since the epoch, tie, identity."""


class Track:
    """Reads the fixes of couriers up to the release `reached`, and not what was released later."""

    def __init__(self, journal: Journal, reached: int) -> None:
        self._file = journal.file
        self._reached = reached

    def between(self, device: str, since: datetime, until: datetime) -> list[Fix]:
        """Return the fixes with since <= fix_at <= until, in order."""
        rows = self._file.rows(
            f"{_RELEASED} AND e.at_ms >= ? AND e.at_ms <= ? ORDER BY e.at_ms, e.tie_ns, e.identity",
            (self._reached, device, to_ms(since), to_ms(until)),
        )
        return [_fix(row) for row in rows]

    def has(self, device: str, at: datetime) -> bool:
        """Tell whether there is a fix of this very time."""
        return bool(self.between(device, at, at))

    def times_ms(self, device: str, since_ms: int, until_ms: int) -> list[int]:
        """Return the times of the fixes with since <= time <= until, in ms, in order."""
        condition = "AND e.at_ms >= ? AND e.at_ms <= ? ORDER BY e.at_ms"
        rows = self._file.rows(f"{_TIMES} {condition}", (self._reached, device, since_ms, until_ms))
        return [row[0] for row in rows]

    def times_before_ms(self, device: str, before_ms: int) -> Iterator[int]:
        """Yield the different times of fixes before one, newest first, in ms."""
        return self._times(device, before_ms, "AND e.at_ms < ? ORDER BY e.at_ms DESC")

    def times_after_ms(self, device: str, after_ms: int) -> Iterator[int]:
        """Yield the different times of fixes after one, oldest first, in ms."""
        return self._times(device, after_ms, "AND e.at_ms > ? ORDER BY e.at_ms")

    def _times(self, device: str, mark_ms: int, condition: str) -> Iterator[int]:
        while True:
            rows = self._file.rows(f"{_TIMES} {condition} LIMIT ?", (self._reached, device, mark_ms, PAGE))
            if not rows:
                return
            yield from (row[0] for row in rows)
            mark_ms = rows[-1][0]

    def backwards(self, device: str, before: datetime) -> Iterator[Fix]:
        """Yield the fixes made before a time, newest first, at most `MAX_LOOK`."""
        return islice(self._walk(device, (to_ms(before), -1, b""), _BEFORE, _DOWNWARDS), MAX_LOOK)

    def onwards(self, device: str, after: datetime) -> Iterator[Fix]:
        """Yield the fixes made after a time, oldest first, at most `MAX_LOOK`."""
        return islice(self._walk(device, (to_ms(after) + 1, -1, b""), _AFTER, _UPWARDS), MAX_LOOK)

    def _walk(self, device: str, mark: Mark, condition: str, order: str) -> Iterator[Fix]:
        size = FIRST_PAGE
        while True:
            rows = self._file.rows(f"{_RELEASED} {condition} {order}", (self._reached, device, *mark, size))
            for row in rows:
                yield _fix(row)
            if len(rows) < size:
                return
            newest = codec.Row(*rows[-1])
            mark, size = (newest.at_ms, newest.tie_ns, newest.identity), PAGE


def _fix(row: Any) -> Fix:
    value = codec.to_value(codec.Row(*row))
    if not isinstance(value, Fix):
        raise TypeError(f"A track holds fixes only, not {type(value).__name__}.")
    return value
