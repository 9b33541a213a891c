"""A problem that contradicts itself is refused with the path to the field."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from routing.problem import (
    Break,
    Draw,
    InvalidProblem,
    LockedStop,
    Shipment,
    Site,
    Stock,
    StopKind,
    TimeWindow,
    Travel,
)
from routing.travel.matrix import UNREACHABLE
from tests.routing.problems import courier, line, order, problem, stock

P, D = StopKind.PICKUP, StopKind.DELIVERY
SITE = Site("customer", 3)


def locked(*stops: LockedStop) -> object:
    return problem(order("a"), Shipment("b", (SITE,)), vehicles=(courier(locked=stops),))


def cut() -> Travel:
    travel = line(3)
    duration_s = np.array(travel.duration_s)
    duration_s[0, 1] = UNREACHABLE
    return Travel(duration_s, travel.distance_m)


REFUSED: list[tuple[str, Callable[[], object]]] = [
    ("window.earliest_s", lambda: TimeWindow(-1, 5)),
    ("window.earliest_s", lambda: TimeWindow(1.5, 5)),  # type: ignore[arg-type]
    ("window.earliest_s", lambda: TimeWindow(True, 5)),
    ("window.latest_s", lambda: TimeWindow(6, 5)),
    ("site.id", lambda: Site("", 0)),
    ("site[x].place", lambda: Site("x", -1)),
    ("site[x].service_s", lambda: Site("x", 0, service_s=-1)),
    ("site[x].windows", lambda: Site("x", 0, windows=(TimeWindow(0, 9), TimeWindow(9, 12)))),
    ("site[x].draws", lambda: Site("x", 0, draws=(Draw("l", "p"), Draw("l", "p")))),
    ("draw.quantity", lambda: Draw("locker", "part", 0)),
    ("stock[l/p].available", lambda: Stock("l", "p", -1)),
    ("shipment[a].deliveries", lambda: Shipment("a", ())),
    ("shipment[a].deliveries", lambda: Shipment("a", (SITE, SITE))),
    ("shipment[a].deliveries", lambda: Shipment("a", (Site("x", 0, draws=(Draw("l", "p"),)),))),
    ("shipment[a].weight_g", lambda: Shipment("a", (SITE,), weight_g=-1)),
    ("shipment[a].volume_cm3", lambda: Shipment("a", (SITE,), volume_cm3=10**10)),
    ("shipment[a].priority", lambda: Shipment("a", (SITE,), priority=11)),
    ("shipment[a].unserved_cents", lambda: Shipment("a", (SITE,), unserved_cents=-5)),
    ("vehicle[eva].weight_g", lambda: courier(weight_g=-1)),
    ("vehicle[eva].millicents_per_s", lambda: courier(millicents_per_s=-1)),
    ("vehicle[eva].on_board", lambda: courier(on_board=("a", "a"))),
    ("break[tea].duration_s", lambda: Break("tea", TimeWindow(0, 1), 0)),
    (
        "vehicle[eva].breaks",
        lambda: courier(breaks=(Break("b", TimeWindow(5, 9), 1), Break("a", TimeWindow(0, 1), 1))),
    ),
    ("locked.kind", lambda: LockedStop(StopKind.BREAK, "a", "x")),
    ("vehicles", lambda: problem(vehicles=(courier(), courier()))),
    ("shipments", lambda: problem(order("a"), order("a"))),
    ("stock", lambda: problem(stocks=(stock(1), stock(1)))),
    ("vehicle[eva].start", lambda: problem(vehicles=(courier(start=10),))),
    ("vehicle[eva].end", lambda: problem(vehicles=(courier(end=10),))),
    ("shipment[a].site[customer].place", lambda: problem(order("a", customer=10))),
    ("vehicle[eva].on_board", lambda: problem(vehicles=(courier(on_board=("a",)),))),
    ("vehicle[eva].on_board", lambda: problem(order("a"), vehicles=(courier(on_board=("a",)),))),
    (
        "vehicles.on_board",
        lambda: problem(
            Shipment("a", (SITE,)),
            vehicles=(courier(on_board=("a",)), courier("max", on_board=("a",))),
        ),
    ),
    ("shipment[a].pickups", lambda: problem(Shipment("a", (SITE,), weight_g=5))),
    ("vehicle[eva].locked[c]", lambda: locked(LockedStop(P, "c", "locker-1"))),
    ("vehicle[eva].locked[a].site", lambda: locked(LockedStop(P, "a", "locker-2"))),
    ("vehicle[eva].locked[a]", lambda: locked(LockedStop(D, "a", "customer"))),
    ("vehicles.locked", lambda: locked(*[LockedStop(D, "b", "customer")] * 2)),
    (
        "vehicle[eva].locked",
        lambda: problem(
            order("a", customer=2),
            vehicles=(courier(locked=(LockedStop(P, "a", "locker-1"),)),),
            travel=cut(),
        ),
    ),
    ("travel.duration_s", lambda: Travel([[0, 1]], [[0, 1]])),
    ("travel.duration_s", lambda: Travel([[0, 1], [2]], [[0]])),
    ("travel.duration_s", lambda: Travel([[0, -1], [1, 0]], [[0, 1], [1, 0]])),
    ("travel.duration_s", lambda: Travel([[0, 1.5], [1, 0]], [[0, 1], [1, 0]])),
    ("travel.duration_s", lambda: Travel([[1, 1], [1, 0]], [[0, 1], [1, 0]])),
    ("travel.distance_m", lambda: Travel([[0, 1], [1, 0]], [[0]])),
]


@pytest.mark.parametrize(("path", "build"), REFUSED, ids=[f"{p}-{k}" for k, (p, _) in enumerate(REFUSED)])
def test_a_contradiction_is_refused_at_its_path(path: str, build: Callable[[], object]) -> None:
    with pytest.raises(InvalidProblem) as refused:
        build()
    assert refused.value.path == path
    assert refused.value.code == "invalid_problem"


def test_problems_with_equal_parts_are_equal_and_hash_alike() -> None:
    one, two = problem(order("a")), problem(order("a"))
    assert one == two
    assert hash(one) == hash(two)
    assert one != problem(order("a"), travel=line(11))


def test_the_matrices_of_a_problem_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        line(3).duration_s[0, 1] = 5


def test_travel_names_unreachable_pairs() -> None:
    assert cut().unreachable() == [(0, 1)]


def test_every_step_of_priority_doubles_what_leaving_a_shipment_costs() -> None:
    assert order("a", unserved_cents=5, priority=3).unserved_millicents == 5000 * 8


def test_one_shipment_more_makes_the_problem_that_holds_it() -> None:
    before, added = problem(order("a"), vehicles=(courier(), courier("max"))), order("b", customer=12)
    after = before.with_shipment(added, line(13))
    assert after == problem(order("a"), added, vehicles=before.vehicles, travel=line(13))
    assert after.shipment_by_id["b"] is added
    assert after.travel_of(after.vehicles[0]).size == 13
    assert before.shipments == (order("a"),)
    assert "b" not in before.shipment_by_id


@pytest.mark.parametrize(
    ("path", "shipment", "travel"),
    [
        ("shipments", order("a"), None),
        ("shipment[b].site[customer].place", order("b", customer=10), None),
        ("shipment[b].pickups", Shipment("b", (SITE,), weight_g=1), None),
        ("travel", order("b"), line(9)),
    ],
)
def test_a_shipment_that_does_not_fit_the_problem_is_refused(
    path: str, shipment: Shipment, travel: Travel | None
) -> None:
    with pytest.raises(InvalidProblem) as refused:
        problem(order("a")).with_shipment(shipment, travel)
    assert refused.value.path == path
