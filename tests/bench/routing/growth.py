"""`python -m tests.bench.routing.growth`: how the time to a plan, and to one more order, grows."""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeVar

import numpy as np

from routing.check import violations
from routing.compiled import compile_problem, extended
from routing.dispatch.dispatcher import DispatchConfig
from routing.fast_path import carried_over
from routing.kernel.growing import GrowingEngine
from routing.kernel.warm_up import warm_up
from routing.neighbourhood import confined, joined, neighbours
from routing.plan import Plan
from routing.problem import Draw, Problem, Shipment, Site, Stock, TimeWindow, Travel, Vehicle
from routing.search import Limits, solve
from routing.sourcing import ranked_sources
from routing.standing import StandingPlan
from routing.tours import Tours, sequences_of
from routing.travel.matrix import Table, row_blocks
from tests.bench.bench import percentiles, say
from tests.bench.routing.growth_picture import Line, picture

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[3]
PICTURE = ROOT / "docs" / "images" / "routing-growth.svg"
SIZES = ((100, 10), (250, 25), (500, 50), (1000, 100), (2000, 200), (5000, 250))
"""Orders and couriers. An order is collected at one of three lockers and delivered."""

LOCKERS, URGENT_SOURCES, ORDER_SOURCES = 20, 20, 3
AREA_M, SPEED_MPS, DETOUR = 40_000, 15.0, 1.3
HOUR_S = 3600
INSTANT = Limits(seconds=0, seed=1)
IMPROVE_S = DispatchConfig().improve_s


@dataclass(frozen=True, slots=True)
class Grown:
    """What one size took, in s, and the most memory that the process had by then, in MB.

    `searches` are looks for the best place of an urgent order among all lockers and couriers; `answers` take
    that order to the plan with it, checked, `refusals` one that comes too late to the reason why, and
    `rankings` one to the offer of every source. The plan into which they come is laid out already. `rerouted`
    routes were changed by a second of search then.
    """

    orders: int
    couriers: int
    first_s: float
    unserved: int
    memory_mb: float
    searches_s: tuple[float, ...]
    answers_s: tuple[float, ...]
    refusals_s: tuple[float, ...]
    rankings_s: tuple[float, ...]
    rerouted: int


def main(words: Sequence[str] | None = None) -> int:
    """Measure every size, print a table, and return the exit code."""
    options = _options(words)
    warm_up()
    grown = []
    for orders, couriers in SIZES:
        if orders <= options.most:
            grown.append(grow(orders, couriers, options.urgent))
            say(f"{orders} orders: first plan in {grown[-1].first_s:.2f} s")
    print(table(grown))
    if options.picture is not None:
        options.picture.write_text(drawn(grown))
    return 0


def grow(orders: int, couriers: int, urgent: int, improve_s: float = IMPROVE_S) -> Grown:
    """Plan so many orders, insert so many urgent ones, each into that plan, then improve it with the last."""
    problem = make_problem(orders, couriers)
    plan, first_s = _timed(lambda: solve(problem, INSTANT))
    assert violations(problem, plan) == []
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    standing = StandingPlan(problem, plan)
    asked = [_urgent(problem, k) for k in range(urgent)]
    hopeless = [_urgent(problem, k, within_s=600) for k in range(urgent)]
    more = [problem.with_shipment(order) for order in asked]
    answers = [_timed(partial(_answer, standing, order)) for order in asked]
    for each, (answer, _) in zip(more, answers, strict=True):
        assert violations(each, answer) == []
        assert len(_changed(plan, answer)) + len(answer.unserved) - len(plan.unserved) == 1
    return Grown(
        orders,
        couriers,
        first_s,
        len(plan.unserved),
        memory_mb,
        _searches_s(problem, plan, more),
        tuple(answer_s for _, answer_s in answers),
        tuple(_timed(partial(_answer, standing, order))[1] for order in hopeless),
        tuple(_timed(partial(ranked_sources, standing, order))[1] for order in asked),
        _rerouted(more[-1], plan, answers[-1][0], improve_s),
    )


def make_problem(orders: int, couriers: int, seed: int = 1) -> Problem:
    """Return a day's work in a square of 40 km, as seen at its start, most of which can be served."""
    chance = Random(seed)
    points = [
        (chance.uniform(0, AREA_M), chance.uniform(0, AREA_M)) for _ in range(LOCKERS + couriers + orders)
    ]
    travel = _travel(points)
    begins_s = [chance.randrange(0, 3 * HOUR_S) for _ in range(couriers)]
    vehicles = tuple(
        Vehicle(f"courier-{k}", LOCKERS + k, TimeWindow(begin_s, begin_s + 9 * HOUR_S), items=20)
        for k, begin_s in enumerate(begins_s)
    )
    shipments = []
    for k in range(orders):
        place, opens_s = LOCKERS + couriers + k, chance.randrange(0, 8 * HOUR_S)
        near = np.argsort(travel.duration_s[:LOCKERS, place], kind="stable")[:ORDER_SOURCES]
        window = TimeWindow(opens_s, opens_s + 4 * HOUR_S)
        shipments.append(_order(f"order-{k}", place, window, [int(locker) for locker in near]))
    stock = tuple(Stock(f"locker-{k}", "part", orders) for k in range(LOCKERS))
    return Problem(travel, vehicles, tuple(shipments), stock)


