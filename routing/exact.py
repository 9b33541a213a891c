"""The proven optimum of a small problem, by OR-Tools' CP-SAT: what the search is measured against.

All of a problem is understood but locked stops, breaks, limits of driving without one, and lifo vans, which
are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from routing.answer import plan_of
from routing.compiled import Compiled, compile_problem
from routing.exact_child import Found, search_apart, visits_of
from routing.plan import Plan
from routing.problem import Problem
from routing.tours import Tours, make_tour
from routing.values import MAX_AMOUNT, require

MAX_VISITS = 120
"""A problem with more alternatives than these, pickups and deliveries together, is refused."""

MAX_WORKERS = 64


@dataclass(frozen=True, slots=True)
class Optimum:
    """The cheapest plan found and its cost; `proven` when there is none that costs less."""

    cost_millicents: int
    proven: bool
    plan: Plan


def optimum(problem: Problem, seconds: float, workers: int = 1) -> Optimum:
    """Return the optimum of `problem`, or the best plan found in `seconds` (0 to 3600) by `workers` threads.

    OR-Tools runs in a child process, which is killed soon after `seconds`. When it finds nothing, hangs or
    dies, everything is left unserved, `proven` is false, and the plan's notes say why.

    Raises `InvalidProblem` for what the model does not hold: locked stops, breaks, limits of driving without
    one, lifo vans, costs near 64 bits, or more than `MAX_VISITS` alternatives.
    """
    return optima([problem], seconds, workers)[0]


def optima(problems: Sequence[Problem], seconds: float, workers: int = 1) -> list[Optimum]:
    """Return the optimum of each problem, one after the other, `seconds` at most for each; see `optimum`."""
    require(0 < seconds <= 3600, "seconds", f"must lie in (0, 3600], not {seconds}.")
    require(1 <= workers <= MAX_WORKERS, "workers", f"must lie in [1, {MAX_WORKERS}], not {workers}.")
    for problem in problems:
        _require_understood(problem)
    answers = search_apart(problems, seconds, workers)
    return [_optimum(problem, found) for problem, found in zip(problems, answers, strict=True)]


def _optimum(problem: Problem, found: Found) -> Optimum:
    plan = plan_of(_tours(compile_problem(problem), found), "exact", 0, _notes(found))
    return Optimum(plan.cost.total_millicents, found.proven, plan)


def _require_understood(problem: Problem) -> None:
    for v in problem.vehicles:
        more = (
            ("locked", v.locked),
            ("breaks", v.breaks),
            ("max_stretch_s", v.must_rest),
            ("lifo", v.lifo),
        )
        for name, held in more:
            require(not held, f"vehicle[{v.id}].{name}", "is more than the exact model understands.")
    visits = sum(len(s.pickups) + len(s.deliveries) for s in problem.shipments)
    require(visits <= MAX_VISITS, "shipments", f"have {visits} sites; the exact model holds {MAX_VISITS}.")
    worth = sum(s.unserved_millicents for s in problem.shipments)
    most = MAX_AMOUNT * 1_000_000
    require(worth <= most, "shipments", f"cost {worth} millicents unserved; the exact model holds {most}.")


def _tours(compiled: Compiled, found: Found) -> Tours:
    """Return the tours that were found, at their earliest times."""
    tours, visits = Tours(compiled), visits_of(compiled)
    for courier, route in zip(compiled.couriers, found.routes, strict=bool(found.routes)):
        if route:
            tour = make_tour(courier, [visits[k] for k in route])
            if tour is None:
                raise AssertionError(f"The exact route of {courier.vehicle.id} has no timetable.")
            tours.replace(courier.index, tour)
    return tours


def _notes(found: Found) -> tuple[str, ...]:
    return () if found.proven else (f"No optimum is proven: {found.note}.",)
