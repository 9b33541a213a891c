"""Rule: no pickup overloads a vehicle, and the plan tells the load as it is."""

from __future__ import annotations

from collections.abc import Iterator

from routing.check.violation import Violation, is_locked, walk
from routing.plan import Plan
from routing.problem import Problem, StopKind


def loads(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Weight and volume stay within the vehicle's after every pickup that is not locked."""
    shipments = {shipment.id: shipment for shipment in problem.shipments}
    for vehicle, stops in walk(problem, plan):
        weight_g = sum(shipments[name].weight_g for name in vehicle.on_board)
        volume_cm3 = sum(shipments[name].volume_cm3 for name in vehicle.on_board)
        for k, stop in enumerate(stops):
            shipment = shipments.get(stop.shipment or "")
            if shipment is not None:
                sign = 1 if stop.kind is StopKind.PICKUP else -1
                weight_g += sign * shipment.weight_g
                volume_cm3 += sign * shipment.volume_cm3
            adds = shipment is not None and stop.kind is StopKind.PICKUP and not is_locked(vehicle, stop)
            over_g, over_cm3 = weight_g - vehicle.weight_g, volume_cm3 - vehicle.volume_cm3
            if adds and shipment and shipment.weight_g and over_g > 0:
                sentence = f"{vehicle.id} carries {over_g} g too much after stop {k}."
                yield Violation("weight_exceeded", sentence, vehicle.id, k, stop.shipment, over_g)
            if adds and shipment and shipment.volume_cm3 and over_cm3 > 0:
                sentence = f"{vehicle.id} carries {over_cm3} cm3 too much after stop {k}."
                yield Violation("volume_exceeded", sentence, vehicle.id, k, stop.shipment, over_cm3)
            off = abs(stop.weight_g - weight_g) + abs(stop.volume_cm3 - volume_cm3)
            if off:
                sentence = f"{vehicle.id} has {weight_g} g and {volume_cm3} cm3 on board after stop {k}."
                yield Violation("load_misstated", sentence, vehicle.id, k, stop.shipment, off)
