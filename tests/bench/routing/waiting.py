"""When couriers leave: as late as their work allows, so that calls that come meanwhile can join it.

Waiting before a drive keeps a tour open to whatever comes: dynamic waiting after Mitrovic-Minic & Laporte
(2004). A courier whose work costs by waiting leaves at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from routing.plan import Plan, Route
from routing.problem import Problem, Shipment, Site, StopKind, Vehicle


@dataclass(frozen=True, slots=True)
class Caution:
    """How much slack is not waited away: before each due time `kept_s`, and `share` of the time until then;
    before the end of the shift `reserve_s`, for what may still come.

    Chosen among fifteen on the days of seeds 1 to 4, priced from the breach on.
    """

    kept_s: int = 600
    share: float = 0.1
    reserve_s: int = 1_800


def leaving_s(problem: Problem, plan: Plan, caution: Caution) -> dict[str, int]:
    """Return for each vehicle with a route until when its next drive can wait, in s; not before its start."""
    return {
        route.vehicle: _leaves_s(problem, problem.vehicle_by_id[route.vehicle], route, caution)
        for route in plan.routes
    }


def _leaves_s(problem: Problem, vehicle: Vehicle, route: Route, caution: Caution) -> int:
    """Return the latest start of a route that breaks no due time, window or shift, as cautious as asked."""
    now_s = vehicle.shift.earliest_s
    slack_s = float(vehicle.shift.latest_s - caution.reserve_s - route.stops[-1].arrival_s)
    for stop in route.work:
        shipment = problem.shipment_by_id[stop.shipment or ""]
        site = shipment.site(stop.kind, stop.site or "")
        latest_s = _latest_s(shipment, stop.kind, site)
        if latest_s is not None:
            margin_s = caution.kept_s + caution.share * (stop.departure_s - now_s)
            slack_s = min(slack_s, latest_s - stop.departure_s - margin_s)
    return now_s + max(0, int(slack_s))


def _latest_s(shipment: Shipment, kind: StopKind, site: Site | None) -> int | None:
    """Return until when a service may end without a cost, None where that is never."""
    ends = []
    if kind is StopKind.DELIVERY and shipment.due_s is not None:
        ends.append(shipment.due_s)
    if site is not None and site.windows:
        ends.append(site.windows[-1].latest_s + site.service_s)
    return min(ends, default=None)
