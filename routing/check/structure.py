"""Rule: a plan names only what the problem holds, and every route runs from a start to an end."""

from __future__ import annotations

from collections.abc import Iterator

from routing.check.violation import Violation
from routing.plan import Plan, Route, Stop
from routing.problem import Problem, Shipment, Site, StopKind, Vehicle


def unknown_names(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Vehicles, shipments, sites and breaks exist; a vehicle has one route."""
    vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
    shipments = {shipment.id: shipment for shipment in problem.shipments}
    seen = set[str]()
    for route in plan.routes:
        if route.vehicle in seen:
            yield Violation("duplicate_route", f"{route.vehicle} has two routes.", route.vehicle)
        seen.add(route.vehicle)
        if route.vehicle not in vehicles:
            yield Violation("unknown_vehicle", f"There is no vehicle {route.vehicle}.", route.vehicle)
            continue
        for k, stop in enumerate(route.stops):
            yield from _unknown_at(vehicles[route.vehicle], shipments, k, stop)
    for entry in plan.unserved:
        if entry.shipment not in shipments:
            sentence = f"There is no shipment {entry.shipment} to leave unserved."
            yield Violation("unknown_shipment", sentence, shipment=entry.shipment)


def _unknown_at(vehicle: Vehicle, shipments: dict[str, Shipment], k: int, stop: Stop) -> Iterator[Violation]:
    if stop.kind is StopKind.BREAK:
        if all(pause.id != stop.pause for pause in vehicle.breaks):
            yield Violation("unknown_break", f"{vehicle.id} has no break {stop.pause}.", vehicle.id, k)
    elif stop.kind in (StopKind.PICKUP, StopKind.DELIVERY):
        shipment = shipments.get(stop.shipment or "")
        if shipment is None:
            sentence = f"There is no shipment {stop.shipment}."
            yield Violation("unknown_shipment", sentence, vehicle.id, k, stop.shipment)
        elif site_of(shipment, stop) is None:
            sentence = f"{stop.site} is no {stop.kind} site of {shipment.id}."
            yield Violation("unknown_site", sentence, vehicle.id, k, shipment.id)


def site_of(shipment: Shipment, stop: Stop) -> Site | None:
    """Return the site of `shipment` that `stop` names, if it is one."""
    for site in shipment.pickups if stop.kind is StopKind.PICKUP else shipment.deliveries:
        if site.id == stop.site:
            return site
    return None


def frame(_: Problem, plan: Plan) -> Iterator[Violation]:
    """A route begins with its only start, ends with its only end, and does some work between."""
    for route in plan.routes:
        kinds = [stop.kind for stop in route.stops]
        framed = kinds[:1] == [StopKind.START] and kinds[-1:] == [StopKind.END]
        if not framed or kinds.count(StopKind.START) != 1 or kinds.count(StopKind.END) != 1:
            sentence = f"The route of {route.vehicle} does not run from one start to one end."
            yield Violation("route_frame", sentence, route.vehicle)
        elif not _has_work(route):
            yield Violation("empty_route", f"The route of {route.vehicle} does nothing.", route.vehicle)


def _has_work(route: Route) -> bool:
    return any(stop.kind in (StopKind.PICKUP, StopKind.DELIVERY) for stop in route.stops)
