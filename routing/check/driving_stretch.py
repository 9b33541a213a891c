"""Rule: no courier drives longer than allowed without a break; the way to a locked stop is a fact."""

from __future__ import annotations

from collections.abc import Iterator

from routing.check.violation import Violation, is_locked, walk
from routing.plan import Plan
from routing.problem import Problem, StopKind


def driving_stretch(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """From the start, and after each break, the legs take `max_stretch_s` at most until the next break.

    A break interrupts a leg when it begins before the leg could be over.
    """
    for vehicle, stops in walk(problem, plan):
        duration_s = problem.travel_of(vehicle).duration_s
        work = sum(1 for stop in stops if stop.kind in (StopKind.PICKUP, StopKind.DELIVERY))
        driven_s, here, free_s, left_s = vehicle.driven_s, stops[0].place, stops[0].departure_s, 0
        for k, stop in enumerate(stops[1:], start=1):
            following = next(later for later in stops[k:] if later.kind is not StopKind.BREAK)
            if stops[k - 1].kind is not StopKind.BREAK:
                none = here is None or following.place is None
                left_s = 0 if none else int(duration_s[here, following.place])
            leg_s = min(left_s, stop.start_s - free_s) if stop.kind is StopKind.BREAK else left_s
            driven_s, left_s, free_s = driven_s + leg_s, left_s - leg_s, stop.departure_s
            over_s = driven_s - vehicle.max_stretch_s
            is_fact = is_locked(vehicle, following) or (
                following.kind is StopKind.END and work == len(vehicle.locked)
            )
            if over_s > 0 and leg_s > 0 and not is_fact:
                sentence = f"{vehicle.id} drives {over_s} s longer than allowed without a break."
                yield Violation("stretch_exceeded", sentence, vehicle.id, k, amount=over_s)
            if stop.kind is StopKind.BREAK:
                driven_s = 0
            else:
                here = stop.place
