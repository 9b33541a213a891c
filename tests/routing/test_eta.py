"""ETAs as distributions: held against a simulation of its own, written step by step."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from itertools import pairwise

import pytest

from routing.eta import Eta, etas
from routing.plan import Cost, Plan, Route, Stop
from routing.problem import Break, Problem, Shipment, Site, StopKind, TimeWindow, Travel, Vehicle
from routing.robust import RESIDUAL_QUANTILES
from routing.spread import LogSpread, Spread
from tracking.values.errors import InvalidValue

LEG_S = 600
SHIFT = TimeWindow(0, 100_000)
LUNCH = Break("lunch", TimeWindow(4000, 20_000), 1800)


def region(routes: int, stops: int, seed: int = 1, breaks: tuple[Break, ...] = ()) -> tuple[Problem, Plan]:
    """Routes of deliveries with windows at some stops, and the plan that drives them in order."""
    generator = random.Random(seed)
    size = routes * stops + 1
    rows = [[0 if a == b else generator.randint(200, 1000) for b in range(size)] for a in range(size)]
    shipments, vehicles, planned = [], [], []
    for r in range(routes):
        places = range(1 + r * stops, 1 + (r + 1) * stops)
        for k, place in enumerate(places):
            expected_s = 900 * (k + 1)
            apart = (TimeWindow(expected_s + 300, expected_s + 400), TimeWindow(expected_s + 1500, 90_000))
            windows = apart if k % 3 == 2 else ()
            site = Site("customer", place, generator.randint(60, 600), windows)
            shipments.append(Shipment(f"s{place}", (site,), due_s=expected_s + 600 if k % 2 else None))
        vehicles.append(Vehicle(f"v{r}", 0, SHIFT, end=0, breaks=breaks))
    problem = Problem(Travel(rows, rows), tuple(vehicles), tuple(shipments))
    for r, vehicle in enumerate(vehicles):
        order = shipments[r * stops : (r + 1) * stops]
        planned.append(Route(vehicle.id, tuple(drive(problem, vehicle, order))))
    return problem, Plan(tuple(planned), (), Cost(), "test")


def drive(
    problem: Problem,
    vehicle: Vehicle,
    order: list[Shipment],
    draw: random.Random | None = None,
    spread: Spread | None = None,
) -> list[Stop]:
    """Drive a route as the schedule does: with planned times, or with random ones. One break at most."""
    spread = spread or Spread()

    def factor(of: LogSpread, shared: float = 0.0, share: float = 0.0) -> float:
        if draw is None:
            return 1.0
        normal = shared * math.sqrt(share) + draw.gauss() * math.sqrt(1 - share)
        return math.exp(of.sigma * normal)

    day = draw.gauss() if draw else 0.0
    time_s, place, owed = 0.0, vehicle.start, list(vehicle.breaks)
    stops = [Stop(StopKind.START, 0, 0, 0, place)]
    sites: list[tuple[Shipment | None, int]] = [(s, s.deliveries[0].place) for s in order]
    for shipment, target in [*sites, (None, 0)]:
        left_s = float(problem.travel.duration_s[place, target]) * factor(
            spread.travel, day, spread.correlation
        )
        arrival_s = time_s + left_s
        # The lunch belongs before the third stop, wherever that finds the courier.
        if owed and len(stops) == 3:
            pause = owed.pop()
            start_s = max(time_s, pause.window.earliest_s)
            left_s = left_s - (start_s - time_s)
            time_s = start_s + pause.duration_s
            stops.append(Stop(StopKind.BREAK, start_s, start_s, time_s, pause=pause.id))  # type: ignore[arg-type]
            if left_s > 0:
                arrival_s = time_s + left_s
        free_s = max(arrival_s, time_s)
        if shipment is None:
            stops.append(Stop(StopKind.END, arrival_s, free_s, free_s, target))  # type: ignore[arg-type]
            break
        site = shipment.deliveries[0]
        begin_s = next((max(free_s, w.earliest_s) for w in site.windows if free_s <= w.latest_s), free_s)
        time_s, place = begin_s + site.service_s * factor(spread.service), target
        stops.append(Stop(StopKind.DELIVERY, arrival_s, begin_s, time_s, target, shipment.id, site.id))  # type: ignore[arg-type]
    return stops


def simulated(problem: Problem, plan: Plan, spread: Spread, days: int, seed: int) -> list[list[list[Stop]]]:
    draw = random.Random(seed)
    orders = [[problem.shipment_by_id[str(stop.shipment)] for stop in route.work] for route in plan.routes]
    return [
        [
            drive(problem, vehicle, order, draw, spread)
            for vehicle, order in zip(problem.vehicles, orders, strict=True)
        ]
        for _ in range(days)
    ]


SPREADS = [
    Spread(),
    Spread(LogSpread(0.35), LogSpread(0.6), 0.0),
    Spread(LogSpread(0.2), LogSpread(0.1), 0.7),
]


@pytest.mark.parametrize("breaks", [(), (LUNCH,)], ids=["no break", "lunch"])
@pytest.mark.parametrize("spread", SPREADS)
def test_eight_of_ten_arrivals_lie_between_p10_and_p90(spread: Spread, breaks: tuple[Break, ...]) -> None:
    problem, plan = region(8, 9, breaks=breaks)
    told = etas(problem, plan, spread, seed=5)
    below = inside = total = 0
    late: dict[tuple[str, int], list[bool]] = {}
    for day in simulated(problem, plan, spread, days=150, seed=6):
        for route, stops in zip(plan.routes, day, strict=True):
            for k, (stop, eta) in enumerate(zip(stops, told[route.vehicle], strict=True)):
                if stop.kind in (StopKind.DELIVERY, StopKind.END):
                    total += 1
                    below += stop.arrival_s < eta.p10_s - 0.5
                    inside += eta.p10_s - 0.5 <= stop.arrival_s <= eta.p90_s + 0.5
                if eta.late is not None:
                    due_s = problem.shipment_by_id[str(stop.shipment)].due_s or 0
                    late.setdefault((route.vehicle, k), []).append(stop.departure_s > due_s)
    assert inside / total == pytest.approx(0.80, abs=0.03)
    assert below / total == pytest.approx(0.10, abs=0.02)
    errors = [sum(seen) / len(seen) - (told[v][k].late or 0.0) for (v, k), seen in late.items()]
    assert len(errors) == 8 * 4
    assert sum(errors) / len(errors) == pytest.approx(0, abs=0.03)
    assert max(map(abs, errors)) < 0.2


def test_without_spread_every_eta_is_the_planned_time() -> None:
    problem, plan = region(3, 8, breaks=(LUNCH,))
    told = etas(problem, plan, Spread(LogSpread(0), LogSpread(0)))
    for route in plan.routes:
        for stop, eta in zip(route.stops, told[route.vehicle], strict=True):
            assert (eta.p10_s, eta.p50_s, eta.p90_s) == (stop.arrival_s,) * 3
            due_s = problem.shipment_by_id[stop.shipment].due_s if stop.shipment else None
            assert eta.late == (None if due_s is None else float(stop.departure_s > due_s))


def test_etas_are_in_order_within_a_stop_and_along_a_route() -> None:
    problem, plan = region(20, 10)
    for route in etas(problem, plan).values():
        for eta in route:
            assert eta.p10_s <= eta.p50_s <= eta.p90_s
        for before, after in pairwise(route):
            assert before.p10_s <= after.p10_s
            assert before.p50_s <= after.p50_s
            assert before.p90_s <= after.p90_s
        assert route[-1].p90_s - route[-1].p10_s > route[1].p90_s - route[1].p10_s


def test_the_same_seed_gives_the_same_etas_and_another_others() -> None:
    problem, plan = region(4, 6)
    assert etas(problem, plan, seed=1) == etas(problem, plan, seed=1)
    assert etas(problem, plan, seed=1) != etas(problem, plan, seed=2)


def test_a_route_s_etas_stay_when_another_route_changes() -> None:
    problem, plan = region(4, 6)
    fewer = replace(plan, routes=(plan.routes[2],))
    assert etas(problem, fewer)["v2"] == etas(problem, plan)["v2"]


def test_waiting_at_a_window_absorbs_the_spread() -> None:
    travel = Travel([[0, LEG_S, 0], [0, 0, LEG_S], [0, 0, 0]], [[0] * 3] * 3)
    closed = (TimeWindow(7200, 10_000),)
    sites = [Site("a", 1, 0, closed), Site("b", 2, 0)]
    shipments = tuple(Shipment(site.id, (site,), due_s=7900) for site in sites)
    vehicle = Vehicle("eva", 0, SHIFT)
    problem = Problem(travel, (vehicle,), shipments)
    plan = Plan(
        (Route("eva", tuple(drive(problem, replace(vehicle, end=0), list(shipments)))),), (), Cost(), ""
    )
    a, b = etas(problem, plan)["eva"][1:3]
    assert a.late == 0.0
    assert b.p10_s > 7200 + 400
    assert b.p90_s - b.p10_s < 2 * (a.p90_s - a.p10_s)
    assert 0.0 < (b.late or 0.0) < 0.3


def test_a_learned_spread_is_the_one_that_residuals_show() -> None:
    problem, plan = region(40, 1)
    # Never faster than expected, one in ten twice as slow.
    residuals = tuple(0.0 if q < 0.9 else math.log(2) for q in RESIDUAL_QUANTILES)
    told = etas(problem, plan, Spread.learned(residuals, ()), samples=2000)
    for route in plan.routes:
        eta, expected_s = told[route.vehicle][1], route.stops[1].arrival_s
        assert eta.p10_s == eta.p50_s == expected_s
        assert eta.p90_s > 1.3 * expected_s


def test_a_plan_without_routes_has_no_etas() -> None:
    problem, plan = region(1, 1)
    assert etas(problem, replace(plan, routes=())) == {}


BAD = [
    lambda: LogSpread(-0.1),
    lambda: LogSpread(float("nan")),
    lambda: LogSpread(0.1, (0.0,)),
    lambda: LogSpread(0.1, tuple(-q for q in RESIDUAL_QUANTILES)),
    lambda: Spread(correlation=1.1),
    lambda: etas(*region(1, 1), samples=10),
]


@pytest.mark.parametrize("make", BAD)
def test_spreads_out_of_range_are_refused(make: object) -> None:
    with pytest.raises(InvalidValue):
        make()  # type: ignore[operator]


def test_an_eta_without_a_due_time_says_nothing_of_lateness() -> None:
    problem, plan = region(1, 2)
    start, first, second, end = etas(problem, plan)["v0"]
    assert start == Eta(0, 0, 0)
    assert (first.late, end.late) == (None, None)
    assert second.late is not None
