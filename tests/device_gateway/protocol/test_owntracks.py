"""OwnTracks: every type that its apps send, what a phone says of itself, and what is encrypted."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.bindings import crypto_secretbox

from device_gateway.protocol import topics
from device_gateway.protocol.again import read_again
from device_gateway.protocol.decode import KEYS_UNAVAILABLE, decode
from device_gateway.protocol.decoded import Decoded, Heard
from device_gateway.protocol.owntracks import OF_NO_USE
from device_gateway.protocol.owntracks_encryption import Keys, KeysUnavailable, decrypt, encrypt, no_keys
from tests.device_gateway.protocol import payloads
from tracking.telemetry.fixes import Fix, Network, Tracking
from tracking.values.coordinates import Coordinate

RECEIVED = datetime(2026, 11, 22, 8, 0, 10, tzinfo=UTC)
TOPIC = topics.owntracks("courier-0", "phone")


def heard(payload: bytes, keys: Keys = no_keys) -> Decoded:
    return decode(Heard(TOPIC, payload, RECEIVED), keys)


def fix_of(result: Decoded) -> Fix:
    [fix] = result.values
    assert isinstance(fix, Fix)
    return fix


def location(**changes: object) -> bytes:
    return json.dumps(json.loads(payloads.OWNTRACKS_ANDROID) | changes).encode()


def test_the_table_of_payloads_has_every_type_of_no_use() -> None:
    assert set(payloads.OWNTRACKS_OF_NO_USE) == OF_NO_USE


@pytest.mark.parametrize("kind", sorted(OF_NO_USE))
def test_a_type_of_no_use_is_accepted_and_counted_by_its_name(kind: str) -> None:
    assert heard(payloads.OWNTRACKS_OF_NO_USE[kind]) == Decoded(ignored=kind)


@pytest.mark.parametrize(
    ("bs", "charging"), [(0, None), (1, False), (2, True), (3, True), (9, None), ([], None)]
)
def test_the_battery_state_says_whether_the_phone_charges(bs: object, charging: bool | None) -> None:
    assert fix_of(heard(location(bs=bs))).charging is charging


@pytest.mark.parametrize(
    ("conn", "network"),
    [
        ("w", Network.WIFI),
        ("m", Network.MOBILE),
        ("o", Network.OFFLINE),
        ("x", None),
        (None, None),
        ({}, None),
    ],
)
def test_the_connection_is_one_of_three(conn: object, network: Network | None) -> None:
    assert fix_of(heard(location(conn=conn))).network is network


@pytest.mark.parametrize(
    ("m", "tracking"),
    [
        (-1, Tracking.QUIET),
        (0, Tracking.MANUAL),
        (1, Tracking.SIGNIFICANT),
        (2, Tracking.MOVE),
        (7, None),
        (True, None),
    ],
)
def test_the_mode_is_one_of_four(m: object, tracking: Tracking | None) -> None:
    assert fix_of(heard(location(m=m))).tracking is tracking


def test_a_transition_that_names_a_place_says_where_the_phone_was() -> None:
    fix = fix_of(heard(payloads.OWNTRACKS_TRANSITION))
    assert fix.coordinate == Coordinate(47.1, 9.5)
    assert (fix.fix_at, fix.accuracy_m) == (datetime.fromtimestamp(1795334400, UTC), 10)


def encrypted(plain: bytes, key: str = "sesame") -> bytes:
    return json.dumps({"_type": "encrypted", "data": encrypt(plain, key)}).encode()


def key_of(device: str) -> str | None:
    return {"courier-0": "sesame"}.get(device)


def test_an_encrypted_location_is_the_location() -> None:
    plain = fix_of(heard(payloads.OWNTRACKS_ANDROID))
    assert fix_of(heard(encrypted(payloads.OWNTRACKS_ANDROID), key_of)) == plain


def test_what_the_libraries_of_the_apps_encrypted_is_opened() -> None:
    """The nonce counts from 0 and the key is `sesame`, padded: computed once with libsodium's own call."""

    nonce = bytes(range(24))
    box = crypto_secretbox(payloads.OWNTRACKS_IOS, nonce, b"sesame" + bytes(26))

    assert decrypt(base64.b64encode(nonce + box).decode(), "sesame") == payloads.OWNTRACKS_IOS


@pytest.mark.parametrize(
    ("payload", "keys", "reason"),
    [
        (encrypted(payloads.OWNTRACKS_IOS), no_keys, "encrypted: no encryption key .* --encrypted"),
        (encrypted(payloads.OWNTRACKS_IOS, "other"), key_of, "encrypted: the device's encryption key"),
        (payloads.OWNTRACKS_ENCRYPTED, key_of, "encrypted: the device's encryption key"),
        (b'{"_type":"encrypted","data":"no base64!"}', key_of, "encrypted: the device's encryption key"),
        (b'{"_type":"encrypted","data":7}', key_of, "invalid_field: `data`"),
        (b'{"_type":"encrypted"}', key_of, "invalid_field: `data`"),
        (encrypted(payloads.OWNTRACKS_IOS), lambda _: "x" * 33, "encrypted: the device's encryption key"),
        (encrypted(encrypted(payloads.OWNTRACKS_IOS)), key_of, "encrypted again"),
        (encrypted(b"no json"), key_of, "malformed_json"),
        (encrypted(b"\xff\xfe"), key_of, "malformed_json"),
    ],
    ids=[
        "no key",
        "another key",
        "another phone",
        "no base64",
        "number",
        "nothing",
        "long key",
        "twice",
        "no json",
        "no text",
    ],
)
def test_what_cannot_be_opened_is_kept_as_it_came(payload: bytes, keys: Keys, reason: str) -> None:
    [letter] = heard(payload, keys).unreadable
    assert (letter.payload, letter.device, letter.topic) == (payload, "courier-0", TOPIC)

    assert re.search(reason, letter.reason), letter.reason


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=120), st.text(max_size=60) | st.binary(max_size=80))
def test_no_content_of_what_is_encrypted_raises(plain: bytes, data: str | bytes) -> None:
    raw = base64.b64encode(data).decode() if isinstance(data, bytes) else data
    for payload in (encrypted(plain), json.dumps({"_type": "encrypted", "data": raw}).encode()):
        result = heard(payload, key_of)
        assert result.values or result.unreadable or result.ignored


def test_what_cannot_be_decrypted_while_the_database_is_away_is_marked_to_be_read_again() -> None:
    def away(_: str) -> str | None:
        raise KeysUnavailable("the database is away")

    decoded = heard(encrypted(payloads.OWNTRACKS_IOS), away)
    [letter] = decoded.unreadable
    assert letter.reason.startswith(f"{KEYS_UNAVAILABLE}:")
    assert read_again(letter, key_of).values
