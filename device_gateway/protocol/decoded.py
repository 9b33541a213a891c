"""What goes into a decoder and what comes out of it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec

from device_gateway.protocol.topics import Kind
from tracking.telemetry.fixes import Fix
from tracking.telemetry.reports import DeadLetter, LockerReport


class Heard(NamedTuple):
    """A message as it came from the broker; `properties` are its MQTT 5 user properties."""

    topic: str
    payload: bytes
    received_at: datetime
    properties: tuple[tuple[str, str], ...] = ()


class AckRange(NamedTuple):
    """Counters `first` to `last`, inclusive, of one boot of a device: to acknowledge once durable."""

    device: str
    boot_id: str
    first: int
    last: int


class Decoded(NamedTuple):
    """What a message holds: values, what of it could not be read, and what to acknowledge to the device.

    `ignored` names the type of a message that is in order and of no use to us.
    """

    values: tuple[Fix | LockerReport, ...] = ()
    unreadable: tuple[DeadLetter, ...] = ()
    ack: AckRange | None = None
    ignored: str | None = None


class Unreadable(Exception):
    """A body, or a part of it, that cannot be read; the reason begins with a stable code."""


def reason_of(error: Exception) -> str:
    """Return why something could not be read, its stable code first."""
    match error:
        case Unreadable():
            return str(error)
        case msgspec.ValidationError():
            return f"invalid_field: {error}"
        case msgspec.DecodeError() | UnicodeDecodeError() | RecursionError():
            return f"malformed_json: {error}"
        case _:
            return f"invalid_value: {error}"


def dead_letter(heard: Heard, kind: Kind, device: str | None, reason: str) -> DeadLetter:
    """Return the dead letter of a whole message."""
    return DeadLetter(
        topic=heard.topic,
        kind=Kind.FIX if kind in (Kind.OWNTRACKS, Kind.OSMAND) else kind,
        reason=reason,
        received_at=heard.received_at,
        payload=heard.payload,
        device=device,
    )
