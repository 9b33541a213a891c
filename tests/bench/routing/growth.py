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
from routing.compiled import compile_problem
from routing.fast_path import insert
from routing.insertion import engine_of
from routing.kernel.warm_up import warm_up
from routing.plan import Plan
from routing.problem import Draw, Problem, Shipment, Site, Stock, TimeWindow, Travel, Vehicle
from routing.search import Limits, solve
from routing.tours import Tours, sequences_of
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


@dataclass(frozen=True, slots=True)
class Grown:
    """What one size took, in s, and the most memory that the process had by then, in MB.

    `searches` are looks for the best place of an urgent order among all lockers and couriers, the plan being
    laid out already; `answers` take that order from the problem to the plan, with explanation and check.
    """

    orders: int
    couriers: int
    first_s: float
    unserved: int
    memory_mb: float
    searches_s: tuple[float, ...]
    answers_s: tuple[float, ...]


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


def grow(orders: int, couriers: int, urgent: int) -> Grown:
    """Plan so many orders, then insert so many urgent ones, each into that same plan."""
    problem = make_problem(orders, couriers)
    plan, first_s = _timed(lambda: solve(problem, INSTANT))
    assert violations(problem, plan) == []
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    searches, answers = [], []
    for k in range(urgent):
        more = _with_urgent(problem, k)
        searches.append(_search_s(more, plan))
        answer, answer_s = _timed(partial(_answer, more, plan))
        answers.append(answer_s)
        assert len(_changed(plan, answer)) + len(answer.unserved) - len(plan.unserved) == 1
    return Grown(orders, couriers, first_s, len(plan.unserved), memory_mb, tuple(searches), tuple(answers))


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
        "| orders | couriers | first plan | unserved | memory | best place: p50, p99 | answer: p50, p99 |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in grown:
        search = ", ".join(f"{row.value:.3g}" for row in percentiles("", each.searches_s))
        answer = ", ".join(f"{row.value:.3g}" for row in percentiles("", each.answers_s))
        lines.append(
            f"| {each.orders:,} | {each.couriers} | {each.first_s:.2f} s | {each.unserved} "
            f"| {each.memory_mb:.0f} MB | {search} ms | {answer} ms |"
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
    at = np.array(points)
    metres = np.hypot(*(at[:, None, :] - at[None, :, :]).transpose(2, 0, 1)) * DETOUR
    return Travel(np.rint(metres / SPEED_MPS).astype(np.int64), np.rint(metres).astype(np.int64))


def _order(name: str, place: int, window: TimeWindow, lockers: Sequence[int]) -> Shipment:
    sources = tuple(Site(f"locker-{k}", k, 180, draws=(Draw(f"locker-{k}", "part"),)) for k in lockers)
    return Shipment(name, (Site("customer", place, 300, (window,)),), sources, items=1)


def _with_urgent(problem: Problem, k: int) -> Problem:
    """Return the problem with one order more, due four hours from now, at the place of another."""
    beside = problem.shipments[k % len(problem.shipments)].deliveries[0].place
    order = _order("urgent", beside, TimeWindow(0, 4 * HOUR_S), range(URGENT_SOURCES))
    return replace(problem, shipments=(*problem.shipments, replace(order, priority=3)))


def _search_s(problem: Problem, plan: Plan) -> float:
    """Return how long the look for the last shipment's best place takes in a plan that is laid out."""
    compiled = compile_problem(problem)
    tours = Tours(compiled)
    tours.adopt(sequences_of(compiled, plan))
    engine = engine_of(tours)
    return _timed(lambda: engine.best_place(len(problem.shipments) - 1))[1]


def _answer(problem: Problem, plan: Plan) -> Plan:
    """Insert the urgent order, explained where it finds no place, and check all of the plan."""
    answer = insert(problem, plan, "urgent")
    assert violations(problem, answer) == []
    return answer


def _changed(before: Plan, after: Plan) -> set[str]:
    """Return the vehicles whose routes differ."""
    routes = {route.vehicle: route for route in before.routes}
    return {route.vehicle for route in after.routes if routes.get(route.vehicle) != route}


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began_s = time.perf_counter()
    found = work()
    return found, time.perf_counter() - began_s


if __name__ == "__main__":
    sys.exit(main())
