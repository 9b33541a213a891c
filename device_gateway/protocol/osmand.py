"""Decoder of the OsmAnd protocol: Traccar Client, old (a query or form) and new (JSON).

The old client gives the speed in knots, the new one in m/s; battery is percent in the old, a share of one
in the new. A negative speed, bearing or battery is one that the phone lacks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from device_gateway.protocol.decoded import Decoded, Heard, Unreadable
from device_gateway.protocol.readings import chosen, epoch_s, number, reading
from tracking.telemetry.fixes import Fix, FixSource, whole_ms
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue

MPS_PER_KNOT = 1852 / 3600
MAX_FIELDS = 200
"""Keys of a query or form, repeated ones counted each."""
FIRST_MS = 2**31
"""A number from here on is a time in ms; below, in s."""
LONGEST_ALARM = 40

TRUTHS = {"true": True, "1": True, "false": False, "0": False}
HEARTBEAT, TOKEN = "heartbeat", "token"

_decode_json = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True)
class Said:
    """What one request says, whichever client sent it, with `speed_mps` and `battery_pct` in these units."""

    time: object = None
    lat_deg: object = None
    lon_deg: object = None
    accuracy_m: object = None
    speed_mps: float | None = None
    bearing_deg: object = None
    altitude_m: object = None
    battery_pct: float | None = None
    charging: bool | None = None
    is_mock: bool | None = None
    is_valid: bool | None = None
    alarm: str | None = None
    ignored: str | None = None


def decode_osmand(heard: Heard, device: str) -> Decoded:
    """Return the fix of a request; a heartbeat and an upload of a token say nothing of use.

    Raises `Unreadable` or what `reason_of` explains.
    """
    said = read_osmand(heard.payload)
    if said.ignored is not None:
        return Decoded(ignored=said.ignored)
    if said.is_valid is False:
        raise Unreadable("invalid_fix: the phone itself does not trust this position.")
    if said.is_mock:
        raise Unreadable("mock_location: another app made this position up; switch that app off.")
    return Decoded(values=(_to_fix(said, device, heard.received_at),))


def canonical(query: bytes, body: bytes) -> bytes:
    """Return what a request says in one text: the new client's JSON, else the fields of query and form."""
    if not body or body.lstrip()[:1] == b"{":
        return body or query
    return query + b"&" + body if query else body


def alarm_of(payload: bytes) -> tuple[str, datetime | None] | None:
    """Return the alarm that a request raises, and when by the phone's clock; None where it raises none."""
    try:
        said = read_osmand(payload)
    except (Unreadable, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return None if said.alarm is None else (said.alarm, _optional_time(said.time))


def read_osmand(payload: bytes) -> Said:
    """Return what a request says. Raises `Unreadable` or what `reason_of` explains."""
    if payload.lstrip()[:1] == b"{":
        return _of_json(_decode_json(payload))
    text = payload.decode("utf-8")
    if text.count("&") >= MAX_FIELDS:
        raise Unreadable(f"invalid_field: more than {MAX_FIELDS} fields.")
    return _of_form(dict(reversed(parse_qsl(text, keep_blank_values=True, errors="strict"))))


def _of_form(form: dict[str, str]) -> Said:
    """Read the old client's fields; of a repeated one, such as `cell` and `wifi`, the first counts."""
    lat, _, lon = form.get("location", "").partition(",")
    speed_kn = number(form.get("speed"))
    said = Said(
        time=form.get("timestamp"),
        lat_deg=form.get("lat", lat or None),
        lon_deg=form.get("lon", lon or None),
        accuracy_m=form.get("accuracy"),
        speed_mps=None if speed_kn is None else speed_kn * MPS_PER_KNOT,
        bearing_deg=form.get("bearing", form.get("heading")),
        altitude_m=form.get("altitude"),
        battery_pct=number(form.get("batt")),
        charging=_truth(form.get("charge")),
        is_mock=_truth(form.get("mock")),
        is_valid=_truth(form.get("valid")),
        alarm=_alarm(form.get("alarm")),
    )
    is_token = "notificationToken" in form
    return _without_position(said, TOKEN if is_token else HEARTBEAT)


def _of_json(message: dict[str, Any]) -> Said:
    """Read the new client's message."""
    location = message.get("location")
    if not isinstance(location, dict):
        raise Unreadable("invalid_field: `location` must be an object.")
    coords, battery, extras = (_object(location, key) for key in ("coords", "battery", "extras"))
    level = number(battery.get("level"))
    said = Said(
        time=location.get("timestamp"),
        lat_deg=coords.get("latitude"),
        lon_deg=coords.get("longitude"),
        accuracy_m=coords.get("accuracy"),
        speed_mps=number(coords.get("speed")),
        bearing_deg=coords.get("heading"),
        altitude_m=coords.get("altitude"),
        battery_pct=None if level is None else round(level * 100, 6),
        charging=_truth(battery.get("is_charging")),
        is_mock=_truth(location.get("mock")),
        alarm=_alarm(location.get("alarm")) or _alarm(extras.get("alarm")),
        ignored=HEARTBEAT if _truth(extras.get("heartbeat")) else None,
    )
    return _without_position(said, HEARTBEAT)


def _without_position(said: Said, ignored: str) -> Said:
    """Mark a request that names no place at all as one of no use."""
    if said.lat_deg is None and said.lon_deg is None:
        return replace(said, ignored=ignored)
    return said


def _to_fix(said: Said, device: str, received_at: datetime) -> Fix:
    return Fix(
        device=device,
        fix_at=_time(said.time),
        received_at=received_at,
        coordinate=Coordinate(_degrees("lat", said.lat_deg), _degrees("lon", said.lon_deg)),
        source=FixSource.OSMAND,
        accuracy_m=reading("accuracy_m", number(said.accuracy_m)),
        speed_mps=reading("speed_mps", said.speed_mps),
        bearing_deg=reading("bearing_deg", number(said.bearing_deg)),
        altitude_m=reading("altitude_m", number(said.altitude_m)),
        battery_pct=reading("battery_pct", said.battery_pct),
        charging=said.charging,
    )


def _degrees(name: str, value: object) -> float:
    found = number(value)
    if found is None:
        raise Unreadable(f"invalid_field: `{name}` must be a number.")
    return found


def _time(value: object) -> datetime:
    """Return a time in s or ms since the epoch, in ISO 8601, or as `2026-11-22 08:00:00` in UTC."""
    count = number(value)
    if count is not None:
        return epoch_s(count if count < FIRST_MS else count / 1000)
    text = value if isinstance(value, str) else ""
    if "T" in text:
        text = text.replace(" ", "+")  # an offset's plus sign that a query did not escape
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable("invalid_field: `timestamp` must be a time.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _optional_time(value: object) -> datetime | None:
    try:
        return whole_ms(_time(value))
    except (Unreadable, InvalidValue):
        return None


def _object(message: dict[str, Any], key: str) -> dict[str, Any]:
    value = message.get(key)
    return value if isinstance(value, dict) else {}


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else chosen(TRUTHS, str(value).lower())


def _alarm(value: object) -> str | None:
    """Return the name of an alarm: what is left of a text when it is made safe to show."""
    if not isinstance(value, str):
        return None
    return "".join(c for c in value if c.isalnum() or c in " _-")[:LONGEST_ALARM].strip() or None
