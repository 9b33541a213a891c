"""Decoders: payloads in, values or a reason out, and never an exception."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_gateway.protocol import topics
from device_gateway.protocol.decode import DECODERS, decode
from device_gateway.protocol.decoded import AckRange, Decoded, Heard
from tests.device_gateway.protocol import payloads
from tracking.telemetry import codec
from tracking.telemetry.fixes import Fix, FixSource
from tracking.telemetry.reports import (
    CommandResult,
    CompartmentReading,
    Door,
    LockerConnection,
    LockerEvent,
    LockerReply,
    LockerState,
    Power,
)
from tracking.values.coordinates import Coordinate

RECEIVED = datetime(2026, 11, 22, 8, 0, 10, tzinfo=UTC)
FIX_TOPIC = topics.fix("courier-0")
OWNTRACKS = "owntracks/courier-0/phone"


def heard(topic: str, payload: bytes, *properties: tuple[str, str]) -> Decoded:
    return decode(Heard(topic, payload, RECEIVED, properties))


def utc(hour: int, minute: int, second: float) -> datetime:
    return datetime(2026, 11, 22, hour, minute, int(second), int(second % 1 * 1e6), tzinfo=UTC)


def test_a_courier_message_is_its_fixes() -> None:
    result = heard(FIX_TOPIC, payloads.FIXES)
    assert result.unreadable == ()
    assert result.ack == AckRange("courier-0", "b7", 41, 42)
    assert result.values == (
        Fix(
            device="courier-0",
            fix_at=utc(8, 0, 1),
            received_at=RECEIVED,
            coordinate=Coordinate(47.141, 9.521),
            source=FixSource.NATIVE,
            boot_id="b7",
            seq=41,
            sent_at=utc(8, 0, 9.5),
            accuracy_m=4.0,
            speed_mps=13.9,
            bearing_deg=0.0,
            altitude_m=455.5,
            battery_pct=81.0,
        ),
        Fix(
            device="courier-0",
            fix_at=utc(8, 0, 6),
            received_at=RECEIVED,
            coordinate=Coordinate(47.0, 9.5),
            source=FixSource.NATIVE,
            boot_id="b7",
            seq=42,
            sent_at=utc(8, 0, 9.5),
        ),
    )


def test_a_locker_state_names_every_compartment() -> None:
    result = heard(topics.locker("locker-1", "state"), payloads.STATE)
    assert result.ack == AckRange("locker-1", "L1", 7, 7)
    assert result.values == (
        LockerState(
            device="locker-1",
            boot_id="L1",
            seq=7,
            at=utc(8, 0, 0),
            sent_at=utc(8, 0, 1),
            received_at=RECEIVED,
            compartments=(
                CompartmentReading("A1", Door.CLOSED, "P-100", "SN-1", 1),
                CompartmentReading("A2", Door.UNKNOWN),
            ),
            temperature_c=-3.5,
            power=Power.BATTERY,
            battery_pct=77.0,
        ),
    )


def test_a_locker_event_a_connection_and_a_reply() -> None:
    [event] = heard(topics.locker("locker-1", "event"), payloads.EVENT).values
    assert event == LockerEvent(
        device="locker-1",
        boot_id="L1",
        seq=8,
        at=utc(8, 0, 0),
        received_at=RECEIVED,
        kind="door_opened",
        compartment="A1",
        command_id="c-1",
    )
    [connection] = heard(topics.locker("locker-1", "connection"), payloads.CONNECTION).values
    assert connection == LockerConnection(
        device="locker-1", online=False, session="s-9", connect_count=12, received_at=RECEIVED
    )
    [reply] = heard(topics.locker("locker-1", "reply"), payloads.REPLY).values
    assert reply == LockerReply(
        device="locker-1",
        command_id="c-1",
        result=CommandResult.REFUSED,
        reason="stale",
        at=utc(8, 0, 3),
        received_at=RECEIVED,
    )


def test_an_owntracks_location_comes_in_our_units() -> None:
    result = heard(OWNTRACKS, payloads.OWNTRACKS_ANDROID)
    [fix] = result.values
    assert isinstance(fix, Fix)
    assert result.ack is None
    assert (fix.boot_id, fix.seq, fix.source) == (None, None, FixSource.OWNTRACKS)
    assert fix.coordinate == Coordinate(47.1410, 9.5215)
    assert fix.fix_at == datetime.fromtimestamp(1795334400, UTC)
    assert fix.sent_at == datetime.fromtimestamp(1795334405, UTC)
    assert fix.speed_mps == pytest.approx(50 / 3.6)
    assert (fix.accuracy_m, fix.altitude_m, fix.bearing_deg, fix.battery_pct) == (13, 455, 273, 81)


def test_a_negative_reading_of_owntracks_is_one_the_phone_lacks() -> None:
    [fix] = heard(OWNTRACKS, payloads.OWNTRACKS_IOS).values
    assert isinstance(fix, Fix)
    assert (fix.speed_mps, fix.bearing_deg, fix.battery_pct) == (None, None, None)
    assert fix.accuracy_m == 5


@pytest.mark.parametrize(
    ("topic", "payload", "ignored"),
    [
        (OWNTRACKS, payloads.OWNTRACKS_LWT, "lwt"),
        (f"{OWNTRACKS}/status", payloads.OWNTRACKS_STATUS, "status"),
        (OWNTRACKS, b'{"_type":"something-new"}', "other"),
        (OWNTRACKS, b"", "empty"),
        (topics.locker("locker-1", "connection"), b"", "cleared"),
    ],
)
def test_what_is_of_no_use_is_accepted_politely(topic: str, payload: bytes, ignored: str) -> None:
    assert heard(topic, payload) == Decoded(ignored=ignored)


def one(**changes: object) -> bytes:
    fix = {"fix_at": "2026-11-22T08:00:01Z", "lat_deg": 47.0, "lon_deg": 9.5}
    return json.dumps({"boot_id": "b", "first_seq": 5, "fixes": [{**fix, **changes}]}).encode()


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (FIX_TOPIC, b"", "malformed_json"),
        (FIX_TOPIC, b"{", "malformed_json"),
        (FIX_TOPIC, b"\xff\xfe", "malformed_json"),
        (FIX_TOPIC, payloads.FIXES.replace(b"mood", b"mo\xffd"), "malformed_json"),
        (FIX_TOPIC, b"[" * 100_000, "malformed_json|invalid_field"),
        (FIX_TOPIC, b'{"x":' + b"[" * 100_000, "malformed_json"),
        (FIX_TOPIC, b"null", "invalid_field"),
        (FIX_TOPIC, b"[]", "invalid_field"),
        (FIX_TOPIC, b"{}", "invalid_field.*boot_id"),
        (FIX_TOPIC, b'{"boot_id":"b","first_seq":1,"fixes":[]}', "invalid_field.*fixes"),
        (FIX_TOPIC, b'{"boot_id":"b\\n","first_seq":1,"fixes":[{}]}', "invalid_field.*boot_id"),
        (FIX_TOPIC, b'{"boot_id":"b","first_seq":-1,"fixes":[{}]}', "invalid_field.*first_seq"),
        (FIX_TOPIC, b'{"boot_id":"b","first_seq":1e3,"fixes":[{}]}', "invalid_field.*first_seq|fix_at"),
        (
            FIX_TOPIC,
            b'{"boot_id":"b","first_seq":9007199254740991,"fixes":[{},{}]}',
            "invalid_value.*counter",
        ),
        (FIX_TOPIC, one(lat_deg=90.5), "invalid_field.*lat_deg"),
        (FIX_TOPIC, one(lon_deg=-181), "invalid_field.*lon_deg"),
        (FIX_TOPIC, one(lat_deg="47"), "invalid_field.*lat_deg"),
        (FIX_TOPIC, one(lat_deg=None), "invalid_field.*lat_deg"),
        (FIX_TOPIC, one(accuracy_m=-1), "invalid_field.*accuracy_m"),
        (FIX_TOPIC, one(bearing_deg=361), "invalid_field.*bearing_deg"),
        (FIX_TOPIC, one(battery_pct=101), "invalid_field.*battery_pct"),
        (FIX_TOPIC, one(fix_at="2026-11-22T08:00:01"), "invalid_field.*fix_at"),
        (FIX_TOPIC, one(fix_at=1795334400), "invalid_field.*fix_at"),
        (FIX_TOPIC, one(fix_at="yesterday"), "invalid_field.*fix_at"),
        (FIX_TOPIC, one(fix_at="1969-12-31T23:59:59Z"), "invalid_value.*1970"),
        (FIX_TOPIC, one(fix_at="9999-12-31T23:59:59-10:00"), "invalid_value"),
        (FIX_TOPIC, one(fix_at="0001-01-01T00:00:00+10:00"), "invalid_value"),
        (topics.locker("locker-1", "state"), payloads.STATE.replace(b"closed", b"ajar"), "door"),
        (topics.locker("locker-1", "state"), payloads.STATE.replace(b"-3.5", b"-300"), "temperature_c"),
        (topics.locker("locker-1", "event"), payloads.EVENT.replace(b"door_opened", b"Door!"), "kind"),
        (topics.locker("locker-1", "event"), payloads.EVENT.replace(b'"seq":8,', b""), "seq"),
        (topics.locker("locker-1", "connection"), payloads.CONNECTION.replace(b"false", b"0"), "online"),
        (topics.locker("locker-1", "reply"), payloads.REPLY.replace(b"refused", b"maybe"), "result"),
        (
            topics.locker("locker-1", "reply"),
            payloads.REPLY.replace(b'"result"', b'"seq":4,"result"'),
            "both",
        ),
        (OWNTRACKS, payloads.OWNTRACKS_ENCRYPTED, "encrypted"),
        (OWNTRACKS, b'{"lat":1,"lon":1,"tst":1}', "_type"),
        (OWNTRACKS, b'{"_type":"location","lat":1,"lon":1}', "tst"),
        (OWNTRACKS, b'{"_type":"location","lat":true,"lon":1,"tst":1}', "lat"),
        (OWNTRACKS, b'{"_type":"location","lat":91,"lon":1,"tst":1}', "lat_deg"),
        (OWNTRACKS, b'{"_type":"location","lat":1,"lon":1,"tst":-5}', "1970"),
        (OWNTRACKS, b'{"_type":"location","lat":1,"lon":1,"tst":1e300}', "9999"),
        (OWNTRACKS, b'{"_type":"location","lat":1,"lon":1,"tst":"soon"}', "tst"),
        ("fieldstock/v1/couriers/courier-0/mood", b"{}", "unknown_topic"),
        ("fieldstock/v1/couriers/Not A Name/fix", payloads.FIXES, "invalid_device"),
        ("fieldstock/v1/couriers/name\n/fix", payloads.FIXES, "invalid_device"),
        ("owntracks/UPPER/phone", payloads.OWNTRACKS_IOS, "invalid_device"),
        ("else/where", b"{}", "unknown_topic"),
        ("", b"{}", "unknown_topic"),
    ],
)
def test_what_cannot_be_read_is_one_dead_letter_with_its_reason(
    topic: str, payload: bytes, reason: str
) -> None:
    result = heard(topic, payload)
    assert result.values == ()
    [letter] = result.unreadable
    assert letter.received_at == RECEIVED
    assert re.search(reason, letter.reason), letter.reason


def test_of_a_message_with_a_bad_fix_the_good_ones_are_kept() -> None:
    bad = payloads.FIXES.replace(b'"lat_deg":47,', b'"lat_deg":470,')
    result = heard(FIX_TOPIC, bad)
    assert [value.seq for value in result.values if isinstance(value, Fix)] == [41]
    [letter] = result.unreadable
    assert "lat_deg" in letter.reason
    assert letter.payload.startswith(b'{"fix_at":"2026-11-22T09:00:06+01:00","lat_deg":470')
    assert letter.topic == f"{FIX_TOPIC}?boot_id=b7&seq=42"
    assert result.ack == AckRange("courier-0", "b7", 41, 42)


@pytest.mark.parametrize(
    ("properties", "ack"),
    [
        ([("boot_id", "b7"), ("seq_range", "10-19")], AckRange("courier-0", "b7", 10, 19)),
        ([("boot_id", "b7"), ("seq_range", "10-10")], AckRange("courier-0", "b7", 10, 10)),
        ([("seq_range", "10-19")], None),
        ([("boot_id", "b7")], None),
        ([("boot_id", "b 7"), ("seq_range", "10-19")], None),
        ([("boot_id", "b7"), ("seq_range", "19-10")], None),
        ([("boot_id", "b7"), ("seq_range", "-1-9")], None),
        ([("boot_id", "b7"), ("seq_range", "1-9999999999999999")], None),
        ([("boot_id", "b7"), ("seq_range", "1-9\n")], None),
    ],
)
def test_an_unreadable_body_is_acknowledged_by_its_properties(
    properties: list[tuple[str, str]], ack: AckRange | None
) -> None:
    assert heard(FIX_TOPIC, b"{", *properties).ack == ack


def test_the_body_says_more_than_the_properties() -> None:
    result = heard(FIX_TOPIC, payloads.FIXES, ("boot_id", "other"), ("seq_range", "0-9"))
    assert result.ack == AckRange("courier-0", "b7", 41, 42)


KNOWN = [
    (FIX_TOPIC, payloads.FIXES),
    (topics.locker("locker-1", "state"), payloads.STATE),
    (topics.locker("locker-1", "event"), payloads.EVENT),
    (topics.locker("locker-1", "connection"), payloads.CONNECTION),
    (topics.locker("locker-1", "reply"), payloads.REPLY),
    (OWNTRACKS, payloads.OWNTRACKS_ANDROID),
    (topics.osmand("courier-0"), payloads.OSMAND_FORM),
    (topics.osmand("courier-0"), payloads.OSMAND_JSON),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def assert_sound(result: Decoded) -> None:
    """Whatever comes out can be written to the journal and read back."""
    for value in result.values:
        assert codec.to_value(codec.to_row(value)) == value
    for letter in result.unreadable:
        assert letter.reason
    assert result.values or result.unreadable or result.ignored


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([topic for topic, _ in KNOWN]) | st.text(max_size=40), st.binary(max_size=200))
def test_no_bytes_raise(topic: str, payload: bytes) -> None:
    assert_sound(heard(topic, payload))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(KNOWN), st.data())
def test_no_damage_to_a_good_message_raises(known: tuple[str, bytes], data: st.DataObject) -> None:
    topic, payload = known
    start = data.draw(st.integers(0, len(payload)))
    end = data.draw(st.integers(start, min(len(payload), start + 12)))
    inserted = data.draw(st.binary(max_size=6) | st.sampled_from([b"1e999", b"null", b"-", b'"', b"{}"]))
    assert_sound(heard(topic, payload[:start] + inserted + payload[end:]))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([known for known in KNOWN if known[1].startswith(b"{")]),
    st.dictionaries(
        st.sampled_from(
            [
                "boot_id",
                "first_seq",
                "seq",
                "fixes",
                "at",
                "kind",
                "lat",
                "lon",
                "tst",
                "_type",
                "result",
                "location",
            ]
        ),
        JSON,
    ),
)
def test_no_json_value_in_any_place_raises(known: tuple[str, bytes], changes: dict[str, object]) -> None:
    topic, payload = known
    assert_sound(heard(topic, json.dumps({**json.loads(payload), **changes}).encode()))


def test_a_message_on_which_a_decoder_fails_is_a_dead_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> Decoded:
        raise ZeroDivisionError("a bug")

    monkeypatch.setitem(DECODERS, topics.Kind.FIX, fails)
    [letter] = heard(FIX_TOPIC, payloads.FIXES).unreadable
    assert letter.reason == "decoder_failed: ZeroDivisionError: a bug"
