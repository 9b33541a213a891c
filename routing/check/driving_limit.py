"""Rule: no courier drives longer in one route than the vehicle's limit; locked stops are facts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from routing.check.violation import Violation, walk
from routing.plan import Plan
from routing.problem import Problem, StopKind


def driving_limit(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """The legs of a route take `max_driving_s` together at most, unless all its stops are locked."""
    for vehicle, stops in walk(problem, plan):
        duration_s = problem.travel_of(vehicle).duration_s
        places = [stop.place for stop in stops if stop.place is not None]
        over_s = sum(int(duration_s[a, b]) for a, b in pairwise(places)) - vehicle.max_driving_s
        work = sum(1 for stop in stops if stop.kind in (StopKind.PICKUP, StopKind.DELIVERY))
        if over_s > 0 and work > len(vehicle.locked):
            sentence = f"{vehicle.id} drives {over_s} s longer than allowed."
            yield Violation("driving_exceeded", sentence, vehicle.id, amount=over_s)
