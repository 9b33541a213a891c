"""Which commands a locker executes, and why it refuses the others: one rule a line, on one page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from device_gateway.protocol.messages import CommandMessage

CLOCK_DOUBT_S = 60.0
"""How far a command's time of issue may seem to lie beyond its validity: clocks differ."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a locker knows when it looks at a command.

    `now` is its clock as it was at the connection, carried on by the monotonic clock `now_s`: a clock that
    jumps meanwhile changes nothing.
    """

    session: str
    now: datetime
    now_s: float
    actions: Collection[str]
    compartments: Collection[str]


def refusal(command: CommandMessage, arrived_s: float, here: Situation) -> str | None:
    """Return why a command is not executed, None when it is."""
    if command.session != here.session:
        return "wrong_session"
    if here.now_s - arrived_s > command.valid_for_s or _is_stale(command, here.now):
        return "stale"
    if command.action not in here.actions:
        return "unknown_action"
    if command.action == "open" and command.compartment not in here.compartments:
        return "unknown_compartment"
    return None


def _is_stale(command: CommandMessage, now: datetime) -> bool:
    """Tell whether a command lay somewhere on its way; a locker whose clock is far ahead refuses, safely."""
    try:
        age_s = (now - datetime.fromisoformat(command.issued_at)).total_seconds()
    except (ValueError, TypeError):
        return True
    return age_s > command.valid_for_s + CLOCK_DOUBT_S
