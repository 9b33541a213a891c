"""OwnTracks over HTTP: whose message it is, where MQTT would have said so by its topic."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from device_gateway.protocol import topics

DEFAULT_PHONE = "phone"
"""The phone's name where the app gives it none; what our links set."""

_PHONE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def http_topic(user: str, limit_device: str | None, query_device: str | None, body: bytes) -> str:
    """Return the topic of a message that came over HTTP from `user`, who was authenticated.

    Nothing else names the user: what `X-Limit-U`, the message's own topic or the query say of that is not
    believed. The phone's name is the first usable one of `X-Limit-D`, the topic, the query's `d`, and `tid`.
    """
    message = _readable(body)
    names = (limit_device, _phone_in(message.get("topic")), query_device, message.get("tid"))
    usable = (name for name in names if isinstance(name, str) and _PHONE.fullmatch(name))
    return topics.owntracks(user, next(usable, DEFAULT_PHONE))


def _phone_in(topic: object) -> str | None:
    levels = topic.split("/") if isinstance(topic, str) else []
    return levels[2] if len(levels) > 2 else None


def _readable(body: bytes) -> dict[str, Any]:
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
