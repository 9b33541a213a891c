"""Disturbance counts the stops that change for those who know the old plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing.cost import disturbance
from routing.plan import Cost, Plan, Reason, Route, Stop, Unserved
from routing.problem import StopKind

P, D = StopKind.PICKUP, StopKind.DELIVERY


def plan(*unserved: str, **routes: list[Stop]) -> Plan:
    made = tuple(Route(vehicle, tuple(stops)) for vehicle, stops in routes.items())
    left = tuple(Unserved(name, Reason.COURIERS_BUSY, "Busy.", "One more.") for name in unserved)
    return Plan(made, left, Cost(), "hand")


def stop(kind: StopKind, name: str, start_s: int, site: str = "site") -> Stop:
    return Stop(kind, start_s, start_s, start_s, place=1, shipment=name, site=site)


A = [stop(P, "a", 1000), stop(D, "a", 2000)]
B = [stop(P, "b", 3000), stop(D, "b", 4000)]
OLD = plan(eva=A + B)

CASES: list[tuple[str, Plan, int]] = [
    ("nothing changed", OLD, 0),
    ("another courier for both stops of one shipment", plan(eva=A, max=B), 2),
    ("a shipment dropped", plan("b", eva=A), 2),
    ("a shipment done or withdrawn", plan(eva=A), 0),
    ("a shipment picked up by now", plan(eva=[A[1], *B]), 0),
    ("a new shipment between", plan(eva=[*A, stop(D, "new", 2500), *B]), 0),
    ("another site", plan(eva=[*A, replace(B[0], site="other"), B[1]]), 1),
    ("five minutes later", plan(eva=[*A, B[0], replace(B[1], start_s=4300)]), 0),
    ("more than five minutes later", plan(eva=[*A, B[0], replace(B[1], start_s=4301)]), 1),
    ("two stops exchanged", plan(eva=[A[0], B[0], A[1], B[1]]), 3),
]


@pytest.mark.parametrize(("what", "new", "stops"), CASES, ids=[what for what, _, _ in CASES])
def test_disturbance_counts_changed_stops(what: str, new: Plan, stops: int) -> None:
    assert disturbance(OLD, new) == stops, what


def test_the_tolerance_for_arrivals_is_a_parameter() -> None:
    later = plan(eva=[*A, B[0], replace(B[1], start_s=4100)])
    assert disturbance(OLD, later, tolerance_s=99) == 1
    assert disturbance(OLD, later, tolerance_s=100) == 0
