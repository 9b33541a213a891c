from __future__ import annotations

from dataclasses import replace

import pytest

from routing.formats.lilim import read_lilim
from routing.formats.recheck import evaluate
from routing.formats.solomon import read_solomon
from tests.routing.formats.instances import LILIM, SOLOMON

PAIRS = read_lilim(LILIM)
LOADS = read_solomon(SOLOMON)


def test_good_routes_have_no_fault_and_their_length() -> None:
    found = evaluate(PAIRS, [[3, 4], [], [1, 2]])
    assert found.faults == ()
    assert found.feasible
    assert found.vehicles == 2
    assert found.distance == pytest.approx(20 + 29**0.5 + 349**0.5 + 349**0.5 + 2 + 425**0.5)


@pytest.mark.parametrize(
    ("routes", "rule", "route", "node", "amount"),
    [
        ([[3, 4]], "unserved", None, 1, 1),
        ([[1, 2, 3, 4, 4]], "served_twice", None, 4, 1),
        ([[1, 2, 3, 4, 9]], "unknown_node", 1, 9, 1),
        ([[1, 2, 3, 0, 4]], "unknown_node", 1, 0, 1),
        ([[2, 1], [3, 4]], "delivery_first", 1, 2, 1),
        ([[1], [2, 3, 4]], "pair_split", 2, 2, 1),
        ([[1, 3, 2, 4]], "capacity_exceeded", 1, 3, 5),
    ],
)
def test_broken_rule_is_named_with_place_and_amount(
    routes: list[list[int]], rule: str, route: int | None, node: int, amount: float
) -> None:
    found = [fault for fault in evaluate(PAIRS, routes).faults if fault.rule == rule]
    assert [(fault.route, fault.node, fault.amount) for fault in found][:1] == [(route, node, amount)]


def test_late_service_and_late_return_are_told_by_how_much() -> None:
    nodes = list(PAIRS.nodes)
    nodes[0], nodes[3] = replace(nodes[0], due=50.0), replace(nodes[3], due=19.5)
    faults = evaluate(replace(PAIRS, nodes=tuple(nodes)), [[3, 4], [1, 2]]).faults
    assert [fault.rule for fault in faults] == ["window_too_late", "depot_too_late", "depot_too_late"]
    assert faults[0].amount == pytest.approx(0.5)


def test_more_vehicles_than_there_are_is_a_fault() -> None:
    faults = evaluate(replace(PAIRS, vehicles=1), [[3, 4], [1, 2]]).faults
    assert [(fault.rule, fault.amount) for fault in faults] == [("too_many_vehicles", 1)]


def test_what_a_customer_gets_is_on_board_from_the_depot_on() -> None:
    assert evaluate(LOADS, [[1, 2, 3], [4, 5]]).feasible
    faults = evaluate(LOADS, [[1, 2, 3, 4], [5]]).faults
    assert ("capacity_exceeded", 1, 0, 20) in [(f.rule, f.route, f.node, f.amount) for f in faults]
