from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path

import pytest

from routing.formats.choices import Objective
from routing.formats.instance import Instance, Kind, Node
from routing.formats.lilim import read_lilim
from routing.formats.recheck import evaluate
from routing.formats.scaled import UNSERVED_VEHICLES, drives, problem_of, routes_of, scales_of
from routing.formats.solomon import read_solomon
from routing.search import Limits, solve
from routing.values import MAX_TIME_S, InvalidProblem
from tests.routing.formats.instances import LILIM, SOLOMON

QUICK = Limits(seconds=30, rounds=30)


def _random_pairs(seed: int, pairs: int = 8, scale: float = 1.0) -> Instance:
    """Pairs with windows around a hidden drive, at coordinates that no binary fraction holds."""
    dice = random.Random(seed)
    nodes = [Node(0, 35.1, 35.3, 0, 0, 500 * scale, 0)]
    for k in range(1, 2 * pairs, 2):
        ready = dice.uniform(0, 200) * scale
        for n, sign in ((k, 1), (k + 1, -1)):
            x, y = round(dice.uniform(0, 70) * scale, 1), round(dice.uniform(0, 70) * scale, 1)
            partner = {"delivery": k + 1} if sign > 0 else {"pickup": k}
            nodes.append(Node(n, x, y, sign * 3.5, ready, ready + 150 * scale, 2.25, **partner))
    return Instance("random", Kind.PDPTW, pairs, 10, tuple(nodes))


@pytest.mark.parametrize("seed", range(6))
def test_plan_in_whole_numbers_keeps_the_doubles(seed: int) -> None:
    instance = _random_pairs(seed)
    plan = solve(problem_of(instance), QUICK)
    evaluation = evaluate(instance, routes_of(instance, plan))
    faults = [fault for fault in evaluation.faults if fault.rule != "unserved"]
    assert faults == []
    assert plan.cost.travel_millicents >= evaluation.distance * scales_of(instance).length - 1


def test_drives_are_rounded_up_and_exact_lengths_stay_exact() -> None:
    instance = read_lilim(LILIM)
    units = drives(instance, 10_000)
    assert units[0, 3] == 200_000
    for a in range(5):
        for b in range(5):
            assert 0 <= units[a, b] - instance.distance(a, b) * 10_000 < 1
            assert all(units[a, b] <= units[a, c] + units[c, b] for c in range(5))


def test_windows_shrink_to_whole_numbers_inside_them() -> None:
    instance = read_lilim(LILIM)
    tight = replace(instance.nodes[1], ready=0.00001, due=200.00009, service=1.00001)
    problem = problem_of(replace(instance, nodes=(instance.nodes[0], tight, *instance.nodes[2:])))
    (site,) = problem.shipments[0].pickups
    assert (site.windows[0].earliest_s, site.windows[0].latest_s) == (1, 2_000_000)
    assert site.service_s == 10_001


def test_a_vehicle_costs_more_than_all_drives_and_an_unserved_job_more_than_a_vehicle() -> None:
    instance = _random_pairs(1)
    problem = problem_of(instance)
    vehicle = problem.vehicles[0]
    longest = int(problem.travel.distance_m.max())
    assert vehicle.fixed_cents * 1000 > longest * (len(instance.nodes) + instance.vehicles)
    assert problem.shipments[0].unserved_cents > 2 * vehicle.fixed_cents


def test_distance_alone_makes_vehicles_free() -> None:
    problem = problem_of(_random_pairs(1), Objective.DISTANCE)
    assert {vehicle.fixed_cents for vehicle in problem.vehicles} == {0}
    assert problem.shipments[0].unserved_cents > 0


def test_long_horizon_is_scaled_more_coarsely() -> None:
    instance = _random_pairs(2, scale=1000)
    assert scales_of(instance).length == 100
    assert problem_of(instance).vehicles[0].shift.latest_s <= MAX_TIME_S


def test_horizon_beyond_every_scale_is_refused() -> None:
    with pytest.raises(InvalidProblem, match="too many"):
        problem_of(_random_pairs(2, scale=10_000_000))


def test_customer_is_loaded_at_the_depot_once() -> None:
    instance = read_solomon(SOLOMON)
    plan = solve(problem_of(instance), QUICK)
    routes = routes_of(instance, plan)
    assert evaluate(instance, routes).faults == ()
    assert sorted(node for route in routes for node in route) == [1, 2, 3, 4, 5]
    assert len(routes) == 2  # 90 units of load do not fit one vehicle of 50


def test_costs_of_the_largest_instances_fit_64_bits(shared: Path) -> None:
    for name in ("lr1_10_1", "lr2_10_1", "lc2_10_1"):
        instance = read_lilim((shared / "lilim" / f"{name}.txt").read_text(), name)
        problem = problem_of(instance)
        fixed = sum(vehicle.fixed_cents for vehicle in problem.vehicles) * 1000
        unserved = sum(shipment.unserved_millicents for shipment in problem.shipments)
        assert fixed + unserved + fixed // UNSERVED_VEHICLES < 2**62
        assert scales_of(instance).length == 10_000
        assert math.isclose(problem.travel.distance_m[0, 1] / 10_000, instance.distance(0, 1), abs_tol=1e-4)
