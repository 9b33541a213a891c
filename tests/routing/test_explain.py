"""Every unserved shipment says why: a table of causes, each with the reason that must be named."""

from __future__ import annotations

import numpy as np
import pytest

from routing.check import violations
from routing.plan import Reason
from routing.problem import Problem, Shipment, Site, TimeWindow, Travel
from routing.search import Limits, solve
from routing.travel.matrix import UNREACHABLE
from tests.routing.problems import courier, line, order, problem, stock, window

CUSTOMER = Site("customer", 9, 60)


def cut_off() -> Travel:
    duration_s = np.array(line(10).duration_s)
    duration_s[:9, 9] = UNREACHABLE
    return Travel(duration_s, line(10).distance_m)


def by(earliest_s: int, latest_s: int, place: int = 9) -> tuple[Site, ...]:
    return (Site("customer", place, 60, window(earliest_s, latest_s)),)


CASES: list[tuple[Reason, str, Problem]] = [
    (Reason.NO_COURIER, "No courier", problem(order("x"), vehicles=())),
    (Reason.NO_STOCK, "locker-1 has 0 of 1 part", problem(order("x"), stocks=())),
    (
        Reason.NO_STOCK,
        "1 taken by other work",
        problem(order("x"), order("y", priority=1), stocks=(stock(1, 1),)),
    ),
    (Reason.SKILL, "lacks laser", problem(order("x", skills=frozenset({"laser"})))),
    (Reason.COURIER_FORBIDDEN, "eva", problem(order("x", forbidden=frozenset({"eva"})))),
    (Reason.COURIER_FORBIDDEN, "eva", problem(order("x", couriers=frozenset({"max"})))),
    (Reason.CAPACITY, "500 g", problem(order("x", weight_g=500), vehicles=(courier(weight_g=499),))),
    (Reason.CAPACITY, "7 cm3", problem(order("x", volume_cm3=7), vehicles=(courier(volume_cm3=6),))),
    (
        Reason.CAPACITY,
        "full with what is on board",
        problem(
            order("x", weight_g=60, deliveries=by(0, 1000)),
            Shipment("aboard", by(5000, 6000, 2), weight_g=60),
            vehicles=(courier(weight_g=100, on_board=("aboard",)),),
        ),
    ),
    (Reason.UNREACHABLE, "customer", problem(order("x", customer=9), travel=cut_off())),
    (
        Reason.TIME_WINDOW,
        "nearest arrival at the delivery is 0:16 h",
        problem(order("x", deliveries=by(0, 500))),
    ),
    (
        Reason.SHIFT,
        "the last at 0:14 h",
        problem(order("x", customer=9), vehicles=(courier(shift=TimeWindow(0, 800)),)),
    ),
    (
        Reason.COURIERS_BUSY,
        "bound by other work",
        problem(
            Shipment("x", by(900, 950)),
            Shipment("y", by(550, 550, 0), priority=2),
            vehicles=(courier(),),
        ),
    ),
    (Reason.NOT_WORTH, "leaving it costs 5 cents", problem(order("x", unserved_cents=5))),
]


@pytest.mark.parametrize(
    ("reason", "part", "asked"), CASES, ids=[f"{reason}-{k}" for k, (reason, _, _) in enumerate(CASES)]
)
def test_an_unserved_shipment_names_its_reason(reason: Reason, part: str, asked: Problem) -> None:
    plan = solve(asked, Limits(0.1))
    entries = {entry.shipment: entry for entry in plan.unserved}
    assert entries["x"].reason is reason
    assert part in entries["x"].sentence
    assert entries["x"].remedy
    assert violations(asked, plan) == []


def test_the_nearest_arrival_is_given_in_seconds() -> None:
    plan = solve(problem(order("x", deliveries=by(0, 500))))
    assert plan.unserved[0].nearest_arrival_s == 100 + 60 + 800
