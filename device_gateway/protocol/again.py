"""Reading a dead letter again: by then a decoder may have been mended, or a key become known."""

from __future__ import annotations

import re

import msgspec

from device_gateway.protocol.decode import decode
from device_gateway.protocol.decoded import Heard
from device_gateway.protocol.owntracks_encryption import Keys, no_keys
from tracking.telemetry.dead_letters import ReadAgain
from tracking.telemetry.reports import DeadLetter

_PART = re.compile(
    r"(?P<topic>fieldstock/v1/couriers/[^/?]+/fix)\?boot_id=(?P<boot_id>[^&]+)&seq=(?P<seq>[0-9]{1,16})"
)


def read_again(letter: DeadLetter, keys: Keys = no_keys) -> ReadAgain:
    """Return what a letter says now: its values, or the reason why it still cannot be read."""
    decoded = decode(_heard(letter), keys)
    if decoded.unreadable:
        return ReadAgain(reason=decoded.unreadable[0].reason)
    return ReadAgain(decoded.values)


def _heard(letter: DeadLetter) -> Heard:
    """Return the message of a letter; one bad fix of a message is a message of that fix alone."""
    part = _PART.fullmatch(letter.topic)
    if part is None:
        return Heard(letter.topic, letter.payload, letter.received_at)
    head = msgspec.json.encode({"boot_id": part["boot_id"], "first_seq": int(part["seq"])})
    return Heard(part["topic"], head[:-1] + b',"fixes":[' + letter.payload + b"]}", letter.received_at)
