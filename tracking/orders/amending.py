"""The use case of an amendment: the order changes, and its reservation, clock, return and courier follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from tracking.fleet.service import touch_route
from tracking.lockers.locker import PENDING
from tracking.orders import order as orders
from tracking.orders.amendment import (
    COURIERS,
    GOODS,
    Amendable,
    Amendment,
    AmendmentRefused,
    amended,
    amended_event,
    changes_between,
)
from tracking.orders.causes import Cause
from tracking.orders.clock import mark
from tracking.orders.contracts import calendar_of, check_covered
from tracking.orders.courier_wish import check_couriers, normalised
from tracking.orders.order import Order, OrderState
from tracking.orders.sla import postponed
from tracking.parts.location import SOURCES, LocationKind
from tracking.parts.service import release, reserve
from tracking.parts.stock import OutOfStock
from tracking.returns.rma import ReturnState
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import Conflict, InvalidValue
from tracking.values.ids import new_id


def amend(
    uow: UnitOfWork,
    order_id: str,
    known_version: int,
    wishes: Mapping[str, Any],
    reason: str,
    by: str,
    at: datetime,
) -> Order:
    """Change an order: `wishes` are the fields of `Amendable` with their new values.

    `known_version` is the version that the caller has read; what the planner has done since does no harm.
    Raises `Conflict` when somebody amended the order since, `AmendmentRefused`, `OutOfStock` when the pieces
    that are set aside would be given up for others that nobody has, `NotFound`, `InvalidValue`.
    """
    order = uow.orders.require(order_id, lock=True)
    _check_version(uow, order, known_version)
    changed = amended(order, normalised(wishes))
    _check_named(uow, order, changed, at)
    if changed.contract_id != order.contract_id:
        changed = _due_by_contract(uow, changed)
    if any(getattr(changed, name) != getattr(order, name) for name in GOODS):
        changed = _with_other_goods(uow, order, changed, at)
    if changed.site_id != order.site_id:
        changed = replace(changed, predicted_at=None)
    made = Amendment(new_id(), order_id, at, by, reason, changes_between(order, changed), order.version + 1)
    uow.amendments.add(made)
    uow.orders.save(changed)
    uow.outbox.add(amended_event(order, made))
    if changed.not_before_at != order.not_before_at and (changed.not_before_at or at) > at:
        mark(uow, order_id, Cause.CUSTOMER, at)
    _let_return_follow(uow, order, changed)
    if order.courier_id is not None:
        touch_route(uow, order.courier_id)
    return uow.orders.require(order_id)


def _check_version(uow: UnitOfWork, order: Order, known_version: int) -> None:
    since = [a for a in uow.amendments.find(order_id=order.order_id) if a.order_version > known_version]
    if since:
        newest = max(since, key=lambda each: each.order_version)
        raise Conflict(f"Order {order.number} was amended by {newest.by} meanwhile: {newest.reason}")


def _check_named(uow: UnitOfWork, order: Order, changed: Order, at: datetime) -> None:
    site = uow.locations.require(changed.site_id)
    if site.kind is not LocationKind.CUSTOMER_SITE:
        raise InvalidValue(f"{site.location_id} is a {site.kind}, not a customer's site.")
    if any(getattr(changed, name) != getattr(order, name) for name in (*COURIERS, Amendable.SITE)):
        check_couriers(uow, changed, site)
    uow.parts.require(changed.part_number)
    contract = uow.contracts.require(changed.contract_id)
    if (changed.part_number, changed.contract_id) != (order.part_number, order.contract_id):
        check_covered(uow, contract, changed.part_number, at)


def _due_by_contract(uow: UnitOfWork, order: Order) -> Order:
    """Return the order as due by its contract: from the call on, with every pause that has ended."""
    contract = uow.contracts.require(order.contract_id)
    calendar = calendar_of(uow, contract)
    due_at = contract.due_at(order.called_at, calendar)
    for pause in sorted(uow.pauses.find(order_id=order.order_id), key=lambda each: each.from_at):
        if pause.to_at is not None:
            due_at = postponed(due_at, calendar, pause.from_at, pause.to_at)
    return replace(order, due_at=due_at, alerted_at=order.alerted_at if due_at == order.due_at else None)


def _with_other_goods(uow: UnitOfWork, order: Order, changed: Order, at: datetime) -> Order:
    """Set the new pieces aside where the old ones were, else give the order back to the planner."""
    if uow.withdrawals.find_in(order_id=[order.order_id], state=PENDING):
        raise AmendmentRefused(
            f"The part of order {order.number} is being taken out of a locker.",
            "Wait until the courier has scanned it, or has given up.",
        )
    held = uow.reservations.find(order_id=order.order_id, released_at=None)
    release(uow, order.order_id, at)
    for reservation in held:
        try:
            with uow.attempt():
                again = reserve(
                    uow,
                    order.order_id,
                    reservation.location_id,
                    changed.part_number,
                    changed.quantity,
                    at,
                    reservation.expires_at,
                )
        except OutOfStock:
            _check_anywhere(uow, changed)
        else:
            planned = order.state is OrderState.PLANNED
            return replace(changed, serials=again.serials) if planned else changed
    if order.state is not OrderState.PLANNED:
        return changed
    reopened, events = orders.reopened(changed, "amended", at)
    uow.outbox.add(*events)
    return reopened


def _check_anywhere(uow: UnitOfWork, order: Order) -> None:
    balances = uow.ledger.balances(part_number=order.part_number)
    enough = [balance.location_id for balance in balances if balance.available >= order.quantity]
    if not any(uow.locations.require(location_id).kind in SOURCES for location_id in enough):
        raise OutOfStock(
            f"No source has {order.quantity} of {order.part_number} free: "
            f"order {order.number} stays as it is, and keeps what is set aside for it."
        )


def _let_return_follow(uow: UnitOfWork, order: Order, changed: Order) -> None:
    """The defective part waits where the order goes to, and is the one that was ordered."""
    rma = None if order.return_id is None else uow.returns.require(order.return_id, lock=True)
    if rma is None or rma.state not in (ReturnState.ANNOUNCED, ReturnState.PLANNED):
        return
    ordered = rma.part_number == order.part_number and rma.announced_serial is None
    part_number = changed.part_number if ordered else rma.part_number
    if (part_number, changed.site_id) != (rma.part_number, rma.site_id):
        uow.returns.save(replace(rma, part_number=part_number, site_id=changed.site_id))
