"""Plans of benchmark instances: routes of node numbers, as our JSON or as the collections' solution texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from routing.formats.instance import Instance
from routing.formats.json_plan import InvalidPlan
from routing.formats.recheck import Evaluation, Fault
from routing.formats.wire import decode

_LINE = re.compile(r"^\s*route\s*#?\s*\d+\s*:(?P<nodes>[\d\s]*)$", re.IGNORECASE)
ROUNDING = 0.01
"""How far a stated distance may be from the distance."""


class NodePlan(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Customers of every route in order, without the depot; all else sums up, in the file's own units."""

    routes: list[list[int]]
    instance: str | None = None
    objective: str | None = None
    vehicles: int | None = None
    distance: float | None = None
    feasible: bool | None = None
    unserved: list[int] = []
    faults: list[str] = []
    solver: str | None = None
    seed: int | None = None
    seconds: float | None = None


def read_node_plan(data: bytes) -> NodePlan:
    """Return the plan of a JSON file, or of a text of lines `Route 1: 5 3 7`. Raises `InvalidPlan`."""
    if data.lstrip()[:1] == b"{":
        plan = decode(data, NodePlan, InvalidPlan)
        assert isinstance(plan, NodePlan)  # noqa: S101 (decoded as one)
        return plan
    found = [_LINE.match(line) for line in data.decode("utf-8", "replace").splitlines()]
    routes = [[int(node) for node in line["nodes"].split()] for line in found if line]
    if not routes:
        raise InvalidPlan("file", "holds neither a JSON object nor lines such as 'Route 1: 5 3 7'.")
    return NodePlan(routes=routes)


def misstated(plan: NodePlan, evaluation: Evaluation) -> Iterator[Fault]:
    """Yield what the plan says of itself and what is not so."""
    if plan.vehicles is not None and plan.vehicles != evaluation.vehicles:
        sentence = f"{evaluation.vehicles} vehicles drive, not {plan.vehicles}."
        yield Fault("vehicles_misstated", sentence, amount=abs(plan.vehicles - evaluation.vehicles))
    off = abs((plan.distance or 0.0) - evaluation.distance)
    if plan.distance is not None and off > ROUNDING:
        sentence = f"The distance is {evaluation.distance:.4f}, not {plan.distance:.4f}."
        yield Fault("distance_misstated", sentence, amount=off)


def plain_node_plan(
    instance: Instance, routes: list[list[int]], evaluation: Evaluation, **facts: Any
) -> dict[str, Any]:
    """Return the plan and its summary as what JSON can hold; `read_node_plan` reads it."""
    served = {node for route in routes for node in route}
    return {
        "instance": instance.name,
        "vehicles": evaluation.vehicles,
        "distance": round(evaluation.distance, 6),
        "feasible": evaluation.feasible,
        "routes": routes,
        "unserved": [node.number for node in instance.customers if node.number not in served],
        "faults": [fault.sentence for fault in evaluation.faults],
        **facts,
    }
