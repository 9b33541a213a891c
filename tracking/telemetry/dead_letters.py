"""Dead letters: what could not be read is listed, looked at, taken in after all, or thrown away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tracking.telemetry import codec
from tracking.telemetry.fixes import Fix
from tracking.telemetry.journal import Journal
from tracking.telemetry.journal_entries import Outcome, Tally, add_counts, enter
from tracking.telemetry.reports import DeadLetter, LockerReport
from tracking.values.errors import NotFound
from tracking.values.times import from_ms

COLUMNS = "id, topic, kind, reason, received_ms, payload, device"
STORE_REFUSED = "journal/"
"""What the topic of a letter begins with that is no message but an entry which its store did not take."""


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A dead letter with the number that it is called by."""

    letter_id: int
    letter: DeadLetter


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """What a second reading found: values, or the reason why there are still none."""

    values: tuple[Fix | LockerReport, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a letter: new entries, duplicates, and why it still is one, None when it is gone."""

    letter_id: int
    stored: int = 0
    duplicates: int = 0
    reason: str | None = None


Reader = Callable[[DeadLetter], ReadAgain]


class DeadLetters:
    """The dead letters of one journal. Every method raises `JournalUnavailable`."""

    def __init__(self, journal: Journal) -> None:
        self._file = journal.file

    def find(
        self, after_id: int = 0, limit: int = 100, *, device: str | None = None, reason: str | None = None
    ) -> list[KeptLetter]:
        """Return up to `limit` letters after an id, oldest first; `reason` is what theirs begin with."""
        rows = self._file.rows(
            f"SELECT {COLUMNS} FROM dead_letters WHERE id > ? AND (? IS NULL OR device = ?)"  # noqa: S608
            " AND (? IS NULL OR substr(reason, 1, length(?)) = ?) ORDER BY id LIMIT ?",
            (after_id, device, device, reason, reason, reason, limit),
        )
        return [_kept(row) for row in rows]

    def get(self, letter_id: int) -> KeptLetter:
        """Return one letter. Raises `NotFound`."""
        rows = self._file.rows(f"SELECT {COLUMNS} FROM dead_letters WHERE id = ?", (letter_id,))  # noqa: S608
        if not rows:
            raise NotFound("dead letter", str(letter_id))
        return _kept(rows[0])

    def counts(self) -> dict[str, int]:
        """Return how many letters there are of each reason's code."""
        code = "substr(reason, 1, instr(reason || ':', ':') - 1)"
        rows = self._file.rows(f"SELECT {code}, COUNT(*) FROM dead_letters GROUP BY 1 ORDER BY 1")  # noqa: S608
        return {str(name): int(count) for name, count in rows}

    def count(self, reason: str, *, limit: int) -> int:
        """Return how many letters there are whose reason begins so, `limit` where there are more."""
        rows = self._file.rows(
            "SELECT COUNT(*) FROM"
            " (SELECT 1 FROM dead_letters WHERE substr(reason, 1, length(?)) = ? LIMIT ?)",
            (reason, reason, limit),
        )
        return int(rows[0][0])

    def replay(self, letters: Sequence[KeptLetter], read: Reader) -> list[Replayed]:
        """Read letters again; what can be read now is entered as if it had been then, and counted so.

        A letter that still cannot be read stays, with its new reason.
        """
        return [self._replay_one(kept, read) for kept in letters]

    def drop(self, letter_ids: Sequence[int]) -> int:
        """Throw letters away and return how many there were; they stay counted as dead letters."""
        with self._file.writing() as connection:
            done = [connection.execute("DELETE FROM dead_letters WHERE id = ?", (n,)) for n in letter_ids]
            return sum(cursor.rowcount for cursor in done)

    def _replay_one(self, kept: KeptLetter, read: Reader) -> Replayed:
        if kept.letter.topic.startswith(STORE_REFUSED):
            return self._release_again(kept)
        again = read(kept.letter)
        if again.reason is not None or not again.values:
            return self._keep(kept, again.reason or "nothing_in_it: there is nothing in it to be stored.")
        tally: Tally = Counter()
        with self._file.writing() as connection:
            gone = connection.execute("DELETE FROM dead_letters WHERE id = ?", (kept.letter_id,)).rowcount
            if gone != 1:
                raise NotFound("dead letter", str(kept.letter_id))
            new = enter(connection, again.values, tally)
            tally[kept.letter.kind, Outcome.RECEIVED] -= 1
            tally[kept.letter.kind, Outcome.DEAD_LETTER] -= 1
            add_counts(connection, tally)
        stored = sum(position is not None for position in new)
        return Replayed(kept.letter_id, stored, len(new) - stored)

    def _keep(self, kept: KeptLetter, reason: str) -> Replayed:
        with self._file.writing() as connection:
            connection.execute("UPDATE dead_letters SET reason = ? WHERE id = ?", (reason, kept.letter_id))
        return Replayed(kept.letter_id, reason=reason)

    def _release_again(self, kept: KeptLetter) -> Replayed:
        """Offer to its store again what the store did not take."""
        entry = int(kept.letter.topic.removeprefix(STORE_REFUSED))
        with self._file.writing() as connection:
            restored = connection.execute(
                "UPDATE entries SET body = ? WHERE position = ? AND body IS NULL",
                (kept.letter.payload, entry),
            ).rowcount
            if restored:
                connection.execute("DELETE FROM dead_letters WHERE id = ?", (kept.letter_id,))
                connection.execute("DELETE FROM released WHERE entry = ?", (entry,))
                connection.execute("INSERT INTO released (entry) VALUES (?)", (entry,))
                counts: dict[tuple[str, str], int] = {
                    (codec.FIX, Outcome.DEAD_LETTER): -1,
                    (codec.FIX, Outcome.STORED): 1,
                }
                add_counts(connection, counts)
        if not restored:
            return self._keep(kept, "entry_forgotten: it was refused too long ago.")
        return Replayed(kept.letter_id, stored=1)


def _kept(row: Any) -> KeptLetter:
    letter = DeadLetter(
        topic=row[1],
        kind=row[2],
        reason=row[3],
        received_at=from_ms(row[4]),
        payload=bytes(row[5]),
        device=row[6],
    )
    return KeptLetter(row[0], letter)
