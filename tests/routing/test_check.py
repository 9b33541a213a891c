"""The checker finds every kind of violation that is planted in a valid plan, and none in a valid one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from routing.check import violations
from routing.check.violation import Violation
from routing.plan import Cost, Plan, Reason, Route, Stop, Unserved
from routing.problem import (
    Break,
    Draw,
    LockedStop,
    Problem,
    Shipment,
    Site,
    Stock,
    StopKind,
    TimeWindow,
    Travel,
    Vehicle,
)
from routing.travel.matrix import UNREACHABLE
from tests.routing.problems import line

P, D, B = StopKind.PICKUP, StopKind.DELIVERY, StopKind.BREAK


def the_problem() -> Problem:
    """Two couriers, an order each, one on board, one locked, a return, a break, and one unservable order."""
    anna = Vehicle(
        "anna",
        start=0,
        shift=TimeWindow(100, 5000),
        end=0,
        weight_g=1000,
        volume_cm3=1000,
        skills=frozenset({"laser"}),
        fixed_cents=7,
        breaks=(Break("lunch", TimeWindow(1000, 1500), 300),),
        on_board=("aboard",),
        locked=(LockedStop(P, "locked", "locker", 30),),
    )
    bert = Vehicle("bert", start=5, shift=TimeWindow(0, 5000))
    customer = Site("customer", 3, 120, (TimeWindow(0, 200), TimeWindow(600, 4000)))
    lockers = (
        Site("locker", 1, 60, draws=(Draw("locker", "part"),)),
        Site("depot", 4, 60, draws=(Draw("depot", "part"),)),
    )
    return Problem(
        line(8),
        (anna, bert),
        (
            Shipment("aboard", (Site("customer", 2, 120),), weight_g=200, volume_cm3=100),
            Shipment("locked", (customer,), lockers[:1], weight_g=300, volume_cm3=300),
            Shipment(
                "order",
                (customer,),
                lockers,
                weight_g=500,
                volume_cm3=500,
                skills=frozenset({"laser"}),
                couriers=frozenset({"anna"}),
                due_s=900,
                late_millicents_per_s=10,
            ),
            Shipment("return", (Site("bench", 6, 60),), (Site("customer", 7, 60),), weight_g=100),
            Shipment("service", (Site("customer", 7, 60),), forbidden=frozenset({"anna"})),
            Shipment("too-heavy", (customer,), lockers, weight_g=5000, unserved_cents=3, priority=1),
        ),
        (Stock("locker", "part", 1), Stock("depot", "part", 1)),
    )


def work(kind: StopKind, name: str, site: str, place: int, times: tuple[int, int, int], load: int) -> Stop:
    return Stop(kind, *times, place=place, shipment=name, site=site, weight_g=load, volume_cm3=0)


def the_plan() -> Plan:
    """A valid plan, timed by hand: the customer at 3 opens again at 600; lunch is taken while driving."""
    loads = [(200, 100), (500, 400), (300, 300), (800, 800), (500, 500), (0, 0), (0, 0), (0, 0)]
    anna = [
        Stop(StopKind.START, 100, 100, 100, place=0),
        work(P, "locked", "locker", 1, (200, 200, 230), 0),
        work(D, "aboard", "customer", 2, (330, 330, 450), 0),
        work(P, "order", "depot", 4, (650, 650, 710), 0),
        work(D, "locked", "customer", 3, (810, 810, 930), 0),
        work(D, "order", "customer", 3, (930, 930, 1050), 0),
        Stop(B, 1050, 1050, 1350, pause="lunch"),
        Stop(StopKind.END, 1650, 1650, 1650, place=0),
    ]
    anna = [replace(s, weight_g=g, volume_cm3=v) for s, (g, v) in zip(anna, loads, strict=True)]
    bert = [
        Stop(StopKind.START, 0, 0, 0, place=5),
        work(D, "service", "customer", 7, (200, 200, 260), 0),
        work(P, "return", "customer", 7, (260, 260, 320), 100),
        work(D, "return", "bench", 6, (420, 420, 480), 0),
        Stop(StopKind.END, 480, 480, 480, place=6),
    ]
    unserved = Unserved("too-heavy", Reason.CAPACITY, "It fits no vehicle.", "A larger vehicle.")
    return Plan(
        (Route("anna", tuple(anna)), Route("bert", tuple(bert))),
        (unserved,),
        Cost(
            travel_millicents=800 * (800 + 300) + 30 * (8000 + 3000),
            lateness_millicents=150 * 10,
            fixed_millicents=7000,
            unserved_millicents=6000,
        ),
        "hand",
    )


def test_a_valid_plan_has_no_violations() -> None:
    assert violations(the_problem(), the_plan()) == []


Change = Callable[[Plan], Plan]


def stops(vehicle: str, change: Callable[[list[Stop]], list[Stop]]) -> Change:
    """Change the stops of one route."""

    def changed(plan: Plan) -> Plan:
        routes = [
            Route(route.vehicle, tuple(change(list(route.stops)))) if route.vehicle == vehicle else route
            for route in plan.routes
        ]
        return replace(plan, routes=tuple(routes))

    return changed


def stop(vehicle: str, k: int, **values: object) -> Change:
    """Change fields of one stop."""
    return stops(vehicle, lambda s: [*s[:k], replace(s[k], **values), *s[k + 1 :]])  # type: ignore[arg-type]


def shifted(vehicle: str, k: int, by_s: int) -> Change:
    """Move all stops from number k on in time."""

    def later(s: Stop) -> Stop:
        return replace(
            s, arrival_s=s.arrival_s + by_s, start_s=s.start_s + by_s, departure_s=s.departure_s + by_s
        )

    return stops(vehicle, lambda s: [*s[:k], *(later(each) for each in s[k:])])


def without(vehicle: str, *numbers: int) -> Change:
    return stops(vehicle, lambda s: [each for k, each in enumerate(s) if k not in numbers])


def swapped(vehicle: str, a: int, b: int) -> Change:
    def swap(s: list[Stop]) -> list[Stop]:
        s[a], s[b] = s[b], s[a]
        return s

    return stops(vehicle, swap)


def moved(source: str, k: int, target: str, at: int) -> Change:
    """Move one stop from a route into another, its times as they are."""

    def change(plan: Plan) -> Plan:
        taken = plan.route_by_vehicle[source].stops[k]
        plan = without(source, k)(plan)
        return stops(target, lambda s: [*s[:at], taken, *s[at:]])(plan)

    return change


def unserved(*entries: Unserved) -> Change:
    return lambda plan: replace(plan, unserved=entries)


def entry(name: str, sentence: str = "So it is.", remedy: str = "Another world.") -> Unserved:
    return Unserved(name, Reason.CAPACITY, sentence, remedy)


def cost(**values: int) -> Change:
    return lambda plan: replace(plan, cost=replace(plan.cost, **values))


def again(plan: Plan) -> Plan:
    return replace(plan, routes=(*plan.routes, plan.routes[1]))


def renamed(plan: Plan) -> Plan:
    return replace(plan, routes=(plan.routes[0], Route("carl", plan.routes[1].stops)))


HEAVY = entry("too-heavy")

PLANTED: list[tuple[str, Change, dict[str, object]]] = [
    # Structure
    ("unknown_vehicle", renamed, {"vehicle": "carl"}),
    ("duplicate_route", again, {"vehicle": "bert"}),
    ("unknown_shipment", stop("bert", 1, shipment="ghost"), {"vehicle": "bert", "stop": 1}),
    ("unknown_shipment", unserved(HEAVY, entry("ghost")), {"shipment": "ghost"}),
    ("unknown_site", stop("anna", 3, site="nowhere"), {"vehicle": "anna", "stop": 3, "shipment": "order"}),
    ("unknown_break", stop("anna", 6, pause="siesta"), {"vehicle": "anna", "stop": 6}),
    ("route_frame", without("bert", 0), {"vehicle": "bert"}),
    ("route_frame", without("bert", 4), {"vehicle": "bert"}),
    ("empty_route", without("bert", 1, 2, 3), {"vehicle": "bert"}),
    # Coverage
    ("forgotten", unserved(), {"shipment": "too-heavy"}),
    ("forgotten", without("bert", 1), {"shipment": "service"}),
    ("served_twice", stops("bert", lambda s: [*s[:2], s[1], *s[2:]]), {"shipment": "service", "amount": 1}),
    ("served_and_unserved", unserved(HEAVY, entry("order")), {"shipment": "order"}),
    ("unserved_twice", unserved(HEAVY, HEAVY), {"shipment": "too-heavy", "amount": 1}),
    ("no_reason", unserved(entry("too-heavy", sentence=" ")), {"shipment": "too-heavy"}),
    ("no_reason", unserved(entry("too-heavy", remedy="")), {"shipment": "too-heavy"}),
    ("no_reason", unserved(replace(HEAVY, reason="whim")), {"shipment": "too-heavy"}),  # type: ignore[arg-type]
    # Pairs
    ("pickup_missing", without("bert", 2), {"vehicle": "bert", "stop": 2, "shipment": "return"}),
    ("delivery_missing", without("bert", 3), {"vehicle": "bert", "stop": 2, "shipment": "return"}),
    ("delivery_missing", without("anna", 4), {"vehicle": "anna", "stop": 1, "shipment": "locked"}),
    ("delivery_first", swapped("bert", 2, 3), {"stop": 2, "shipment": "return", "amount": 1}),
    ("split_pair", moved("bert", 3, "anna", 5), {"vehicle": "anna", "stop": 5, "shipment": "return"}),
    # Couriers
    ("not_on_board", moved("anna", 2, "bert", 1), {"vehicle": "bert", "stop": 1, "shipment": "aboard"}),
    ("skill_missing", moved("anna", 5, "bert", 1), {"vehicle": "bert", "shipment": "order", "amount": 1}),
    ("courier_not_allowed", moved("anna", 5, "bert", 1), {"vehicle": "bert", "shipment": "order"}),
    ("courier_forbidden", moved("bert", 1, "anna", 3), {"vehicle": "anna", "shipment": "service"}),
    # Locks
    ("lock_broken", swapped("anna", 1, 2), {"vehicle": "anna", "stop": 1, "shipment": "locked"}),
    ("lock_broken", lambda plan: replace(plan, routes=plan.routes[1:]), {"vehicle": "anna"}),
    # Places and times
    ("wrong_place", stop("bert", 0, place=6), {"vehicle": "bert", "stop": 0}),
    ("wrong_place", stop("anna", 2, place=1), {"vehicle": "anna", "stop": 2}),
    ("wrong_place", stop("bert", 4, place=5), {"vehicle": "bert", "stop": 4}),
    ("too_fast", shifted("bert", 3, -40), {"vehicle": "bert", "stop": 3, "amount": 40}),
    ("too_slow", shifted("bert", 3, 40), {"vehicle": "bert", "stop": 3, "amount": 40}),
    ("service_before_arrival", stop("bert", 1, start_s=190), {"stop": 1, "amount": 10}),
    ("service_too_short", stop("bert", 1, departure_s=250), {"stop": 1, "amount": 10}),
    ("service_too_long", stop("bert", 1, departure_s=300), {"stop": 1, "amount": 40}),
    ("service_too_long", stop("anna", 1, departure_s=260), {"vehicle": "anna", "stop": 1, "amount": 30}),
    ("window_too_late", stop("anna", 4, start_s=4010), {"shipment": "locked", "amount": 10}),
    ("window_too_early", stop("anna", 4, start_s=590), {"shipment": "locked", "amount": 10}),
    ("window_too_late", stop("anna", 4, start_s=250), {"shipment": "locked", "amount": 50}),
    ("shift_too_early", shifted("anna", 0, -30), {"vehicle": "anna", "amount": 30}),
    ("shift_too_late", shifted("bert", 3, 4600), {"vehicle": "bert", "stop": 4, "amount": 80}),
    # Loads
    ("load_misstated", stop("bert", 2, weight_g=99), {"vehicle": "bert", "stop": 2, "amount": 1}),
    ("load_misstated", stop("bert", 2, volume_cm3=5), {"vehicle": "bert", "stop": 2, "amount": 5}),
    # Breaks
    ("break_missing", without("anna", 6), {"vehicle": "anna", "amount": 150}),
    ("break_length", stop("anna", 6, departure_s=1340), {"vehicle": "anna", "stop": 6, "amount": 10}),
    ("break_outside_window", stop("anna", 6, start_s=990), {"vehicle": "anna", "stop": 6, "amount": 10}),
    ("break_outside_window", stop("anna", 6, start_s=1520), {"vehicle": "anna", "stop": 6, "amount": 20}),
    ("break_overlap", stop("anna", 6, start_s=1040), {"vehicle": "anna", "stop": 6, "amount": 10}),
    ("break_order", stops("anna", lambda s: [*s[:6], s[6], *s[6:]]), {"vehicle": "anna"}),
    # Costs
    ("cost_misstated", cost(travel_millicents=0), {"amount": 1_210_000}),
    ("cost_misstated", cost(lateness_millicents=0), {"amount": 1500}),
    ("cost_misstated", cost(fixed_millicents=0), {"amount": 7000}),
    ("cost_misstated", cost(unserved_millicents=0), {"amount": 6000}),
]


def found(rule: str, where: dict[str, object], problem: Problem, plan: Plan) -> list[Violation]:
    return [
        violation
        for violation in violations(problem, plan)
        if violation.rule == rule and all(getattr(violation, name) == x for name, x in where.items())
    ]


@pytest.mark.parametrize(
    ("rule", "change", "where"), PLANTED, ids=[f"{r}-{k}" for k, (r, _, _) in enumerate(PLANTED)]
)
def test_a_planted_violation_is_found_with_its_place_and_amount(
    rule: str, change: Change, where: dict[str, object]
) -> None:
    problem, plan = the_problem(), change(the_plan())
    assert found(rule, where, problem, plan), violations(problem, plan)
    assert all(violation.sentence.endswith(".") for violation in violations(problem, plan))


def with_vehicle(problem: Problem, **values: object) -> Problem:
    return replace(problem, vehicles=(replace(problem.vehicles[0], **values), problem.vehicles[1]))  # type: ignore[arg-type]


def cut(problem: Problem) -> Problem:
    duration_s = problem.travel.duration_s.copy()
    duration_s[7, 6] = UNREACHABLE
    return replace(problem, travel=Travel(duration_s, problem.travel.distance_m))


LUNCH = Break("lunch", TimeWindow(1000, 1300), 300)


def tea(latest_s: int) -> Break:
    return Break("tea", TimeWindow(1600, latest_s), 60)


TIGHTER: list[tuple[str, Callable[[Problem], Problem], dict[str, object]]] = [
    ("weight_exceeded", lambda p: with_vehicle(p, weight_g=750), {"stop": 3, "amount": 50}),
    ("volume_exceeded", lambda p: with_vehicle(p, volume_cm3=700), {"stop": 3, "amount": 100}),
    ("stock_overdrawn", lambda p: replace(p, stock=p.stock[:1]), {"amount": 1}),
    ("unreachable", cut, {"vehicle": "bert", "stop": 3, "shipment": "return"}),
    ("lock_broken", lambda p: with_vehicle(p, locked=(LockedStop(D, "aboard", "customer"),)), {"stop": 1}),
    ("break_missing", lambda p: with_vehicle(p, breaks=(LUNCH, tea(1610))), {"amount": 40}),
]


def test_a_break_is_owed_only_beyond_its_latest_start() -> None:
    assert violations(with_vehicle(the_problem(), breaks=(LUNCH, tea(1650))), the_plan()) == []
    assert violations(with_vehicle(the_problem(), breaks=(LUNCH, tea(1649))), the_plan()) != []


@pytest.mark.parametrize(("rule", "change", "where"), TIGHTER, ids=[rule for rule, _, _ in TIGHTER])
def test_a_plan_that_fitted_a_wider_problem_is_found_out(
    rule: str, change: Callable[[Problem], Problem], where: dict[str, object]
) -> None:
    problem = change(the_problem())
    assert found(rule, where, problem, the_plan()), violations(problem, the_plan())


def test_at_least_twenty_kinds_of_violation_are_planted() -> None:
    assert len({rule for rule, _, _ in PLANTED} | {rule for rule, _, _ in TIGHTER}) >= 20


FACTS: list[tuple[str, Callable[[Problem], Problem]]] = [
    ("the window of a locked stop may have passed", lambda p: locked_site(p, windows=(TimeWindow(0, 10),))),
    ("a courier may lack a skill for what is on board", lambda p: aboard(p, skills=frozenset({"cooling"}))),
    ("a courier may be forbidden for what is on board", lambda p: aboard(p, forbidden=frozenset({"anna"}))),
    ("a locked stop may draw more than there is", lambda p: replace(p, stock=p.stock[1:])),
]


def aboard(problem: Problem, **values: object) -> Problem:
    changed = replace(problem.shipments[0], **values)  # type: ignore[arg-type]
    return replace(problem, shipments=(changed, *problem.shipments[1:]))


def locked_site(problem: Problem, **values: object) -> Problem:
    locked = problem.shipments[1]
    site = replace(locked.pickups[0], **values)  # type: ignore[arg-type]
    changed = replace(locked, pickups=(site,))
    return replace(problem, shipments=(problem.shipments[0], changed, *problem.shipments[2:]))


@pytest.mark.parametrize(("fact", "change"), FACTS, ids=[fact for fact, _ in FACTS])
def test_facts_are_no_violations(fact: str, change: Callable[[Problem], Problem]) -> None:
    assert violations(change(the_problem()), the_plan()) == [], fact


def test_a_locked_stop_does_not_wait_less_for_its_window() -> None:
    problem = locked_site(the_problem(), windows=(TimeWindow(250, 300),))
    assert found("window_too_early", {"vehicle": "anna", "stop": 1, "amount": 50}, problem, the_plan())
