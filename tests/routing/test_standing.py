"""A standing plan answers as one that is laid out anew for every question, and changes one route at most."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from routing.check import violations
from routing.fast_path import insert
from routing.plan import Plan, Reason
from routing.problem import InvalidProblem, Problem, Shipment, StopKind, TimeWindow
from routing.search import Limits, solve
from routing.standing import StandingPlan
from tests.property.featured import featured_problem
from tests.property.planted import free_problem, planted_problem
from tests.routing.problems import courier, line, order, problem, stock

INSTANT = Limits(seconds=0)


def parted(whole: Problem, seed: int) -> tuple[Problem, list[Shipment]]:
    """Return the problem without up to six shipments that nobody has in hand, and these, some urgent."""
    r = random.Random(seed)
    free = [s for s in whole.shipments if s.pickups and s.id not in whole.carrier_by_shipment]
    late = r.sample(free, min(6, len(free)))
    rest = tuple(s for s in whole.shipments if s not in late)
    return replace(whole, shipments=rest), [replace(s, priority=r.choice((0, 3, 8))) for s in late]


def answered(standing: StandingPlan, shipment: Shipment) -> Plan:
    """Ask for one more shipment, insert it, and hold both against the plan that is laid out anew."""
    before, more = standing.plan, standing.problem.with_shipment(shipment)
    expected = insert(replace(more), before, shipment.id)
    assert standing.ask(more) == expected
    assert standing.plan is before
    assert standing.insert(more) == expected
    assert standing.plan == expected
    stands = {id(route) for route in before.routes}
    assert sum(1 for route in expected.routes if id(route) not in stands) <= 1
    assert sum(1 for route in standing.plan.routes if id(route) not in stands) <= 1
    return standing.plan


@pytest.mark.parametrize("make", [featured_problem, free_problem, planted_problem])
@pytest.mark.parametrize("batch", range(4))
def test_shipments_one_after_another_come_where_a_new_lay_out_puts_them(
    make: Callable[[int], Problem], batch: int
) -> None:
    for seed in range(15 * batch, 15 * batch + 15):
        before, late = parted(make(seed), seed)
        standing = StandingPlan(before, solve(before, INSTANT))
        for shipment in late:
            plan = answered(standing, shipment)
            assert violations(standing.problem, plan) == [], f"seed {seed}"


def test_random_shipments_are_served_and_unserved() -> None:
    served, reasons = 0, set[Reason]()
    for seed in range(30):
        before, late = parted(free_problem(seed), seed)
        standing = StandingPlan(before, solve(before, INSTANT))
        for shipment in late:
            left = {entry.shipment: entry.reason for entry in answered(standing, shipment).unserved}
            reasons |= {left[shipment.id]} if shipment.id in left else set()
            served += shipment.id not in left
    assert served > 20
    assert len(reasons) > 2


@pytest.mark.parametrize("seed", range(20))
def test_late_couriers_keep_their_routes_and_get_nothing(seed: int) -> None:
    r = random.Random(seed)
    before, late = parted(featured_problem(seed), seed)
    plan = solve(before, INSTANT)
    delayed = tuple(
        replace(v, shift=TimeWindow(min(v.shift.latest_s, v.shift.earliest_s + 5000), v.shift.latest_s))
        if r.random() < 0.5
        else v
        for v in before.vehicles
    )
    standing = StandingPlan(replace(before, vehicles=delayed), plan)
    for shipment in late:
        answered(standing, shipment)


def test_stock_runs_out() -> None:
    standing = StandingPlan(problem(stocks=(stock(1, 2),)), solve(problem(stocks=(stock(1, 2),))))
    for name in "abc":
        answered(standing, order(name))
    assert [(entry.shipment, entry.reason) for entry in standing.plan.unserved] == [("c", Reason.NO_STOCK)]


def test_only_a_courier_with_the_skill_is_asked() -> None:
    able = courier("max", 9, skills=frozenset({"laser"}))
    asked = problem(vehicles=(courier("eva", 1), able))
    standing = StandingPlan(asked, solve(asked))
    plan = answered(standing, order("a", skills=frozenset({"laser"})))
    assert [route.vehicle for route in plan.routes] == ["max"]


def test_a_new_place_comes_with_its_roads() -> None:
    asked = problem(order("a"), vehicles=(courier(), courier("max", 8, end=8)))
    standing = StandingPlan(asked, solve(asked))
    beyond = standing.problem.with_shipment(order("b", customer=13), line(14))
    far = insert(replace(beyond), standing.plan, "b")
    assert standing.ask(beyond) == far
    assert answered(standing, order("c", customer=5)).stop_of("b", StopKind.DELIVERY) is None
    plan = standing.insert(standing.problem.with_shipment(order("b", customer=13), line(14)))
    assert plan.stop_of("b", StopKind.DELIVERY) is not None
    assert violations(standing.problem, plan) == []


def test_a_question_leaves_no_trace() -> None:
    asked = problem(order("a"), stocks=(stock(1, 2),))
    standing = StandingPlan(asked, solve(asked))
    first = standing.ask(standing.problem.with_shipment(order("b")))
    for name in ("b", "c", "d"):
        standing.ask(standing.problem.with_shipment(order(name, source=2)))
    assert standing.ask(standing.problem.with_shipment(order("b"))) == first
    assert standing.problem is asked


def test_what_was_unserved_is_served_when_there_is_place_again() -> None:
    asked = problem(order("a"), stocks=(stock(1, 1),))
    plan = solve(replace(asked, stock=()))
    assert plan.unserved
    standing = StandingPlan(asked, plan)
    after = standing.serve("a")
    assert after.unserved == ()
    assert violations(asked, after) == []
    assert standing.serve("a") is after


def test_another_problem_is_refused() -> None:
    standing = StandingPlan(problem(order("a")), solve(problem(order("a"))))
    more = (order("a"), order("b"))
    others = {
        "shipments": (problem(order("b"), order("c")), problem(order("a"))),
        "vehicles": (problem(*more, vehicles=(courier("max"),)),),
        "stock": (problem(*more, stocks=()),),
        "profiles": (replace(problem(*more), profiles={"bike": line(10)}),),
    }
    for path, asked in ((path, asked) for path, each in others.items() for asked in each):
        with pytest.raises(InvalidProblem) as refused:
            standing.insert(asked)
        assert refused.value.path == path
    assert standing.problem.shipments == (order("a"),)


def test_a_shipment_that_nobody_knows_is_refused() -> None:
    with pytest.raises(InvalidProblem):
        StandingPlan(problem(), solve(problem())).serve("ghost")
