"""PyVRP: iterated local search; it minimises cost alone, so that a vehicle costs more than any drive."""

from __future__ import annotations

from typing import Any

import pyvrp
from pyvrp.stop import MaxRuntime

from routing.formats.instance import Instance, Kind, Node
from routing.formats.scaled import SCALE, drives
from tests.bench.routing.request import Request
from tests.bench.routing.solvers import fixed_cost


def solve(instance: Instance, request: Request) -> list[list[int]] | None:
    """Return the best routes that it found in time, be they feasible or not."""
    data = _data(instance, fixed_cost(instance, request, SCALE))
    stop = MaxRuntime(request.seconds)
    result = pyvrp.solve(data, stop=stop, seed=request.seed, collect_stats=False, display=False)
    pairs = [node for node in instance.customers if node.delivery is not None]
    return [_nodes(instance, pairs, route) for route in result.best.routes()]


def _data(instance: Instance, fixed: int) -> pyvrp.ProblemData:
    units, depot = drives(instance, SCALE), instance.depot
    fleet = pyvrp.VehicleType(
        instance.vehicles,
        [int(instance.capacity)],
        fixed_cost=fixed,
        tw_early=int(depot.ready * SCALE),
        tw_late=int(depot.due * SCALE),
    )
    paired = instance.kind is Kind.PDPTW
    return pyvrp.ProblemData(
        [pyvrp.Location(node.x, node.y) for node in instance.nodes],
        [] if paired else [_client(node) for node in instance.customers],
        [pyvrp.Depot(0)],
        [fleet],
        [units],
        [units],
        shipments=[_shipment(instance, n) for n in instance.customers if n.delivery is not None],
    )


def _client(node: Node) -> pyvrp.Client:
    service, early, late = _times(node)
    return pyvrp.Client(
        node.number, delivery=[int(node.demand)], service_duration=service, tw_early=early, tw_late=late
    )


def _shipment(instance: Instance, node: Node) -> pyvrp.Shipment:
    other = instance.nodes[node.delivery or 0]
    (service, early, late), (other_service, other_early, other_late) = _times(node), _times(other)
    return pyvrp.Shipment(
        node.number,
        other.number,
        early,
        late,
        service,
        other_early,
        other_late,
        other_service,
        [int(node.demand)],
    )


def _times(node: Node) -> tuple[int, int, int]:
    return round(node.service * SCALE), int(node.ready * SCALE), int(node.due * SCALE)


def _nodes(instance: Instance, pairs: list[Node], route: Any) -> list[int]:
    """Return the nodes of a route: shipments and clients are numbered apart."""
    nodes = []
    for step in route.schedule():
        if step.is_client():
            nodes.append(step.idx + 1)
        elif step.is_pickup():
            nodes.append(pairs[step.idx].number)
        elif step.is_delivery():
            nodes.append(pairs[step.idx].delivery or 0)
    return nodes
