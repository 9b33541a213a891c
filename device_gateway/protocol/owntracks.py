"""Decoder of OwnTracks messages: a `location` is a fix; every other type is accepted and of no use here.

Units differ from ours: `tst` and `created_at` are epoch seconds, `vel` is km/h, `batt` is percent.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import msgspec

from device_gateway.protocol.decoded import Decoded, Heard, Unreadable
from tracking.telemetry.fixes import RANGES, Fix, FixSource
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue
from tracking.values.times import from_ms

KMH_PER_MPS = 3.6

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def decode_owntracks(heard: Heard, device: str) -> Decoded:
    """Return the fix of a `location`. Raises `Unreadable` or what `reason_of` explains."""
    if not heard.payload:
        return Decoded(ignored="empty")
    message = _decode(heard.payload)
    match message.get("_type"):
        case "location":
            return Decoded(values=(to_fix(message, device, heard.received_at),))
        case "encrypted":
            raise Unreadable("encrypted: switch off the encryption key in the app; the connection has TLS.")
        case str(other):
            return Decoded(ignored=other[:32])
        case _:
            raise Unreadable("invalid_field: `_type` must be a text.")


def to_fix(message: dict[str, Any], device: str, received_at: datetime) -> Fix:
    """Return the fix of a `location`; a reading that is out of range or negative is one the phone lacks.

    Raises `Unreadable` without a position or time, and `InvalidValue` for an impossible one.
    """
    speed_kmh = _number(message.get("vel"))
    return Fix(
        device=device,
        fix_at=_time(_required(message, "tst")),
        received_at=received_at,
        coordinate=Coordinate(_required(message, "lat"), _required(message, "lon")),
        source=FixSource.OWNTRACKS,
        sent_at=_optional_time(_number(message.get("created_at"))),
        accuracy_m=_reading("accuracy_m", _number(message.get("acc"))),
        speed_mps=_reading("speed_mps", None if speed_kmh is None else speed_kmh / KMH_PER_MPS),
        bearing_deg=_reading("bearing_deg", _number(message.get("cog"))),
        altitude_m=_reading("altitude_m", _number(message.get("alt"))),
        battery_pct=_reading("battery_pct", _number(message.get("batt"))),
    )


def _required(message: dict[str, Any], key: str) -> float:
    value = _number(message.get(key))
    if value is None:
        raise Unreadable(f"invalid_field: `{key}` must be a number.")
    return value


def _number(value: object) -> float | None:
    """Return a number, also one written as a text, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _reading(name: str, value: float | None) -> float | None:
    low, high = RANGES[name]
    return value if value is not None and low <= value <= high else None


def _time(value_s: float) -> datetime:
    return from_ms(round(value_s * 1000))


def _optional_time(value_s: float | None) -> datetime | None:
    try:
        return None if value_s is None else _time(value_s)
    except InvalidValue:
        return None
