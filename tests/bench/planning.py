"""Seconds to a plan, and its quality, at 20, 100 and 400 jobs.

Each problem is made around a hidden plan that serves all, so whatever is unserved could have been served.
The first plan is best insertion's, which the planner publishes at once; carrying over is what one more job
costs when a plan stands already; searching is what the planner does afterwards.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from routing.check import violations
from routing.fast_path import carry_over
from routing.plan import Plan
from routing.problem import Problem
from routing.search import Limits, solve
from tests.bench.bench import Bench, Row, say
from tests.property.planted import Sketch, _plant_route

JOBS_EACH = 5
"""Jobs of a courier in the hidden plan; about every fourth courier has one more on board."""

PROBLEMS = {20: 2, 100: 2, 400: 1}
"""How many problems of each number of jobs."""

SEARCH_S = (1, 5)
MANY = 1_000_000
INSTANT = Limits(seconds=60, rounds=0)


@dataclass(frozen=True, slots=True)
class Solved:
    """A plan and how long it took."""

    seconds: float
    plan: Plan


def measure(_: Bench) -> list[Row]:
    """Return, as means over the problems of a size: seconds, unserved jobs, cost against insertion's."""
    return [row for jobs, count in PROBLEMS.items() for row in _of_size(jobs, count)]


def _of_size(jobs: int, count: int) -> list[Row]:
    say(f"planning: {count} of {jobs} jobs")
    problems = [_problem(jobs, seed) for seed in range(count)]
    first = [_solved(problem, partial(solve, limits=INSTANT)) for problem in problems]
    more = [_carried_over(problem) for problem in problems]
    name = f"{jobs} jobs"
    rows = [
        Row(f"{name}, couriers", statistics.mean(len(problem.vehicles) for problem in problems), ""),
        Row(f"{name}, first plan", _mean_s(first), "s"),
        Row(f"{name}, first plan, unserved", _mean_unserved(first), "jobs"),
        Row(f"{name}, one more job into a plan", _mean_s(more), "s"),
    ]
    for seconds in SEARCH_S:
        limits = Limits(seconds=seconds, rounds=MANY)
        found = [_solved(problem, partial(solve, limits=limits)) for problem in problems]
        rows += [
            Row(f"{name}, searched {seconds} s, took", _mean_s(found), "s"),
            Row(f"{name}, searched {seconds} s, unserved", _mean_unserved(found), "jobs"),
            Row(f"{name}, searched {seconds} s, cost / first plan's", _mean_ratio(found, first, _total), ""),
            Row(
                f"{name}, searched {seconds} s, driving / first plan's",
                _mean_ratio(found, first, _driving),
                "",
            ),
        ]
    return rows


def _problem(jobs: int, seed: int) -> Problem:
    """Return a planted problem of exactly so many jobs."""
    for attempt in range(100):
        sketch = Sketch(random.Random(f"{jobs} {seed} {attempt}"))
        sketch.depots = [sketch.place() for _ in range(3)]
        while (left := jobs - len(sketch.shipments)) > 0:
            _plant_route(sketch, f"courier-{len(sketch.vehicles)}", min(JOBS_EACH, left))
        if left == 0:
            return sketch.problem()
    raise AssertionError("no problem of this size")


def _carried_over(problem: Problem) -> Solved:
    """Take the last job that is not on board out, plan, and carry the plan over to the whole problem."""
    aboard = {name for vehicle in problem.vehicles for name in vehicle.on_board}
    last = next(s for s in reversed(problem.shipments) if s.id not in aboard)
    fewer = replace(problem, shipments=tuple(s for s in problem.shipments if s is not last))
    standing = solve(fewer, INSTANT)
    return _solved(problem, partial(carry_over, previous=standing))


def _solved(problem: Problem, plan_for: Callable[[Problem], Plan]) -> Solved:
    began_s = time.perf_counter()
    plan = plan_for(problem)
    taken_s = time.perf_counter() - began_s
    assert violations(problem, plan) == []
    return Solved(taken_s, plan)


def _mean_s(solved: list[Solved]) -> float:
    return statistics.mean(each.seconds for each in solved)


def _mean_unserved(solved: list[Solved]) -> float:
    return statistics.mean(len(each.plan.unserved) for each in solved)


def _mean_ratio(found: list[Solved], first: list[Solved], amount: Callable[[Plan], float]) -> float:
    pairs = zip(found, first, strict=True)
    return statistics.mean(amount(after.plan) / amount(before.plan) for after, before in pairs)


def _total(plan: Plan) -> float:
    """Return the objective: penalties of unserved jobs and lateness included."""
    return plan.cost.total_millicents


def _driving(plan: Plan) -> float:
    """Return what driving costs, for each stop: comparable where the plans serve more or fewer."""
    return plan.cost.travel_millicents / sum(len(route.work) for route in plan.routes)
