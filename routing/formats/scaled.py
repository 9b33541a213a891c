"""A benchmark instance as a problem in whole numbers, and the plan back as routes of node numbers.

Lengths and times are counted in ten-thousandths of the file's unit (or coarser, where the horizon would not
fit). Drives and services are rounded up and windows inwards, so a plan that keeps the whole numbers keeps the
file's own. Rounded up, distances still obey the triangle inequality.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing.formats.choices import Objective
from routing.formats.instance import Instance, Kind, Node
from routing.plan import Plan
from routing.problem import Problem, Shipment, Site, StopKind, TimeWindow, Travel, Vehicle
from routing.values import MAX_AMOUNT, MAX_TIME_S, require

SCALE = 10_000
LOAD_SCALE = 1_000
NOISE = 1e-6
"""What doubles get wrong, in units of the scale: less than this above a whole number is that number."""

UNSERVED_VEHICLES = 3
"""An unserved job costs as much as so many vehicles: a vehicle more always serves it, so two are enough."""


@dataclass(frozen=True, slots=True)
class Scales:
    """What one unit of the file is in the problem: lengths and times, and loads."""

    length: int
    load: int


def scales_of(instance: Instance) -> Scales:
    """Return the finest scale up to `SCALE` at which all times and costs fit. Raises `InvalidProblem`."""
    span = _span(instance)
    length = SCALE
    while length > 1 and not _fits(instance, span, length):
        length //= 10
    require(_fits(instance, span, length), "file", f"spans {span:g} units of time or length: too many.")
    loads = [instance.capacity, *(abs(node.demand) for node in instance.nodes)]
    load = 1 if all(value == int(value) for value in loads) else LOAD_SCALE
    demanded = max(loads[1:]) * load
    require(demanded <= MAX_AMOUNT, "file", f"holds a demand of {max(loads[1:]):g}: too much.")
    return Scales(length, load)


def problem_of(instance: Instance, objective: Objective = Objective.VEHICLES_FIRST) -> Problem:
    """Return the problem whose cheapest plan is the instance's best: all served, then the objective.

    A metre is a scaled unit of length and costs a millicent; time costs nothing. With
    `Objective.VEHICLES_FIRST` a vehicle costs more than any drive of all could. Raises `InvalidProblem`.
    """
    scales = scales_of(instance)
    vehicle_cents = _vehicle_cents(instance, _span(instance), scales.length)
    fixed_cents = vehicle_cents if objective is Objective.VEHICLES_FIRST else 0
    shipments = _pairs if instance.kind is Kind.PDPTW else _loads
    units = drives(instance, scales.length)
    return Problem(
        Travel(units, units),
        tuple(_vehicle(instance, scales, k, fixed_cents) for k in range(instance.vehicles)),
        shipments(instance, scales, UNSERVED_VEHICLES * vehicle_cents),
    )


def routes_of(instance: Instance, plan: Plan) -> list[list[int]]:
    """Return the nodes of every route in order, the depot left out."""
    loaded_at_depot = instance.kind is Kind.VRPTW
    return [
        [int(stop.site or 0) for stop in route.work if not (loaded_at_depot and stop.kind is StopKind.PICKUP)]
        for route in plan.routes
    ]


def drives(instance: Instance, scale: int) -> npt.NDArray[np.int64]:
    """Return all Euclidean distances in scaled units, rounded up."""
    x = np.array([node.x for node in instance.nodes])
    y = np.array([node.y for node in instance.nodes])
    length = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
    units: npt.NDArray[np.int64] = np.ceil(np.maximum(length * scale - NOISE, 0)).astype(np.int64)
    return units


def _span(instance: Instance) -> float:
    """Return the longest time or length that the file can lead to."""
    xs, ys = [n.x for n in instance.nodes], [n.y for n in instance.nodes]
    diagonal = math.hypot(max(xs) - min(xs), max(ys) - min(ys))
    return max(diagonal + 1, *(max(node.due, node.service) for node in instance.nodes))


def _fits(instance: Instance, span: float, scale: int) -> bool:
    fits_time = span * scale <= MAX_TIME_S
    return fits_time and UNSERVED_VEHICLES * _vehicle_cents(instance, span, scale) <= MAX_AMOUNT


def _vehicle_cents(instance: Instance, span: float, scale: int) -> int:
    """Return more than any plan's drives can cost: one leg a stop, one more a vehicle, each the longest."""
    xs, ys = [n.x for n in instance.nodes], [n.y for n in instance.nodes]
    longest = math.ceil(min(span, math.hypot(max(xs) - min(xs), max(ys) - min(ys))) * scale) + 1
    return (len(instance.nodes) + instance.vehicles) * longest // 1000 + 1


def _window(node: Node, scale: int) -> TimeWindow:
    earliest = math.ceil(node.ready * scale - NOISE)
    latest = math.floor(node.due * scale + NOISE)
    require(earliest <= latest, f"node {node.number}", "has a window too short for the scale.")
    return TimeWindow(earliest, latest)


def _site(node: Node, scale: int) -> Site:
    service = math.ceil(node.service * scale - NOISE)
    return Site(str(node.number), node.number, service, (_window(node, scale),))


def _vehicle(instance: Instance, scales: Scales, k: int, fixed_cents: int) -> Vehicle:
    return Vehicle(
        str(k + 1),
        0,
        _window(instance.depot, scales.length),
        end=0,
        weight_g=min(MAX_AMOUNT, math.floor(instance.capacity * scales.load + NOISE)),
        millicents_per_s=0,
        millicents_per_m=1,
        fixed_cents=fixed_cents,
    )


def _pairs(instance: Instance, scales: Scales, unserved_cents: int) -> tuple[Shipment, ...]:
    return tuple(
        Shipment(
            str(node.number),
            deliveries=(_site(instance.nodes[node.delivery], scales.length),),
            pickups=(_site(node, scales.length),),
            weight_g=math.ceil(node.demand * scales.load - NOISE),
            unserved_cents=unserved_cents,
        )
        for node in instance.customers
        if node.delivery is not None
    )


def _loads(instance: Instance, scales: Scales, unserved_cents: int) -> tuple[Shipment, ...]:
    """Return a shipment from the depot for every customer.

    It can be loaded at the very start alone: a courier who came back would be too late.
    """
    start = _window(instance.depot, scales.length).earliest_s
    load = Site("0", 0, 0, (TimeWindow(start, start),))
    return tuple(
        Shipment(
            str(node.number),
            deliveries=(_site(node, scales.length),),
            pickups=(load,),
            weight_g=math.ceil(node.demand * scales.load - NOISE),
            unserved_cents=unserved_cents,
        )
        for node in instance.customers
    )
