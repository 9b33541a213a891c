"""Solving: never worse than insertion, the same for the same seed, right about stock, locks and lateness."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from routing.check import violations
from routing.cost import cost_of
from routing.problem import InvalidProblem, LockedStop, Problem, Shipment, Site, StopKind
from routing.search import Limits, solve
from tests.property.planted import free_problem, planted_problem
from tests.routing.problems import courier, order, problem, stock, window

INSTANT = Limits(seconds=60, rounds=0)


@pytest.mark.parametrize("seed", range(8))
def test_search_never_costs_more_than_insertion(seed: int) -> None:
    asked = planted_problem(seed)
    instant = solve(asked, INSTANT)
    searched = solve(asked, Limits(seconds=60, seed=seed, rounds=20))
    assert searched.cost.total_millicents <= instant.cost.total_millicents


@pytest.mark.parametrize("seed", range(6))
def test_the_same_seed_and_counts_give_the_same_plan(seed: int) -> None:
    asked = free_problem(seed)
    limits = Limits(seconds=60, seed=seed, rounds=15)
    assert solve(asked, limits) == solve(asked, limits)


PRINT_PLANS = """
from routing.search import Limits, solve
from tests.property.planted import free_problem, planted_problem
for seed in range(4):
    for asked in (free_problem(seed), planted_problem(seed)):
        print(asked, solve(asked, Limits(seconds=60, seed=seed, rounds=10)).routes)
"""


def test_the_hash_seed_of_the_process_changes_no_plan() -> None:
    root = Path(__file__).resolve().parents[2]
    printed = [
        subprocess.run(
            [sys.executable, "-c", PRINT_PLANS],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            cwd=root,
            check=True,
            capture_output=True,
            timeout=120,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert len(printed[0]) > 1000
    assert _without_sets(printed[0]) == _without_sets(printed[1])


def _without_sets(printed: bytes) -> bytes:
    """Printed sets have no order."""
    return re.sub(rb"frozenset\(\{[^}]*\}\)", b"{}", printed)


@pytest.mark.parametrize("seed", range(6))
def test_a_previous_plan_is_never_made_worse(seed: int) -> None:
    asked = planted_problem(seed)
    good = solve(asked, Limits(seconds=60, rounds=60))
    again = solve(asked, INSTANT, previous=good)
    assert again.cost.total_millicents <= good.cost.total_millicents


def test_the_order_with_a_choice_leaves_scarce_stock_to_the_one_without() -> None:
    """Insertion gives the first order the near locker, which is the only one that the second can use."""
    either = replace(
        order("a", customer=4, priority=1), pickups=order("a", 1).pickups + order("a", 8).pickups
    )
    asked = problem(either, order("b", source=1, customer=5), stocks=(stock(1, 1), stock(8, 1)))
    assert len(solve(asked, INSTANT).unserved) == 1
    assert solve(asked, Limits(seconds=5, rounds=20)).unserved == ()


def test_a_late_order_is_served_late_and_its_lateness_is_priced() -> None:
    plan = solve(problem(order("a", due_s=100, late_millicents_per_s=7)))
    assert plan.unserved == ()
    assert plan.cost.lateness_millicents == (100 + 60 + 200 + 120 - 100) * 7


def test_a_locked_pickup_stays_first_and_binds_the_courier() -> None:
    vehicles = (
        courier("eva", 9, locked=(LockedStop(StopKind.PICKUP, "a", "locker-1"),)),
        courier("max", 1),
    )
    asked = problem(order("a"), order("b", source=2, customer=4), vehicles=vehicles)
    plan = solve(asked, Limits(0.3))
    assert plan.route_by_vehicle["eva"].work[0].shipment == "a"
    assert violations(asked, plan) == []


def test_what_cannot_be_delivered_any_more_stays_on_board_with_a_reason() -> None:
    lock = LockedStop(StopKind.PICKUP, "a", "locker-1")
    closed = replace(order("a"), deliveries=(Site("customer", 3, windows=window(0, 10)),))
    asked = problem(closed, vehicles=(courier(locked=(lock,)),))
    plan = solve(asked)
    assert [stop.kind for stop in plan.routes[0].work] == [StopKind.PICKUP]
    assert [entry.shipment for entry in plan.unserved] == ["a"]
    assert violations(asked, plan) == []


def test_a_return_goes_to_the_drop_point_that_costs_least() -> None:
    bench = (Site("bench", 0, 60), Site("depot", 6, 60))
    asked = problem(Shipment("return", bench, (Site("customer", 5, 60),)), vehicles=(courier(start=4),))
    plan = solve(asked)
    assert [stop.site for stop in plan.routes[0].work] == ["customer", "depot"]


@pytest.mark.parametrize("seed", range(10))
def test_the_cost_of_a_plan_is_what_its_stops_say(seed: int) -> None:
    asked = free_problem(seed)
    plan = solve(asked, INSTANT)
    assert cost_of(asked, plan.routes, [entry.shipment for entry in plan.unserved]) == plan.cost


def test_a_search_without_time_still_gives_a_whole_plan_and_says_what_it_left_out() -> None:
    asked: Problem = planted_problem(1)
    plan = solve(asked, Limits(seconds=0))
    assert violations(asked, plan) == []
    assert plan.solver == "insertion"


def test_an_empty_problem_has_an_empty_plan() -> None:
    plan = solve(problem())
    assert (plan.routes, plan.unserved, plan.cost.total_cents) == ((), (), 0)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("limits.seconds", {"seconds": -1}),
        ("limits.seconds", {"seconds": float("nan")}),
        ("limits.seed", {"seed": -1}),
        ("limits.rounds", {"rounds": -1}),
        ("limits.threads", {"threads": 0}),
    ],
)
def test_limits_out_of_range_are_refused(path: str, values: dict[str, float]) -> None:
    with pytest.raises(InvalidProblem) as refused:
        Limits(**values)  # type: ignore[arg-type]
    assert refused.value.path == path
