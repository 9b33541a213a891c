"""How long the journal keeps what: bodies that nobody may see, identities, dead letters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tracking.telemetry.journal import Journal, Judgement, Verdict, judge
from tracking.telemetry.releases import MS_PER_MINUTE
from tracking.values.times import to_ms

HELD_FOR = timedelta(hours=24)
"""How long an off-duty fix waits for a shift start that arrives late; then it is declined and erased."""

IDENTITIES_KEPT_FOR = timedelta(days=10)
"""How long a duplicate is still recognised after its first delivery was carried on or refused."""

DEAD_LETTERS_KEPT_FOR = timedelta(days=30)
"""How long an operator can look at what could not be read."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many entries one pass declined, how many it forgot, and how many dead letters it dropped."""

    declined: int
    forgotten: int
    dead_letters: int


def prune(
    journal: Journal,
    now: datetime,
    *,
    reader: str | None = None,
    summarised: int | None = None,
    limit: int = 2000,
) -> Pruned:
    """Decline what was held too long and forget what has expired, at most `limit` of each; call it again.

    Without a `reader` the journal is the store of fixes and accepted fixes stay. With one, accepted
    fixes go 10 days after that reader carried them on, but no release after `summarised`. What was rejected
    or declined, and locker reports, go 10 days after their verdict; what has no verdict yet always stays.
    """
    now_ms = to_ms(now)
    expired_ms = now_ms - IDENTITIES_KEPT_FOR // timedelta(milliseconds=1)
    with journal.file.writing() as connection:
        declined = _decline_held(connection, now_ms, limit)
        forgotten = _forget_judged(connection, expired_ms, limit)
        if reader is not None:
            forgotten += _forget_forwarded(connection, reader, expired_ms, summarised, limit)
        letters = connection.execute(
            "DELETE FROM dead_letters WHERE id IN"
            " (SELECT id FROM dead_letters WHERE received_ms < ? ORDER BY received_ms LIMIT ?)",
            (now_ms - DEAD_LETTERS_KEPT_FOR // timedelta(milliseconds=1), limit),
        ).rowcount
    return Pruned(declined, forgotten, letters)


def retire(
    journal: Journal, devices: Iterable[str], before: datetime, release: int, limit: int = 2000
) -> int:
    """Forget accepted fixes of `devices` made before a time, of the releases up to one, at most `limit`.

    For the journal that is the store itself. Call it again until it returns 0.
    """
    retired = 0
    with journal.file.writing() as connection:
        for device in devices:
            rows = connection.execute(
                "SELECT e.position FROM entries e CROSS JOIN released r ON r.entry = e.position"
                " WHERE e.device = ? AND e.kind = 'fix' AND e.at_ms < ? AND r.position <= ?"
                " ORDER BY e.at_ms LIMIT ?",
                (device, to_ms(before), release, limit - retired),
            ).fetchall()
            retired += _forget(connection, [entry for (entry,) in rows])
    return retired


def _decline_held(connection: Any, now_ms: int, limit: int) -> int:
    before_ms = now_ms - HELD_FOR // timedelta(milliseconds=1)
    rows = connection.execute(
        "SELECT v.entry FROM verdicts v WHERE v.verdict = 'held' AND v.at_ms < ? ORDER BY v.at_ms LIMIT ?",
        (before_ms, limit),
    ).fetchall()
    return sum(
        judge(connection, Judgement(entry, Verdict.DECLINED, "off_duty_expired"), now_ms) for (entry,) in rows
    )


def _forget_judged(connection: Any, expired_ms: int, limit: int) -> int:
    rows = connection.execute(
        "SELECT entry FROM verdicts WHERE verdict IN ('rejected', 'declined') AND at_ms < ?"
        " UNION ALL SELECT e.position FROM entries e JOIN verdicts v ON v.entry = e.position"
        " WHERE e.kind <> 'fix' AND e.received_ms < ? AND v.verdict = 'accepted' AND v.at_ms < ? LIMIT ?",
        (expired_ms, expired_ms, expired_ms, limit),
    ).fetchall()
    return _forget(connection, [entry for (entry,) in rows])


def _forget_forwarded(
    connection: Any, reader: str, expired_ms: int, summarised: int | None, limit: int
) -> int:
    minute = expired_ms // MS_PER_MINUTE
    marks = "SELECT MAX(position) FROM forwarded WHERE reader = ? AND minute < ?"
    (reached,) = connection.execute(marks, (reader, minute)).fetchone()
    if reached is None:
        return 0
    rows = connection.execute(
        "SELECT entry FROM released WHERE position <= ? ORDER BY position LIMIT ?",
        (reached if summarised is None else min(reached, summarised), limit),
    ).fetchall()
    connection.execute(
        "DELETE FROM forwarded WHERE reader = ? AND minute < ? AND position < ?", (reader, minute, reached)
    )
    return _forget(connection, [entry for (entry,) in rows])


def _forget(connection: Any, positions: list[int]) -> int:
    keys = [(position,) for position in positions]
    connection.executemany("DELETE FROM released WHERE entry = ?", keys)
    connection.executemany("DELETE FROM verdicts WHERE entry = ?", keys)
    connection.executemany("DELETE FROM entries WHERE position = ?", keys)
    return len(positions)
