"""The AsyncAPI 3.0 document of the protocol, made from the messages: `python -m` prints what is committed."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from device_gateway.protocol import topics
from device_gateway.protocol.commands import LockerCommand, encode_command
from device_gateway.protocol.messages import (
    PROPERTY_BOOT_ID,
    PROPERTY_SEQ_RANGE,
    AckMessage,
    CommandMessage,
    ConnectionMessage,
    EventMessage,
    FixesMessage,
    ReplyMessage,
    StateMessage,
)

EXAMPLE_KEY = bytes(range(32))
"""The command key that signs the example commands."""

OWNTRACKS_BOOKLET = "https://owntracks.org/booklet/tech/json/"

_AT = "2026-11-22T08:00:00.000Z"
_SENT = "2026-11-22T08:00:00.250Z"
_COUNTED: dict[str, Any] = {"boot_id": "b7f1", "at": _AT, "sent_at": _SENT}
_COMMAND: dict[str, Any] = {
    "locker": "locker-schaan",
    "session": "5f3a9c0d7be14826",
    "issued_at": datetime(2026, 11, 22, 8, tzinfo=UTC),
    "valid_for_s": 30,
    "key": EXAMPLE_KEY,
}

EXAMPLES: dict[type[msgspec.Struct], dict[str, Any]] = {
    FixesMessage: {
        "two fixes, numbered 41 and 42": {
            "boot_id": "b7f1",
            "first_seq": 41,
            "sent_at": _SENT,
            "fixes": [
                {
                    "fix_at": "2026-11-22T07:59:55Z",
                    "lat_deg": 47.141,
                    "lon_deg": 9.521,
                    "accuracy_m": 4.5,
                    "speed_mps": 13.9,
                    "bearing_deg": 270,
                    "altitude_m": 455,
                    "battery_pct": 81,
                },
                {"fix_at": _AT, "lat_deg": 47.1412, "lon_deg": 9.5204},
            ],
        }
    },
    StateMessage: {
        "a locker with three compartments": {
            **_COUNTED,
            "seq": 7,
            "compartments": [
                {"compartment": "1", "door": "closed", "part": "R-PUMP", "serial": "SN-1", "quantity": 1},
                {"compartment": "2", "door": "closed", "quantity": 0},
                {"compartment": "3", "door": "open"},
            ],
            "temperature_c": 19.5,
            "power": "mains",
            "battery_pct": 100,
        }
    },
    EventMessage: {
        "a command opened a door": {
            **_COUNTED,
            "seq": 8,
            "kind": "door_opened",
            "compartment": "1",
            "command_id": "0193-c1",
        },
        "a scanner read a serial": {
            **_COUNTED,
            "seq": 11,
            "kind": "scanned",
            "compartment": "1",
            "command_id": "0193-c1",
            "code": "SN-1",
        },
        "an offline code was used: its counter": {
            **_COUNTED,
            "seq": 12,
            "kind": "code_used",
            "compartment": "1",
            "code": "3",
        },
    },
    ConnectionMessage: {
        "a locker is there": {"online": True, "session": _COMMAND["session"], "connect_count": 1795334400},
        "its last will": {"online": False, "session": _COMMAND["session"], "connect_count": 1795334400},
    },
    ReplyMessage: {
        "executed": {"command_id": "0193-c1", "result": "done", "at": _AT, "boot_id": "b7f1", "seq": 9},
        "refused": {
            "command_id": "0193-c2",
            "result": "refused",
            "reason": "wrong_session",
            "at": _AT,
            "boot_id": "b7f1",
            "seq": 10,
        },
    },
    AckMessage: {"7 to 12, and 15": {"boot_id": "b7f1", "ranges": [[7, 12], [15, 15]]}},
    CommandMessage: {
        "open compartment 1": json.loads(
            encode_command(LockerCommand(command_id="0193-c1", action="open", compartment="1", **_COMMAND))
        ),
        "take a new secret": json.loads(
            encode_command(
                LockerCommand(
                    command_id="0193-c3", action="rotate", compartment=None, sealed="AAECAwQFBgc=", **_COMMAND
                )
            )
        ),
    },
}
"""Payloads by message, each with a name; the tests send them through our own decoders."""


class Channel(NamedTuple):
    """A topic: what the server does with its message (`receive` or `send`), and what it is."""

    address: str
    parameters: tuple[str, ...]
    message: type[msgspec.Struct] | None
    action: str
    description: str


CHANNELS: dict[str, Channel] = {
    "courierFixes": Channel(
        topics.fix("{courier}"),
        ("courier",),
        FixesMessage,
        "receive",
        "Fixes of a courier's phone.",
    ),
    "lockerState": Channel(
        topics.locker("{locker}", "state"),
        ("locker",),
        StateMessage,
        "receive",
        "The whole reading of a locker: at each connection, with each change, and every 60 s.",
    ),
    "lockerEvent": Channel(
        topics.locker("{locker}", "event"),
        ("locker",),
        EventMessage,
        "receive",
        "What happened: door_opened, door_closed, placed, scanned, jammed, tamper, code_used, code_locked.",
    ),
    "lockerConnection": Channel(
        topics.locker("{locker}", "connection"),
        ("locker",),
        ConnectionMessage,
        "receive",
        "Retained; the same topic is the last will, with online false.",
    ),
    "lockerReply": Channel(
        topics.locker("{locker}", "reply"),
        ("locker",),
        ReplyMessage,
        "receive",
        "What became of a command.",
    ),
    "lockerCommand": Channel(
        topics.command("{locker}"),
        ("locker",),
        CommandMessage,
        "send",
        "Never retained; QoS 1 with a message expiry; signed with HMAC-SHA256 over its canonical JSON.",
    ),
    "deviceAck": Channel(
        topics.ack("{device}"),
        ("device",),
        AckMessage,
        "send",
        "Counters that are durable here: the device may delete exactly these.",
    ),
    "owntracks": Channel(
        topics.owntracks("{device}", "{phone}"),
        ("device", "phone"),
        None,
        "receive",
        f"The OwnTracks app's own topics, as it documents them: {OWNTRACKS_BOOKLET}",
    ),
}
"""The channels by name."""

COUNTED = (FixesMessage, StateMessage, EventMessage, ReplyMessage)
"""The messages that carry a device's counter, also as user properties."""


