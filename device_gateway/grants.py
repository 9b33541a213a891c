"""Grants: the one table of what each kind of account may publish and hear, and when a wish is within it.

Every grant of a device names the device, so it reads and writes its own topics whatever it claims to be.
Topic filters are those of MQTT 5, section 4.7; shared subscriptions those of section 4.8.2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from device_gateway.credentials import AccountKind
from device_gateway.protocol import topics

SHARE = "$share/"
MAX_FILTER_BYTES = 65_535


class Access(StrEnum):
    """The direction, seen from the account; the values are the words of Mosquitto's ACL file."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to publish to, or hear from, every topic that `topic_filter` matches."""

    access: Access
    topic_filter: str


def grants(kind: AccountKind, name: str) -> tuple[Grant, ...]:
    """Return all that an account may do."""
    return _GRANTS[kind](name)


def may_publish(kind: AccountKind, name: str, topic: str) -> bool:
    """Tell whether an account may publish to a topic; one with wildcards is none."""
    is_topic = "+" not in topic and "#" not in topic
    return is_topic and _is_granted(kind, name, Access.WRITE, topic)


def may_subscribe(kind: AccountKind, name: str, topic_filter: str) -> bool:
    """Tell whether an account may hear everything that a topic filter matches.

    The server may share its subscriptions in groups; a device that joined one would swallow its messages.
    """
    group, wished = split_share(topic_filter)
    if group is not None and kind is not AccountKind.SERVER:
        return False
    return _is_granted(kind, name, Access.READ, wished)


def covers(allowed: str, wished: str) -> bool:
    """Tell whether every topic that the filter `wished` can match is matched by `allowed`.

    Neither is wider for being malformed: such a filter covers nothing, and nothing covers it. Members of
    different shared groups, or of none, are different things.
    """
    allowed_group, allowed_filter = split_share(allowed)
    wished_group, wished_filter = split_share(wished)
    if allowed_group != wished_group or not is_filter(allowed_filter) or not is_filter(wished_filter):
        return False
    return _levels_cover(allowed_filter.split("/"), wished_filter.split("/"))


def is_filter(text: str) -> bool:
    """Tell whether a text is a topic filter: not empty, wildcards alone on a level, # at the end."""
    if not text or "\0" in text or len(text.encode(errors="surrogatepass")) > MAX_FILTER_BYTES:
        return False
    levels = text.split("/")
    return "#" not in levels[:-1] and all(
        level in ("+", "#") or not ("+" in level or "#" in level) for level in levels
    )


def split_share(topic_filter: str) -> tuple[str | None, str]:
    """Return the group of a shared subscription and its filter; a malformed one has an empty filter."""
    if not topic_filter.startswith(SHARE):
        return None, topic_filter
    group, slash, shared = topic_filter.removeprefix(SHARE).partition("/")
    if not group or not slash or "+" in group or "#" in group:
        return group, ""
    return group, shared


def _levels_cover(allowed: list[str], wished: list[str]) -> bool:
    if wished[0].startswith("$") and allowed[0] in ("+", "#"):
        return False  # wildcards at the front do not match what belongs to the broker
    for position, level in enumerate(allowed):
        if level == "#":
            return True
        if position == len(wished) or wished[position] == "#":
            return False
        if level not in ("+", wished[position]):
            return False
    return len(wished) == len(allowed)


def _is_granted(kind: AccountKind, name: str, access: Access, wished: str) -> bool:
    return any(grant.access is access and covers(grant.topic_filter, wished) for grant in grants(kind, name))


def _courier(name: str) -> tuple[Grant, ...]:
    return (
        Grant(Access.WRITE, topics.fix(name)),
        Grant(Access.READ, topics.ack(name)),
        *_owntracks(name),
    )


def _owntracks(name: str) -> tuple[Grant, ...]:
    own = f"owntracks/{name}/+"
    leaves = ("event", "waypoint", "waypoints", "status", "step", "beacon", "dump", "request")
    return (
        Grant(Access.WRITE, own),
        *(Grant(Access.WRITE, f"{own}/{leaf}") for leaf in leaves),
        Grant(Access.READ, f"{own}/cmd"),
    )


def _locker(name: str) -> tuple[Grant, ...]:
    says = ("state", "event", "connection", "reply")
    return (
        *(Grant(Access.WRITE, topics.locker(name, leaf)) for leaf in says),
        Grant(Access.READ, topics.command(name)),
        Grant(Access.READ, topics.ack(name)),
    )


def _server(name: str) -> tuple[Grant, ...]:
    return (
        *(Grant(Access.READ, topic_filter) for topic_filter in topics.GATEWAY_FILTERS),
        Grant(Access.READ, topics.heartbeat(name)),
        Grant(Access.WRITE, topics.heartbeat(name)),
        Grant(Access.WRITE, topics.ack("+")),
        Grant(Access.WRITE, topics.command("+")),
        Grant(Access.WRITE, "owntracks/#"),  # commands, and the end of what phones let it retain
    )


_GRANTS: dict[AccountKind, Callable[[str], tuple[Grant, ...]]] = {
    AccountKind.COURIER: _courier,
    AccountKind.LOCKER: _locker,
    AccountKind.OWNTRACKS_PHONE: _owntracks,
    AccountKind.SERVER: _server,
}
