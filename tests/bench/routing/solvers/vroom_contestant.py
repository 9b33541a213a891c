"""VROOM, at its highest exploration level; it stops by itself."""

from __future__ import annotations

from datetime import timedelta

import vroom

from routing.formats.instance import Instance, Kind, Node
from routing.formats.scaled import drives
from tests.bench.routing.request import Request
from tests.bench.routing.solvers import fixed_cost

SCALE = 1_000
"""Coarser than ours: its amounts of time have 32 bits."""

EXPLORATION = 5
LONGEST = 2_000_000_000
"""The dearest vehicle that its 32 bits hold with the drive."""


def solve(instance: Instance, request: Request) -> list[list[int]] | None:
    """Return the routes; `request.seconds` is only a limit, beyond which it stops where it is."""
    task = vroom.Input()
    task.set_durations_matrix("car", drives(instance, SCALE))
    fixed = min(LONGEST, fixed_cost(instance, request, SCALE))
    depot = vroom.TimeWindow(int(instance.depot.ready * SCALE), int(instance.depot.due * SCALE))
    for k in range(instance.vehicles):
        costs = vroom.VehicleCosts(fixed=fixed)
        load = [int(instance.capacity)]
        task.add_vehicle(vroom.Vehicle(k + 1, 0, 0, capacity=load, time_window=depot, costs=costs))
    _add_work(task, instance)
    limit = timedelta(seconds=request.seconds)
    answer = task.solve(exploration_level=EXPLORATION, nb_threads=1, timeout=limit)
    return _routes(answer)


def _add_work(task: vroom.Input, instance: Instance) -> None:
    for node in instance.customers:
        if instance.kind is Kind.VRPTW:
            job = vroom.Job(
                node.number,
                node.number,
                default_service=round(node.service * SCALE),
                delivery=[int(node.demand)],
                time_windows=[_window(node)],
            )
            task.add_job(job)
        elif node.delivery is not None:
            delivery = instance.nodes[node.delivery]
            task.add_shipment(_step(node), _step(delivery), vroom.Amount([int(node.demand)]))


def _step(node: Node) -> vroom.ShipmentStep:
    service = round(node.service * SCALE)
    return vroom.ShipmentStep(node.number, node.number, default_service=service, time_windows=[_window(node)])


def _window(node: Node) -> vroom.TimeWindow:
    return vroom.TimeWindow(int(node.ready * SCALE), int(node.due * SCALE))


def _routes(answer: vroom.Solution) -> list[list[int]]:
    steps = answer.routes
    work = steps[steps["type"].isin(["pickup", "delivery", "job"])]
    return [[int(node) for node in group["id"]] for _, group in work.groupby("vehicle_id", sort=True)]
