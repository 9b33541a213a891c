"""Rule: who serves a shipment has it on board, has the skills, and is allowed to."""

from __future__ import annotations

from collections.abc import Iterator

from routing.check.violation import Violation, walk
from routing.plan import Plan
from routing.problem import Problem, Shipment, StopKind, Vehicle


def on_board(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """What is on board a courier is delivered by that courier."""
    carriers = {name: vehicle.id for vehicle in problem.vehicles for name in vehicle.on_board}
    for vehicle, stops in walk(problem, plan):
        for k, stop in enumerate(stops):
            carrier = carriers.get(stop.shipment or "", vehicle.id)
            if carrier != vehicle.id:
                sentence = f"{stop.shipment} is on board {carrier}, not {vehicle.id}."
                yield Violation("not_on_board", sentence, vehicle.id, k, stop.shipment)


def suitability(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Skills, allowed and forbidden couriers hold, but for what is on board or locked already."""
    shipments = {shipment.id: shipment for shipment in problem.shipments}
    for vehicle, stops in walk(problem, plan):
        settled = {*vehicle.on_board, *(lock.shipment for lock in vehicle.locked)}
        for k, stop in enumerate(stops):
            if stop.kind is StopKind.DELIVERY and stop.shipment and stop.shipment not in settled:
                yield from _unsuited(vehicle, k, shipments[stop.shipment])


def _unsuited(vehicle: Vehicle, k: int, shipment: Shipment) -> Iterator[Violation]:
    name, lacking = shipment.id, shipment.skills - vehicle.skills
    if lacking:
        sentence = f"{vehicle.id} lacks {', '.join(sorted(lacking))} for {name}."
        yield Violation("skill_missing", sentence, vehicle.id, k, name, len(lacking))
    if vehicle.id in shipment.forbidden:
        sentence = f"{vehicle.id} is forbidden for {name}."
        yield Violation("courier_forbidden", sentence, vehicle.id, k, name)
    if shipment.couriers is not None and vehicle.id not in shipment.couriers:
        sentence = f"{name} may only be served by {', '.join(sorted(shipment.couriers)) or 'nobody'}."
        yield Violation("courier_not_allowed", sentence, vehicle.id, k, name)
