"""What the checker finds: one broken rule, where, and by how much."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from routing.plan import Plan, Stop
from routing.problem import Problem, StopKind, Vehicle


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: its stable code, a sentence, the place, and by how much, in the rule's own unit.

    `stop` counts from 0, the start, within the vehicle's route.
    """

    rule: str
    sentence: str
    vehicle: str | None = None
    stop: int | None = None
    shipment: str | None = None
    amount: int = 1


Rule = Callable[[Problem, Plan], Iterator[Violation]]
"""A rule yields what breaks it; rules after those of structure may rely on structure."""


def walk(problem: Problem, plan: Plan) -> Iterator[tuple[Vehicle, tuple[Stop, ...]]]:
    """Yield every route's vehicle and stops."""
    vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
    for route in plan.routes:
        yield vehicles[route.vehicle], route.stops


def is_locked(vehicle: Vehicle, stop: Stop) -> bool:
    """Whether `stop` is one of the stops that are locked in the vehicle's route."""
    return any((lock.kind, lock.shipment) == (stop.kind, stop.shipment) for lock in vehicle.locked)


def picked_up_by_lock(problem: Problem, shipment: str) -> bool:
    """Whether the pickup of `shipment` is locked, so that it happens whatever becomes of the delivery."""
    return any(
        lock.shipment == shipment and lock.kind is StopKind.PICKUP
        for vehicle in problem.vehicles
        for lock in vehicle.locked
    )
