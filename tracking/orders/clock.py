"""Use cases of the service-level clock of an order: it may be paused and resumed."""

from __future__ import annotations

from datetime import datetime

from tracking.orders import order as orders
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


def _postponed(uow: UnitOfWork, order: Order, paused_from: datetime, paused_to: datetime) -> datetime:
    calendar = calendar_of(uow, uow.contracts.require(order.contract_id))
    return postponed(order.due_at, calendar, paused_from, paused_to)
