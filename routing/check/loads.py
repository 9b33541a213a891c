"""Rule: no pickup, and nothing taken back, overloads a vehicle; the plan tells the load as it is."""

from __future__ import annotations

from collections.abc import Iterator

from routing.check.violation import Violation, is_locked, walk
from routing.plan import Plan, Stop
from routing.problem import Problem, Shipment, StopKind, Vehicle

UNITS = {"weight_g": "g", "volume_cm3": "cm3", "items": "pieces"}


def loads(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Weight, volume and pieces stay within the vehicle's after every stop that adds and is not locked."""
    shipments = {shipment.id: shipment for shipment in problem.shipments}
    for vehicle, stops in walk(problem, plan):
        for load, unit in UNITS.items():
            yield from _one_load(vehicle, stops, shipments, load, unit)


def _one_load(
    vehicle: Vehicle, stops: tuple[Stop, ...], shipments: dict[str, Shipment], load: str, unit: str
) -> Iterator[Violation]:
    carried, most = sum(getattr(shipments[name], load) for name in vehicle.on_board), getattr(vehicle, load)
    for k, stop in enumerate(stops):
        added = _added(shipments.get(stop.shipment or ""), stop.kind, load)
        carried += added
        if added > 0 and carried > most and not is_locked(vehicle, stop):
            sentence = f"{vehicle.id} carries {carried - most} {unit} too much after stop {k}."
            rule = f"{load.split('_', maxsplit=1)[0]}_exceeded"
            yield Violation(rule, sentence, vehicle.id, k, stop.shipment, carried - most)
        off = abs(getattr(stop, load) - carried)
        if off:
            sentence = f"{vehicle.id} has {carried} {unit} on board after stop {k}."
            yield Violation("load_misstated", sentence, vehicle.id, k, stop.shipment, off)


def _added(shipment: Shipment | None, kind: StopKind, load: str) -> int:
    """Return by how much a stop changes the load."""
    if shipment is None:
        return 0
    amount: int = getattr(shipment, load)
    if kind is StopKind.PICKUP:
        return amount
    back: int = getattr(shipment, f"back_{load}")
    return back - amount
