"""A problem that asks for less, started from the plan for the one that asked for more, costs no more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing.check import violations
from routing.problem import Problem, Shipment, Site, TimeWindow, Vehicle
from routing.search import Limits, solve
from routing.values import MAX_AMOUNT, MAX_TIME_S
from tests.property.featured import featured_problem

BATCH, BATCHES = 20, 5


def relaxed(problem: Problem) -> Problem:
    """Return the problem with every limit moved outwards; what keeps the old limits keeps its timetable."""
    return replace(
        problem,
        vehicles=tuple(_relaxed_vehicle(vehicle) for vehicle in problem.vehicles),
        shipments=tuple(_relaxed_shipment(shipment) for shipment in problem.shipments),
        stock=tuple(replace(stock, available=stock.available + 2) for stock in problem.stock),
    )


def _relaxed_vehicle(vehicle: Vehicle) -> Vehicle:
    shift = TimeWindow(vehicle.shift.earliest_s, vehicle.shift.latest_s + 3600)
    return replace(
        vehicle,
        shift=shift,
        weight_g=min(MAX_AMOUNT, vehicle.weight_g + 1000),
        volume_cm3=min(MAX_AMOUNT, vehicle.volume_cm3 + 1000),
        items=min(MAX_AMOUNT, vehicle.items + 5),
        max_driving_s=min(MAX_TIME_S, vehicle.max_driving_s + 3600),
        lifo=False,
    )


def _relaxed_shipment(shipment: Shipment) -> Shipment:
    return replace(
        shipment,
        pickups=tuple(_relaxed_site(site) for site in shipment.pickups),
        deliveries=tuple(_relaxed_site(site) for site in shipment.deliveries),
        skills=frozenset(),
        couriers=None,
        forbidden=frozenset(),
        due_s=None if shipment.due_s is None else shipment.due_s + 600,
    )


def _relaxed_site(site: Site) -> Site:
    if not site.windows:
        return site
    *others, last = site.windows
    return replace(site, windows=(*others, TimeWindow(last.earliest_s, last.latest_s + 1800)))


@pytest.mark.parametrize("rounds", [0, 60])
@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_relaxed_problem_started_from_the_tight_plan_is_never_worse(batch: int, rounds: int) -> None:
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        tight = featured_problem(seed)
        standing = solve(tight, Limits(seconds=20, seed=seed, rounds=120))
        loose = relaxed(tight)
        plan = solve(loose, Limits(seconds=20, seed=seed, rounds=rounds), standing)
        assert violations(loose, plan) == [], f"seed {seed}"
        assert plan.cost.total_millicents <= standing.cost.total_millicents, f"seed {seed}"
