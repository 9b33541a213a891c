"""Times of one tour: waiting, several windows, breaks on the way, locked stops that outlast the shift."""

from __future__ import annotations

from dataclasses import replace

from routing.check import violations
from routing.plan import Plan, Stop
from routing.problem import (
    Break,
    LockedStop,
    Problem,
    Shipment,
    Site,
    StopKind,
    TimeWindow,
    Vehicle,
)
from routing.search import Limits, solve
from tests.routing.problems import courier, order, problem, window


def planned(vehicle: Vehicle, *shipments: Shipment) -> tuple[Plan, list[Stop]]:
    """The checked plan of one courier, and the stops of the route."""
    asked: Problem = problem(*shipments, vehicles=(vehicle,))
    plan = solve(asked, Limits(0.2))
    assert violations(asked, plan) == []
    return plan, list(plan.routes[0].stops) if plan.routes else []


def service(name: str, place: int, **settings: object) -> Shipment:
    return Shipment(name, (Site("customer", place, **({"service_s": 100} | settings)),))  # type: ignore[arg-type]


def test_a_courier_waits_for_the_next_window() -> None:
    _, stops = planned(courier(), service("a", 3, windows=(TimeWindow(0, 200), TimeWindow(700, 800))))
    assert (stops[1].arrival_s, stops[1].start_s, stops[1].departure_s) == (300, 700, 800)
    assert stops[1].waiting_s == 400


def test_a_break_interrupts_the_drive() -> None:
    lunch = Break("lunch", TimeWindow(100, 250), 50)
    _, stops = planned(courier(breaks=(lunch,)), service("a", 3))
    assert [stop.kind for stop in stops] == ["start", "break", "delivery", "end"]
    assert (stops[1].start_s, stops[1].departure_s, stops[1].place) == (100, 150, None)
    assert stops[2].arrival_s == 350


def test_a_break_is_taken_while_waiting_where_that_costs_no_time() -> None:
    lunch = Break("lunch", TimeWindow(400, 1500), 200)
    _, stops = planned(courier(breaks=(lunch,)), service("a", 3, windows=window(900, 1900)), service("b", 9))
    late = next(stop for stop in stops if stop.shipment == "a")
    assert late.start_s == 900


def test_no_break_is_owed_by_a_route_that_ends_before_it() -> None:
    lunch = Break("lunch", TimeWindow(100, 400), 50)
    _, stops = planned(courier(breaks=(lunch,)), service("a", 3))
    assert all(stop.kind is not StopKind.BREAK for stop in stops)


def test_a_break_that_cannot_be_taken_in_time_leaves_the_work_unserved() -> None:
    lunch = Break("lunch", TimeWindow(0, 100), 300)
    plan, _ = planned(courier(breaks=(lunch,)), service("a", 3, windows=window(0, 350)))
    assert [entry.shipment for entry in plan.unserved] == ["a"]


def test_a_locked_stop_is_served_after_its_window_and_after_the_shift() -> None:
    lock = LockedStop(StopKind.DELIVERY, "a", "customer")
    vehicle = courier(shift=TimeWindow(0, 200), locked=(lock,))
    plan, stops = planned(vehicle, service("a", 3, windows=window(0, 100)), service("b", 4))
    assert stops[1].start_s == 300
    assert [(entry.shipment, entry.reason) for entry in plan.unserved] == [("b", "shift")]


def test_a_break_that_locked_stops_have_overrun_follows_them() -> None:
    lock = LockedStop(StopKind.DELIVERY, "a", "customer", service_s=500)
    lunch = Break("lunch", TimeWindow(0, 10), 50)
    vehicle = courier(locked=(lock,), breaks=(lunch,))
    _, stops = planned(vehicle, service("a", 3), service("b", 4))
    pause = [stop for stop in stops if stop.kind is StopKind.BREAK]
    assert pause[0].start_s <= 800


def test_the_service_left_at_a_locked_stop_counts() -> None:
    lock = LockedStop(StopKind.PICKUP, "a", "locker-1", service_s=15)
    _, stops = planned(courier(start=1, locked=(lock,)), order("a"))
    assert stops[1].departure_s == 15


def test_an_overloaded_courier_still_delivers_what_is_on_board() -> None:
    aboard = Shipment("a", (Site("customer", 3),), weight_g=500)
    vehicle = courier(weight_g=100, on_board=("a",))
    plan, stops = planned(vehicle, aboard, order("b", weight_g=100))
    assert plan.unserved == ()
    assert [stop.shipment for stop in stops if stop.is_work] == ["a", "b", "b"]


def test_a_break_that_nobody_owes_yet_is_taken_where_driving_on_is_not_allowed() -> None:
    lunch = Break("lunch", TimeWindow(0, 5000), 50)
    rested, stops = planned(courier(max_stretch_s=500, breaks=(lunch,)), service("a", 3), service("b", 6))
    assert [stop.kind for stop in stops] == ["start", "delivery", "break", "delivery", "end"]
    assert rested.unserved == ()
    hurried, _ = planned(courier(max_stretch_s=500), service("a", 3), service("b", 6))
    assert len(hurried.unserved) == 1


def test_a_break_that_costs_no_time_is_taken_later_where_that_lets_the_courier_drive_on() -> None:
    lunch = Break("lunch", TimeWindow(0, 5000), 200)
    waits = service("a", 3, windows=window(900, 1900))
    _, stops = planned(courier(max_stretch_s=700, breaks=(lunch,)), waits, service("b", 9))
    assert [stop.kind for stop in stops] == ["start", "delivery", "break", "delivery", "end"]


def test_the_way_to_a_locked_stop_is_a_fact_and_a_break_follows_it() -> None:
    lunch = Break("lunch", TimeWindow(0, 5000), 50)
    tired = courier(
        max_stretch_s=500,
        driven_s=450,
        breaks=(lunch,),
        locked=(LockedStop(StopKind.DELIVERY, "a", "customer"),),
    )
    plan, stops = planned(tired, service("a", 3), service("b", 6))
    assert [stop.kind for stop in stops] == ["start", "delivery", "break", "delivery", "end"]
    assert plan.unserved == ()
    plan, stops = planned(replace(tired, breaks=()), service("a", 3), service("b", 6))
    assert [reason.reason for reason in plan.unserved] == ["driving_stretch"]