def table(grown: Sequence[Grown]) -> str:
    """Return the figures as Markdown."""
    lines = [
        "| orders | couriers | first plan | unserved | memory | best place: p50, p99 | answer: p50, p99 "
        "| refusal: p50, p99 | ranking: p50, p99 | routes changed by 1 s of search |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for each in grown:
        taken = (each.searches_s, each.answers_s, each.refusals_s, each.rankings_s)
        times = " | ".join(map(_spread_ms, taken))
        lines.append(
            f"| {each.orders:,} | {each.couriers} | {each.first_s:.2f} s | {each.unserved} "
            f"| {each.memory_mb:.0f} MB | {times} | {each.rerouted} |"
        )
    return "\n".join(lines)


def drawn(grown: Sequence[Grown]) -> str:
    """Return the growth of all three times with the number of orders as SVG."""
    sizes = [each.orders for each in grown]
    return picture(
        [
            Line("first plan", tuple(each.first_s for each in grown)),
            Line("one urgent order, answered", tuple(_median_s(each.answers_s) for each in grown)),
            Line("its best place alone", tuple(_median_s(each.searches_s) for each in grown)),
        ],
        sizes,
        "Seconds by number of orders",
    )


def _median_s(seconds: Sequence[float]) -> float:
    return percentiles("", seconds)[0].value / 1000


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.routing.growth", description=__doc__)
    parser.add_argument("--most", type=int, default=SIZES[-1][0], help="leave out what has more orders")
    parser.add_argument("--urgent", type=int, default=100, help="orders inserted at each size")
    parser.add_argument("--picture", type=Path, help=f"draw it, as in {PICTURE.relative_to(ROOT)}")
    return parser.parse_args(words)


def _travel(points: Sequence[tuple[float, float]]) -> Travel:
    """Return the matrix as our sources of road times make it: of 32 bits, some rows at a time."""
    at, table = np.array(points), Table.blank(len(points), len(points))
    for rows in row_blocks((len(at), len(at))):
        metres = np.hypot(*(at[rows, None, :] - at[None, :, :]).transpose(2, 0, 1)) * DETOUR
        table.write(rows, slice(None), Table.of(metres / SPEED_MPS, metres))
    return Travel.trusted(table)


def _order(name: str, place: int, window: TimeWindow, lockers: Sequence[int]) -> Shipment:
    sources = tuple(Site(f"locker-{k}", k, 180, draws=(Draw(f"locker-{k}", "part"),)) for k in lockers)
    return Shipment(name, (Site("customer", place, 300, (window,)),), sources, items=1)


def _urgent(problem: Problem, k: int, within_s: int = 4 * HOUR_S) -> Shipment:
    """Return one order more, due so long from now, at the place of another."""
    beside = problem.shipments[k % len(problem.shipments)].deliveries[0].place
    order = _order("urgent", beside, TimeWindow(0, within_s), range(URGENT_SOURCES))
    return replace(order, priority=3)


def _answer(standing: StandingPlan, order: Shipment) -> Plan:
    return standing.ask(standing.problem.with_shipment(order))


def _searches_s(problem: Problem, plan: Plan, asked: Sequence[Problem]) -> tuple[float, ...]:
    """Return how long each look for the best place takes."""
    compiled = compile_problem(problem)
    tours = Tours(compiled)
    tours.adopt(sequences_of(compiled, plan))
    engine, searches_s = GrowingEngine(compiled), []
    engine.load([tour.visits for tour in tours.tours])
    for more in asked:
        with engine.trying(extended(compiled, more)):
            searches_s.append(_timed(partial(engine.best_place, len(problem.shipments)))[1])
    return tuple(searches_s)


def _rerouted(problem: Problem, before: Plan, answer: Plan, improve_s: float) -> int:
    """Improve a plan as the dispatcher does after an order; return how many routes that changes."""
    tours = carried_over(compile_problem(problem), answer)
    couriers = neighbours(tours, _changed(before, answer), DispatchConfig().improve_couriers)
    found = solve(confined(tours, couriers), Limits(seconds=improve_s, seed=1), answer)
    better = joined(tours, couriers, found)
    assert violations(problem, better) == []
    return len(_changed(answer, better))


def _changed(before: Plan, after: Plan) -> set[str]:
    """Return the vehicles whose routes differ."""
    routes = {route.vehicle: route for route in before.routes}
    return {route.vehicle for route in after.routes if routes.get(route.vehicle) != route}


def _spread_ms(seconds: Sequence[float]) -> str:
    return ", ".join(f"{row.value:.3g}" for row in percentiles("", seconds)) + " ms"


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began_s = time.perf_counter()
    found = work()
    return found, time.perf_counter() - began_s


if __name__ == "__main__":
    sys.exit(main())
