"""Use cases of promises: one is asked for, offered with its part set aside, lapses, and is redeemed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from tracking.orders import promise as promises
from tracking.orders.contracts import check_covered, due_of_call
from tracking.orders.courier_wish import check_couriers, each_once
from tracking.orders.on_board import take_on_board
from tracking.orders.order import Order, Urgency
from tracking.orders.promise import Offer, Option, Promise, PromiseLapsed, PromiseState
from tracking.orders.service import place
from tracking.parts.fitting import require_fitting
from tracking.parts.location import LocationKind
from tracking.parts.service import release, reserve
from tracking.parts.stock import OutOfStock
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import InvalidValue
from tracking.values.events import DomainEvent
from tracking.values.ids import new_id

UNANSWERED = "The planner did not answer in time."
GIVEN_UP = "It was given up."
GIVEN_BACK = "What was set aside for the promise has been given back."
GONE = "The last pieces went to somebody else a moment ago."


def ask(
    uow: UnitOfWork,
    *,
    site_id: str,
    part_number: str,
    quantity: int,
    contract_id: str,
    urgency: Urgency,
    confidence: float,
    hold_s: int,
    asked_by: str,
    at: datetime,
    request_key: str | None = None,
    machine_id: str | None = None,
    required_courier_id: str | None = None,
    forbidden_courier_ids: Iterable[str] = (),
) -> Promise:
    """Ask the planner when a part can be at a site; the same `request_key` again asks nothing new.

    Raises `PartDoesNotFit` when neither the part nor a substitute fits the machine that it is for.
    """
    for known in uow.promises.find(request_key=request_key) if request_key else ():
        return known
    site = uow.locations.require(site_id)
    if site.kind is not LocationKind.CUSTOMER_SITE:
        raise InvalidValue(f"{site_id} is a {site.kind}, not a customer's site.")
    part = uow.parts.require(part_number)
    if machine_id is not None:
        require_fitting(uow, part, uow.machines.require(machine_id), site_id)
    contract = uow.contracts.require(contract_id)
    check_covered(uow, contract, part.part_number, at)
    due_at = due_of_call(uow, contract, at)
    promise = Promise(
        new_id(),
        PromiseState.ASKED,
        site_id,
        part.part_number,
        quantity,
        contract_id,
        urgency,
        confidence,
        hold_s,
        asked_by,
        at,
        due_at,
        request_key=request_key,
        machine_id=machine_id,
        required_courier_id=required_courier_id,
        forbidden_courier_ids=each_once(forbidden_courier_ids),
    )
    check_couriers(uow, promise, site)
    uow.promises.add(promise)
    return promise


def answer(
    uow: UnitOfWork,
    promise_id: str,
    offers: Sequence[Offer],
    others: Sequence[Option],
    reason: str,
    at: datetime,
) -> Promise | None:
    """Set the part of the first offer aside that can still be had, and promise it.

    `offers` are ranked, `others` the sources that cannot serve; an offer whose part has gone meanwhile is
    told as lost. Without any the promise is refused for `reason`. Returns None when nobody waits for the
    answer any more.
    """
    promise = uow.promises.require(promise_id, lock=True)
    if promise.state is not PromiseState.ASKED:
        return None
    gone: list[Option] = []
    for n, each in enumerate(offers):
        held = promises.offered(promise, each, _told(offers[n:], [*gone, *others]), at)
        try:
            with uow.attempt():
                reserve(
                    uow, promise_id, each.source_id, each.part_number, promise.quantity, at, held.held_until
                )
        except OutOfStock:
            gone.append(replace(each, reason="Its last piece went to somebody else a moment ago."))
            continue
        uow.promises.save(held)
        uow.outbox.add(_event("promise.offered", held, at))
        return held
    refused = promises.refused(promise, GONE if gone else reason, _told((), [*gone, *others]))
    uow.promises.save(refused)
    uow.outbox.add(_event("promise.refused", refused, at))
    return refused


def give_up(uow: UnitOfWork, promise_id: str, at: datetime) -> Promise:
    """Stop waiting for an answer that does not come, or let go of what is held for a promise."""
    promise = uow.promises.require(promise_id, lock=True)
    if promise.state is PromiseState.OFFERED:
        release(uow, promise_id, at)
    changed = promises.lapsed(promise, UNANSWERED if promise.state is PromiseState.ASKED else GIVEN_UP)
    uow.promises.save(changed)
    uow.outbox.add(_event("promise.lapsed", changed, at))
    return changed


def lapse(uow: UnitOfWork, at: datetime) -> int:
    """Let go of all promises whose time is over, and return how many there were."""
    over = [p for p in uow.promises.find(state=PromiseState.OFFERED) if p.held_until and p.held_until <= at]
    for promise in over:
        locked = uow.promises.require(promise.promise_id, lock=True)
        if locked.state is PromiseState.OFFERED:
            release(uow, promise.promise_id, at)
            changed = promises.lapsed(locked, "It was not redeemed in time.")
            uow.promises.save(changed)
            uow.outbox.add(_event("promise.lapsed", changed, at))
    return len(over)


def redeem(
    uow: UnitOfWork, promise_id: str, requested_by: str, at: datetime, *, expect_return: bool, note: str
) -> Order:
    """Place the order that was promised; what is set aside becomes its own, and its clock began at the call.

    A part that lies in a van is on board of its courier at once. Raises `PromiseLapsed`, `TransitionRefused`.
    """
    promise = uow.promises.require(promise_id, lock=True)
    order_id = new_id()
    changed = promises.redeemed(promise, order_id, at)
    held = uow.reservations.find(order_id=promise_id, released_at=None)
    if not held:  # the clock that lets go of reservations may run ahead of ours
        raise PromiseLapsed(GIVEN_BACK)
    reservation = uow.reservations.require(held[0].reservation_id, lock=True)
    if reservation.released_at is not None:
        raise PromiseLapsed(GIVEN_BACK)
    uow.promises.save(changed)
    order = place(
        uow,
        site_id=promise.site_id,
        part_number=promise.offered_part or promise.part_number,
        quantity=promise.quantity,
        contract_id=promise.contract_id,
        urgency=promise.urgency,
        requested_by=requested_by,
        at=promise.asked_at,
        expect_return=expect_return,
        note=note,
        promise=changed,
        required_courier_id=promise.required_courier_id,
        forbidden_courier_ids=promise.forbidden_courier_ids,
    )
    uow.reservations.save(replace(reservation, order_id=order_id, expires_at=None))
    uow.outbox.add(_event("promise.redeemed", changed, at))
    if uow.locations.require(reservation.location_id).kind is LocationKind.VAN:
        release(uow, order_id, at)  # what is on board for an order is its own by that
        order = take_on_board(uow, order, str(promise.courier_id), reservation.serials, at)
    return order


def _told(offers: Sequence[Option], others: Sequence[Option]) -> tuple[dict[str, Any], ...]:
    return tuple(option.told() for option in (*offers, *others))


def _event(kind: str, promise: Promise, at: datetime) -> DomainEvent:
    data = {
        "site_id": promise.site_id,
        "part_number": promise.part_number,
        "offered_part": promise.offered_part,
        "source_id": promise.source_id,
        "order_id": promise.order_id,
        "reason": promise.reason,
    }
    return DomainEvent(kind, promise.promise_id, at, data)
