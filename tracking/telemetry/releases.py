"""Accepted fixes in the order of their release, read by offset by whoever carries them on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tracking.telemetry import codec
from tracking.telemetry.fixes import Fix
from tracking.telemetry.journal import ROW, Journal, move_entry
from tracking.telemetry.journal_entries import Outcome, insert_dead_letter
from tracking.telemetry.reports import DeadLetter
from tracking.values.times import to_ms

MS_PER_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class Release:
    """An accepted fix: `position` counts releases, `entry` is its position in the journal."""

    position: int
    entry: int
    fix: Fix


@dataclass(frozen=True, slots=True)
class RefusedRelease:
    """A released fix that its store will never take, with the store's reason."""

    release: Release
    reason: str


class Releases:
    """What one named reader has still to carry on; its offset outlives every restart."""

    def __init__(self, journal: Journal, reader: str) -> None:
        self._file = journal.file
        self._reader = reader

    def offset(self) -> int:
        """Return the position of the last release that was carried on, 0 before the first."""
        rows = self._file.rows("SELECT position FROM offsets WHERE reader = ?", (self._reader,))
        return int(rows[0][0]) if rows else 0

    def after(self, position: int, limit: int) -> tuple[list[Release], int]:
        """Return up to `limit` releases after `position`, and the position reached (erased ones included)."""
        rows = self._file.rows(
            f"SELECT r.position, r.entry, {ROW} FROM released r JOIN entries e ON e.position = r.entry"  # noqa: S608
            " WHERE r.position > ? ORDER BY r.position LIMIT ?",
            (position, limit),
        )
        reached = int(rows[-1][0]) if rows else position
        releases = [(row[0], row[1], codec.Row(*row[2:])) for row in rows]
        return [Release(p, e, _fix(row)) for p, e, row in releases if row.body is not None], reached

    def backlog(self) -> int:
        """Return how many releases wait to be carried on."""
        rows = self._file.rows("SELECT COUNT(*) FROM released WHERE position > ?", (self.offset(),))
        return int(rows[0][0])

    def commit(self, position: int, refused: Sequence[RefusedRelease], at: datetime) -> None:
        """Record that all up to `position` is carried on, but `refused`: those become dead letters.

        One mark a minute is kept of how far it was, from which the age of what was carried on is told.
        """
        at_ms = to_ms(at)
        with self._file.writing() as connection:
            for item in refused:
                insert_dead_letter(connection, _letter(item, at))
                move_entry(connection, item.release.entry, Outcome.DEAD_LETTER)
            connection.execute(
                "INSERT INTO offsets (reader, position) VALUES (?, ?)"
                " ON CONFLICT (reader) DO UPDATE SET position = excluded.position",
                (self._reader, position),
            )
            connection.execute(
                "INSERT INTO forwarded (reader, minute, position) VALUES (?, ?, ?)"
                " ON CONFLICT (reader, minute) DO UPDATE SET position = excluded.position",
                (self._reader, at_ms // MS_PER_MINUTE, position),
            )


def _fix(row: codec.Row) -> Fix:
    value = codec.to_value(row)
    if not isinstance(value, Fix):
        raise TypeError(f"Only fixes are released, not {row.kind}.")
    return value


def _letter(refused: RefusedRelease, at: datetime) -> DeadLetter:
    row = codec.to_row(refused.release.fix)
    return DeadLetter(
        topic=f"journal/{refused.release.entry}",
        kind=row.kind,
        reason=f"store_refused: {refused.reason}",
        received_at=at,
        payload=row.body or b"",
        device=row.device,
    )
