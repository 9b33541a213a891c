"""Rule: in a van that is loaded from one end, only what was loaded last can be unloaded."""

from __future__ import annotations

from collections.abc import Iterator

from routing.check.violation import Violation, is_locked, walk
from routing.plan import Plan
from routing.problem import Problem, StopKind


def lifo(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Every delivery that is not locked unloads the top of the stack; services unload nothing.

    What is on board, or picked up by a lock, and not delivered here stays below: it was loaded earlier.
    """
    shipments = {shipment.id: shipment for shipment in problem.shipments}
    for vehicle, stops in walk(problem, plan):
        if not vehicle.lifo:
            continue
        delivered = {stop.shipment for stop in stops if stop.kind is StopKind.DELIVERY}
        stack = [name for name in vehicle.on_board if name in delivered]
        for k, stop in enumerate(stops):
            name = stop.shipment or ""
            if stop.kind is StopKind.PICKUP and name in delivered:
                stack.append(name)
            elif stop.kind is StopKind.DELIVERY and name in stack:
                above = len(stack) - 1 - stack.index(name)
                stack.remove(name)
                if above and not is_locked(vehicle, stop):
                    sentence = f"{above} shipments stand before {shipments[name].id} in {vehicle.id}."
                    yield Violation("lifo_broken", sentence, vehicle.id, k, name, above)
