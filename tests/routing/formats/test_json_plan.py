from __future__ import annotations

import json
from typing import Any

import pytest

from routing.formats.json_plan import InvalidPlan, read_plan, write_plan
from routing.formats.node_plan import misstated, read_node_plan
from routing.formats.recheck import Evaluation
from routing.search import Limits, solve
from tests.routing.formats.instances import EXAMPLES
from tests.routing.problems import courier, order, problem

PLAN: dict[str, Any] = json.loads((EXAMPLES / "plan-places.json").read_text())


def test_what_is_written_is_read_back() -> None:
    given = problem(
        order("a"), order("b", 2, 5), order("c", skills=frozenset({"crane"})), vehicles=(courier(),)
    )
    plan = solve(given, Limits(seconds=30, rounds=5))
    assert plan.unserved
    written = write_plan(given, plan, feasible=True, seconds=0.5)
    assert read_plan(written) == plan
    told = json.loads(written)
    assert (told["vehicles"], told["feasible"], told["seconds"]) == (1, True, 0.5)
    assert told["distance"] == 5000


@pytest.mark.parametrize(
    ("change", "path", "cause"),
    [
        (lambda plan: plan.pop("routes"), "routes", "is missing"),
        (lambda plan: plan.update(colour="red"), "colour", "is no field"),
        (
            lambda plan: plan["routes"][0]["stops"][1].pop("arrival_s"),
            "routes[0].stops[1].arrival_s",
            "missing",
        ),
        (lambda plan: plan["routes"][0]["stops"][1].update(kind="fly"), "routes[0].stops[1].kind", "fly"),
        (lambda plan: plan["routes"][0].update(vehicle=3), "routes[0].vehicle", "must be str, not int"),
        (lambda plan: plan["cost"].update(travel_millicents=1.5), "cost.travel_millicents", "must be int"),
        (lambda plan: plan.update(unserved=[{"shipment": "x"}]), "unserved[0].reason", "is missing"),
    ],
)
def test_wrong_field_is_named_by_its_path(change: Any, path: str, cause: str) -> None:
    plan = json.loads(json.dumps(PLAN))
    change(plan)
    with pytest.raises(InvalidPlan) as refused:
        read_plan(json.dumps(plan).encode())
    assert refused.value.path == path
    assert cause in refused.value.cause


def test_routes_are_read_from_json_and_from_a_solution_text() -> None:
    text = b"Instance name : lc101\nSolution\nRoute 1 : 5 3\nRoute #2: 7\n"
    assert read_node_plan(text).routes == [[5, 3], [7]]
    assert read_node_plan(b' {"routes": [[5, 3], [7]]}').routes == [[5, 3], [7]]


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (b"", "file"),
        (b"nothing", "file"),
        (b'{"routes": [[5, "x"]]}', "routes[0][1]"),
        (b'{"routes": [5]}', "routes[0]"),
        (b'{"vehicles": 1}', "routes"),
        (b'{"routes": [], "colour": 1}', "colour"),
        (b'{"routes": [', "file"),
    ],
)
def test_wrong_routes_are_refused(data: bytes, path: str) -> None:
    with pytest.raises(InvalidPlan) as refused:
        read_node_plan(data)
    assert refused.value.path == path


def test_what_a_plan_says_of_itself_is_compared() -> None:
    plan = read_node_plan(b'{"routes": [[1]], "vehicles": 2, "distance": 10.02}')
    faults = list(misstated(plan, Evaluation(1, 10.0, ())))
    assert [fault.rule for fault in faults] == ["vehicles_misstated", "distance_misstated"]
    assert faults[1].amount == pytest.approx(0.02)
