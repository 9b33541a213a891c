"""The kernel and the timetable that plans are published by agree on what is possible and what it costs."""

from __future__ import annotations

import pytest

from routing.check import violations
from routing.compiled import compile_problem
from routing.insertion import adopt, complete, engine_of
from routing.kernel.annealing import Annealing
from routing.kernel.fitting import Fitting
from routing.problem import Problem
from routing.search import Limits, solve
from routing.tours import Tours
from tests.property.featured import featured_problem
from tests.property.planted import planted_problem


def never() -> bool:
    return False


def agreed(problem: Problem, seed: int) -> None:
    """Search with everything the kernel has, and compare its costs with those of the tours it stands for."""
    tours = Tours(compile_problem(problem))
    complete(tours)
    engine = engine_of(tours, seed)
    assert engine.cost() == tours.cost_millicents()
    if not problem.vehicles:
        return
    engine.relate()
    for search in (
        lambda: Fitting(engine, seed).run(200, never),
        lambda: Annealing(engine).run(150, lambda: 0.0),
    ):
        before = engine.cost()
        search()
        adopt(tours, engine)
        assert engine.cost() == tours.cost_millicents() <= before


@pytest.mark.parametrize("batch", range(5))
def test_costs_of_the_kernel_are_those_of_the_timetable(batch: int) -> None:
    for seed in range(12 * batch, 12 * batch + 12):
        agreed(featured_problem(seed), seed)
        agreed(planted_problem(seed), seed)


@pytest.mark.parametrize("batch", range(5))
def test_plans_with_every_rule_pass_the_checker(batch: int) -> None:
    for seed in range(20 * batch, 20 * batch + 20):
        problem = featured_problem(seed)
        plan = solve(problem, Limits(seconds=30, seed=seed, rounds=60))
        assert violations(problem, plan) == [], f"seed {seed}"
        assert not any("dropped" in note for note in plan.notes), plan.notes
