"""Rule: a courier works inside the shift; a route of locked stops alone may outlast it."""

from __future__ import annotations

from collections.abc import Iterator

from routing.check.violation import Violation, walk
from routing.plan import Plan
from routing.problem import Problem, StopKind


def shifts(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """No route starts before its shift or ends after it and the overtime allowed."""
    for vehicle, stops in walk(problem, plan):
        early_s = vehicle.shift.earliest_s - min(stop.arrival_s for stop in stops)
        if early_s > 0:
            sentence = f"{vehicle.id} starts {early_s} s before the shift."
            yield Violation("shift_too_early", sentence, vehicle.id, 0, amount=early_s)
        late_s = max(stop.departure_s for stop in stops) - vehicle.shift.latest_s - vehicle.overtime_s
        work = [stop for stop in stops if stop.kind in (StopKind.PICKUP, StopKind.DELIVERY)]
        if late_s > 0 and len(work) > len(vehicle.locked):
            sentence = f"{vehicle.id} ends {late_s} s after the shift and its overtime."
            yield Violation("shift_too_late", sentence, vehicle.id, len(stops) - 1, amount=late_s)
