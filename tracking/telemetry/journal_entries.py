"""How items are entered in the journal: many rows a statement, known ones recognised, all of them counted.

A statement for each row costs about twice the CPU time, and the gateway's is spent here for the most part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from tracking.telemetry import codec
from tracking.telemetry.codec import Row
from tracking.telemetry.fixes import Fix
from tracking.telemetry.reports import DeadLetter, LockerReport
from tracking.values.times import to_ms

ROWS_A_STATEMENT = (100, 10, 1)
"""Few lengths, so that each statement is prepared once."""

_INSERT = (
    "INSERT INTO entries (device, kind, boot_id, seq, identity, at_ms, tie_ns, sent_ms, received_ms, body)"
    " VALUES {} ON CONFLICT (identity) DO NOTHING"
)
_VALUES = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_STATEMENTS = {rows: _INSERT.format(", ".join([_VALUES] * rows)) for rows in ROWS_A_STATEMENT}

_decode_positions = msgspec.json.Decoder(dict[str, int]).decode


class Outcome(StrEnum):
    """What became of one fix or report that was received; each has exactly one of the last four."""

    RECEIVED = "received"
    STORED = "stored"
    DUPLICATE = "duplicate"
    DEAD_LETTER = "dead_letter"
    DECLINED = "declined"


Tally = Counter[tuple[str, str]]


def enter(
    connection: Any, items: Sequence[Fix | LockerReport | DeadLetter], tally: Tally
) -> tuple[int | None, ...]:
    """Enter items inside a transaction; return the position of each, None where it is no new entry."""
    rows = [None if isinstance(item, DeadLetter) else codec.to_row(item) for item in items]
    new = _insert(connection, [row for row in rows if row is not None])
    positions = []
    for item, row in zip(items, rows, strict=True):
        if row is not None:
            positions.append(_count_entry(row, new, tally))
        elif isinstance(item, DeadLetter):
            _count_letter(connection, item, tally)
            positions.append(None)
    return tuple(positions)


def _insert(connection: Any, rows: Sequence[Row]) -> dict[str, int]:
    """Insert the rows that are new, in order; return their positions by identity in hexadecimal."""
    if not rows:
        return {}
    (before,) = connection.execute("SELECT COALESCE(MAX(position), 0) FROM entries").fetchone()
    for part in _parts(rows):
        connection.execute(_STATEMENTS[len(part)], [value for row in part for value in row])
    (found,) = connection.execute(
        "SELECT json_group_object(hex(identity), position) FROM entries WHERE position > ?", (before,)
    ).fetchone()
    return _decode_positions(found)


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    start = 0
    for length in ROWS_A_STATEMENT:
        while len(rows) - start >= length:
            yield rows[start : start + length]
            start += length


def _count_entry(row: Row, new: dict[str, int], tally: Tally) -> int | None:
    position = new.pop(row.identity.hex().upper(), None)  # of two alike the first is new
    tally[row.kind, Outcome.RECEIVED] += 1
    tally[row.kind, Outcome.DUPLICATE if position is None else Outcome.STORED] += 1
    return position


def _count_letter(connection: Any, letter: DeadLetter, tally: Tally) -> None:
    is_new = insert_dead_letter(connection, letter)
    tally[letter.kind, Outcome.RECEIVED] += 1
    tally[letter.kind, Outcome.DEAD_LETTER if is_new else Outcome.DUPLICATE] += 1


def insert_dead_letter(connection: Any, letter: DeadLetter) -> bool:
    """Keep a dead letter inside a transaction and tell whether it is new."""
    cursor = connection.execute(
        "INSERT INTO dead_letters (identity, topic, device, kind, payload, reason, received_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (identity) DO NOTHING",
        (
            codec.dead_letter_identity(letter),
            letter.topic,
            letter.device,
            letter.kind,
            letter.payload,
            letter.reason,
            to_ms(letter.received_at),
        ),
    )
    return bool(cursor.rowcount == 1)


def add_counts(connection: Any, tally: Mapping[tuple[str, Any], int]) -> None:
    """Add to the counters inside a transaction."""
    connection.executemany(
        "INSERT INTO counters (kind, outcome, count) VALUES (?, ?, ?)"
        " ON CONFLICT (kind, outcome) DO UPDATE SET count = count + excluded.count",
        [(kind, str(outcome), count) for (kind, outcome), count in tally.items()],
    )
