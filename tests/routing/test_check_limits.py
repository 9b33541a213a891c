"""The checker's rules for pieces, swaps, stacking, driving, overtime, profiles, emissions and the told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing.check import Violation, violations
from routing.plan import Plan
from routing.problem import Problem, TimeWindow
from routing.search import Limits, solve
from tests.routing.problems import courier, line, order, problem


def asked() -> Problem:
    """Two pieces on board, for customers at 3 and 5; the one that is needed first was loaded first."""
    aboard = [
        order(name, customer=customer, pickups=(), weight_g=1000, items=1)
        for name, customer in (("a", 3), ("b", 5))
    ]
    return problem(*aboard, vehicles=(courier("eva", on_board=("a", "b")),))


def planned(given: Problem) -> Plan:
    plan = solve(given, Limits(seconds=20, rounds=5))
    assert violations(given, plan) == []
    assert [stop.shipment for stop in plan.routes[0].work] == ["a", "b"]
    return plan


def broken(changes: dict[str, object], to_shipments: bool = False) -> list[Violation]:
    """Return what a plan breaks that was made before the vehicle, or every shipment, changed."""
    given = asked()
    plan = planned(given)
    if to_shipments:
        shipments = tuple(replace(shipment, **changes) for shipment in given.shipments)  # type: ignore[arg-type]
        return violations(replace(given, shipments=shipments), plan)
    vehicle = replace(given.vehicles[0], **changes)  # type: ignore[arg-type]
    profiles = {"bike": slower()} if vehicle.profile else {}
    return violations(replace(given, vehicles=(vehicle,), profiles=profiles), plan)


def slower() -> object:
    roads = line(10)
    return type(roads)(roads.duration_s * 2, roads.distance_m)


VEHICLES: list[tuple[str, dict[str, object], str, int]] = [
    ("last in, first out", {"lifo": True}, "lifo_broken", 1),
    ("too long at the wheel", {"max_driving_s": 400}, "driving_exceeded", 100),
    ("too long without a break", {"max_stretch_s": 400}, "stretch_exceeded", 100),
    ("tired before it began", {"max_stretch_s": 600, "driven_s": 250}, "stretch_exceeded", 150),
    ("beyond overtime", {"shift": TimeWindow(0, 500), "overtime_s": 100}, "shift_too_late", 140),
    ("unpriced emissions", {"co2e_millicents_per_m": 2}, "cost_misstated", 10_000),
    ("slower roads", {"profile": "bike"}, "too_fast", 300),
]

SHIPMENTS: list[tuple[str, dict[str, object], str, int]] = [
    ("pieces not counted", {"items": 2}, "load_misstated", 2),
    ("swap not carried", {"back_weight_g": 500}, "load_misstated", 500),
    ("another was told", {"told": "max", "told_millicents": 7}, "cost_misstated", 14),
]


@pytest.mark.parametrize(("name", "changes", "rule", "amount"), VEHICLES, ids=[case[0] for case in VEHICLES])
def test_what_a_vehicle_may_not_do_is_found(
    name: str, changes: dict[str, object], rule: str, amount: int
) -> None:
    assert (rule, amount) in [(found.rule, found.amount) for found in broken(changes)]


@pytest.mark.parametrize(
    ("name", "changes", "rule", "amount"), SHIPMENTS, ids=[case[0] for case in SHIPMENTS]
)
def test_what_a_shipment_asks_for_is_found_missing(
    name: str, changes: dict[str, object], rule: str, amount: int
) -> None:
    assert (rule, amount) in [(found.rule, found.amount) for found in broken(changes, to_shipments=True)]


def test_overtime_within_its_bound_is_allowed_and_priced() -> None:
    changes = {"shift": TimeWindow(0, 500), "overtime_s": 500, "overtime_millicents_per_s": 3}
    found = [(violation.rule, violation.amount) for violation in broken(changes)]
    assert found == [("cost_misstated", 240 * 3)]


def test_a_pickup_beyond_the_room_for_pieces_is_found() -> None:
    given = problem(*(order(name, items=1) for name in ("a", "b")))
    plan = planned_anyhow(given)
    tight = replace(given, vehicles=(replace(given.vehicles[0], items=1),))
    assert "items_exceeded" in [found.rule for found in violations(tight, plan)]


def test_what_comes_back_in_a_swap_must_fit() -> None:
    given = problem(order("a", weight_g=100, back_weight_g=900))
    plan = planned_anyhow(given)
    tight = replace(given, vehicles=(replace(given.vehicles[0], weight_g=500),))
    assert [(found.rule, found.amount) for found in violations(tight, plan)] == [("weight_exceeded", 400)]


def planned_anyhow(given: Problem) -> Plan:
    plan = solve(given, Limits(seconds=20, rounds=20))
    assert violations(given, plan) == []
    return plan
