"""The AsyncAPI document: it is what the code speaks, and its examples go through the code."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from device_gateway.protocol import asyncapi, topics
from device_gateway.protocol.asyncapi import CHANNELS, EXAMPLE_KEY, document
from device_gateway.protocol.commands import decode_command
from device_gateway.protocol.decode import decode
from device_gateway.protocol.decoded import Heard
from device_gateway.protocol.messages import AckMessage, CommandMessage, encode

COMMITTED = json.loads(Path(asyncapi.__file__).with_suffix(".json").read_text())
NAMES = {"courier": "anna", "locker": "locker-schaan", "device": "anna", "phone": "phone"}
EXAMPLES = [
    (name, example["name"], example["payload"])
    for name, channel in COMMITTED["channels"].items()
    for message in channel["messages"]
    for example in COMMITTED["components"]["messages"][message]["examples"]
]


def _schema_of(channel: str) -> dict[str, Any]:
    (message,) = COMMITTED["channels"][channel]["messages"]
    payload: dict[str, Any] = COMMITTED["components"]["messages"][message]["payload"]
    return {**payload, "components": COMMITTED["components"]}


def _validator(channel: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(
        _schema_of(channel), format_checker=jsonschema.FormatChecker(formats=["date-time"])
    )


def test_committed_document_is_what_the_code_says() -> None:
    assert document() == COMMITTED, "run: python -m device_gateway.protocol.asyncapi"


def test_every_topic_is_described_and_nothing_else_is() -> None:
    uplinks = {f"{topics.ROOT}/{family}/{{}}/{leaf}" for family, leaf in topics.UPLINKS}
    known = uplinks | {topics.command("{}"), topics.ack("{}"), topics.owntracks("{}", "{}")}
    described = set()
    for channel in COMMITTED["channels"].values():
        assert set(channel["parameters"]) <= set(NAMES)
        described.add(channel["address"].format(**dict.fromkeys(channel["parameters"], "{}")))
    assert described == known


def test_every_channel_has_its_operation_and_every_reference_leads_somewhere() -> None:
    assert {o["channel"]["$ref"] for o in COMMITTED["operations"].values()} == {
        f"#/channels/{name}" for name in CHANNELS
    }
    for reference in _references(COMMITTED):
        found: Any = COMMITTED
        for level in reference.removeprefix("#/").split("/"):
            found = found[level]
        assert found


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [ref for child in node.values() for ref in _references(child)]
    return [ref for child in node for ref in _references(child)] if isinstance(node, list) else []


@pytest.mark.parametrize(("channel", "name", "payload"), EXAMPLES, ids=[f"{e[0]}: {e[1]}" for e in EXAMPLES])
def test_example_is_valid_by_its_schema_and_goes_through_our_own_code(
    channel: str, name: str, payload: dict[str, Any]
) -> None:
    _validator(channel).validate(payload)
    body, action = json.dumps(payload).encode(), CHANNELS[channel].action
    if action == "receive":
        topic = CHANNELS[channel].address.format(**NAMES)
        decoded = decode(Heard(topic, body, datetime(2026, 11, 22, 8, 0, 1, tzinfo=UTC)))
        assert decoded.values
        assert decoded.unreadable == ()
    elif channel == "lockerCommand":
        command = decode_command(body, EXAMPLE_KEY)
        assert json.loads(encode(command)) == {"sealed": None, **payload}
        assert isinstance(command, CommandMessage)
    else:
        assert json.loads(encode(msgspec.json.decode(body, type=AckMessage))) == payload


BROKEN: list[tuple[str, str, dict[str, Any]]] = [
    ("lockerState", "without a counter", {"seq": None}),
    ("lockerState", "a door ajar", {"compartments": [{"compartment": "1", "door": "ajar"}]}),
    ("lockerEvent", "a kind in capitals", {"kind": "DOOR"}),
    ("lockerConnection", "a word for a number", {"connect_count": "many"}),
    ("lockerReply", "another result", {"result": "maybe"}),
    ("courierFixes", "no fixes", {"fixes": []}),
]


@pytest.mark.parametrize(("channel", "name", "changes"), BROKEN, ids=[f"{c[0]}: {c[1]}" for c in BROKEN])
def test_schema_and_decoder_refuse_the_same(channel: str, name: str, changes: dict[str, Any]) -> None:
    payload = next(p for c, _, p in EXAMPLES if c == channel) | changes
    topic = CHANNELS[channel].address.format(**NAMES)
    received_at = datetime(2026, 11, 22, 8, 0, 1, tzinfo=UTC)
    assert decode(Heard(topic, json.dumps(payload).encode(), received_at)).unreadable
    assert not _validator(channel).is_valid(payload)
