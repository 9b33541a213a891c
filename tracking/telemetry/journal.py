"""The journal: everything devices said, made durable in order, judged once and counted exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from tracking.telemetry import codec
from tracking.telemetry.fixes import Fix
from tracking.telemetry.journal_entries import Outcome, Tally, add_counts, enter
from tracking.telemetry.journal_file import JournalFile
from tracking.telemetry.reports import DeadLetter, LockerReport
from tracking.values.times import from_ms, to_ms

ROW = "e.device, e.kind, e.boot_id, e.seq, e.identity, e.at_ms, e.tie_ns, e.sent_ms, e.received_ms, e.body"


class Verdict(StrEnum):
    """What the filters say of an entry; all but `HELD` are final."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    HELD = "held"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict on the entry at `position`, with a reason unless it is accepted."""

    position: int
    verdict: Verdict
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One fix or report in the journal, with the verdict that it has already, if any."""

    position: int
    value: Fix | LockerReport
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class AppendResult:
    """What a batch came to: `positions[i]` is that of item i when it is new, else None."""

    positions: tuple[int | None, ...]
    stored: int
    duplicates: int
    dead_letters: int


class Journal:
    """The durable, append-only record of one machine; threads and processes may share the file.

    `busy_s` bounds how long a call waits for another process, `max_bytes` how large the file may grow by
    this connection. Every method raises `JournalUnavailable` when the file cannot be used, and has then
    changed nothing.
    """

    def __init__(self, path: Path, *, busy_s: float = 5.0, max_bytes: int | None = None) -> None:
        self.path = path
        self.file = JournalFile(path, busy_s=busy_s)
        self.file.bound(max_bytes)

    def append(self, batch: Sequence[Fix | LockerReport | DeadLetter]) -> AppendResult:
        """Make `batch` durable in one commit, recognise what is known already, and count all of it."""
        tally: Tally = Counter()
        with self.file.writing() as connection:
            positions = enter(connection, batch, tally)
            add_counts(connection, tally)
        by_outcome: Counter[str] = Counter()
        for (_, outcome), count in tally.items():
            by_outcome[outcome] += count
        return AppendResult(
            positions,
            by_outcome[Outcome.STORED],
            by_outcome[Outcome.DUPLICATE],
            by_outcome[Outcome.DEAD_LETTER],
        )

    def read(self, after_position: int, limit: int = 1000) -> list[Entry]:
        """Return up to `limit` entries after a position, in order; erased ones are left out."""
        return self._entries("e.position > ? ORDER BY e.position LIMIT ?", (after_position, limit))

    def held(self, device: str, since: datetime, until: datetime, limit: int = 1000) -> list[Entry]:
        """Return the held entries of `device` with since <= their time < until, oldest first."""
        condition = "v.verdict = 'held' AND e.device = ? AND e.at_ms >= ? AND e.at_ms < ?"
        return self._entries(
            f"{condition} ORDER BY e.at_ms, e.tie_ns LIMIT ?", (device, to_ms(since), to_ms(until), limit)
        )

    def last_position(self) -> int:
        """Return the position of the newest entry, 0 where there is none: a cheap sign of news."""
        return int(self.file.rows("SELECT COALESCE(MAX(position), 0) FROM entries")[0][0])

    def record_verdicts(self, judgements: Iterable[Judgement], at: datetime) -> int:
        """Record what the filters say and return how many verdicts changed.

        A final verdict stands whatever is said later; `HELD` gives way to any other. Accepted fixes
        are released, in this order; declined ones lose their body and move from stored to declined.
        """
        changed = 0
        with self.file.writing() as connection:
            for judgement in judgements:
                changed += judge(connection, judgement, to_ms(at))
        return changed

    def counters(self) -> dict[str, dict[str, int]]:
        """Return counts by kind and outcome: received = stored + duplicate + dead_letter + declined."""
        counts: dict[str, dict[str, int]] = {}
        for kind, outcome, count in self.file.rows("SELECT kind, outcome, count FROM counters"):
            counts.setdefault(kind, dict.fromkeys(Outcome, 0))[outcome] = count
        return {kind: {str(name): count for name, count in row.items()} for kind, row in counts.items()}

    def dead_letters(self, after_id: int = 0, limit: int = 100) -> list[tuple[int, DeadLetter]]:
        """Return up to `limit` dead letters after an id, oldest first, each with its id."""
        rows = self.file.rows(
            "SELECT id, topic, kind, reason, received_ms, payload, device FROM dead_letters"
            " WHERE id > ? ORDER BY id LIMIT ?",
            (after_id, limit),
        )
        return [(row[0], _dead_letter(row)) for row in rows]

    def _entries(self, condition: str, parameters: tuple[Any, ...]) -> list[Entry]:
        rows = self.file.rows(
            f"SELECT e.position, v.verdict, {ROW} FROM entries e LEFT JOIN verdicts v"  # noqa: S608
            f" ON v.entry = e.position WHERE e.body IS NOT NULL AND {condition}",
            parameters,
        )
        return [
            Entry(row[0], codec.to_value(codec.Row(*row[2:])), None if row[1] is None else Verdict(row[1]))
            for row in rows
        ]

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def judge(connection: Any, judgement: Judgement, at_ms: int) -> int:
    """Apply one judgement inside a transaction and return 1 when the verdict changed, else 0."""
    cursor = connection.execute(
        "INSERT INTO verdicts (entry, verdict, reason, at_ms) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (entry) DO UPDATE"
        " SET verdict = excluded.verdict, reason = excluded.reason, at_ms = excluded.at_ms"
        " WHERE verdicts.verdict = 'held' AND excluded.verdict <> 'held'",
        (judgement.position, judgement.verdict, judgement.reason, at_ms),
    )
    if cursor.rowcount != 1:
        return 0
    if judgement.verdict is Verdict.ACCEPTED:
        connection.execute(
            "INSERT INTO released (entry) SELECT position FROM entries WHERE position = ? AND kind = 'fix'",
            (judgement.position,),
        )
    elif judgement.verdict is Verdict.DECLINED:
        move_entry(connection, judgement.position, Outcome.DECLINED)
    return 1


def move_entry(connection: Any, position: int, to: Outcome) -> None:
    """Erase an entry's body inside a transaction, keep its identity, and count it as `to`, not as stored."""
    rows = connection.execute(
        "UPDATE entries SET body = NULL WHERE position = ? AND body IS NOT NULL RETURNING kind", (position,)
    ).fetchall()
    if rows:
        kind = rows[0][0]
        add_counts(connection, {(kind, Outcome.STORED): -1, (kind, to): 1})


def _dead_letter(row: Any) -> DeadLetter:
    return DeadLetter(
        topic=row[1],
        kind=row[2],
        reason=row[3],
        received_at=from_ms(row[4]),
        payload=bytes(row[5]),
        device=row[6],
    )
