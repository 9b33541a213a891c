"""Use cases of orders: place, cancel, and what the planner decides about them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from tracking.orders import order as orders
from tracking.orders.causes import Cause
from tracking.orders.clock import ended_pause, mark
from tracking.orders.contracts import check_covered, due_of_call
from tracking.orders.courier_wish import check_couriers, each_once
from tracking.orders.on_board import find_use_on_board, lock_with_waiting
from tracking.orders.order import Order, OrderState, Urgency
from tracking.orders.promise import Promise
from tracking.parts.location import LocationKind
from tracking.parts.service import release, reserve
from tracking.returns.rma import WAY_IS_OPEN
from tracking.returns.service import announce
from tracking.returns.service import cancel as cancel_return
from tracking.returns.ways import WayNotPossible
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import InvalidValue
from tracking.values.events import DomainEvent
from tracking.values.ids import new_id

NO_STOCK = "no_stock"
"""The code of an order that no source can supply."""
PREDICTION_TOLERANCE = timedelta(seconds=20)
"""A prediction that moves by less is not written down."""


def place(
    uow: UnitOfWork,
    *,
    site_id: str,
    part_number: str,
    quantity: int,
    contract_id: str,
    urgency: Urgency,
    requested_by: str,
    at: datetime,
    expect_return: bool = False,
    note: str = "",
    promise: Promise | None = None,
    required_courier_id: str | None = None,
    forbidden_courier_ids: Iterable[str] = (),
) -> Order:
    """Take an order: the service-level clock starts at `at`. With `expect_return`, open its return too.

    With a `promise` that it redeems it is for the part that was offered, and what comes back is the part that
    was asked for. Raises `NotCovered` for what is not part of the contract, `InvalidValue` for couriers who
    cannot be required or forbidden.
    """
    site = uow.locations.require(site_id)
    if site.kind is not LocationKind.CUSTOMER_SITE:
        raise InvalidValue(f"{site_id} is a {site.kind}, not a customer's site.")
    part = uow.parts.require(part_number)
    contract = uow.contracts.require(contract_id)
    asked = part_number if promise is None else promise.part_number
    check_covered(uow, contract, asked, at, with_return=expect_return)
    order = Order(
        new_id() if promise is None else str(promise.order_id),
        f"ORD-{uow.next_number('order')}",
        OrderState.OPEN,
        urgency,
        site_id,
        part.part_number,
        quantity,
        contract_id,
        at,
        due_of_call(uow, contract, at),
        requested_by,
        note,
        promise_id=None if promise is None else promise.promise_id,
        promised_at=None if promise is None else promise.promised_at,
        half_at=None if promise is None else promise.half_at,
        required_courier_id=required_courier_id,
        forbidden_courier_ids=each_once(forbidden_courier_ids),
    )
    check_couriers(uow, order, site)
    if expect_return:
        rma = announce(
            uow,
            site_id=site_id,
            part_number=asked,
            serial=None,
            destination_id=None,
            requested_by=requested_by,
            reason=f"Exchanged by {order.number}",
            at=at,
            order_id=order.order_id,
        )
        order = replace(order, return_id=rma.return_id)
    uow.orders.add(order)
    data = {"number": order.number, "site_id": site_id, "part_number": part_number, "urgency": urgency}
    uow.outbox.add(DomainEvent("order.created", order.order_id, at, data))
    return order


def cancel(
    uow: UnitOfWork, order_id: str, reason: str, by: str, at: datetime, *, leave_in_van: bool = False
) -> Order:
    """Call an order off in whatever state it is.

    A part on board goes to an order that waits for one, else back into stock; with `leave_in_van` it stays on
    board as stock of the van.
    """
    order = lock_with_waiting(uow, order_id)
    changed, events = orders.cancelled(order, reason, at)
    changed = ended_pause(uow, changed, by, at)
    uow.orders.save(changed)
    uow.outbox.add(*events)
    release(uow, order_id, at)
    if order.state is OrderState.PICKED_UP and order.courier_id is not None:
        find_use_on_board(uow, order, order.courier_id, order.serials, at, leave_in_van=leave_in_van)
    if order.return_id is not None and uow.returns.require(order.return_id).state in WAY_IS_OPEN:
        # Whose customer stands before an open compartment goes on: what comes is inspected.
        with suppress(WayNotPossible):
            cancel_return(uow, order.return_id, f"{order.number} was cancelled", at)
    return changed


def assign(
    uow: UnitOfWork,
    order_id: str,
    courier_id: str,
    source_id: str,
    predicted_at: datetime,
    at: datetime,
) -> Order:
    """Give an order to a courier and reserve its part at the source, in one transaction.

    A reservation at another source is given back first. Raises `OutOfStock` when the source has no free
    piece, `TransitionRefused` when the order is past planning.
    """
    order = uow.orders.require(order_id, lock=True)
    held = uow.reservations.find(order_id=order_id, released_at=None)
    if order.state is OrderState.PLANNED and order.source_id == source_id and held:
        serials = held[0].serials
    else:
        release(uow, order_id, at)
        serials = reserve(uow, order_id, source_id, order.part_number, order.quantity, at).serials
    changed, events = orders.planned(order, courier_id, source_id, serials, predicted_at, at)
    reassigned = (order.courier_id, order.source_id) != (courier_id, source_id)
    if reassigned or order.serials != serials or _moved(order, predicted_at):
        uow.orders.save(changed)
    if reassigned:
        uow.outbox.add(*events)
        mark(uow, order_id, Cause.DISPATCH, at)
    return changed


def stands(order: Order, courier_id: str, source_id: str, predicted_at: datetime) -> bool:
    """Tell whether `assign` would change nothing about an order whose part is reserved."""
    given = (order.state, order.courier_id, order.source_id)
    return given == (OrderState.PLANNED, courier_id, source_id) and not _moved(order, predicted_at)


def predict(uow: UnitOfWork, order_id: str, predicted_at: datetime) -> None:
    """Note when the part on board will be handed over."""
    order = uow.orders.require(order_id, lock=True)
    changed = orders.predicted(order, predicted_at)
    if order.unserved_code is not None or _moved(order, predicted_at):
        uow.orders.save(changed)


def leave_out(uow: UnitOfWork, order_id: str, code: str, reason: str, at: datetime) -> None:
    """Note that the plan does not serve an order, and why; what was reserved for it is given back."""
    order = uow.orders.require(order_id, lock=True)
    if order.state in (OrderState.OPEN, OrderState.PLANNED):
        release(uow, order_id, at)
    changed, events = orders.unserved(order, code, reason, at)
    if changed != order:
        uow.orders.save(changed)
        uow.outbox.add(*events)
    if events:
        mark(uow, order_id, Cause.STOCK if code == NO_STOCK else Cause.DISPATCH, at)


def _moved(order: Order, predicted_at: datetime) -> bool:
    """Tell whether a prediction differs by more than people care about."""
    return order.predicted_at is None or abs(order.predicted_at - predicted_at) > PREDICTION_TOLERANCE
