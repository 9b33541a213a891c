"""A search that tells how it goes, at most once a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from routing.plan import Plan
from routing.problem import Problem
from routing.search import Limits, Progress, solve

EVERY_S = 1.0


def search(problem: Problem, say: Callable[[str], None], **limits: Any) -> Plan:
    """Return the plan of `routing.search.solve` within `limits`, and say what it has reached meanwhile."""
    return solve(problem, Limits(**limits), progress=_Teller(say))


class _Teller:
    """Says the state of a search, not more often than people read."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._next_s = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        now_s = time.monotonic()
        if now_s < self._next_s:
            return
        self._next_s = now_s + EVERY_S
        reached = f"{progress.vehicles} vehicles, {progress.unserved} unserved"
        self._say(f"{progress.elapsed_s:7.1f} s  cost {progress.cost_millicents / 100_000:,.2f}, {reached}")
