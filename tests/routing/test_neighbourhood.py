"""A search that is confined changes the routes of the couriers that it may change, and no other."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from routing.answer import plan_of
from routing.check import violations
from routing.compiled import compile_problem
from routing.fast_path import carried_over
from routing.neighbourhood import confined, joined, neighbours
from routing.plan import Plan
from routing.problem import Problem, StopKind
from routing.search import Limits, solve
from routing.tours import Tours
from tests.property.featured import featured_problem
from tests.property.planted import free_problem
from tests.routing.problems import courier, order, problem

ROUNDS = Limits(seconds=30, rounds=100)


def standing(asked: Problem, plan: Plan | None = None) -> tuple[Tours, Plan]:
    tours = carried_over(compile_problem(asked), plan or solve(asked, Limits(seconds=0)))
    return tours, plan_of(tours, "insertion", 0)


@pytest.mark.parametrize("seed", range(40))
def test_only_the_routes_of_the_couriers_named_change(seed: int) -> None:
    r = random.Random(seed)
    asked = featured_problem(seed) if seed % 2 else free_problem(seed)
    tours, before = standing(asked)
    couriers = r.sample(range(len(asked.vehicles)), min(len(asked.vehicles), r.randint(1, 2)))
    after = joined(tours, couriers, solve(confined(tours, couriers), ROUNDS, before))
    assert violations(asked, after) == []
    assert after.cost.total_millicents <= before.cost.total_millicents
    names = {asked.vehicles[v].id for v in couriers}
    others = [route for route in before.routes if route.vehicle not in names]
    assert [route for route in after.routes if route.vehicle not in names] == others


def test_all_couriers_have_the_whole_problem() -> None:
    asked = featured_problem(7)
    tours, _ = standing(asked)
    inner = confined(tours, range(len(asked.vehicles)))
    assert (inner.vehicles, inner.shipments) == (asked.vehicles, asked.shipments)
    assert set(inner.stock) >= set(asked.stock)


def test_the_couriers_who_work_nearest_are_taken_and_one_with_nothing_to_do() -> None:
    crew = (courier("eva", 1), courier("max", 9), courier("kim", 3), courier("ida", 4), courier("bob", 5))
    work = [
        replace(order(name, customer=at), couriers=frozenset({name}))
        for name, at in (("eva", 1), ("max", 9), ("kim", 3))
    ]
    asked = problem(*work, vehicles=crew)
    tours, plan = standing(asked)
    assert plan.stop_of("kim", StopKind.DELIVERY) is not None

    def near(most: int) -> list[str]:
        return [crew[v].id for v in neighbours(tours, {"eva"}, most)]

    assert near(1) == ["eva"]
    assert near(3) == ["eva", "kim", "ida"]
    assert near(4) == ["eva", "max", "kim", "ida"]
    assert near(9) == ["eva", "max", "kim", "ida", "bob"]


def test_with_no_centre_any_couriers_are_near() -> None:
    tours, _ = standing(problem(vehicles=(courier("eva"), courier("max"))))
    assert neighbours(tours, (), 5) == [0, 1]
