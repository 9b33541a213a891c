"""Rule: the plan tells what it costs."""

from __future__ import annotations

from collections.abc import Iterator

from routing.check.violation import Violation, walk
from routing.plan import Plan
from routing.problem import Problem, StopKind


def costs(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Travel, lateness, fixed and unserved cost are what stops and matrices say."""
    expected = {
        "travel": _travel_millicents(problem, plan),
        "lateness": _lateness_millicents(problem, plan),
        "fixed": sum(1000 * vehicle.fixed_cents for vehicle, _ in walk(problem, plan)),
        "unserved": _unserved_millicents(problem, plan),
    }
    for part, millicents in expected.items():
        stated = getattr(plan.cost, f"{part}_millicents")
        if stated != millicents:
            sentence = f"The plan's {part} cost is {millicents} millicents, not {stated}."
            yield Violation("cost_misstated", sentence, amount=abs(stated - millicents))


def _travel_millicents(problem: Problem, plan: Plan) -> int:
    total = 0
    for vehicle, stops in walk(problem, plan):
        here = vehicle.start
        for stop in stops:
            if stop.place is not None:
                total += vehicle.millicents_per_s * int(problem.travel.duration_s[here, stop.place])
                total += vehicle.millicents_per_m * int(problem.travel.distance_m[here, stop.place])
                here = stop.place
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
