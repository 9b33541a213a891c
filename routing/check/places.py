"""Rule: stops are where their sites, starts and ends are."""

from __future__ import annotations

from collections.abc import Iterator

from routing.check.structure import site_of
from routing.check.violation import Violation, walk
from routing.plan import Plan, Stop
from routing.problem import Problem, Shipment, StopKind, Vehicle


def places(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Every stop but a break has the place that the problem gives it."""
    shipments = {shipment.id: shipment for shipment in problem.shipments}
    for vehicle, stops in walk(problem, plan):
        for k, stop in enumerate(stops):
            expected = _expected(shipments, vehicle, stops, stop)
            if stop.place != expected:
                sentence = f"Stop {k} of {vehicle.id} is at place {stop.place}, must be at {expected}."
                yield Violation("wrong_place", sentence, vehicle.id, k, stop.shipment)


def _expected(
    shipments: dict[str, Shipment], vehicle: Vehicle, stops: tuple[Stop, ...], stop: Stop
) -> int | None:
    if stop.kind is StopKind.BREAK:
        return None
    if stop.kind is StopKind.START:
        return vehicle.start
    if stop.kind is StopKind.END:
        work = [s.place for s in stops if s.kind in (StopKind.PICKUP, StopKind.DELIVERY)]
        return vehicle.end if vehicle.end is not None else work[-1]
    site = site_of(shipments[stop.shipment or ""], stop)
    return site.place if site else None
