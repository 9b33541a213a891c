"""Rule: every shipment is served once, or left unserved once with a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from routing.check.violation import Violation, picked_up_by_lock
from routing.plan import Plan, Reason
from routing.problem import Problem, StopKind


def coverage(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Nothing is forgotten, nothing is both served and unserved, nothing is named twice."""
    stops = Counter(
        (stop.shipment, stop.kind) for route in plan.routes for stop in route.stops if stop.shipment
    )
    unserved = Counter(entry.shipment for entry in plan.unserved)
    for (name, kind), count in stops.items():
        if count > 1:
            sentence = f"{name} has {count} stops of kind {kind}."
            yield Violation("served_twice", sentence, shipment=name, amount=count - 1)
    for name, count in unserved.items():
        if count > 1:
            yield Violation("unserved_twice", f"{name} is unserved twice.", shipment=name, amount=count - 1)
    for shipment in problem.shipments:
        delivered = stops[(shipment.id, StopKind.DELIVERY)] > 0
        touched = delivered or stops[(shipment.id, StopKind.PICKUP)] > 0
        left = unserved[shipment.id] > 0
        if not touched and not left:
            sentence = f"{shipment.id} is neither in a route nor unserved."
            yield Violation("forgotten", sentence, shipment=shipment.id)
        if left and (delivered or (touched and not picked_up_by_lock(problem, shipment.id))):
            sentence = f"{shipment.id} is in a route, yet unserved."
            yield Violation("served_and_unserved", sentence, shipment=shipment.id)


def reasons(_: Problem, plan: Plan) -> Iterator[Violation]:
    """Whatever is unserved says why, and what would serve it."""
    for entry in plan.unserved:
        known = entry.reason in set(Reason)
        if not known or not entry.sentence.strip() or not entry.remedy.strip():
            sentence = f"{entry.shipment} is unserved without a reason, a sentence and a remedy."
            yield Violation("no_reason", sentence, shipment=entry.shipment)
