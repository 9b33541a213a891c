"""Reading a dead letter again: by then a decoder may have been mended, or a key become known."""

from __future__ import annotations

import msgspec

from device_gateway.protocol.decode import decode
from device_gateway.protocol.decoded import Heard
from device_gateway.protocol.owntracks_encryption import Keys, no_keys
from tracking.telemetry.dead_letters import ReadAgain
from tracking.telemetry.reports import DeadLetter


def read_again(letter: DeadLetter, keys: Keys = no_keys) -> ReadAgain:
    """Return what a letter says now: its values, or the reason why it still cannot be read."""
    decoded = decode(_heard(letter), keys)
    if decoded.unreadable:
        return ReadAgain(reason=decoded.unreadable[0].reason)
    return ReadAgain(decoded.values)


def _heard(letter: DeadLetter) -> Heard:
    """Return the message of a letter; one bad fix of a message is a message of that fix alone."""
    topic, is_part, part = letter.topic.partition("?boot_id=")
    if not is_part:
        return Heard(letter.topic, letter.payload, letter.received_at)
    boot_id, _, seq = part.partition("&seq=")
    head = msgspec.json.encode({"boot_id": boot_id, "first_seq": int(seq)})
    return Heard(topic, head[:-1] + b',"fixes":[' + letter.payload + b"]}", letter.received_at)
