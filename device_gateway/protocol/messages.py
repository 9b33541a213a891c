"""The messages of version 1 on the wire: JSON, units in names, RFC 3339 times, unknown keys ignored.

Optional readings that a device does not have are absent or null.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from tracking.telemetry.fixes import MAX_SEQ, RANGES
from tracking.telemetry.reports import TEMPERATURE_RANGE_C

MAX_FIXES = 1000
"""The most fixes in one message; a phone that has more sends several."""

MAX_COMPARTMENTS = 1000

PROPERTY_BOOT_ID = "boot_id"
"""MQTT 5 user property: the boot_id of the body."""

PROPERTY_SEQ_RANGE = "seq_range"
"""MQTT 5 user property: `first-last`, the counters in the body, so that it can be acknowledged unread."""


def _within(name: str) -> Meta:
    low, high = RANGES[name]
    return Meta(ge=low, le=high)


Time = Annotated[datetime, Meta(tz=True)]
BootId = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,64}\\Z")]
Seq = Annotated[int, Meta(ge=0, le=MAX_SEQ)]
Token = Annotated[str, Meta(min_length=1, max_length=64)]
Text = Annotated[str, Meta(max_length=500)]
Compartment = Annotated[str, Meta(min_length=1, max_length=32)]
Battery = Annotated[float, _within("battery_pct")]


class FixMessage(Struct, omit_defaults=True):
    """One fix of a courier's message."""

    fix_at: Time
    lat_deg: Annotated[float, Meta(ge=-90, le=90)]
    lon_deg: Annotated[float, Meta(ge=-180, le=180)]
    accuracy_m: Annotated[float, _within("accuracy_m")] | None = None
    speed_mps: Annotated[float, _within("speed_mps")] | None = None
    bearing_deg: Annotated[float, _within("bearing_deg")] | None = None
    altitude_m: Annotated[float, _within("altitude_m")] | None = None
    battery_pct: Battery | None = None


class FixesMessage(Struct, omit_defaults=True):
    """A courier's fixes, on `couriers/{courier}/fix`; fix i has seq `first_seq + i`."""

    boot_id: BootId
    first_seq: Seq
    fixes: Annotated[list[FixMessage], Meta(min_length=1, max_length=MAX_FIXES)]
    sent_at: Time | None = None


class RawFixesMessage(Struct):
    """The same with its fixes unread, to keep the good ones of a message with a bad one."""

    boot_id: BootId
    first_seq: Seq
    fixes: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=MAX_FIXES)]
    sent_at: Time | None = None


class CompartmentMessage(Struct, omit_defaults=True):
    """One compartment of a locker's state."""

    compartment: Compartment
    door: Literal["open", "closed", "unknown"]
    part: Token | None = None
    serial: Token | None = None
    quantity: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None


class StateMessage(Struct, omit_defaults=True):
    """A locker's state, on `lockers/{locker}/state`."""

    boot_id: BootId
    seq: Seq
    at: Time
    compartments: Annotated[list[CompartmentMessage], Meta(max_length=MAX_COMPARTMENTS)]
    sent_at: Time | None = None
    temperature_c: Annotated[float, Meta(ge=TEMPERATURE_RANGE_C[0], le=TEMPERATURE_RANGE_C[1])] | None = None
    power: Literal["mains", "battery", "unknown"] = "unknown"
    battery_pct: Battery | None = None


class EventMessage(Struct, omit_defaults=True):
    """Something that happened at a locker, on `lockers/{locker}/event`; a new kind is no error."""

    boot_id: BootId
    seq: Seq
    at: Time
    kind: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,31}\\Z")]
    sent_at: Time | None = None
    compartment: Compartment | None = None
    command_id: Token | None = None
    code: Annotated[str, Meta(max_length=200)] | None = None


class ConnectionMessage(Struct):
    """A locker's coming or, as its last will, its going, retained on `lockers/{locker}/connection`."""

    online: bool
    session: Token
    connect_count: Seq


class ReplyMessage(Struct, omit_defaults=True):
    """A locker's answer to a command, on `lockers/{locker}/reply`."""

    command_id: Token
    result: Literal["done", "refused", "failed"]
    reason: Text | None = None
    at: Time | None = None
    boot_id: BootId | None = None
    seq: Seq | None = None


class AckMessage(Struct):
    """What has been made durable of one boot of a device: inclusive ranges of its counter, in order."""

    boot_id: str
    ranges: list[tuple[int, int]]


class CommandMessage(Struct):
    """A command to a locker, on `lockers/{locker}/command`; `hmac` is over all the rest.

    `sealed` is the locker's next secret, for the action `rotate` alone.
    """

    command_id: Token
    session: Token
    action: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,31}\\Z")]
    compartment: Compartment | None
    issued_at: str
    valid_for_s: Annotated[int, Meta(ge=1, le=86_400)]
    hmac: Annotated[str, Meta(pattern="^[0-9a-f]{64}\\Z")]
    sealed: Annotated[str, Meta(min_length=1, max_length=500)] | None = None


encode = msgspec.json.Encoder().encode
"""Returns the JSON of any of these messages."""
