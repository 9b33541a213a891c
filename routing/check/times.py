"""Rule: times follow from roads and services: nobody drives faster than the matrix, or is late unasked."""

from __future__ import annotations

from collections.abc import Iterator

from routing.check.structure import site_of
from routing.check.violation import Violation, walk
from routing.plan import Plan, Stop
from routing.problem import Problem, StopKind, Vehicle
from routing.travel.matrix import UNREACHABLE


def driving(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Arrival is the last departure, plus the drive, plus the breaks on the way."""
    for vehicle, stops in walk(problem, plan):
        last, pauses = stops[0], list[Stop]()
        for k, stop in enumerate(stops[1:], start=1):
            if stop.kind is StopKind.BREAK:
                pauses.append(stop)
                continue
            if last.place is not None and stop.place is not None:
                yield from _leg(problem, vehicle, k, last, pauses, stop)
            last, pauses = stop, []


def _leg(
    problem: Problem, vehicle: Vehicle, k: int, last: Stop, pauses: list[Stop], stop: Stop
) -> Iterator[Violation]:
    drive_s = int(problem.travel_of(vehicle).duration_s[last.place, stop.place])
    if drive_s >= UNREACHABLE:
        sentence = f"No road leads to stop {k} of {vehicle.id}."
        yield Violation("unreachable", sentence, vehicle.id, k, stop.shipment)
        return
    on_the_way = [pause for pause in pauses if pause.start_s < stop.arrival_s]
    paused_s = sum(pause.departure_s - pause.start_s for pause in on_the_way)
    expected_s = last.departure_s + drive_s + paused_s
    if stop.arrival_s < expected_s:
        amount = expected_s - stop.arrival_s
        sentence = f"{vehicle.id} reaches stop {k} {amount} s faster than the road allows."
        yield Violation("too_fast", sentence, vehicle.id, k, stop.shipment, amount)
    if stop.arrival_s > expected_s:
        amount = stop.arrival_s - expected_s
        sentence = f"{vehicle.id} reaches stop {k} {amount} s later than the road takes."
        yield Violation("too_slow", sentence, vehicle.id, k, stop.shipment, amount)


def services(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Service starts no earlier than arrival and lasts exactly what the site, or the lock, says."""
    shipments = {shipment.id: shipment for shipment in problem.shipments}
    for vehicle, stops in walk(problem, plan):
        left_s = {(lock.kind, lock.shipment): lock.service_s for lock in vehicle.locked}
        for k, stop in enumerate(stops):
            if stop.start_s < stop.arrival_s:
                amount = stop.arrival_s - stop.start_s
                sentence = f"Service at stop {k} of {vehicle.id} starts {amount} s before the arrival."
                yield Violation("service_before_arrival", sentence, vehicle.id, k, stop.shipment, amount)
            site = site_of(shipments[stop.shipment], stop) if stop.shipment in shipments else None
            service_s = site.service_s if site else 0
            if stop.shipment is not None and left_s.get((stop.kind, stop.shipment)) is not None:
                service_s = left_s[(stop.kind, stop.shipment)] or 0
            short_s = service_s - (stop.departure_s - stop.start_s)
            if short_s and stop.kind is not StopKind.BREAK:
                sentence = f"Service at stop {k} of {vehicle.id} must last {service_s} s."
                rule = "service_too_short" if short_s > 0 else "service_too_long"
                yield Violation(rule, sentence, vehicle.id, k, stop.shipment, abs(short_s))
