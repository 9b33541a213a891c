"""Turns the solver's tours into a plan: stops with times and loads, reasons, and the cost."""

from __future__ import annotations

from collections.abc import Iterator

from routing.compiled import Compiled, Courier
from routing.cost import cost_of
from routing.explain import explain
from routing.plan import Plan, Route, Stop, Unserved
from routing.problem import StopKind
from routing.schedule import Timing
from routing.tours import Tour, Tours


def plan_of(tours: Tours, solver: str, seed: int, notes: tuple[str, ...] = ()) -> Plan:
    """Return the plan that `tours` amount to, with a reason for every shipment that they leave out."""
    compiled = tours.compiled
    routes = tuple(
        route_of(compiled, courier, tour)
        for courier, tour in zip(compiled.couriers, tours.tours, strict=True)
        if tour.visits
    )
    left = [s for s in range(len(compiled.problem.shipments)) if s not in tours.served]
    unserved: tuple[Unserved, ...] = tuple(explain(tours, s) for s in left)
    cost = cost_of(compiled.problem, routes, [entry.shipment for entry in unserved])
    return Plan(routes, unserved, cost, solver, seed, notes)


def route_of(compiled: Compiled, courier: Courier, tour: Tour) -> Route:
    """Return one courier's tour as a route, from its start to its end."""
    return Route(courier.vehicle.id, tuple(_stops(compiled, courier, tour)))


def _stops(compiled: Compiled, courier: Courier, tour: Tour) -> Iterator[Stop]:
    weight_g, volume_cm3 = courier.on_board_g, courier.on_board_cm3
    start_s, place = courier.earliest_s, courier.start
    yield Stop(StopKind.START, start_s, start_s, start_s, place, weight_g=weight_g, volume_cm3=volume_cm3)
    visits = iter(tour.visits)
    for timing in tour.times.timings[:-1]:
        if timing.pause >= 0:
            pause = courier.vehicle.breaks[timing.pause].id
            yield _stop(StopKind.BREAK, timing, None, weight_g, volume_cm3, pause=pause)
            continue
        visit = next(visits)
        weight_g, volume_cm3 = weight_g + visit.weight_g, volume_cm3 + visit.volume_cm3
        place = visit.place
        shipment = compiled.problem.shipments[visit.shipment].id
        yield _stop(visit.kind, timing, place, weight_g, volume_cm3, shipment, visit.site.id)
    end = place if courier.vehicle.end is None else courier.vehicle.end
    yield _stop(StopKind.END, tour.times.timings[-1], end, weight_g, volume_cm3)


def _stop(
    kind: StopKind,
    timing: Timing,
    place: int | None,
    weight_g: int,
    volume_cm3: int,
    shipment: str | None = None,
    site: str | None = None,
    pause: str | None = None,
) -> Stop:
    return Stop(
        kind,
        timing.arrival_s,
        timing.start_s,
        timing.departure_s,
        place,
        shipment,
        site,
        pause,
        weight_g,
        volume_cm3,
    )
