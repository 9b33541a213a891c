"""Rule: what is picked up is delivered afterwards by the same courier, and the reverse."""

from __future__ import annotations

from collections.abc import Iterator

from routing.check.violation import Violation, picked_up_by_lock
from routing.plan import Plan
from routing.problem import Problem, Shipment, StopKind

_Place = tuple[str, int]


def pairs(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Both halves of a shipment are there, in order, in one route."""
    places: dict[tuple[str, StopKind], _Place] = {}
    for route in plan.routes:
        for k, stop in enumerate(route.stops):
            if stop.shipment is not None:
                places.setdefault((stop.shipment, stop.kind), (route.vehicle, k))
    for shipment in problem.shipments:
        pickup = places.get((shipment.id, StopKind.PICKUP))
        delivery = places.get((shipment.id, StopKind.DELIVERY))
        if shipment.pickups:
            yield from _pair(problem, plan, shipment, pickup, delivery)


def _pair(
    problem: Problem, plan: Plan, shipment: Shipment, pickup: _Place | None, delivery: _Place | None
) -> Iterator[Violation]:
    name = shipment.id
    if pickup is None and delivery is not None:
        vehicle, k = delivery
        yield Violation("pickup_missing", f"{name} is delivered, never picked up.", vehicle, k, name)
    elif pickup is not None and delivery is None:
        vehicle, k = pickup
        left = any(entry.shipment == name for entry in plan.unserved)
        if not (left and picked_up_by_lock(problem, name)):
            yield Violation("delivery_missing", f"{name} is picked up, never delivered.", vehicle, k, name)
    elif pickup is not None and delivery is not None:
        vehicle, k = delivery
        if pickup[0] != vehicle:
            sentence = f"{name} is picked up by {pickup[0]} and delivered by {vehicle}."
            yield Violation("split_pair", sentence, vehicle, k, name)
        elif pickup[1] > k:
            sentence = f"{name} is delivered before it is picked up."
            yield Violation("delivery_first", sentence, vehicle, k, name, pickup[1] - k)
