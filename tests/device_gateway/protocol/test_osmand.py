"""Traccar Client, old and new: every field of both, and what says nothing of use."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from device_gateway.protocol import topics
from device_gateway.protocol.decode import decode
from device_gateway.protocol.decoded import Decoded, Heard
from device_gateway.protocol.osmand import alarm_of
from tests.device_gateway.protocol import payloads
from tracking.telemetry.fixes import Fix, FixSource
from tracking.values.coordinates import Coordinate

RECEIVED = datetime(2026, 11, 22, 8, 0, 10, tzinfo=UTC)
AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
PLACE = "lat=47.141&lon=9.5215"


def heard(payload: bytes | str) -> Decoded:
    body = payload.encode() if isinstance(payload, str) else payload
    return decode(Heard(topics.osmand("courier-0"), body, RECEIVED))


def fix_of(result: Decoded) -> Fix:
    assert result.unreadable == ()
    [fix] = result.values
    assert isinstance(fix, Fix)
    return fix


def new_client(changes: dict[str, Any] | None = None, **coords: object) -> bytes:
    message = json.loads(payloads.OSMAND_JSON)
    message["location"]["coords"] |= coords
    message["location"] |= changes or {}
    return json.dumps(message).encode()


@pytest.mark.parametrize("payload", [payloads.OSMAND_FORM, payloads.OSMAND_JSON], ids=["old", "new"])
def test_both_clients_say_the_same_in_their_own_units(payload: bytes) -> None:
    fix = fix_of(heard(payload))
    assert (fix.device, fix.source, fix.fix_at) == ("courier-0", FixSource.OSMAND, AT)
    assert fix.coordinate == Coordinate(47.141, 9.5215)
    assert fix.speed_mps == pytest.approx(5.14, abs=0.01)
    assert (fix.accuracy_m, fix.bearing_deg, fix.altitude_m) == (12, 273, 455)
    assert (fix.battery_pct, fix.charging) == (81, True)


def test_a_knot_is_1852_m_an_hour() -> None:
    assert fix_of(heard(f"{PLACE}&timestamp=1795334400&speed=3600")).speed_mps == pytest.approx(1852)


@pytest.mark.parametrize(
    "text",
    [
        "1795334400",
        "1795334400000",
        "2026-11-22T08:00:00Z",
        "2026-11-22T09:00:00.000+01:00",
        "2026-11-22T09:00:00 01:00",
        "2026-11-22T08:00:00",
        "2026-11-22 08:00:00",
    ],
)
def test_a_time_is_read_in_every_spelling(text: str) -> None:
    assert fix_of(heard(f"{PLACE}&timestamp={quote(text)}")).fix_at == AT


@pytest.mark.parametrize(
    "fields",
    [
        "location=47.141,9.5215&deviceid=anna",
        "lat=47.141&lon=9.5215&heading=12&hdop=0.8&valid=true&anything=else",
        "lat=47.141&lon=9.5215&notificationToken=abc",
        "lat=47.141&lon=9.5215&lat=1&lon=1",
    ],
)
def test_what_other_apps_add_does_no_harm(fields: str) -> None:
    assert fix_of(heard(f"{fields}&timestamp=1795334400")).coordinate == Coordinate(47.141, 9.5215)


def test_an_unknown_reading_is_one_that_the_phone_lacks() -> None:
    battery = {"battery": {"level": -1, "is_charging": None}}
    fix = fix_of(heard(new_client(battery, speed=-1, heading=-1)))
    assert (fix.speed_mps, fix.bearing_deg, fix.battery_pct, fix.charging) == (None, None, None, None)


@pytest.mark.parametrize(
    ("payload", "ignored"),
    [
        ("id=anna&notificationToken=abc", "token"),
        ("id=anna", "heartbeat"),
        ("", "heartbeat"),
        ("id=anna&timestamp=1795334400&batt=80", "heartbeat"),
        (new_client({"extras": {"heartbeat": True}}), "heartbeat"),
        (new_client({"coords": None}), "heartbeat"),
        (b'{"location":{},"device_id":"anna"}', "heartbeat"),
    ],
)
def test_what_names_no_place_stores_nothing(payload: bytes | str, ignored: str) -> None:
    assert heard(payload) == Decoded(ignored=ignored)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (PLACE, "invalid_field: `timestamp`"),
        (f"{PLACE}&timestamp=soon", "invalid_field: `timestamp`"),
        (f"{PLACE}&timestamp=-5", "1970"),
        (f"{PLACE}&timestamp=1e300", "9999"),
        ("lat=91&lon=9&timestamp=1795334400", "lat_deg"),
        ("lat=north&lon=9&timestamp=1795334400", "`lat`"),
        ("lat=47&timestamp=1795334400", "`lon`"),
        ("location=47&timestamp=1795334400", "`lon`"),
        (f"{PLACE}&timestamp=1795334400&valid=false", "invalid_fix"),
        (f"{PLACE}&timestamp=1795334400&mock=true", "mock_location"),
        (new_client({"mock": True}), "mock_location"),
        (new_client(latitude="x"), "`lat`"),
        (b'{"location":[1,2]}', "`location`"),
        (b'{"_type":"location"}', "`location`"),
        (b"{broken", "malformed_json"),
        (b"lat=\xff", "malformed_json"),
        (b"lat=%ff&lon=1", "malformed_json"),
        ("&".join(["a=1"] * 201), "200 fields"),
    ],
)
def test_what_cannot_be_read_is_one_dead_letter_with_its_reason(payload: bytes | str, reason: str) -> None:
    [letter] = heard(payload).unreadable
    assert (letter.device, letter.kind) == ("courier-0", "fix")
    assert re.search(reason, letter.reason), letter.reason


@pytest.mark.parametrize(
    ("payload", "alarm"),
    [
        (b"id=anna&alarm=sos&timestamp=1795334400", ("sos", AT)),
        (b"id=anna&alarm=sos", ("sos", None)),
        (b"id=anna&alarm=%3Cb%3E&timestamp=never", ("b", None)),
        (new_client({"extras": {"alarm": "sos"}}), ("sos", AT)),
        (new_client({"alarm": "sos"}), ("sos", AT)),
        (new_client({"coords": None, "alarm": "sos"}), ("sos", AT)),
        (payloads.OSMAND_FORM, None),
        (payloads.OSMAND_JSON, None),
        (b"alarm=", None),
        (b"{broken", None),
        (b"\xff", None),
    ],
)
def test_an_alarm_is_found_with_or_without_a_place(
    payload: bytes, alarm: tuple[str, datetime | None] | None
) -> None:
    assert alarm_of(payload) == alarm
