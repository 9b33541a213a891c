"""Solving: an instant plan by insertion, then what does not fit is fitted in, then the plan is made cheaper.

The searches themselves are in `routing.kernel`; this module says in which order, and for how long.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from routing.answer import plan_of
from routing.check import violations
from routing.compiled import Compiled, compile_problem
from routing.fast_path import carried_over
from routing.insertion import adopt, complete, engine_of
from routing.kernel.annealing import Annealing
from routing.kernel.engine import Engine
from routing.kernel.fitting import Fitting
from routing.plan import Plan
from routing.problem import Problem
from routing.tours import Tours
from routing.values import require, require_int

FIT_SHARE = 0.45
"""The part of the time, or of the rounds, that fitting in may take; what it leaves goes to the rest."""

STARTS = ((150, 1), (75, 2), (0, 3))
"""From how many shipments on the time is parted into how many searches, each from the first plan: where few
couriers are tight, some searches end in a plan from which no way leads on."""

MAX_THREADS = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to search: at most `seconds` (0 to 3600) and `rounds` of ruin and recreate (0 to 10^9).

    Each of `threads` (1 to 64) searches with a seed of its own, the first with `seed`; the best wins.
    The same problem, previous plan, `seed`, `rounds` and `threads` give the same plan as long as `seconds` is
    not what ends the search: where that counts, give it room. Insertion always runs to its end, however
    short `seconds` is.
    """

    seconds: float = 1.0
    seed: int = 0
    rounds: int = 1_000_000_000
    threads: int = 1

    def __post_init__(self) -> None:
        require(0 <= self.seconds <= 3600, "limits.seconds", f"must lie in [0, 3600], not {self.seconds}.")
        require_int(self.seed, "limits.seed", 0, 2**31 - 1)
        require_int(self.rounds, "limits.rounds")
        require_int(self.threads, "limits.threads", 1, MAX_THREADS)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is: seconds since its start, and the best plan so far."""

    elapsed_s: float
    cost_millicents: int
    vehicles: int
    unserved: int


Watch = Callable[[Progress], None]
"""Is told how the search goes, several times a second at most."""


def solve(
    problem: Problem,
    limits: Limits | None = None,
    previous: Plan | None = None,
    progress: Watch | None = None,
) -> Plan:
    """Return a plan for `problem` that passes the checker and costs no more than best insertion's.

    With `previous`, what still fits of that plan is kept as a start as well. What cannot be done is
    unserved with a reason. `Plan.solver` is the last step that gained (insertion, ejection, ruin);
    `notes` say where a step yielded nothing usable.
    """
    limits = limits or Limits()
    began_s = time.monotonic()
    compiled = compile_problem(problem)
    start = _start(compiled, previous)
    if limits.seconds == 0 or limits.rounds == 0 or not _worth_searching(compiled):
        return plan_of(start, "insertion", limits.seed)
    tours, solver = _searched(start, limits, began_s, progress)
    plan = plan_of(tours, solver, limits.seed)
    broken = violations(problem, plan) if solver != "insertion" else []
    if broken:
        note = f"The plan of {solver} was dropped, it breaks {broken[0].rule}: {broken[0].sentence}"
        plan = plan_of(start, "insertion", limits.seed, (note,))
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


def _searched(start: Tours, limits: Limits, began_s: float, progress: Watch | None) -> tuple[Tours, str]:
    """Return the cheapest tours that any thread found, and the step that gained last."""
    searches = [
        _Search(engine_of(start, limits.seed + k), limits, began_s, progress if k == 0 else None)
        for k in range(limits.threads)
    ]
    if len(searches) == 1:
        searches[0].run()
    else:
        with ThreadPoolExecutor(len(searches)) as pool:
            for done in [pool.submit(search.run) for search in searches]:
                done.result()
    best = min(searches, key=lambda search: search.engine.cost())
    if best.engine.cost() >= start.cost_millicents():
        return start, "insertion"
    tours = Tours(start.compiled)
    adopt(tours, best.engine)
    return tours, best.solver


class _Search:
    """One thread's search."""

    def __init__(self, engine: Engine, limits: Limits, began_s: float, progress: Watch | None) -> None:
        self.engine = engine
        self.solver = "insertion"
        self._limits = limits
        self._began_s = began_s
        self._progress = progress

    def run(self) -> None:
        """Search from the working plan on, small problems several times; leave the best as working plan."""
        self.engine.relate()
        starts = next(starts for least, starts in STARTS if len(self.engine.data.shipment) >= least)
        first, best = self.engine.spare(), self.engine.spare()
        cost = self.engine.cost()
        for k in range(starts):
            self.engine.restore(first)
            solver = self._once(k, starts)
            if self.engine.cost() < cost:
                cost, self.solver, best = self.engine.cost(), solver, self.engine.spare()
        self.engine.restore(best)

    def _once(self, k: int, starts: int) -> str:
        """Fit in, then anneal, in the k-th part of the time; return the step that gained last."""
        rounds, solver = -(-self._limits.rounds // starts), self.solver

        def share() -> float:
            return self._elapsed_share() * starts - k

        fitting = Fitting(self.engine, self._limits.seed + k)
        if fitting.pays() and fitting.run(int(rounds * FIT_SHARE), lambda: share() >= FIT_SHARE):
            solver = "ejection"
        return "ruin" if Annealing(self.engine).run(rounds, share) else solver

    def _elapsed_share(self) -> float:
        elapsed_s = time.monotonic() - self._began_s
        if self._progress is not None:
            shown, engine = self.engine.shown, self.engine
            vehicles, unserved = len(engine.used(shown)), len(engine.unserved(shown))
            self._progress(Progress(elapsed_s, engine.cost(shown), vehicles, unserved))
        return elapsed_s / self._limits.seconds