def document() -> dict[str, Any]:
    """Return the AsyncAPI document."""
    structs = [channel.message for channel in CHANNELS.values() if channel.message is not None]
    _, schemas = msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Fieldstock devices",
            "version": "1.0.0",
            "description": "Phones and lockers over MQTT 5 (QoS 1). User name, client id and the name in the "
            "topic are the same. Times are RFC 3339, units are in the names, unknown keys are ignored.",
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(channel) for name, channel in CHANNELS.items()},
        "operations": {
            f"{channel.action}-{name}": _operation(name, channel) for name, channel in CHANNELS.items()
        },
        "components": {
            "messages": {struct.__name__: _message(struct) for struct in structs}
            | {"OwnTracks": _owntracks()},
            "schemas": _portable(schemas),
        },
    }


def _channel(channel: Channel) -> dict[str, Any]:
    message = channel.message.__name__ if channel.message else "OwnTracks"
    return {
        "address": channel.address,
        "description": channel.description,
        "parameters": {name: {} for name in channel.parameters},
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
    }


def _operation(name: str, channel: Channel) -> dict[str, Any]:
    qos = 0 if channel.message is AckMessage else 1
    bindings = {"mqtt": {"qos": qos, "bindingVersion": "0.2.0"}}
    return {"action": channel.action, "channel": {"$ref": f"#/channels/{name}"}, "bindings": bindings}


def _message(struct: type[msgspec.Struct]) -> dict[str, Any]:
    described = {
        "summary": (struct.__doc__ or "").split("\n")[0],
        "payload": {"$ref": f"#/components/schemas/{struct.__name__}"},
        "examples": [{"name": name, "payload": payload} for name, payload in EXAMPLES[struct].items()],
    }
    if struct in COUNTED:
        described["headers"] = {
            "type": "object",
            "description": "MQTT 5 user properties, so that a body nobody can read is acknowledged too.",
            "properties": {
                PROPERTY_BOOT_ID: {"type": "string"},
                PROPERTY_SEQ_RANGE: {"type": "string", "pattern": "^[0-9]{1,16}-[0-9]{1,16}$"},
            },
        }
    return described


def _owntracks() -> dict[str, Any]:
    return {
        "summary": "A message of the OwnTracks app.",
        "payload": {"type": "object", "required": ["_type"]},
        "externalDocs": {"url": OWNTRACKS_BOOKLET},
        "examples": [
            {
                "name": "a location",
                "payload": {"_type": "location", "lat": 47.141, "lon": 9.521, "tst": 1795334400, "acc": 5},
            }
        ],
    }


def _portable(schemas: dict[str, Any]) -> dict[str, Any]:
    """Return schemas whose patterns end as ECMA-262 knows it, not in Python's own way."""
    text = json.dumps(schemas).replace("\\\\Z", "$")
    portable: dict[str, Any] = json.loads(text)
    return portable


if __name__ == "__main__":
    json.dump(document(), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
