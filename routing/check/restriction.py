"""Restricts a problem and a plan to what has changed since a plan that broke no rule.

The rest still breaks none: every rule but those of stock and cost looks at single routes and shipments, and
those two get what the rest leaves over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from routing.check.costs import cost_of_stops
from routing.check.structure import site_of
from routing.check.violation import is_locked
from routing.plan import Plan, Route
from routing.problem import Problem, Shipment, Stock, StopKind, Vehicle

_StockKey = tuple[str, str]


def restricted(problem: Problem, before: Plan, plan: Plan) -> tuple[Problem, Plan]:
    """Return the couriers whose routes differ and the shipments that these touch, as a problem and its plan.

    `before` is a plan for `problem`, or for one that lacked some of its shipments. Where a locked stop draws
    what other routes have taken, that is the whole.
    """
    touched = _touched(before, plan) | _forgotten(problem, plan)
    vehicles = _differing(before, plan) | _vehicles_of(problem, plan, touched)
    inner = tuple(vehicle for vehicle in problem.vehicles if vehicle.id in vehicles)
    names = touched | _named(_of(plan, vehicles)) | _in_hand(inner)
    shipments = tuple(shipment for shipment in problem.shipments if shipment.id in names)
    stock = _stock(problem, plan, vehicles, shipments)
    if stock is None:
        return problem, plan
    part = replace(problem, vehicles=inner, shipments=shipments, stock=stock)
    rest = before.cost - cost_of_stops(part, _part(before, vehicles, names))
    return part, replace(_part(plan, vehicles, names), cost=plan.cost - rest)


def _differing(before: Plan, plan: Plan) -> set[str]:
    """Return the vehicles whose routes are not the same."""
    old, new = _by_vehicle(before), _by_vehicle(plan)
    return {vehicle for vehicle in old.keys() | new.keys() if old.get(vehicle) != new.get(vehicle)}


def _by_vehicle(plan: Plan) -> dict[str, list[Route]]:
    routes: dict[str, list[Route]] = {}
    for route in plan.routes:
        routes.setdefault(route.vehicle, []).append(route)
    return routes


def _touched(before: Plan, plan: Plan) -> set[str]:
    """Return the shipments that stand in routes that differ, or are unserved otherwise than before."""
    vehicles = _differing(before, plan)
    entries = Counter(plan.unserved)
    entries.subtract(before.unserved)
    left = {entry.shipment for entry, count in entries.items() if count}
    return left | _named(_of(before, vehicles)) | _named(_of(plan, vehicles))


def _forgotten(problem: Problem, plan: Plan) -> set[str]:
    found = _named(plan.routes) | {entry.shipment for entry in plan.unserved}
    return problem.shipment_by_id.keys() - found


def _vehicles_of(problem: Problem, plan: Plan, shipments: Collection[str]) -> set[str]:
    """Return the vehicles that stop for any of the shipments, or have one on board or locked."""
    stopping = {
        route.vehicle for route in plan.routes if any(stop.shipment in shipments for stop in route.stops)
    }
    return stopping | {v.id for v in problem.vehicles if not _in_hand((v,)).isdisjoint(shipments)}


def _in_hand(vehicles: Iterable[Vehicle]) -> set[str]:
    return {name for v in vehicles for name in (*v.on_board, *(lock.shipment for lock in v.locked))}


def _of(plan: Plan, vehicles: Collection[str]) -> list[Route]:
    return [route for route in plan.routes if route.vehicle in vehicles]


def _named(routes: Iterable[Route]) -> set[str]:
    return {stop.shipment for route in routes for stop in route.stops if stop.shipment is not None}


def _part(plan: Plan, vehicles: Collection[str], shipments: Collection[str]) -> Plan:
    left = tuple(entry for entry in plan.unserved if entry.shipment in shipments)
    return replace(plan, routes=tuple(_of(plan, vehicles)), unserved=left)


def _stock(
    problem: Problem, plan: Plan, vehicles: Collection[str], shipments: Iterable[Shipment]
) -> tuple[Stock, ...] | None:
    """Return the stock that routes of other vehicles leave for the shipments; locked stops draw it first.

    None when they leave less than the vehicles' own locked stops draw, which no amount of stock tells.
    """
    wanted = {(draw.location, draw.part) for s in shipments for site in s.pickups for draw in site.draws}
    others, locked, own = Counter[_StockKey](), Counter[_StockKey](), Counter[_StockKey]()
    for vehicle, key, quantity, fact in _draws(problem, plan):
        inside = vehicle in vehicles
        others[key] += 0 if inside else quantity
        if fact:
            locked[key] += quantity
            own[key] += quantity if inside else 0
    available = {(item.location, item.part): item.available for item in problem.stock}
    left = {key: max(available.get(key, 0), locked[key]) - others[key] for key in sorted(wanted)}
    if any(count < own[key] for key, count in left.items()):
        return None
    return tuple(Stock(*key, count) for key, count in left.items())


def _draws(problem: Problem, plan: Plan) -> Iterator[tuple[str, _StockKey, int, bool]]:
    """Yield (vehicle, stock, quantity, whether the stop is locked) of all that a plan draws."""
    known = (route for route in plan.routes if route.vehicle in problem.vehicle_by_id)
    for route in known:
        vehicle = problem.vehicle_by_id[route.vehicle]
        for stop in route.stops:
            shipment = problem.shipment_by_id.get(stop.shipment or "")
            if stop.kind is not StopKind.PICKUP or shipment is None:
                continue
            site = site_of(shipment, stop)
            for draw in () if site is None else site.draws:
                fact = bool(vehicle.locked) and is_locked(vehicle, stop)
                yield route.vehicle, (draw.location, draw.part), draw.quantity, fact
