"""Which commands a locker executes, rule by rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from device_gateway.protocol.messages import CommandMessage
from device_gateway.simulator.obeying import CLOCK_DOUBT_S, Situation, refusal

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
HERE = Situation("s-1", NOW, 1_000.0, ("open", "rotate"), ("1", "2"))


def _issued(seconds_ago: float) -> str:
    return (NOW - timedelta(seconds=seconds_ago)).isoformat()


def _command(**changes: Any) -> CommandMessage:
    values = {
        "command_id": "c",
        "session": "s-1",
        "action": "open",
        "compartment": "1",
        "issued_at": _issued(1),
        "valid_for_s": 30,
        "hmac": "0" * 64,
    }
    return CommandMessage(**{**values, **changes})


CASES: list[tuple[str, dict[str, Any], float, str | None]] = [
    ("a fresh one", {}, 999.0, None),
    ("at the end of its time", {}, 970.0, None),
    ("after it waited too long here", {}, 969.9, "stale"),
    ("after it waited too long elsewhere", {"issued_at": _issued(30.1 + CLOCK_DOUBT_S)}, 999.0, "stale"),
    ("from a clock that is a little off", {"issued_at": _issued(29 + CLOCK_DOUBT_S)}, 999.0, None),
    ("from a clock that is ahead", {"issued_at": _issued(-3_600)}, 999.0, None),
    ("issued at no time", {"issued_at": "yesterday"}, 999.0, "stale"),
    ("issued at a time without an offset", {"issued_at": "2026-11-22T08:00:00"}, 999.0, "stale"),
    ("for an earlier session", {"session": "s-0"}, 999.0, "wrong_session"),
    ("for an earlier session, and late", {"session": "s-0"}, 0.0, "wrong_session"),
    ("to do something else", {"action": "melt"}, 999.0, "unknown_action"),
    ("for another compartment", {"compartment": "9"}, 999.0, "unknown_compartment"),
    ("for no compartment", {"compartment": None}, 999.0, "unknown_compartment"),
    ("to take a secret", {"action": "rotate", "compartment": None}, 999.0, None),
]


@pytest.mark.parametrize(
    ("changes", "arrived_s", "reason"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_command_is_refused_for_its_reason(
    changes: dict[str, Any], arrived_s: float, reason: str | None
) -> None:
    assert refusal(_command(**changes), arrived_s, HERE) == reason
