"""What changed, checked alone, breaks exactly the rules that the whole breaks."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from routing.check import violations, violations_since
from routing.check.violation import Violation
from routing.fast_path import insert
from routing.plan import Cost, Plan, Reason, Route, Stop, Unserved
from routing.problem import LockedStop, Problem, StopKind
from routing.search import Limits, solve
from tests.property.featured import featured_problem
from tests.property.planted import free_problem, planted_problem
from tests.routing.problems import courier, order, problem, stock

Change = Callable[[random.Random, Plan], Plan]
TOTALS = {"cost_misstated", "stock_overdrawn"}
"""The rules whose sentences name totals."""


def with_stops(r: random.Random, plan: Plan, change: Callable[[list[Stop]], None]) -> Plan:
    """Return the plan with the stops of one route changed."""
    v = r.randrange(len(plan.routes))
    stops = list(plan.routes[v].stops)
    change(stops)
    routes = list(plan.routes)
    routes[v] = Route(routes[v].vehicle, tuple(stops))
    return replace(plan, routes=tuple(routes))


def one(r: random.Random, **values: object) -> Callable[[list[Stop]], None]:
    """Return a change of one stop."""

    def change(stops: list[Stop]) -> None:
        k = r.randrange(len(stops))
        stops[k] = replace(stops[k], **values)  # type: ignore[arg-type]

    return change


def later(r: random.Random, plan: Plan) -> Plan:
    def change(stops: list[Stop]) -> None:
        k, by_s = r.randrange(len(stops)), r.choice((-4000, -60, 60, 4000, 40_000))
        for n in range(k, len(stops)):
            stop = stops[n]
            stops[n] = replace(
                stop,
                arrival_s=stop.arrival_s + by_s,
                start_s=stop.start_s + by_s,
                departure_s=stop.departure_s + by_s,
            )

    return with_stops(r, plan, change)


def another_order(r: random.Random, plan: Plan) -> Plan:
    return with_stops(r, plan, r.shuffle)


def without_one(r: random.Random, plan: Plan) -> Plan:
    return with_stops(r, plan, lambda stops: stops.__delitem__(r.randrange(len(stops))))


def one_twice(r: random.Random, plan: Plan) -> Plan:
    return with_stops(r, plan, lambda stops: stops.insert(r.randrange(len(stops)), r.choice(stops)))


def one_of_another_route(r: random.Random, plan: Plan) -> Plan:
    stop = r.choice(r.choice(plan.routes).stops)
    return with_stops(r, plan, lambda stops: stops.insert(r.randrange(len(stops)), stop))


def one_elsewhere(r: random.Random, plan: Plan) -> Plan:
    return with_stops(r, plan, one(r, place=r.randrange(3)))


def another_site(r: random.Random, plan: Plan) -> Plan:
    return with_stops(r, plan, one(r, site=r.choice(("customer", "depot-0", "depot-1", "nowhere"))))


def another_load(r: random.Random, plan: Plan) -> Plan:
    return with_stops(r, plan, one(r, weight_g=12, items=3))


def a_ghost(r: random.Random, plan: Plan) -> Plan:
    return with_stops(r, plan, one(r, shipment="ghost"))


def no_such_courier(r: random.Random, plan: Plan) -> Plan:
    v = r.randrange(len(plan.routes))
    return replace(plan, routes=(*plan.routes[:v], replace(plan.routes[v], vehicle="ghost")))


def a_route_twice(r: random.Random, plan: Plan) -> Plan:
    return replace(plan, routes=(*plan.routes, r.choice(plan.routes)))


def without_a_route(r: random.Random, plan: Plan) -> Plan:
    v = r.randrange(len(plan.routes))
    return replace(plan, routes=(*plan.routes[:v], *plan.routes[v + 1 :]))


def routes_exchanged(r: random.Random, plan: Plan) -> Plan:
    stops = [route.stops for route in plan.routes]
    r.shuffle(stops)
    exchanged = zip(plan.routes, stops, strict=True)
    return replace(plan, routes=tuple(replace(route, stops=given) for route, given in exchanged))


def one_left(r: random.Random, plan: Plan) -> Plan:
    names = [stop.shipment for route in plan.routes for stop in route.work]
    entry = Unserved(str(r.choice(names)), Reason.NOT_WORTH, r.choice(("Too dear.", "")), "More money.")
    return replace(plan, unserved=(*plan.unserved, *[entry] * r.randint(1, 2)))


def none_left(_: random.Random, plan: Plan) -> Plan:
    return replace(plan, unserved=())


def another_cost(r: random.Random, plan: Plan) -> Plan:
    return replace(plan, cost=plan.cost + Cost(travel_millicents=r.randint(1, 9), unserved_millicents=1))


CHANGES: tuple[Change, ...] = (
    later, another_order, without_one, one_twice, one_of_another_route, one_elsewhere, another_site,
    another_load, a_ghost, no_such_courier, a_route_twice, without_a_route, routes_exchanged, one_left,
    none_left, another_cost,
)  # fmt: skip


def comparable(found: list[Violation]) -> Counter[Violation]:
    return Counter(replace(each, sentence="") if each.rule in TOTALS else each for each in found)


@pytest.mark.parametrize("change", CHANGES)
def test_the_violations_of_what_changed_are_those_of_the_whole(change: Change) -> None:
    broken = 0
    for seed in range(25):
        for asked in (featured_problem(seed), free_problem(seed), planted_problem(seed)):
            before = solve(asked, Limits(seconds=0))
            if not before.routes:
                continue
            after = change(random.Random(seed), before)
            whole = violations(asked, after)
            assert comparable(violations_since(asked, before, after)) == comparable(whole), f"seed {seed}"
            broken += bool(whole)
            if all(route.stops for route in after.routes) and after.routes:
                more = another_site(random.Random(seed + 1), after)
                found = violations_since(asked, before, more)
                assert comparable(found) == comparable(violations(asked, more)), f"seed {seed}"
    assert broken > 5


@pytest.mark.parametrize("seed", range(20))
def test_what_an_insertion_changed_breaks_nothing(seed: int) -> None:
    whole = featured_problem(seed)
    late = next((s.id for s in whole.shipments if s.id not in whole.carrier_by_shipment), None)
    if late is None:
        return
    fewer = replace(whole, shipments=tuple(s for s in whole.shipments if s.id != late))
    before = solve(fewer, Limits(seconds=0))
    after = insert(whole, before, late)
    assert violations_since(whole, before, after) == violations(whole, after) == []


def _two_take_the_last_piece(available: int) -> tuple[Problem, Plan, Plan]:
    """Return a problem in which eva and max take a piece each, and its plans before and after max does."""
    both = problem(
        replace(order("a"), couriers=frozenset({"eva"})),
        replace(order("b", customer=5), couriers=frozenset({"max"})),
        vehicles=(courier("eva"), courier("max", 9)),
        stocks=(stock(1, available),),
    )
    enough = replace(both, stock=(stock(1, 2),))
    before = solve(replace(both, shipments=both.shipments[:1]), Limits(seconds=0))
    return both, before, insert(enough, before, "b")


def test_a_piece_that_another_route_took_is_missing() -> None:
    short, before, after = _two_take_the_last_piece(1)
    assert [(v.rule, v.amount) for v in violations_since(short, before, after)] == [("stock_overdrawn", 1)]


def test_only_what_changed_is_looked_at() -> None:
    asked, before, after = _two_take_the_last_piece(2)
    late = replace(asked.vehicles[0], shift=replace(asked.vehicles[0].shift, earliest_s=50_000))
    assert violations(replace(asked, vehicles=(late, asked.vehicles[1])), after)
    assert violations_since(replace(asked, vehicles=(late, asked.vehicles[1])), before, after) == []


def test_a_locked_stop_at_stock_that_another_route_took_is_found() -> None:
    both = replace(order("a"), pickups=(order("a").pickups[0], order("a", source=2).pickups[0]))
    lock = LockedStop(StopKind.PICKUP, "a", "locker-1")
    asked = problem(
        both,
        order("b", source=2, couriers=frozenset({"max"})),
        vehicles=(courier("eva", locked=(lock,)), courier("max", 9)),
        stocks=(stock(1, 1), stock(2, 1)),
    )
    before = solve(asked, Limits(seconds=0))
    first = before.routes[0]
    assert first.stops[1].site == "locker-1"
    elsewhere = (first.stops[0], replace(first.stops[1], site="locker-2"), *first.stops[2:])
    after = replace(before, routes=(replace(first, stops=elsewhere), *before.routes[1:]))
    found = violations_since(asked, before, after)
    assert comparable(found) == comparable(violations(asked, after))
    assert "stock_overdrawn" in {violation.rule for violation in found}


def test_a_shipment_that_neither_plan_mentions_is_forgotten() -> None:
    asked = problem(order("a"), order("b"))
    before = solve(problem(order("a")), Limits(seconds=0))
    assert [v.rule for v in violations_since(asked, before, before)] == ["forgotten"]
