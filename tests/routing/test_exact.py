"""The exact optimum: known by hand where it can be, and what the search reaches where sources are scarce."""

from __future__ import annotations

import random
import time

import pytest

from routing import exact_child
from routing.check import violations
from routing.exact import MAX_VISITS, Optimum, optima, optimum
from routing.exact_child import search_apart
from routing.problem import (
    Break,
    Draw,
    InvalidProblem,
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
from routing.search import Limits, solve
from tests.routing.problems import courier, order, problem, stock, window

DRIVE = 100 * 800 + 1000 * 30
"""What one step on the line costs in millicents."""


def two_sources(name: str, near: int, far: int, customer: int, **settings: object) -> Shipment:
    pickups = order(name, near).pickups + order(name, far).pickups
    return order(name, customer=customer, pickups=pickups, **settings)


ROUNDS = 3000
"""Rounds of search that a problem of this size gets; no clock decides."""

SWAP = {"items": 1, "back_items": 1, "priority": 1}

HAND_MADE: list[tuple[str, int, int, Problem]] = [
    ("one order drives there and on", 3 * DRIVE, 0, problem(order("a"))),
    ("nobody drives for what is worth less", 5000, 1, problem(order("a", unserved_cents=5))),
    ("without couriers all is left", 7000, 1, problem(order("a", unserved_cents=7), vehicles=())),
    (
        "the one with a choice leaves the near locker to the one without",
        9 * DRIVE,
        0,
        problem(
            two_sources("a", 2, 8, 9),
            order("b", 2, 3),
            stocks=(stock(2, 1), stock(8, 1)),
        ),
    ),
    (
        "one piece serves one order",
        3 * DRIVE + 20_000_000,
        1,
        problem(order("a", unserved_cents=20_000), order("b", unserved_cents=30_000), stocks=(stock(1, 1),)),
    ),
    (
        "a van for one piece drives twice",
        (1 + 2 + 2 + 2) * DRIVE,
        0,
        problem(order("a", items=1), order("b", items=1), vehicles=(courier(items=1),)),
    ),
    (
        "the laser comes from far away",
        (4 + 1) * DRIVE,
        0,
        problem(
            Shipment("a", (Site("customer", 4, 60),), skills=frozenset({"laser"})),
            Shipment("b", (Site("customer", 1, 60),)),
            vehicles=(courier("eva", 0), courier("max", 8, skills=frozenset({"laser"}))),
        ),
    ),
    (
        "a second van costs more than its fixed cost saves",
        8 * DRIVE + 1_000_000,
        0,
        problem(
            Shipment("a", (Site("customer", 1, 60),)),
            Shipment("b", (Site("customer", 8, 60),)),
            vehicles=(courier("eva", 0, fixed_cents=1000), courier("max", 9, fixed_cents=1000)),
        ),
    ),
    (
        "the one that is late goes first",
        (2 + 3) * DRIVE,
        0,
        problem(
            Shipment("a", (Site("customer", 2, 60),), due_s=260, late_millicents_per_s=10_000),
            Shipment("b", (Site("customer", 1, 60),)),
            vehicles=(courier(end=3),),
        ),
    ),
    (
        "lateness is paid where it cannot be helped",
        3 * DRIVE + (100 + 60 + 200 + 120 - 100) * 7,
        0,
        problem(order("a", due_s=100, late_millicents_per_s=7)),
    ),
    (
        "overtime is paid when it is worth it",
        3 * DRIVE + 80 * 50,
        0,
        problem(
            order("a"),
            vehicles=(courier(shift=TimeWindow(0, 400), overtime_s=100, overtime_millicents_per_s=50),),
        ),
    ),
    (
        "the shift ends too early",
        10**9,
        1,
        problem(order("a"), vehicles=(courier(shift=TimeWindow(0, 400)),)),
    ),
    (
        "nobody drives longer than they may",
        10**9,
        1,
        problem(order("a"), vehicles=(courier(max_driving_s=299),)),
    ),
    (
        "whoever was told comes, if that costs less",
        8 * DRIVE,
        0,
        problem(
            Shipment("a", (Site("customer", 1, 60),), told="max", told_millicents=10 * DRIVE),
            vehicles=(courier("eva", 0), courier("max", 9)),
        ),
    ),
    (
        "what is taken back leaves no room for the next part",
        (1 + 1 + 1) * DRIVE + 10**9,
        1,
        problem(
            order("a", 1, deliveries=(Site("customer", 2, 60, window(0, 500)),), **SWAP),
            order("b", 3, 4, items=1),
            vehicles=(courier(items=1, end=3),),
            stocks=(stock(1), stock(3)),
        ),
    ),
]
"""What it is about, the cost in millicents, how many are left unserved, and the problem."""


@pytest.fixture(scope="module")
def found_by_name() -> dict[str, Optimum]:
    answers = optima([asked for _, _, _, asked in HAND_MADE], 20)
    return {case[0]: found for case, found in zip(HAND_MADE, answers, strict=True)}


@pytest.mark.parametrize(("name", "cost", "left", "asked"), HAND_MADE, ids=[case[0] for case in HAND_MADE])
def test_the_optimum_is_the_one_worked_out_by_hand(
    name: str, cost: int, left: int, asked: Problem, found_by_name: dict[str, Optimum]
) -> None:
    found = found_by_name[name]
    assert (found.proven, found.cost_millicents, len(found.plan.unserved)) == (True, cost, left)
    assert violations(asked, found.plan) == []


def scarce_problem(seed: int) -> Problem:
    """Three to five orders with two to four lockers each, which hold hardly enough, and two couriers."""
    r = random.Random(seed)
    lockers, orders = r.randint(3, 4), r.randint(3, 5)
    points = [(r.randrange(12_000), r.randrange(12_000)) for _ in range(lockers + orders + 2)]
    drive_s = [[(abs(x - u) + abs(y - v)) // 10 for u, v in points] for x, y in points]
    drive_m = [[10 * second for second in row] for row in drive_s]
    left = {locker: r.choice((0, 1, 1, 2)) for locker in range(lockers)}
    vehicles = tuple(_scarce_courier(r, v, lockers + orders + v) for v in range(2))
    shipments = tuple(_scarce_order(r, n, lockers, lockers + n) for n in range(orders))
    stocks = tuple(Stock(f"locker-{locker}", "part", n) for locker, n in left.items())
    return Problem(Travel(drive_s, drive_m), vehicles, shipments, stocks)


def _scarce_courier(r: random.Random, v: int, start: int) -> Vehicle:
    return Vehicle(
        f"courier-{v}",
        start,
        TimeWindow(r.randrange(1800), r.randrange(7200, 20_000)),
        end=r.choice((None, start)),
        items=r.randint(1, 3),
        skills=frozenset({"laser"} if r.random() < 0.6 else ()),
        fixed_cents=r.choice((0, 1000)),
    )


def _scarce_order(r: random.Random, n: int, lockers: int, place: int) -> Shipment:
    sources = sorted(r.sample(range(lockers), min(lockers, r.randint(2, 4))))
    earliest_s = r.randrange(7200)
    windows = window(earliest_s, earliest_s + r.randrange(1800, 9000)) if r.random() < 0.5 else ()
    return Shipment(
        f"order-{n}",
        (Site("customer", place, 300, windows),),
        tuple(Site(f"locker-{k}", k, 120, draws=(Draw(f"locker-{k}", "part"),)) for k in sources),
        items=1,
        skills=frozenset({"laser"} if r.random() < 0.3 else ()),
        priority=r.randrange(2),
        due_s=r.randrange(3600, 14_400) if r.random() < 0.5 else None,
        late_millicents_per_s=r.choice((500, 5000)),
        unserved_cents=r.choice((20_000, 100_000)),
    )


def _reached(seeds: range, seconds: float) -> tuple[int, int]:
    """Return in how many problems an optimum is proven, and in how many of these the search reaches it."""
    problems = [scarce_problem(seed) for seed in seeds]
    proven = reached = 0
    for seed, asked, best in zip(seeds, problems, optima(problems, seconds), strict=True):
        plan = solve(asked, Limits(seconds=20, rounds=ROUNDS, seed=seed))
        assert violations(asked, plan) == [], f"seed {seed}"
        assert violations(asked, best.plan) == [], f"seed {seed}"
        if best.proven:
            assert plan.cost.total_millicents >= best.cost_millicents, f"seed {seed}"
            proven += 1
            reached += plan.cost.total_millicents == best.cost_millicents
    return proven, reached


def test_the_search_reaches_the_optimum_where_sources_are_scarce() -> None:
    proven, reached = _reached(range(25), 10)
    assert proven >= 20
    assert reached >= 0.95 * proven


@pytest.mark.soak
def test_the_search_reaches_the_optimum_on_95_of_100_problems_with_scarce_sources() -> None:
    proven, reached = _reached(range(1000, 1200), 240)
    assert proven >= 195
    assert reached >= 0.95 * proven


AWAY = Shipment("a", (Site("customer", 3),))


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        (
            "vehicle[eva].locked",
            problem(AWAY, vehicles=(courier(locked=(LockedStop(StopKind.DELIVERY, "a", "customer"),)),)),
        ),
        (
            "vehicle[eva].breaks",
            problem(AWAY, vehicles=(courier(breaks=(Break("b", TimeWindow(0, 9), 9),)),)),
        ),
        ("vehicle[eva].lifo", problem(AWAY, vehicles=(courier(lifo=True),))),
        ("shipments", problem(*(order(f"order-{n}") for n in range(MAX_VISITS // 2 + 1)))),
        ("shipments", problem(order("a", unserved_cents=1_000_000_000, priority=10))),
    ],
)
def test_what_the_exact_model_does_not_understand_is_refused(path: str, asked: Problem) -> None:
    with pytest.raises(InvalidProblem) as refused:
        optimum(asked, 5)
    assert refused.value.path == path


@pytest.mark.parametrize(
    ("path", "limits"), [("seconds", (0, 1)), ("seconds", (3601, 1)), ("workers", (1, 0))]
)
def test_limits_of_the_exact_search_are_checked(path: str, limits: tuple[float, int]) -> None:
    with pytest.raises(InvalidProblem) as refused:
        optimum(problem(AWAY), *limits)
    assert refused.value.path == path


def broken_by(shipment: object) -> Problem:
    broken = problem(AWAY)
    object.__setattr__(broken, "shipments", (shipment,))
    return broken


def test_a_child_that_dies_hurts_nobody_and_another_goes_on() -> None:
    found = search_apart([broken_by(None), problem(AWAY)], 20, 1)
    assert (found[0].routes, found[0].proven, found[1].proven) == ((), False, True)
    assert "died with exit code 1" in found[0].note


class Hanging:
    """Whoever receives it sleeps for ten minutes."""

    def __reduce__(self) -> tuple[object, ...]:
        return time.sleep, (600,)


def test_a_child_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact_child, "GRACE_S", 1.0)
    found = search_apart([broken_by(Hanging())], 1, 1)
    assert [(entry.proven, entry.note) for entry in found] == [(False, "the child was stopped after 2 s")]


def test_a_search_without_an_answer_leaves_all_unserved_and_says_so() -> None:
    asked = scarce_problem(7)
    found = optimum(asked, 0.0001)
    assert not found.proven
    assert len(found.plan.unserved) == len(asked.shipments)
    assert "No optimum is proven" in found.plan.notes[0]
    assert violations(asked, found.plan) == []
