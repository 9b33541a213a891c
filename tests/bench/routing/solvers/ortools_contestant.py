"""Plain OR-Tools: its routing model, parallel cheapest insertion, then guided local search."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from routing.formats.instance import Instance, Kind
from routing.formats.scaled import SCALE, drives
from tests.bench.routing.request import Request
from tests.bench.routing.solvers import fixed_cost


def solve(instance: Instance, request: Request) -> list[list[int]] | None:
    """Return the routes of one solve with a time limit; None where no first solution is found in it."""
    manager = pywrapcp.RoutingIndexManager(len(instance.nodes), instance.vehicles, 0)
    model = pywrapcp.RoutingModel(manager)
    units = drives(instance, SCALE)
    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(units.tolist()))
    model.SetFixedCostOfAllVehicles(fixed_cost(instance, request, SCALE))
    _add_times(instance, manager, model, units)
    _add_loads(instance, manager, model)
    if instance.kind is Kind.PDPTW:
        _add_pairs(instance, manager, model)
    answer = model.SolveWithParameters(_parameters(request))
    return None if answer is None else _routes(instance, manager, model, answer)


def _parameters(request: Request) -> Any:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromTimedelta(timedelta(seconds=request.seconds))
    return parameters


def _add_times(instance: Instance, manager: Any, model: Any, units: Any) -> None:
    service = np.array([round(node.service * SCALE) for node in instance.nodes])
    transit = model.RegisterTransitMatrix((units + service[:, None]).tolist())
    horizon = int(instance.depot.due * SCALE)
    model.AddDimension(transit, horizon, horizon, False, "time")
    time = model.GetDimensionOrDie("time")
    for node in instance.customers:
        index = manager.NodeToIndex(node.number)
        latest = min(horizon, int(node.due * SCALE))
        time.CumulVar(index).SetRange(int(node.ready * SCALE), latest)
    for vehicle in range(instance.vehicles):
        for end in (model.Start(vehicle), model.End(vehicle)):
            time.CumulVar(end).SetRange(int(instance.depot.ready * SCALE), horizon)


def _add_loads(instance: Instance, manager: Any, model: Any) -> None:
    # What comes from the depot counts as if it were collected: the sums are the same.
    demands = model.RegisterUnaryTransitVector([int(node.demand) for node in instance.nodes])
    model.AddDimension(demands, 0, int(instance.capacity), True, "load")


def _add_pairs(instance: Instance, manager: Any, model: Any) -> None:
    time = model.GetDimensionOrDie("time")
    for node in instance.customers:
        if node.delivery is None:
            continue
        pickup, delivery = manager.NodeToIndex(node.number), manager.NodeToIndex(node.delivery)
        model.AddPickupAndDelivery(pickup, delivery)
        model.solver().Add(model.VehicleVar(pickup) == model.VehicleVar(delivery))
        model.solver().Add(time.CumulVar(pickup) <= time.CumulVar(delivery))


def _routes(instance: Instance, manager: Any, model: Any, answer: Any) -> list[list[int]]:
    routes = []
    for vehicle in range(instance.vehicles):
        route, index = list[int](), answer.Value(model.NextVar(model.Start(vehicle)))
        while not model.IsEnd(index):
            route.append(manager.IndexToNode(index))
            index = answer.Value(model.NextVar(index))
        if route:
            routes.append(route)
    return routes
