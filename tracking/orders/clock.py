"""Use cases of an order's service-level clock: it is paused and resumed, and knows where its time went."""

from __future__ import annotations

from datetime import datetime, timedelta

from tracking.orders import order as orders
from tracking.orders.causes import Cause, OrderMark, divided
from tracking.orders.contracts import calendar_of
from tracking.orders.order import Order
from tracking.orders.sla import Pause, PauseReason, postponed
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import InvalidValue
from tracking.values.ids import new_id


def pause(uow: UnitOfWork, order_id: str, reason: PauseReason, note: str, by: str, at: datetime) -> Order:
    """Stop an order's clock.

    Raises `TransitionRefused` when it does not run, `InvalidValue` where another reason is not told.
    """
    if reason is PauseReason.OTHER and not note.strip():
        raise InvalidValue("A pause for another reason needs a note that tells it.")
    order = uow.orders.require(order_id, lock=True)
    changed, events = orders.paused(order, reason, note, by, at)
    uow.pauses.add(Pause(new_id(), order_id, at, reason, note, by))
    uow.orders.save(changed)
    uow.outbox.add(*events)
    return changed


def resume(uow: UnitOfWork, order_id: str, by: str, at: datetime) -> Order:
    """Let a paused clock run on: the order is due later by the service time of the pause.

    Raises `TransitionRefused` when it is not paused.
    """
    order = uow.orders.require(order_id, lock=True)
    orders.check_paused(order)
    changed = ended_pause(uow, order, by, at)
    uow.orders.save(changed)
    uow.outbox.add(*orders.resumed(changed, by, at))
    return changed


def ended_pause(uow: UnitOfWork, order: Order, by: str, at: datetime) -> Order:
    """Note the end of the order's pause, if there is one, and return the order with its clock running."""
    for running in uow.pauses.find(order_id=order.order_id, to_at=None):
        ended = running.ended(at, by)
        uow.pauses.save(ended)
        order = orders.due_again(order, _postponed(uow, order, ended.from_at, ended.to_at or at))
    return order


def as_if_resumed(uow: UnitOfWork, order: Order, at: datetime) -> Order:
    """Return the order as due as if a pause, if there is one, ended at `at`: what planning counts with."""
    if order.paused_at is None:
        return order
    return orders.due_again(order, _postponed(uow, order, order.paused_at, at))


def mark(uow: UnitOfWork, order_id: str, cause: Cause, at: datetime) -> None:
    """Note what an order's time is spent on from now on."""
    uow.order_marks.add(OrderMark(new_id(), order_id, at, cause))


def causes_of(uow: UnitOfWork, order: Order, now: datetime) -> dict[Cause, timedelta]:
    """Return what the time of an order was spent on from its call until its hand-over, or until now.

    The courier is at the site from the arrival that fixes show, else from the one that the courier reported.
    """
    until = order.stopped_at or now
    marks = uow.order_marks.find(order_id=order.order_id)
    arrived_at = _arrival(uow, order, until)
    if arrived_at is not None:
        marks = [
            *_before_arrival(marks, arrived_at),
            OrderMark("", order.order_id, arrived_at, Cause.SITE_WAIT),
        ]
    return divided(order.called_at, until, marks, uow.pauses.find(order_id=order.order_id))


def _arrival(uow: UnitOfWork, order: Order, until: datetime) -> datetime | None:
    """Return since when the courier who handed the order over was there by then, if fixes show it."""
    if order.stopped_at is None or order.courier_id is None:
        return None
    visits = uow.visits.find(courier_id=order.courier_id, place_id=order.site_id)
    return max((visit.arrived_at for visit in visits if visit.stay.covers(until)), default=None)


def _before_arrival(marks: list[OrderMark], arrived_at: datetime) -> list[OrderMark]:
    """Return the marks that hold beside an arrival: without the courier's own word for the same arrival."""
    kept = [each for each in marks if each.at < arrived_at or each.cause is Cause.CUSTOMER]
    kept.sort(key=lambda each: each.at)
    while kept and kept[-1].cause is Cause.SITE_WAIT:
        kept.pop()
    return kept


def _postponed(uow: UnitOfWork, order: Order, paused_from: datetime, paused_to: datetime) -> datetime:
    calendar = calendar_of(uow, uow.contracts.require(order.contract_id))
    return postponed(order.due_at, calendar, paused_from, paused_to)
