"""Recorded traces: CSV files of fixes, cut into messages as a phone sends them, disturbed on request."""

from __future__ import annotations

import csv
import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from device_gateway.protocol.messages import MAX_FIXES, FixesMessage, FixMessage, encode
from tracking.telemetry.fixes import RANGES
from tracking.values.coordinates import Coordinate
from tracking.values.errors import FieldstockError, InvalidValue

COLUMNS = ("fix_at", "lat_deg", "lon_deg")
"""What every trace has; `altitude_m`, `accuracy_m`, `speed_mps` and `bearing_deg` may follow."""

LATER_MESSAGES = 10
"""How many places a reordered or repeated message is late at most."""


class TraceInvalid(FieldstockError):
    """A trace file that cannot be replayed, with its line."""

    code = "trace_invalid"
    action = (
        "Correct the file: a header, then fix_at (RFC 3339, with zone), lat_deg, lon_deg in order of time."
    )


@dataclass(frozen=True, slots=True)
class Disturbance:
    """Fractions in [0, 1] of messages that are sent twice, sent late, or followed by a broken copy."""

    duplicate: float = 0.0
    reorder: float = 0.0
    corrupt: float = 0.0
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("duplicate", "reorder", "corrupt"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise InvalidValue(f"The fraction to {name} must lie in [0, 1], not {getattr(self, name)}.")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message: fixes `first_seq` to `first_seq + count - 1`; none of a corrupted one can be read."""

    first_seq: int
    count: int
    offset_s: float
    is_corrupted: bool
    is_late: bool
    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Trace:
    """A whole file: its fixes in order, and the boot_id that its content gives it."""

    path: Path
    boot_id: str
    fixes: tuple[FixMessage, ...] = field(repr=False)


def read_trace(path: Path) -> Trace:
    """Return the trace of a CSV file. Raises `TraceInvalid` with the line that is wrong."""
    try:
        content = path.read_bytes()
        rows = csv.DictReader(content.decode().splitlines())
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise TraceInvalid(f"{path}, line 1: the column {missing[0]} is missing.")
        fixes = tuple(_fix(path, rows.line_num, row) for row in rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TraceInvalid(f"{path} cannot be read: {error}.") from error
    if not fixes:
        raise TraceInvalid(f"{path} holds no fix.")
    return Trace(path, hashlib.sha256(content).hexdigest()[:32], fixes)


def _fix(path: Path, line: int, row: dict[str, str]) -> FixMessage:
    try:
        place = Coordinate(float(row["lat_deg"]), float(row["lon_deg"]))
        fix_at = datetime.fromisoformat(row["fix_at"])
        if fix_at.tzinfo is None:
            raise InvalidValue("fix_at carries no time zone.")
        readings = {name: float(row[name]) for name in RANGES if row.get(name)}
    except (ValueError, TypeError) as error:
        raise TraceInvalid(f"{path}, line {line}: {error}") from error
    return FixMessage(fix_at=fix_at, lat_deg=place.lat_deg, lon_deg=place.lon_deg, **readings)


def outgoing(trace: Trace, fixes_per_message: int, disturbance: Disturbance) -> Iterator[Outgoing]:
    """Yield a trace's messages in the order to send them; the same seed disturbs the same trace alike."""
    if not 1 <= fixes_per_message <= MAX_FIXES:
        raise InvalidValue(f"fixes_per_message must lie in [1, {MAX_FIXES}], not {fixes_per_message}.")
    choice = random.Random(f"{disturbance.seed}:{trace.boot_id}")
    for first_seq, form in _order(len(trace.fixes), fixes_per_message, disturbance, choice):
        yield _message(trace, first_seq, fixes_per_message, form, choice)


def _order(
    fixes: int, per_message: int, disturbance: Disturbance, choice: random.Random
) -> list[tuple[int, str]]:
    """Return first_seq and form (`whole`, `late`, `again` or `corrupted`) of each message, as they go out."""
    places: list[tuple[float, int, str]] = []
    for index, first_seq in enumerate(range(0, fixes, per_message)):
        is_late = choice.random() < disturbance.reorder
        late = choice.randint(1, LATER_MESSAGES) + 0.5 if is_late else 0.0
        places.append((index + late, first_seq, "late" if is_late else "whole"))
        if choice.random() < disturbance.duplicate:
            places.append((index + choice.randint(0, LATER_MESSAGES) + 0.25, first_seq, "again"))
        if choice.random() < disturbance.corrupt:
            places.append((index + 0.75, first_seq, "corrupted"))
    return [(first_seq, form) for _, first_seq, form in sorted(places)]


def _message(trace: Trace, first_seq: int, per_message: int, form: str, choice: random.Random) -> Outgoing:
    fixes = trace.fixes[first_seq : first_seq + per_message]
    # No sent_at: the recording's clock is not the sender's, and nobody may measure an offset from it.
    payload = encode(FixesMessage(trace.boot_id, first_seq, list(fixes)))
    return Outgoing(
        first_seq=first_seq,
        count=len(fixes),
        offset_s=(fixes[-1].fix_at - trace.fixes[0].fix_at).total_seconds(),
        is_corrupted=form == "corrupted",
        is_late=form == "late",
        payload=_corrupted(payload, choice) if form == "corrupted" else payload,
    )


def _corrupted(payload: bytes, choice: random.Random) -> bytes:
    """Return a copy that nobody can read as a whole, and that still differs from other messages' copies."""
    middle = choice.randint(len(payload) // 2, len(payload) - 2)
    return choice.choice(
        (
            payload[:middle],
            payload[:middle] + b"\xff" + payload[middle:],
            payload.replace(b'"first_seq":', b'"first_seq":-', 1).replace(b":-0,", b":-1,", 1),
            payload.replace(b'"boot_id"', b'"boot"', 1),
        )
    )
