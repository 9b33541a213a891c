"""Rule: locked stops are the first work of their route, in their order, at their site."""

from __future__ import annotations

from collections.abc import Iterator

from routing.check.violation import Violation
from routing.plan import Plan
from routing.problem import Problem, StopKind


def locks(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """The n-th locked stop is the n-th stop of work."""
    routes = {route.vehicle: route for route in plan.routes}
    for vehicle in problem.vehicles:
        stops = routes[vehicle.id].stops if vehicle.id in routes else ()
        work = [
            (k, stop) for k, stop in enumerate(stops) if stop.kind in (StopKind.PICKUP, StopKind.DELIVERY)
        ]
        for n, lock in enumerate(vehicle.locked):
            k, stop = work[n] if n < len(work) else (None, None)
            kept = stop and (stop.kind, stop.shipment, stop.site) == (lock.kind, lock.shipment, lock.site)
            if not kept:
                sentence = f"Work stop {n + 1} of {vehicle.id} must be the {lock.kind} of {lock.shipment}."
                yield Violation("lock_broken", sentence, vehicle.id, k, lock.shipment)
