"""How a simulated locker's own things lie in its memory: connections, contents and the state of codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict

import msgspec

from device_gateway.protocol.offline_codes import CodeState
from device_gateway.simulator.cabinet import Content
from device_gateway.simulator.memory import LockerMemory


def next_connect_count(memory: LockerMemory, wished: int | None, first: int) -> int:
    """Return the count of the coming connection, above all that are remembered, and remember it."""
    known = memory.fact("connect_count")
    count = wished if wished is not None else first
    if isinstance(known, int):
        count = max(count, known + 1) if wished is not None else known + 1
    memory.remember("connect_count", count)
    return count


def remember_contents(memory: LockerMemory, contents: Mapping[str, Content]) -> None:
    """Remember what lies in each compartment, as the compartments themselves do."""
    memory.remember("contents", {name: asdict(content) for name, content in contents.items()})


def remembered_contents(memory: LockerMemory, otherwise: Mapping[str, Content]) -> dict[str, Content]:
    """Return what lies in each compartment that there is, as remembered where it is."""
    known = memory.fact("contents")
    if known is None:
        return dict(otherwise)
    remembered = msgspec.convert(known, dict[str, Content])
    return {name: remembered.get(name, content) for name, content in otherwise.items()}


def remember_code_state(memory: LockerMemory, compartment: str, state: CodeState) -> None:
    """Remember the counter of a compartment's codes, and how many wrong ones were tried lately."""
    memory.remember(f"code:{compartment}", [state.counter, len(state.wrong_s)])


def remembered_code_states(
    memory: LockerMemory, compartments: Iterable[str], now_s: float
) -> dict[str, CodeState]:
    """Return the state of each compartment's codes; wrong tries before a power cut count as of now.

    Nobody knows how long the power was away, and pulling the plug must not lift a lock.
    """
    states: dict[str, CodeState] = {}
    for compartment in compartments:
        known = memory.fact(f"code:{compartment}")
        counter, wrong = msgspec.convert(known, tuple[int, int]) if known is not None else (0, 0)
        states[compartment] = CodeState(counter, (now_s,) * wrong)
    return states
