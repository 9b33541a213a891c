"""Commands are signed, and nothing of a signed command can be changed."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest

from device_gateway.protocol.commands import CommandInvalid, LockerCommand, decode_command, encode_command
from tracking.values.errors import FieldstockError

KEY = b"0123456789abcdef"


def command(**changes: object) -> LockerCommand:
    values: dict[str, object] = {
        "locker": "locker-1",
        "command_id": "c-1",
        "session": "s-1",
        "action": "open",
        "compartment": "Ä1",
        "issued_at": datetime(2026, 11, 22, 8, 0, 0, 1500, tzinfo=UTC),
        "valid_for_s": 30,
        "key": KEY,
    }
    return LockerCommand(**{**values, **changes})  # type: ignore[arg-type]


def test_the_signature_is_over_canonical_json() -> None:
    text = (
        '{"action":"open","command_id":"c-1","compartment":"Ä1","issued_at":"2026-11-22T08:00:00.001Z",'
        '"session":"s-1","valid_for_s":30}'
    )
    wire = json.loads(encode_command(command()))
    assert wire["hmac"] == hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize("compartment", ["A1", None])
def test_a_command_is_read_back(compartment: str | None) -> None:
    message = decode_command(encode_command(command(compartment=compartment)), KEY)
    assert (message.command_id, message.session, message.action) == ("c-1", "s-1", "open")
    assert (message.compartment, message.valid_for_s) == (compartment, 30)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("command_id", "c-2"),
        ("session", "s-2"),
        ("action", "open_all"),
        ("compartment", "A2"),
        ("compartment", None),
        ("issued_at", "2026-11-22T08:00:01.001Z"),
        ("valid_for_s", 31),
        ("hmac", "0" * 64),
    ],
)
def test_a_changed_command_is_refused(key: str, value: object) -> None:
    wire = {**json.loads(encode_command(command())), key: value}
    with pytest.raises(CommandInvalid):
        decode_command(json.dumps(wire).encode(), KEY)


@pytest.mark.parametrize("payload", [b"", b"{}", b"[]", b"\xff", b'{"hmac":1}'])
def test_no_command_at_all_is_refused(payload: bytes) -> None:
    with pytest.raises(CommandInvalid) as caught:
        decode_command(payload, KEY)
    assert caught.value.code == "command_invalid"


def test_another_lockers_key_does_not_sign() -> None:
    with pytest.raises(CommandInvalid, match="signature"):
        decode_command(encode_command(command()), b"another key")


@pytest.mark.parametrize(
    "changes",
    [
        {"locker": "no/name"},
        {"command_id": ""},
        {"session": "x" * 65},
        {"action": "Open!"},
        {"valid_for_s": 0},
        {"valid_for_s": 100_000},
        {"issued_at": datetime(2026, 1, 1)},  # noqa: DTZ001
    ],
)
def test_an_impossible_command_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(FieldstockError):
        command(**changes)


def test_a_key_does_not_show_in_a_log() -> None:
    assert KEY.decode() not in repr(command())
