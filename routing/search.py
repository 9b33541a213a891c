"""Solving: an instant plan by insertion, improved by ruin and recreate and OR-Tools, never made worse."""

from __future__ import annotations

import time
from dataclasses import dataclass

from routing.answer import plan_of
from routing.check import violations
from routing.compiled import Compiled, Visit, compile_problem
from routing.fast_path import carried_over
from routing.insertion import complete
from routing.ortools_model import MAX_NODES, Budget, RoutingModel, node_count
from routing.plan import Plan
from routing.problem import Problem
from routing.ruin import improve
from routing.tours import Tours
from routing.values import require, require_int

MIN_MODEL_S = 0.02
"""OR-Tools is not started when less time than this is left for it."""

RUIN_SHARE = 0.6
"""The part of the time that ruin and recreate may take before OR-Tools, where all is served ..."""

RUIN_SHARE_UNSERVED = 0.85
"""... and while something is unserved, for which it is the better of the two."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to search.

    At most `seconds` (0 to 3600), `rounds` of ruin and recreate (0 to 10^9), and `solutions` that
    OR-Tools accepts (0 to 10^9; 0 leaves it out).

    The same problem, previous plan, `seed`, `rounds` and `solutions` give the same plan as long as
    `seconds` is not what ends the search: where that counts, give it room. Insertion always runs to its
    end, however short `seconds` is.
    """

    seconds: float = 1.0
    seed: int = 0
    rounds: int = 200
    solutions: int = 50

    def __post_init__(self) -> None:
        require(0 <= self.seconds <= 3600, "limits.seconds", f"must lie in [0, 3600], not {self.seconds}.")
        require_int(self.seed, "limits.seed", 0, 2**31 - 1)
        require_int(self.rounds, "limits.rounds")
        require_int(self.solutions, "limits.solutions")


def solve(problem: Problem, limits: Limits | None = None, previous: Plan | None = None) -> Plan:
    """Return a plan for `problem` that passes the checker and costs no more than best insertion's.

    With `previous`, what still fits of that plan is kept as a start as well. What cannot be done is
    unserved with a reason. `Plan.solver` is the last step that gained (insertion, ruin, ortools);
    `notes` say where a step yielded nothing usable.
    """
    limits = limits or Limits()
    began_s = time.monotonic()
    compiled = compile_problem(problem)
    start = _start(compiled, previous)
    notes: list[str] = []
    tours, solver = start, "insertion"
    for name, search in (("ruin", _ruin), ("ortools", _ortools)):
        found = search(tours, limits, began_s, notes) if _worth_searching(compiled) else tours
        if found.cost_millicents() < tours.cost_millicents():
            tours, solver = found, name
    plan = plan_of(tours, solver, limits.seed, tuple(notes))
    broken = violations(problem, plan) if solver != "insertion" else []
    if broken:
        notes.append(f"The plan of {solver} was dropped, it breaks {broken[0].rule}: {broken[0].sentence}")
        plan = plan_of(start, "insertion", limits.seed, tuple(notes))
    return plan


def _start(compiled: Compiled, previous: Plan | None) -> Tours:
    fresh = Tours(compiled)
    complete(fresh)
    if previous is None:
        return fresh
    kept = carried_over(compiled, previous)
    return kept if kept.cost_millicents() <= fresh.cost_millicents() else fresh


def _worth_searching(compiled: Compiled) -> bool:
    """One open shipment has its best place by insertion already."""
    return bool(compiled.couriers) and sum(1 for closed in compiled.closed if not closed) > 1


def _ruin(start: Tours, limits: Limits, began_s: float, _: list[str]) -> Tours:
    def expired(unserved: bool) -> bool:
        share = RUIN_SHARE_UNSERVED if unserved else RUIN_SHARE
        return time.monotonic() > began_s + limits.seconds * (share if limits.solutions else 1)

    return improve(start, limits.rounds, limits.seed, expired)


def _ortools(start: Tours, limits: Limits, began_s: float, notes: list[str]) -> Tours:
    """Return what OR-Tools makes of `start`, timed anew; or `start`, and a note that says why."""
    if limits.solutions == 0:
        return start
    nodes = node_count(start.compiled)
    deadline_s = began_s + limits.seconds
    if nodes > MAX_NODES or time.monotonic() + _build_s(nodes) + MIN_MODEL_S > deadline_s:
        notes.append(f"OR-Tools was not asked: no time for a model of {nodes} nodes.")
        return start
    model = RoutingModel(start.compiled, limits.seed)
    sequences = model.improve(start, Budget(deadline_s - time.monotonic(), limits.solutions))
    if sequences is None:
        notes.append("OR-Tools did not take the plan as its start.")
        return start
    return _rebuilt(start.compiled, sequences)


def _build_s(nodes: int) -> float:
    """Return about how long building a model takes: measured, 3 ms and 0.6 us for every pair of nodes."""
    return 0.003 + 0.6e-6 * nodes * nodes


def _rebuilt(compiled: Compiled, sequences: dict[int, list[Visit]]) -> Tours:
    tours = Tours(compiled)
    tours.adopt(sequences)
    complete(tours)
    return tours
