"""What a plan costs, and how much a new plan disturbs those who know the old one."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from routing.plan import Cost, Plan, Route, Stop
from routing.problem import Problem, StopKind, Vehicle

ETA_TOLERANCE_S = 300
"""An arrival that moves by no more than this disturbs nobody."""


def cost_of(problem: Problem, routes: Iterable[Route], unserved: Iterable[str]) -> Cost:
    """Return the cost of `routes`, with `unserved` shipments left over.

    Travel is driven time and distance at the courier's rates; lateness counts from `due_s` to the end of
    the delivery's service; overtime from the end of the shift to the end of the route; fixed cost is paid by
    every route with work; `told` by every delivery that another courier was told of.
    """
    used = [(problem.vehicle_by_id[route.vehicle], route) for route in routes if route.work]
    driven = [(vehicle, *_driven(problem, vehicle, route)) for vehicle, route in used]
    return Cost(
        travel_millicents=sum(
            driven_s * vehicle.millicents_per_s + driven_m * vehicle.millicents_per_m
            for vehicle, driven_s, driven_m in driven
        ),
        lateness_millicents=sum(_lateness(problem, stop) for _, route in used for stop in route.work),
        fixed_millicents=sum(vehicle.fixed_cents * 1000 for vehicle, _ in used),
        unserved_millicents=sum(problem.shipment_by_id[name].unserved_millicents for name in unserved),
        overtime_millicents=sum(
            max(0, route.stops[-1].departure_s - vehicle.shift.latest_s) * vehicle.overtime_millicents_per_s
            for vehicle, route in used
        ),
        co2e_millicents=sum(driven_m * vehicle.co2e_millicents_per_m for vehicle, _, driven_m in driven),
        told_millicents=sum(_told(problem, vehicle, stop) for vehicle, route in used for stop in route.work),
    )


def disturbance(old: Plan, new: Plan, tolerance_s: int = ETA_TOLERANCE_S) -> int:
    """Return how many stops of `old` changed their courier, their order, their site or their time.

    A stop that is in one plan only counts when the shipment is still in both: news about new and
    finished work disturbs nobody. A stop changes order when another one than before precedes it, and
    time when it moves by more than `tolerance_s`.
    """
    before, after = _placements(old), _placements(new)
    dropped = {entry.shipment for entry in new.unserved} | {shipment for shipment, _ in after}
    changed = 0
    for key, (vehicle, stop, _) in before.items():
        if key not in after:
            changed += key[0] in dropped and not _was_picked_up(key, after)
            continue
        new_vehicle, new_stop, _ = after[key]
        moved = vehicle != new_vehicle or stop.site != new_stop.site
        late = abs(stop.start_s - new_stop.start_s) > tolerance_s
        changed += moved or late or _reordered(key, before, after)
    return changed


_Key = tuple[str, StopKind]
_Placements = dict[_Key, tuple[str, Stop, _Key | None]]


def _driven(problem: Problem, vehicle: Vehicle, route: Route) -> tuple[int, int]:
    """Return the seconds and metres that a route drives."""
    travel = problem.travel_of(vehicle)
    places = [stop.place for stop in route.stops if stop.place is not None]
    legs = list(pairwise(places))
    return sum(int(travel.duration_s[leg]) for leg in legs), sum(int(travel.distance_m[leg]) for leg in legs)


def _told(problem: Problem, vehicle: Vehicle, stop: Stop) -> int:
    if stop.kind is not StopKind.DELIVERY or stop.shipment is None:
        return 0
    shipment = problem.shipment_by_id[stop.shipment]
    return 0 if shipment.told in (None, vehicle.id) else shipment.told_millicents


def _lateness(problem: Problem, stop: Stop) -> int:
    if stop.kind is not StopKind.DELIVERY or stop.shipment is None:
        return 0
    shipment = problem.shipment_by_id[stop.shipment]
    if shipment.due_s is None:
        return 0
    return max(0, stop.departure_s - shipment.due_s) * shipment.late_millicents_per_s


def _placements(plan: Plan) -> _Placements:
    """Return for each stop its vehicle, and the stop of work before it."""
    placements: _Placements = {}
    for route in plan.routes:
        previous: _Key | None = None
        for stop in route.work:
            key = (stop.shipment or "", stop.kind)
            placements[key] = (route.vehicle, stop, previous)
            previous = key
    return placements


def _was_picked_up(key: _Key, after: _Placements) -> bool:
    """Whether a pickup is missing only because it has happened: its delivery is still planned."""
    return key[1] is StopKind.PICKUP and (key[0], StopKind.DELIVERY) in after


def _reordered(key: _Key, before: _Placements, after: _Placements) -> bool:
    """Whether the nearest earlier stop that both plans hold differs."""
    return _earlier(key, before, after) != _earlier(key, after, before)


def _earlier(key: _Key, plan: _Placements, other: _Placements) -> _Key | None:
    previous = plan[key][2]
    while previous is not None and previous not in other:
        previous = plan[previous][2]
    return previous
