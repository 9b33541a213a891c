"""Rule: the plan tells what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from routing.check.violation import Violation, walk
from routing.plan import Cost, Plan
from routing.problem import Problem, StopKind, Vehicle


def costs(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Every part of the cost is what stops and matrices say."""
    expected = asdict(cost_of_stops(problem, plan))
    for part, stated in asdict(plan.cost).items():
        if stated != expected[part]:
            name = part.removesuffix("_millicents")
            sentence = f"The plan's {name} cost is {expected[part]} millicents, not {stated}."
            yield Violation("cost_misstated", sentence, amount=abs(stated - expected[part]))


def cost_of_stops(problem: Problem, plan: Plan) -> Cost:
    """Return the cost of a plan as its stops and what it leaves unserved tell, whatever it states."""
    return Cost(
        travel_millicents=_travel_millicents(problem, plan),
        lateness_millicents=_lateness_millicents(problem, plan),
        fixed_millicents=sum(1000 * vehicle.fixed_cents for vehicle, _ in walk(problem, plan)),
        unserved_millicents=_unserved_millicents(problem, plan),
        overtime_millicents=_overtime_millicents(problem, plan),
        co2e_millicents=_co2e_millicents(problem, plan),
        told_millicents=_told_millicents(problem, plan),
    )


def _travel_millicents(problem: Problem, plan: Plan) -> int:
    return sum(
        vehicle.millicents_per_s * driven_s + vehicle.millicents_per_m * driven_m
        for vehicle, driven_s, driven_m in _drives(problem, plan)
    )


def _co2e_millicents(problem: Problem, plan: Plan) -> int:
    return sum(vehicle.co2e_millicents_per_m * driven_m for vehicle, _, driven_m in _drives(problem, plan))


def _drives(problem: Problem, plan: Plan) -> Iterator[tuple[Vehicle, int, int]]:
    """Yield the seconds and metres of every drive."""
    for vehicle, stops in walk(problem, plan):
        here, travel = vehicle.start, problem.travel_of(vehicle)
        for stop in stops:
            if stop.place is not None:
                yield (
                    vehicle,
                    int(travel.duration_s[here, stop.place]),
                    int(travel.distance_m[here, stop.place]),
                )
                here = stop.place


def _overtime_millicents(problem: Problem, plan: Plan) -> int:
    total = 0
    for vehicle, stops in walk(problem, plan):
        total += max(0, stops[-1].departure_s - vehicle.shift.latest_s) * vehicle.overtime_millicents_per_s
    return total


def _told_millicents(problem: Problem, plan: Plan) -> int:
    shipments = {shipment.id: shipment for shipment in problem.shipments}
    total = 0
    for vehicle, stops in walk(problem, plan):
        for stop in stops:
            shipment = shipments.get(stop.shipment or "")
            if stop.kind is StopKind.DELIVERY and shipment is not None and shipment.told is not None:
                total += shipment.told_millicents if shipment.told != vehicle.id else 0
    return total


def _lateness_millicents(problem: Problem, plan: Plan) -> int:
    shipments = {shipment.id: shipment for shipment in problem.shipments}
    total = 0
    for _, stops in walk(problem, plan):
        for stop in stops:
            shipment = shipments.get(stop.shipment or "")
            if stop.kind is StopKind.DELIVERY and shipment is not None and shipment.due_s is not None:
                late_s = max(0, stop.departure_s - shipment.due_s)
                total += late_s * shipment.late_millicents_per_s
    return total


def _unserved_millicents(problem: Problem, plan: Plan) -> int:
    shipments = {shipment.id: shipment for shipment in problem.shipments}
    left = [shipments[entry.shipment] for entry in plan.unserved]
    return sum(1000 * shipment.unserved_cents * 2**shipment.priority for shipment in left)
