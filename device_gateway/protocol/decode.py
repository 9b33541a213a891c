"""From a message to what it says: the one table of topics and decoders; it never raises."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

import msgspec

from device_gateway.protocol import native, topics
from device_gateway.protocol.decoded import AckRange, Decoded, Heard, Unreadable, dead_letter, reason_of
from device_gateway.protocol.messages import PROPERTY_BOOT_ID, PROPERTY_SEQ_RANGE
from device_gateway.protocol.osmand import decode_osmand
from device_gateway.protocol.owntracks import decode_owntracks
from device_gateway.protocol.owntracks_encryption import Keys, KeysUnavailable, no_keys
from device_gateway.protocol.topics import Kind
from tracking.telemetry.fixes import MAX_SEQ
from tracking.values.errors import InvalidValue

log = logging.getLogger(__name__)

DECODERS: dict[Kind, Callable[[Heard, str], Decoded]] = {
    Kind.FIX: native.decode_fixes,
    Kind.STATE: native.decode_state,
    Kind.EVENT: native.decode_event,
    Kind.CONNECTION: native.decode_connection,
    Kind.REPLY: native.decode_reply,
    Kind.OWNTRACKS: decode_owntracks,
    Kind.OSMAND: decode_osmand,
}

KEYS_UNAVAILABLE = "keys_unavailable"
"""The code of what nobody could decrypt for the moment: it is read again without anybody asking for it."""

_BOOT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SEQ_RANGE = re.compile(r"([0-9]{1,16})-([0-9]{1,16})")


def decode(heard: Heard, keys: Keys = no_keys) -> Decoded:
    """Return what a message says; what cannot be read is a dead letter with its reason.

    `keys` open what phones encrypt.
    """
    address = topics.parse(heard.topic)
    decoder = DECODERS.get(address.kind)
    if decoder is None:
        return _unreadable(heard, address, "unknown_topic: no device publishes here.")
    if address.device is None:
        return _unreadable(heard, address, "invalid_device: the topic names no device of ours.")
    try:
        _check_utf8(heard.payload)
        if address.kind is Kind.OWNTRACKS:
            return decode_owntracks(heard, address.device, keys)
        return decoder(heard, address.device)
    except (Unreadable, InvalidValue, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _unreadable(heard, address, reason_of(error))
    except KeysUnavailable:
        return _unreadable(heard, address, f"{KEYS_UNAVAILABLE}: the database was away; it is read again.")
    except Exception as error:  # a decoder's own fault must not stop the hearing of others
        log.exception("The decoder of %s failed; the message is kept as a dead letter.", address.kind)
        return _unreadable(heard, address, f"decoder_failed: {type(error).__name__}: {error}")


def _check_utf8(payload: bytes) -> None:
    """Raise `UnicodeDecodeError` for what is not UTF-8; the JSON decoder looks only at what it wants."""
    if not payload.isascii():
        payload.decode("utf-8")


def _unreadable(heard: Heard, address: topics.Address, reason: str) -> Decoded:
    letter = dead_letter(heard, address.kind, address.device, reason[:500])
    return Decoded(unreadable=(letter,), ack=_announced(heard, address.device))


def _announced(heard: Heard, device: str | None) -> AckRange | None:
    """Return the counters that the properties announce, to acknowledge a body that nobody can read."""
    properties = dict(heard.properties)
    boot_id = properties.get(PROPERTY_BOOT_ID, "")
    found = _SEQ_RANGE.fullmatch(properties.get(PROPERTY_SEQ_RANGE, ""))
    if device is None or found is None or not _BOOT_ID.fullmatch(boot_id):
        return None
    first, last = int(found[1]), int(found[2])
    return AckRange(device, boot_id, first, last) if first <= last <= MAX_SEQ else None
