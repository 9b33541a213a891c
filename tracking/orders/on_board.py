"""What lies in a courier's van for an order: how it comes to be there, and what becomes of it without one."""

from __future__ import annotations

from datetime import datetime
from math import inf

from tracking.fleet.courier import Courier
from tracking.fleet.service import shift_at
from tracking.orders import order as orders
from tracking.orders.causes import Cause
from tracking.orders.clock import mark
from tracking.orders.courier_wish import may_bring
from tracking.orders.order import Order, OrderState, Urgency
from tracking.parts.location import RETURN_DESTINATIONS, LocationKind
from tracking.returns.rma import Return, ReturnState
from tracking.unit_of_work import UnitOfWork
from tracking.values.events import DomainEvent
from tracking.values.geodesy import great_circle_m
from tracking.values.ids import new_id

SYSTEM = "system"
"""Who asks for the return of a part that nobody needs any more."""


def take_on_board(
    uow: UnitOfWork, order: Order, courier_id: str, serials: tuple[str, ...], at: datetime
) -> Order:
    """Note that the part of an order lies in a courier's van already."""
    changed, events = orders.picked_up(order, courier_id, serials, at)
    uow.orders.save(changed)
    uow.outbox.add(*events)
    mark(uow, order.order_id, Cause.DISPATCH, at)
    return changed


def find_use_on_board(
    uow: UnitOfWork,
    order: Order,
    courier_id: str,
    serials: tuple[str, ...],
    at: datetime,
    *,
    leave_in_van: bool = False,
    why: str = "was cancelled",
) -> list[Return]:
    """Give what is on board for `order`, which needs it no more, to orders that wait; return what goes back.

    Nothing goes back with `leave_in_van`: the pieces are stock of the van then. Nothing moves before the
    courier hands something over, so that ledger and custody stay as they are.
    """
    left, pieces = list(serials), order.quantity
    if shift_at(uow, courier_id, at) is not None:
        home = uow.locations.require(uow.couriers.require(courier_id).home_id)
        for other in _waiting(uow, order, courier_id, home.region):
            if other.quantity <= pieces:
                take_on_board(uow, other, courier_id, tuple(left[: other.quantity]), at)
                left, pieces = left[other.quantity :], pieces - other.quantity
    if leave_in_van or pieces == 0:
        return []
    back = tuple(left) or (None,) * pieces
    reason = f"Not needed any more: {order.number} {why}"
    return _send_back(uow, order, courier_id, back, reason, at)


def lock_with_waiting(uow: UnitOfWork, order_id: str) -> Order:
    """Lock an order and those that may get its part, in one order for everybody. Raises `NotFound`."""
    order = uow.orders.require(order_id)
    waiting = uow.orders.find(part_number=order.part_number, state=OrderState.OPEN)
    for each in sorted({order_id, *(other.order_id for other in waiting)}):
        uow.orders.get(each, lock=True)
    return uow.orders.require(order_id, lock=True)


def _waiting(uow: UnitOfWork, order: Order, courier_id: str, region: str) -> list[Order]:
    """Return who waits in a region for the same part, brought by nobody and with nothing set aside.

    The direst is first. The courier may bring each of them.
    """
    found = uow.orders.find(part_number=order.part_number, state=OrderState.OPEN)
    waiting = [
        locked
        for each in found
        if each.order_id != order.order_id
        and uow.locations.require(each.site_id).region == region
        and not uow.reservations.find(order_id=each.order_id, released_at=None)
        and (locked := uow.orders.require(each.order_id, lock=True)).state is OrderState.OPEN
        and may_bring(courier_id, locked)
    ]
    return sorted(waiting, key=lambda each: (each.urgency is not Urgency.CRITICAL, each.due_at))


def _send_back(
    uow: UnitOfWork,
    order: Order,
    courier_id: str,
    serials: tuple[str | None, ...],
    reason: str,
    at: datetime,
) -> list[Return]:
    """Open a return for each piece, to where the courier can hand it in."""
    destination_id = _destination(uow, uow.couriers.require(courier_id), order)
    opened = []
    for serial in serials:
        rma = Return(
            new_id(),
            f"RMA-{uow.next_number('return')}",
            ReturnState.PICKED_UP,
            order.site_id,
            order.part_number,
            serial,
            destination_id,
            at,
            SYSTEM,
            reason,
            order.order_id,
            courier_id,
        )
        uow.returns.add(rma)
        data = {"number": rma.number, "site_id": rma.site_id, "part_number": rma.part_number}
        uow.outbox.add(DomainEvent("return.announced", rma.return_id, at, data))
        opened.append(rma)
    return opened


def _destination(uow: UnitOfWork, courier: Courier, order: Order) -> str:
    """Return the courier's home where parts are handed in there, else what is nearest to the site."""
    if uow.locations.require(courier.home_id).kind in RETURN_DESTINATIONS:
        return courier.home_id
    site = uow.locations.require(order.site_id).coordinate
    shelves = uow.locations.find_in(kind=[LocationKind.DEPOT, LocationKind.STOCKING_LOCATION])
    apart = {
        place.location_id: great_circle_m(site, place.coordinate) if site and place.coordinate else inf
        for place in shelves
    }
    return min(apart, key=lambda location_id: (apart[location_id], location_id), default=courier.home_id)
