"""Parts, places, stock and serials."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from api.access import caller
from api.context import context
from api.operation import effect, operation
from api.paging import page_of, page_of_list
from api.presenters import count_task_views, location_view, machine_view, part_view, stock_line, unit_view
from mobile_contract.common import Page
from mobile_contract.stock import (
    CountTaskQuery,
    CountTaskView,
    LocationQuery,
    LocationView,
    MachineQuery,
    MachineView,
    NewLocation,
    NewMachine,
    NewPart,
    NewReceipt,
    NewTransfer,
    PartQuery,
    PartView,
    StockLine,
    StockQuery,
    UnitView,
)
from tracking.identity.roles import Scope
from tracking.parts import service as parts
from tracking.parts.location import Location, LocationKind
from tracking.parts.machine import Machine
from tracking.parts.part import Hazard, Part, PartKind
from tracking.parts.service import Movement
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue

stock = APIBlueprint("stock", __name__, url_prefix="/v1", tag="Stock")

_EXISTS = {
    404: "Something that was named does not exist.",
    409: "It exists already, or the ledger refuses it.",
}


@operation(stock, "GET", "/parts", Page[PartView], scope=Scope.READ, query=PartQuery)
def list_parts(query: PartQuery) -> dict[str, Any]:
    """The catalogue."""
    with context().store.reading() as uow:
        return page_of(
            uow.records(Part), query, lambda found: [part_view(p) for p in found], key="part_number"
        )


@operation(
    stock,
    "POST",
    "/parts",
    PartView,
    scope=Scope.STOCK_WRITE,
    body=NewPart,
    status=201,
    idempotent=True,
    errors=_EXISTS,
)
def add_part(body: NewPart) -> Any:
    """Add a part to the catalogue."""
    part = Part(
        body.part_number,
        body.name,
        PartKind(body.kind),
        body.weight_g,
        body.volume_cm3,
        body.value_cents,
        tuple(body.substitutes),
        body.revision,
        tuple(Hazard(hazard) for hazard in body.hazards),
        body.customs_code,
        tuple(body.fits_models),
    )
    with effect() as this:
        parts.add_part(this.uow, part, context().clock())
        return this.conclude(part_view(part))


@operation(stock, "GET", "/parts/<part_number>", PartView, scope=Scope.READ)
def get_part(part_number: str) -> PartView:
    """One part of the catalogue."""
    with context().store.reading() as uow:
        return part_view(uow.parts.require(part_number))


@operation(stock, "GET", "/locations", Page[LocationView], scope=Scope.READ, query=LocationQuery)
def list_locations(query: LocationQuery) -> dict[str, Any]:
    """Places where stock can lie."""
    with context().store.reading() as uow:
        return page_of(
            uow.records(Location),
            query,
            lambda found: [location_view(place) for place in found],
            key="location_id",
        )


@operation(
    stock,
    "POST",
    "/locations",
    LocationView,
    scope=Scope.STOCK_WRITE,
    body=NewLocation,
    status=201,
    idempotent=True,
    errors=_EXISTS,
)
def add_location(body: NewLocation) -> Any:
    """Add a place; vans and lockers come with their courier and their device."""
    if body.kind in ("van", "locker", "compartment"):
        raise InvalidValue(f"A {body.kind} is added with its courier or locker.")
    point = Coordinate(body.coordinate.lat_deg, body.coordinate.lon_deg) if body.coordinate else None
    place = Location(
        body.location_id,
        LocationKind(body.kind),
        body.name,
        point,
        body.address,
        opening_hours=body.opening_hours,
        zone=body.zone,
        region=body.region,
    )
    with effect() as this:
        parts.add_location(this.uow, place, context().clock())
        return this.conclude(location_view(place))


@operation(stock, "GET", "/machines", Page[MachineView], scope=Scope.READ, query=MachineQuery)
def list_machines(query: MachineQuery) -> dict[str, Any]:
    """The installed base: machines at customers' sites."""
    with context().store.reading() as uow:
        return page_of(
            uow.records(Machine),
            query,
            lambda found: [machine_view(machine) for machine in found],
            key="machine_id",
        )


