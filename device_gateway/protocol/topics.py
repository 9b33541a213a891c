"""The topics of version 1: their spelling, and what a topic says of its message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from tracking.values.ids import NAME

ROOT = "fieldstock/v1"


KNOWN_TOPICS = 10_000
"""How many topics are remembered with what they say."""

LONGEST_KNOWN = 256
"""Characters of the longest topic that is remembered."""


class Kind(StrEnum):
    """What a device publishes; the values are the kinds of the journal's counters."""

    FIX = "fix"
    STATE = "locker_state"
    EVENT = "locker_event"
    CONNECTION = "locker_connection"
    REPLY = "locker_reply"
    OWNTRACKS = "owntracks"
    OSMAND = "osmand"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Address:
    """Who sent a message and what it is; `device` is None where the topic names none of ours."""

    kind: Kind
    device: str | None


UPLINKS = {
    ("couriers", "fix"): Kind.FIX,
    ("lockers", "state"): Kind.STATE,
    ("lockers", "event"): Kind.EVENT,
    ("lockers", "connection"): Kind.CONNECTION,
    ("lockers", "reply"): Kind.REPLY,
}

GATEWAY_FILTERS = (*(f"{ROOT}/{family}/+/{leaf}" for family, leaf in UPLINKS), "owntracks/#")
"""What a gateway subscribes to, beside its own heartbeat."""


def parse(topic: str) -> Address:
    """Return who sent a message on `topic` and what it is."""
    return _known(topic) if len(topic) <= LONGEST_KNOWN else _parsed(topic)


def _parsed(topic: str) -> Address:
    levels = topic.split("/")
    match levels:
        case ["fieldstock", "v1", family, device, leaf]:
            kind = UPLINKS.get((family, leaf), Kind.UNKNOWN)
        case ["owntracks", device, _, *_]:
            kind = Kind.OWNTRACKS
        case ["osmand", device]:
            kind = Kind.OSMAND
        case _:
            return Address(Kind.UNKNOWN, None)
    return Address(kind, device if NAME.fullmatch(device) else None)


_known = lru_cache(KNOWN_TOPICS)(_parsed)


def fix(courier: str) -> str:
    """Return the topic of a courier's fixes."""
    return f"{ROOT}/couriers/{courier}/fix"


def locker(name: str, leaf: str) -> str:
    """Return a locker's topic; `leaf` is state, event, connection, command or reply."""
    return f"{ROOT}/lockers/{name}/{leaf}"


def command(name: str) -> str:
    """Return the topic of a locker's commands."""
    return locker(name, "command")


def ack(device: str) -> str:
    """Return the topic on which a device hears what has been made durable."""
    return f"{ROOT}/devices/{device}/ack"


def heartbeat(gateway: str) -> str:
    """Return the topic on which a gateway hears itself."""
    return f"{ROOT}/gateways/{gateway}/heartbeat"


def owntracks(device: str, phone: str) -> str:
    """Return the topic of an OwnTracks app; `phone` is the app's own name for its phone."""
    return f"owntracks/{device}/{phone}"


def osmand(device: str) -> str:
    """Return the name under which a message of the OsmAnd protocol, which knows no topics, is kept."""
    return f"osmand/{device}"
