"""Rule: owed breaks are taken in order, inside their windows, at full length, and not during service."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from routing.check.violation import Violation, is_locked, walk
from routing.plan import Plan, Stop
from routing.problem import Break, Problem, StopKind, Vehicle


def breaks(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """A break is owed when the route lasts beyond its latest start; locked stops may delay it."""
    for vehicle, stops in walk(problem, plan):
        grace_s = max((s.departure_s for s in stops if is_locked(vehicle, s)), default=0)
        taken = [(k, stop) for k, stop in enumerate(stops) if stop.kind is StopKind.BREAK]
        yield from _order(vehicle, [stop for _, stop in taken])
        for pause in vehicle.breaks:
            latest_s = max(pause.window.latest_s, grace_s)
            mine = [(k, stop) for k, stop in taken if stop.pause == pause.id]
            for k, stop in mine:
                yield from _one(vehicle, pause, latest_s, k, stop)
            if not mine and stops[-1].departure_s > latest_s:
                amount = stops[-1].departure_s - latest_s
                sentence = f"{vehicle.id} works beyond {latest_s} s without the break {pause.id}."
                yield Violation("break_missing", sentence, vehicle.id, len(stops) - 1, amount=amount)
            grace_s += pause.duration_s
        yield from _overlaps(vehicle, stops)


def _order(vehicle: Vehicle, taken: list[Stop]) -> Iterator[Violation]:
    names = [stop.pause for stop in taken]
    expected = [pause.id for pause in vehicle.breaks if pause.id in names]
    if names != expected:
        sentence = f"{vehicle.id} takes the breaks {names}, not {expected} in this order."
        yield Violation("break_order", sentence, vehicle.id)


def _one(vehicle: Vehicle, pause: Break, latest_s: int, k: int, stop: Stop) -> Iterator[Violation]:
    outside_s = max(pause.window.earliest_s - stop.start_s, stop.start_s - latest_s)
    if outside_s > 0:
        sentence = f"{vehicle.id} takes the break {pause.id} {outside_s} s outside its window."
        yield Violation("break_outside_window", sentence, vehicle.id, k, amount=outside_s)
    short_s = pause.duration_s - (stop.departure_s - stop.start_s)
    if short_s != 0:
        sentence = f"The break {pause.id} of {vehicle.id} must last {pause.duration_s} s."
        yield Violation("break_length", sentence, vehicle.id, k, amount=abs(short_s))


def _overlaps(vehicle: Vehicle, stops: tuple[Stop, ...]) -> Iterator[Violation]:
    """Breaks lie between the services before and after them, and not over one another."""
    for k, (before, after) in enumerate(pairwise(stops), start=1):
        overlap_s = before.departure_s - after.start_s
        if overlap_s > 0 and StopKind.BREAK in (before.kind, after.kind):
            sentence = f"Stop {k} of {vehicle.id} starts {overlap_s} s before stop {k - 1} ends."
            yield Violation("break_overlap", sentence, vehicle.id, k, amount=overlap_s)
