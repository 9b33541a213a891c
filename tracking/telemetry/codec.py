"""How a fix or report lies in the journal: its row, its identity, and back again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from tracking.telemetry.fixes import Fix, FixSource, Network, Tracking
from tracking.telemetry.reports import (
    CommandResult,
    CompartmentReading,
    DeadLetter,
    Door,
    LockerConnection,
    LockerEvent,
    LockerReply,
    LockerReport,
    LockerState,
    Power,
)
from tracking.values.coordinates import Coordinate
from tracking.values.times import from_ms, to_ms

FIX = "fix"
STATE = "locker_state"
EVENT = "locker_event"
CONNECTION = "locker_connection"
REPLY = "locker_reply"

TIES_PER_MS = 1_000_000
"""Places within one millisecond; a store that counts in ns keeps fixes of one millisecond apart by them."""

_KINDS: dict[type, str] = {
    Fix: FIX,
    LockerState: STATE,
    LockerEvent: EVENT,
    LockerConnection: CONNECTION,
    LockerReply: REPLY,
}
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class _FixBody(msgspec.Struct, omit_defaults=True, kw_only=True):
    """What lies in no column of a fix, in the order in which it is written; a fix is recognised by it."""

    lat_deg: float
    lon_deg: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    bearing_deg: float | None = None
    altitude_m: float | None = None
    battery_pct: float | None = None
    charging: bool | None = None
    source: FixSource
    network: Network | None = None
    tracking: Tracking | None = None
    said_ms: int | None = None


_decode_fix = msgspec.json.Decoder(_FixBody).decode


class Row(NamedTuple):
    """One entry as the journal keeps it; `body` is JSON, times are ms since the epoch."""

    device: str
    kind: str
    boot_id: str | None
    seq: int | None
    identity: bytes
    at_ms: int
    tie_ns: int
    sent_ms: int | None
    received_ms: int
    body: bytes | None


def to_row(value: Fix | LockerReport) -> Row:
    """Return the row that keeps `value`."""
    kind = _KINDS[type(value)]
    boot_id, seq = getattr(value, "boot_id", None), getattr(value, "seq", None)
    at_ms, sent_ms = to_ms(happened_at(value)), _optional_ms(getattr(value, "sent_at", None))
    body = _encode(_fix_body(value) if isinstance(value, Fix) else _report_body(value))
    if boot_id is not None and seq is not None:
        identity = _digest(value.device, boot_id, str(seq))
        tie_ns = seq % TIES_PER_MS
    else:
        said_ms = 0 if kind in (CONNECTION, REPLY) else at_ms
        said = body
        if isinstance(value, Fix) and value.said_at is not None:  # our correction is no part of what it said
            said_ms, said = to_ms(value.said_at), _encode(_fix_body(replace(value, said_at=None)))
        identity = _digest(value.device, kind, str(said_ms), said.decode())
        tie_ns = int.from_bytes(identity[:8]) % TIES_PER_MS
    return Row(
        value.device, kind, boot_id, seq, identity, at_ms, tie_ns, sent_ms, to_ms(value.received_at), body
    )


def to_value(row: Row) -> Fix | LockerReport:
    """Return the value that `row` keeps; its body must not have been erased."""
    if row.body is None:
        raise ValueError("This entry's body has been erased.")
    return _read_fix(row) if row.kind == FIX else _READERS[row.kind](row, _decode(row.body))


def happened_at(value: Fix | LockerReport) -> datetime:
    """Return when it happened by the device's clock, or when it was received where it names no time."""
    at: datetime | None = value.fix_at if isinstance(value, Fix) else getattr(value, "at", None)
    return at or value.received_at


def dead_letter_identity(letter: DeadLetter) -> bytes:
    """Return what two deliveries of the same unreadable message have in common."""
    return hashlib.blake2b(letter.payload, digest_size=16, key=_digest(letter.topic, letter.kind)).digest()


def _digest(*parts: str) -> bytes:
    text = "\x00".join(parts)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _optional_ms(value: datetime | None) -> int | None:
    return None if value is None else to_ms(value)


