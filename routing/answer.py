"""Turns the solver's tours into a plan: stops with times and loads, reasons, and the cost."""

from __future__ import annotations

from collections.abc import Iterator

from routing.compiled import Compiled, Courier, Load
from routing.cost import cost_of
from routing.explain import explain
from routing.insertion import engine_of
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
    engine = engine_of(tours) if len(left) > 1 and compiled.couriers else None
    unserved: tuple[Unserved, ...] = tuple(explain(tours, s, engine) for s in left)
    cost = cost_of(compiled.problem, routes, [entry.shipment for entry in unserved])
    return Plan(routes, unserved, cost, solver, seed, notes)


def route_of(compiled: Compiled, courier: Courier, tour: Tour) -> Route:
    """Return one courier's tour as a route, from its start to its end."""
    return Route(courier.vehicle.id, tuple(_stops(compiled, courier, tour)))


def _stops(compiled: Compiled, courier: Courier, tour: Tour) -> Iterator[Stop]:
    load = courier.on_board
    start_s, place = courier.earliest_s, courier.start
    yield _stop(StopKind.START, Timing(start_s, start_s, start_s), place, load)
    visits = iter(tour.visits)
    for timing in tour.times.timings[:-1]:
        if timing.pause >= 0:
            pause = courier.vehicle.breaks[timing.pause].id
            yield _stop(StopKind.BREAK, timing, None, load, pause=pause)
            continue
        visit = next(visits)
        load = (load[0] + visit.load[0], load[1] + visit.load[1], load[2] + visit.load[2])
        place = visit.place
        shipment = compiled.problem.shipments[visit.shipment].id
        yield _stop(visit.kind, timing, place, load, shipment, visit.site.id)
    end = place if courier.vehicle.end is None else courier.vehicle.end
    yield _stop(StopKind.END, tour.times.timings[-1], end, load)


def _stop(
    kind: StopKind,
    timing: Timing,
    place: int | None,
    load: Load,
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
        *load,
    )
