"""Couriers, the plan in force and the map, as dispatchers see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apiflask import APIBlueprint
from flask import Response

from api.context import context
from api.map_data import map_view, roads_file
from api.operation import effect, operation
from api.order_presenters import unserved_views
from api.paging import page_of
from api.presenters import courier_views, shift_view
from api.routes_shown import route_views
from mobile_contract.common import Page
from mobile_contract.fleet import CourierQuery, CourierView, NewCourier, NewShift, PlanView, ShiftView
from mobile_contract.map import MapView
from tracking.fleet import service as fleet_service
from tracking.fleet.breaks import BreakTimes
from tracking.fleet.courier import Courier, Shift
from tracking.fleet.resting import breaks_of
from tracking.identity.roles import Scope
from tracking.store.unit_of_work import SqlUnitOfWork
from tracking.values.errors import Conflict

fleet = APIBlueprint("fleet", __name__, url_prefix="/v1", tag="Fleet")

_EXISTS = {404: "Something that was named does not exist.", 409: "It exists already, or overlaps."}


@operation(fleet, "GET", "/couriers", Page[CourierView], scope=Scope.READ, query=CourierQuery)
def list_couriers(query: CourierQuery) -> dict[str, Any]:
    """Couriers with shift, position, load and open stops."""
    with context().store.reading() as uow:
        return page_of(
            uow.records(Courier),
            query,
            lambda found: courier_views(uow, found, context().clock()),
            key="courier_id",
        )


@operation(
    fleet,
    "POST",
    "/couriers",
    CourierView,
    scope=Scope.FLEET_WRITE,
    body=NewCourier,
    status=201,
    idempotent=True,
    errors=_EXISTS,
)
def add_courier(body: NewCourier) -> Any:
    """Add a courier with a van."""
    now = context().clock()
    courier = Courier(
        body.courier_id,
        body.display_name,
        body.capacity_weight_g,
        body.capacity_volume_cm3,
        tuple(body.skills),
        body.home_id,
    )
    with effect() as this:
        fleet_service.add_courier(this.uow, courier, now)
        return this.conclude(courier_views(this.uow, [courier], now)[0])


@operation(
    fleet,
    "POST",
    "/couriers/<courier_id>/shifts",
    ShiftView,
    scope=Scope.FLEET_WRITE,
    body=NewShift,
    status=201,
    idempotent=True,
    errors=_EXISTS,
)
def open_shift(courier_id: str, body: NewShift) -> Any:
    """Let a courier work, with breaks."""
    now = context().clock()
    breaks = [BreakTimes(each.earliest_at, each.latest_at, each.duration_s) for each in body.breaks]
    with effect() as this:
        shift = fleet_service.open_shift(
            this.uow,
            courier_id,
            body.starts_at,
            body.ends_at,
            now,
            breaks,
            body.max_driving_s,
            body.max_stretch_s,
        )
        return this.conclude(_shift_view(this.uow, shift, now))


@operation(
    fleet,
    "POST",
    "/couriers/<courier_id>/shifts/end",
    ShiftView,
    scope=Scope.FLEET_WRITE,
    idempotent=True,
    errors={404: "There is no such courier.", 409: "The courier is not on duty."},
)
def end_shift(courier_id: str) -> Any:
    """End the shift that a courier works now."""
    with effect() as this:
        this.uow.couriers.require(courier_id, lock=True)
        now = context().clock()
        ended = fleet_service.end_shift(this.uow, courier_id, now)
        if ended is None:
            raise Conflict(f"{courier_id} works no shift at the moment.")
        return this.conclude(_shift_view(this.uow, ended, now))


@operation(fleet, "GET", "/plan", PlanView, scope=Scope.READ)
def get_plan() -> PlanView:
    """The plan in force: who stops where, when, and what nobody can serve."""
    with context().store.reading() as uow:
        publications = uow.publications.find()  # the newest of each region, by revision
        newest = publications[-1] if publications else None
        return PlanView(
            revision=newest.revision if newest else 0,
            published_at=newest.published_at if newest else None,
            cost_cents=sum(each.cost_cents for each in publications),
            routes=route_views(uow, uow.couriers.find()),
            unserved=unserved_views(uow),
        )


@operation(fleet, "GET", "/map", MapView)
def get_map() -> MapView:
    """What the map is drawn from."""
    return map_view(context().settings)


def _shift_view(uow: SqlUnitOfWork, shift: Shift, now: datetime) -> ShiftView:
    return shift_view(shift, breaks_of(uow, [shift])[shift.shift_id], now)


@fleet.get("/map/roads")
@fleet.doc(hide=True)
def get_roads() -> Response:
    """The roads of the imported extract, as GeoJSON; public, for it is a public map."""
    return roads_file(context().settings)