@operation(
    stock,
    "POST",
    "/machines",
    MachineView,
    scope=Scope.STOCK_WRITE,
    body=NewMachine,
    status=201,
    idempotent=True,
    errors=_EXISTS,
)
def add_machine(body: NewMachine) -> Any:
    """Add a machine to the installed base."""
    machine = Machine(body.machine_id, body.site_id, body.model, body.serial)
    with effect() as this:
        parts.add_machine(this.uow, machine, context().clock())
        return this.conclude(machine_view(machine))


@operation(stock, "GET", "/stock", Page[StockLine], scope=Scope.READ, query=StockQuery)
def list_stock(query: StockQuery) -> dict[str, Any]:
    """What lies where: on hand, reserved, available, and the serials that are free."""
    with context().store.reading() as uow:
        lines = [stock_line(b) for b in uow.ledger.balances(query.location_id, query.part_number)]
    return page_of_list(lines, query, lambda line: f"{line.location_id} {line.part_number}")


@operation(
    stock,
    "POST",
    "/stock/receipts",
    StockLine,
    scope=Scope.STOCK_WRITE,
    body=NewReceipt,
    status=201,
    idempotent=True,
    errors=_EXISTS,
)
def receive(body: NewReceipt) -> Any:
    """Take goods from a supplier into stock."""
    with effect() as this:
        supplier = next(iter(this.uow.locations.find(kind=LocationKind.SUPPLIER)), None)
        if supplier is None:
            raise InvalidValue("Add a location of the kind supplier first.")
        parts.receive(this.uow, _movement(body, supplier.location_id, body.location_id, "received"))
        return this.conclude(stock_line(this.uow.ledger.balance(body.location_id, body.part_number)))


@operation(
    stock,
    "POST",
    "/stock/transfers",
    StockLine,
    scope=Scope.STOCK_WRITE,
    body=NewTransfer,
    status=201,
    idempotent=True,
    errors=_EXISTS,
)
def transfer(body: NewTransfer) -> Any:
    """Move goods from one place to another; answers with the balance of the second."""
    with effect() as this:
        parts.move(this.uow, _movement(body, body.from_location_id, body.to_location_id, "transferred"))
        return this.conclude(stock_line(this.uow.ledger.balance(body.to_location_id, body.part_number)))


@operation(stock, "GET", "/units/<serial>", UnitView, scope=Scope.READ)
def get_unit(serial: str) -> UnitView:
    """Where a serial is, and every hand-over that brought it there."""
    with context().store.reading() as uow:
        return unit_view(uow, serial)


@operation(stock, "GET", "/count-tasks", Page[CountTaskView], scope=Scope.READ, query=CountTaskQuery)
def list_count_tasks(query: CountTaskQuery) -> dict[str, Any]:
    """The counts that are still to be made, the oldest first."""
    with context().store.reading() as uow:
        place = {} if query.location_id is None else {"location_id": query.location_id}
        views = count_task_views(uow, uow.count_tasks.find(closed_at=None, **place))
    return page_of_list(views, query, lambda view: view.task_id)


@operation(
    stock,
    "POST",
    "/count-tasks/<task_id>/close",
    CountTaskView,
    scope=Scope.STOCK_WRITE,
    idempotent=True,
    errors={409: "It is closed already."},
)
def close_count_task(task_id: str) -> Any:
    """Note that the count was made and the ledger put right."""
    with effect() as this:
        parts.close_count_task(this.uow, task_id, caller().login, context().clock())
        return this.conclude(count_task_views(this.uow, [this.uow.count_tasks.require(task_id)])[0])


def _movement(body: NewReceipt | NewTransfer, from_id: str, to_id: str, reason: str) -> Movement:
    now = context().clock()
    return Movement(
        body.part_number,
        body.quantity,
        from_id,
        to_id,
        reason,
        caller().login,
        now,
        now,
        serials=tuple(body.serials),
        proof={"kind": "statement"},
    )