def _fix_body(fix: Fix) -> _FixBody:
    return _FixBody(
        lat_deg=fix.coordinate.lat_deg,
        lon_deg=fix.coordinate.lon_deg,
        accuracy_m=fix.accuracy_m,
        speed_mps=fix.speed_mps,
        bearing_deg=fix.bearing_deg,
        altitude_m=fix.altitude_m,
        battery_pct=fix.battery_pct,
        charging=fix.charging,
        source=fix.source,
        network=fix.network,
        tracking=fix.tracking,
        said_ms=_optional_ms(fix.said_at),
    )


def _report_body(value: LockerReport) -> dict[str, Any]:
    """Return what lies in no column, without what is absent."""
    match value:
        case LockerState():
            body: dict[str, Any] = {
                "compartments": [
                    {
                        "compartment": c.compartment,
                        "door": c.door,
                        "part": c.part,
                        "serial": c.serial,
                        "quantity": c.quantity,
                    }
                    for c in value.compartments
                ],
                "temperature_c": value.temperature_c,
                "power": value.power,
                "battery_pct": value.battery_pct,
            }
        case LockerEvent():
            body = {name: getattr(value, name) for name in ("kind", "compartment", "command_id", "code")}
        case LockerConnection():
            body = {name: getattr(value, name) for name in ("online", "session", "connect_count")}
        case LockerReply():
            body = {name: getattr(value, name) for name in ("command_id", "result", "reason")}
            body["at_ms"] = _optional_ms(value.at)
    return {name: item for name, item in body.items() if item is not None}


def _read_fix(row: Row) -> Fix:
    body = _decode_fix(row.body or b"")
    return Fix(
        device=row.device,
        fix_at=from_ms(row.at_ms),
        received_at=from_ms(row.received_ms),
        coordinate=Coordinate(body.lat_deg, body.lon_deg),
        source=body.source,
        boot_id=row.boot_id,
        seq=row.seq,
        sent_at=_optional_time(row.sent_ms),
        accuracy_m=body.accuracy_m,
        speed_mps=body.speed_mps,
        bearing_deg=body.bearing_deg,
        altitude_m=body.altitude_m,
        battery_pct=body.battery_pct,
        charging=body.charging,
        network=body.network,
        tracking=body.tracking,
        said_at=_optional_time(body.said_ms),
    )


def _read_state(row: Row, body: dict[str, Any]) -> LockerState:
    return LockerState(
        compartments=tuple(_read_compartment(item) for item in body["compartments"]),
        temperature_c=body.get("temperature_c"),
        power=Power(body["power"]),
        battery_pct=body.get("battery_pct"),
        **_counted(row),
    )


def _read_compartment(item: dict[str, Any]) -> CompartmentReading:
    return CompartmentReading(
        item["compartment"], Door(item["door"]), item["part"], item["serial"], item["quantity"]
    )


def _read_event(row: Row, body: dict[str, Any]) -> LockerEvent:
    return LockerEvent(**body, **_counted(row))


def _read_connection(row: Row, body: dict[str, Any]) -> LockerConnection:
    return LockerConnection(device=row.device, received_at=from_ms(row.received_ms), **body)


def _read_reply(row: Row, body: dict[str, Any]) -> LockerReply:
    return LockerReply(
        device=row.device,
        command_id=body["command_id"],
        result=CommandResult(body["result"]),
        reason=body.get("reason"),
        at=_optional_time(body.get("at_ms")),
        boot_id=row.boot_id,
        seq=row.seq,
        received_at=from_ms(row.received_ms),
    )


def _counted(row: Row) -> dict[str, Any]:
    return {
        "device": row.device,
        "boot_id": row.boot_id,
        "seq": row.seq,
        "at": from_ms(row.at_ms),
        "sent_at": _optional_time(row.sent_ms),
        "received_at": from_ms(row.received_ms),
    }


def _optional_time(value_ms: int | None) -> datetime | None:
    return None if value_ms is None else from_ms(value_ms)


_READERS: dict[str, Callable[[Row, dict[str, Any]], LockerReport]] = {
    STATE: _read_state,
    EVENT: _read_event,
    CONNECTION: _read_connection,
    REPLY: _read_reply,
}
