"""The instant answers: one route changes, the rest stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing.check import violations
from routing.fast_path import carry_over, insert
from routing.plan import Reason
from routing.problem import InvalidProblem, LockedStop, StopKind, TimeWindow
from routing.search import Limits, solve
from tests.property.planted import planted_problem
from tests.routing.problems import courier, order, problem, stock

TWO = (courier("eva", 0), courier("max", 9))


@pytest.mark.parametrize("seed", range(20))
def test_inserting_a_shipment_changes_one_route_at_most(seed: int) -> None:
    whole = planted_problem(seed)
    late = next(s.id for s in whole.shipments if s.id not in whole.carrier_by_shipment)
    before = replace(whole, shipments=tuple(s for s in whole.shipments if s.id != late))
    plan = solve(before, Limits(0.05))
    after = insert(whole, plan, late)
    assert violations(whole, after) == []
    same = set(plan.routes) & set(after.routes)
    assert len(set(after.routes) - same) <= 1
    assert len(set(plan.routes) - same) <= 1


def test_insertion_takes_the_source_that_costs_least() -> None:
    near = order("a", source=8, customer=9)
    far = order("a", source=1, customer=9)
    both = replace(near, pickups=(*far.pickups, *near.pickups))
    asked = problem(both, vehicles=(courier(start=5),), stocks=(stock(1), stock(8)))
    empty = solve(problem(vehicles=(courier(start=5),)))
    after = insert(asked, empty, "a")
    assert after.routes[0].stops[1].site == "locker-8"


def test_a_shipment_without_a_place_is_unserved_with_a_reason_and_the_routes_stand() -> None:
    before = problem(order("a"), vehicles=TWO)
    plan = solve(before)
    asked = problem(order("a"), order("b", source=2), vehicles=TWO, stocks=(stock(1),))
    after = insert(asked, plan, "b")
    assert after.routes == plan.routes
    assert [(entry.shipment, entry.reason) for entry in after.unserved] == [("b", Reason.NO_STOCK)]
    assert violations(asked, after) == []


def test_a_plan_that_serves_the_shipment_already_is_returned_as_it_is() -> None:
    asked = problem(order("a"))
    plan = solve(asked)
    assert insert(asked, plan, "a") is plan


def test_an_unknown_shipment_is_refused() -> None:
    with pytest.raises(InvalidProblem):
        insert(problem(), solve(problem()), "ghost")


def test_a_route_that_does_not_hold_any_more_is_left_as_it_stands() -> None:
    tight = replace(
        order("a"), deliveries=(replace(order("a").deliveries[0], windows=(TimeWindow(0, 400),)),)
    )
    plan = solve(problem(tight, vehicles=TWO[:1]))
    late = replace(TWO[0], shift=TimeWindow(900, 100_000))
    asked = problem(tight, order("b", customer=8), vehicles=(late, TWO[1]))
    after = insert(asked, plan, "b")
    assert after.route_by_vehicle["eva"] == plan.route_by_vehicle["eva"]
    assert after.stop_of("b", StopKind.DELIVERY) is not None
    assert after.route_by_vehicle["max"].work[0].shipment == "b"


def test_carrying_over_keeps_order_and_courier_and_times_stops_anew() -> None:
    plan = solve(problem(order("a", customer=4), order("b", source=2, customer=6)))
    moved = courier(
        start=1, shift=TimeWindow(500, 90_000), locked=(LockedStop(StopKind.PICKUP, "a", "locker-1"),)
    )
    now = problem(order("a", customer=4), order("b", source=2, customer=6), order("c"), vehicles=(moved,))
    after = carry_over(now, plan)
    assert violations(now, after) == []
    names = [(s.shipment, s.kind) for s in after.routes[0].work if s.shipment != "c"]
    assert names == [(s.shipment, s.kind) for s in plan.routes[0].work]
    assert after.unserved == ()


def test_carrying_over_lets_go_of_work_that_is_gone() -> None:
    plan = solve(problem(order("a"), order("b")))
    now = problem(order("b"))
    after = carry_over(now, plan)
    assert {stop.shipment for stop in after.routes[0].work} == {"b"}
    assert violations(now, after) == []
