"""The use case of couriers' reports: facts are posted, stops and jobs advance, each report once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from tracking.custody.track_slice import AROUND
from tracking.fleet.reports import (
    RETRY_AFTER,
    WORTH_WAITING,
    FailureReason,
    JobClosed,
    Report,
    ReportConflict,
    ReportInvalid,
    ReportKind,
    ReportRecord,
    SerialRequired,
    StopReplanned,
    Verdict,
    VerdictKind,
)
from tracking.fleet.resting import end_break, start_break
from tracking.fleet.service import touch_route
from tracking.fleet.stops import Step, StepKind, StepState, Stop, StopState, advanced, parse_step_id
from tracking.lockers.service import finish_withdrawal, mark_faulty
from tracking.orders import order as orders
from tracking.orders.amendment import wanted_at
from tracking.orders.causes import Cause
from tracking.orders.clock import ended_pause, mark
from tracking.orders.on_board import find_use_on_board
from tracking.orders.order import Order, OrderState
from tracking.orders.sla import stopped_at
from tracking.parts.location import UNACCOUNTED, LocationKind
from tracking.parts.part import Condition
from tracking.parts.service import Movement, move_reported, open_count_task, release
from tracking.parts.stock import StockMove
from tracking.returns import rma as returns
from tracking.returns.rma import Return, ReturnState
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import Conflict, FieldstockError
from tracking.values.events import DomainEvent

TRIES = 3
_WAITS_FOR: dict[FailureReason | None, Cause] = {
    FailureReason.CUSTOMER_ABSENT: Cause.CUSTOMER,
    FailureReason.ACCESS_DENIED: Cause.CUSTOMER,
    FailureReason.PART_MISSING: Cause.STOCK,
    FailureReason.PART_WRONG: Cause.STOCK,
    FailureReason.PART_DAMAGED: Cause.STOCK,
    FailureReason.LOCKER_FAULT: Cause.STOCK,
}
"""What an order waits for after a step that failed; for dispatch where nothing is named."""
Handler = Callable[[UnitOfWork, Report], None]


def receive_report(open_unit_of_work: Callable[[], UnitOfWork], report: Report) -> Verdict:
    """Apply one report in a transaction of its own and keep it with its verdict.

    A report that came before is a duplicate when it was applied, and gets the same refusal otherwise; one
    that is refused leaves nothing behind but its record. A `Conflict` with somebody who changes the same
    records at the same moment is no verdict: it is tried again, and raised after `TRIES`, and the phone keeps
    the report.
    """
    for _ in range(TRIES - 1):
        with suppress(Conflict):
            return _receive(open_unit_of_work, report)
    return _receive(open_unit_of_work, report)


def _receive(open_unit_of_work: Callable[[], UnitOfWork], report: Report) -> Verdict:
    with open_unit_of_work() as uow:
        if known := uow.reports.get(report.event_id):
            return known.answer
        verdict = _verdict(uow, report)
        uow.reports.add(
            ReportRecord(
                report.event_id,
                report.courier_id,
                report.seq,
                report.kind,
                report.step_id or report.stop_id or report.break_id or "",
                report.at,
                report.received_at,
                verdict.kind,
                verdict.code,
                report.note,
                verdict.cause,
                verdict.action,
            )
        )
        uow.commit()
        return verdict


def _verdict(uow: UnitOfWork, report: Report) -> Verdict:
    try:
        _HANDLERS[report.kind](uow, report)
    except Conflict:
        raise
    except FieldstockError as refusal:
        uow.rollback()
        conflict = isinstance(refusal, ReportConflict)
        kind = VerdictKind.CONFLICT if conflict else VerdictKind.REJECTED
        return Verdict(report.event_id, kind, refusal.code, refusal.cause, refusal.action)
    return Verdict(report.event_id, VerdictKind.APPLIED)


def _en_route(uow: UnitOfWork, report: Report) -> None:
    stop = _advance_stop(uow, report, StopState.EN_ROUTE)
    _mark_orders(uow, report, stop, {StepKind.PICKUP, StepKind.DELIVERY}, Cause.TRAVEL)


def _arrived(uow: UnitOfWork, report: Report) -> None:
    stop = _advance_stop(uow, report, StopState.ARRIVED)
    _mark_orders(uow, report, stop, {StepKind.DELIVERY}, Cause.SITE_WAIT)


def _mark_orders(uow: UnitOfWork, report: Report, stop: Stop, kinds: set[StepKind], cause: Cause) -> None:
    """Note what the time of the orders of a stop is spent on from now on."""
    for step in uow.steps.find(stop_id=stop.stop_id, state=StepState.PLANNED):
        if step.kind in kinds:
            mark(uow, step.job_id, cause, report.happened_at)


def _picked_up(uow: UnitOfWork, report: Report) -> None:
    kind, job_id = _job(report, {StepKind.PICKUP, StepKind.RETURN_PICKUP})
    if kind is StepKind.PICKUP:
        if not _pick_up_order(uow, report, uow.orders.require(job_id, lock=True)):
            return
    else:
        _pick_up_return(uow, report, uow.returns.require(job_id, lock=True))
    _finish_step(uow, report, StepState.DONE)


def _pick_up_order(uow: UnitOfWork, report: Report, order: Order) -> bool:
    """Post what was taken for an order, and tell whether it is what the order is for."""
    if order.state is OrderState.DELIVERED or (
        order.state is OrderState.PICKED_UP and order.courier_id == report.courier_id
    ):
        raise JobClosed(f"Order {order.number} is {order.state} already.")
    source_id = _source(uow, report, order)
    if source_id is None:
        raise ReportInvalid(f"Order {order.number} has no source that it could have been picked up from.")
    taken = _taken(uow, report, order)
    movement = _movement(report, taken.part_number, taken.quantity, source_id, _van(uow, report), "picked_up")
    moved = _hand_over(uow, report, replace(movement, reference=order.order_id))
    finish_withdrawal(uow, source_id, order.order_id, report.happened_at)
    if (taken.part_number, taken.quantity) != (order.part_number, order.quantity):
        raise_alert(uow, report, f"What was picked up for {order.number} is not what it is for any more.")
        find_use_on_board(uow, taken, report.courier_id, moved.serials, report.received_at, why="was amended")
        return False
    release(uow, order.order_id, report.received_at)
    if order.state is OrderState.CANCELLED:
        find_use_on_board(uow, order, report.courier_id, moved.serials, report.received_at)
        return True
    _save_order(uow, orders.picked_up(order, report.courier_id, moved.serials, report.happened_at))
    mark(uow, order.order_id, Cause.TRAVEL, report.happened_at)
    return True


def _source(uow: UnitOfWork, report: Report, order: Order) -> str | None:
    """Return where an order was picked up: where that is planned, else where its part was set aside last."""
    step = _step(uow, report)
    if step is not None:
        return step.location_id
    held = uow.reservations.find(order_id=order.order_id)
    last = max(held, key=lambda each: each.made_at).location_id if held else None
    return order.source_id or last


def _taken(uow: UnitOfWork, report: Report, order: Order) -> Order:
    """Return the order for what a courier took, who may not have heard yet that it is for something else."""
    amendments = uow.amendments.find(order_id=order.order_id)
    if not amendments:
        return order
    wanted = wanted_at(order, amendments, report.happened_at)
    taken = replace(order, part_number=wanted.part_number, quantity=wanted.quantity)
    unit = uow.units.get(report.serials[0]) if report.serials else None
    if unit is None:
        return taken
    return replace(taken, part_number=unit.part_number, quantity=len(report.serials))


def _pick_up_return(uow: UnitOfWork, report: Report, rma: Return) -> None:
    if rma.state in returns.ARRIVED or rma.state is ReturnState.PICKED_UP:
        raise JobClosed(f"Return {rma.number} is {rma.state} already.")
    part = uow.parts.require(rma.part_number)
    serials = report.serials or ((rma.serial,) if rma.serial else ())
    if part.serialised and len(serials) != 1:
        raise SerialRequired(f"The part of return {rma.number} carries a serial.")
    how = "picked_up" if rma.in_locker else "returned_by_customer"
    movement = _movement(report, rma.part_number, 1, rma.site_id, _van(uow, report), how)
    _hand_over(
        uow, report, replace(movement, serials=serials if part.serialised else (), reference=rma.return_id)
    )
    if part.serialised:
        _grade_defective(uow, serials[0])
    finish_withdrawal(uow, rma.site_id, rma.return_id, report.happened_at)
    serial = serials[0] if part.serialised else None
    _alert_of_cancelled_return(uow, report, rma)
    _save_return(uow, returns.picked_up(rma, report.courier_id, serial, report.happened_at))


def _delivered(uow: UnitOfWork, report: Report) -> None:
    _, job_id = _job(report, {StepKind.DELIVERY})
    order = uow.orders.require(job_id, lock=True)
    if order.state is OrderState.DELIVERED:
        raise JobClosed(f"Order {order.number} is delivered already.")
    site_id = wanted_at(order, uow.amendments.find(order_id=job_id), report.happened_at).site_id
    movement = _movement(report, order.part_number, order.quantity, _van(uow, report), site_id, "delivered")
    part = uow.parts.require(order.part_number)
    serials = (report.serials or order.serials) if part.serialised else ()
    if part.serialised and len(serials) != order.quantity:
        raise SerialRequired(f"Order {order.number} is for {order.quantity} with serials; scan each.")
    moved = _hand_over(uow, report, replace(movement, serials=serials, reference=order.order_id))
    release(uow, order.order_id, report.received_at)
    _exchange(uow, report, order, moved.serials)
    if order.state is OrderState.CANCELLED:
        raise_alert(uow, report, f"Order {order.number} was cancelled, and has been delivered all the same.")
    else:
        if site_id != order.site_id:
            number, now_to = order.number, order.site_id
            raise_alert(
                uow, report, f"{number} was delivered to {site_id} before it was amended to {now_to}."
            )
            order = replace(order, site_id=site_id)
        stops_at = stopped_at(report.at, report.received_at, report.clock_offset_s)
        order = ended_pause(uow, order, report.courier_id, stops_at)
        _save_order(
            uow, orders.delivered(order, report.courier_id, moved.serials, stops_at, report.happened_at)
        )
        _start_core_clock(uow, order, stops_at)
    _finish_step(uow, report, StepState.DONE)


def _exchange(uow: UnitOfWork, report: Report, order: Order, serials: tuple[str, ...]) -> None:
    """Let another order on board have the pieces that are left, where its own were handed over instead."""
    left = [serial for serial in order.serials if serial not in serials]
    on_board = {
        "courier_id": report.courier_id,
        "part_number": order.part_number,
        "state": OrderState.PICKED_UP,
    }
    for other in uow.orders.find(**on_board):
        if other.order_id == order.order_id or not set(other.serials) & set(serials):
            continue
        locked = uow.orders.require(other.order_id, lock=True)
        kept = [serial for serial in locked.serials if serial not in serials]
        lacking = len(locked.serials) - len(kept)
        uow.orders.save(replace(locked, serials=(*kept, *left[:lacking])))
        left = left[lacking:]


def _start_core_clock(uow: UnitOfWork, order: Order, handed_over_at: datetime) -> None:
    """From the hand-over of the good part on the customer owes the defective one."""
    rma = None if order.return_id is None else uow.returns.require(order.return_id, lock=True)
    if rma is None or rma.state not in returns.OWED:
        return
    days = uow.contracts.require(order.contract_id).core_days
    _save_return(uow, returns.owed(rma, handed_over_at, handed_over_at + timedelta(days=days)))


def _returned(uow: UnitOfWork, report: Report) -> None:
    _, job_id = _job(report, {StepKind.RETURN_DROPOFF})
    rma = uow.returns.require(job_id, lock=True)
    if rma.state in returns.ARRIVED:
        raise JobClosed(f"Return {rma.number} is {rma.state} already.")
    part = uow.parts.require(rma.part_number)
    serials = (report.serials or ((rma.serial,) if rma.serial else ())) if part.serialised else ()
    if part.serialised and not serials:
        raise SerialRequired(f"The part of return {rma.number} carries a serial.")
    if rma.state is ReturnState.CANCELLED:
        _pick_up_return(uow, replace(report, serials=serials), rma)
        rma = uow.returns.require(job_id)
    movement = _movement(report, rma.part_number, 1, _van(uow, report), rma.destination_id, "received")
    _hand_over(uow, report, replace(movement, serials=serials, reference=rma.return_id))
    if serials and rma.state is not ReturnState.PICKED_UP:
        _grade_defective(uow, serials[0])
    _save_return(uow, returns.received(rma, report.happened_at, serials[0] if serials else None))
    _finish_step(uow, report, StepState.DONE)


def _failed(uow: UnitOfWork, report: Report) -> None:
    if report.reason is None:
        raise ReportInvalid("A failed step needs a reason.")
    kind, job_id = _job(report, set(StepKind))
    if report.reason is FailureReason.CORE_KEPT and kind is not StepKind.RETURN_PICKUP:
        raise ReportInvalid("Only the part of a return can be kept by the customer.")
    if kind.of_return:
        _fail_return(uow, report, kind, uow.returns.require(job_id, lock=True))
    else:
        _fail_order(uow, report, kind, uow.orders.require(job_id, lock=True))
    _finish_step(uow, report, StepState.FAILED)
    raise_alert(uow, report, f"{report.courier_id} could not do {report.step_id}: {report.reason}.")


def _fail_order(uow: UnitOfWork, report: Report, kind: StepKind, order: Order) -> None:
    if order.state not in orders.ACTIVE:
        raise JobClosed(f"Order {order.number} is {order.state} already.")
    on_board = order.state is OrderState.PICKED_UP
    if kind is StepKind.PICKUP and on_board:
        raise JobClosed(f"Order {order.number} is on board already.")
    _check_own(report, order.number, order.courier_id)
    mark(uow, order.order_id, _WAITS_FOR.get(report.reason, Cause.DISPATCH), report.happened_at)
    if on_board:
        uow.orders.save(replace(order, not_before_at=report.received_at + RETRY_AFTER))
        return
    source_id = order.source_id
    if source_id is not None:
        _distrust_source(uow, report, order, source_id)
    release(uow, order.order_id, report.received_at)
    reopened, events = orders.reopened(order, str(report.reason), report.happened_at)
    if report.reason in WORTH_WAITING:
        reopened = replace(reopened, not_before_at=report.received_at + RETRY_AFTER)
    _save_order(uow, (reopened, events))


def _fail_return(uow: UnitOfWork, report: Report, kind: StepKind, rma: Return) -> None:
    if rma.state not in returns.ACTIVE:
        raise JobClosed(f"Return {rma.number} is {rma.state} already.")
    if kind is StepKind.RETURN_PICKUP and rma.state is ReturnState.PICKED_UP:
        raise JobClosed(f"Return {rma.number} is on board already.")
    _check_own(report, rma.number, rma.courier_id)
    if report.reason is FailureReason.CORE_KEPT:
        reason = report.note.strip() or "no reason was given"
        _save_return(uow, returns.refused(rma, reason, report.courier_id, report.happened_at))
        return
    if rma.in_locker and kind is StepKind.RETURN_PICKUP and report.reason is FailureReason.LOCKER_FAULT:
        place = uow.locations.require(rma.site_id)
        mark_faulty(uow, place, f"{report.courier_id} reports a fault.", report.received_at)
    later = report.received_at + RETRY_AFTER
    if kind is StepKind.RETURN_PICKUP and rma.state in (ReturnState.PLANNED, ReturnState.DROPPED):
        reopened, events = returns.reopened(rma, str(report.reason), report.happened_at)
        _save_return(uow, (replace(reopened, not_before_at=later), events))
    else:
        uow.returns.save(replace(rma, not_before_at=later))


def _check_own(report: Report, number: str, courier_id: str | None) -> None:
    if courier_id != report.courier_id:
        raise StopReplanned(f"{number} is not on your route any more.")


def _distrust_source(uow: UnitOfWork, report: Report, order: Order, source_id: str) -> None:
    """Send a missing part to be counted, and close a compartment that does not open."""
    location = uow.locations.require(source_id)
    if report.reason in (FailureReason.PART_MISSING, FailureReason.PART_WRONG, FailureReason.PART_DAMAGED):
        _write_off(uow, report, order, source_id)
        cause = f"{report.courier_id} reports {report.reason} for {order.part_number}."
        open_count_task(uow, source_id, order.part_number, cause, report.received_at)
    elif report.reason is FailureReason.LOCKER_FAULT and location.kind is LocationKind.COMPARTMENT:
        mark_faulty(uow, location, f"{report.courier_id} reports a fault.", report.received_at)


def _write_off(uow: UnitOfWork, report: Report, order: Order, source_id: str) -> None:
    """Book what was not there against `unaccounted`; a serial that lies elsewhere by now stays there."""
    present = uow.ledger.serials_at(source_id, order.part_number)
    serials = tuple(serial for serial in order.serials if serial in present)
    on_hand = uow.ledger.balance(source_id, order.part_number).on_hand
    quantity = len(serials) if order.serials else min(order.quantity, on_hand)
    if quantity > 0:
        movement = _movement(report, order.part_number, quantity, source_id, UNACCOUNTED, str(report.reason))
        move_reported(uow, replace(movement, serials=serials, reference=order.order_id))


def _advance_stop(uow: UnitOfWork, report: Report, state: StopState) -> Stop:
    if report.stop_id is None:
        raise ReportInvalid(f"{report.kind} needs a stop_id.")
    stop = uow.stops.get(report.stop_id, lock=True)
    if stop is None or stop.courier_id != report.courier_id:
        raise StopReplanned("This stop is no longer on your route.")
    _save_stop(uow, report, stop, state)
    return stop


def _finish_step(uow: UnitOfWork, report: Report, state: StepState) -> None:
    """Close the step where it is still planned, and its stop when no step is left."""
    step = _step(uow, report)
    if step is None:
        return
    uow.steps.save(replace(step, state=state))
    stop = uow.stops.require(step.stop_id, lock=True)
    left = [s for s in uow.steps.find(stop_id=step.stop_id) if s.state is StepState.PLANNED]
    if left:
        if stop.state in (StopState.PLANNED, StopState.EN_ROUTE):
            _save_stop(uow, report, stop, StopState.ARRIVED)
    elif stop.state is not StopState.DONE:
        _save_stop(uow, report, stop, StopState.DONE)


def _save_stop(uow: UnitOfWork, report: Report, stop: Stop, state: StopState) -> None:
    uow.stops.save(advanced(stop, state, report.happened_at))
    version = touch_route(uow, stop.courier_id)
    data = {"courier_id": stop.courier_id, "place_id": stop.place_id, "route_version": version}
    uow.outbox.add(DomainEvent(f"stop.{state}", stop.stop_id, report.happened_at, data))


def _job(report: Report, kinds: set[StepKind]) -> tuple[StepKind, str]:
    if report.step_id is None:
        raise ReportInvalid(f"{report.kind} needs a step_id.")
    kind, job_id = parse_step_id(report.step_id)
    if kind not in kinds:
        raise ReportInvalid(f"A {kind} step cannot be {report.kind}.")
    return kind, job_id


def _step(uow: UnitOfWork, report: Report) -> Step | None:
    """Return the step as it is planned now, for whichever courier, if it still is."""
    planned = uow.steps.find(step_id=report.step_id, state=StepState.PLANNED)
    return planned[0] if planned else None


def _van(uow: UnitOfWork, report: Report) -> str:
    return uow.couriers.require(report.courier_id).van_id


def _movement(
    report: Report, part_number: str, quantity: int, from_id: str, to_id: str, reason: str
) -> Movement:
    return Movement(
        part_number,
        quantity,
        from_id,
        to_id,
        reason,
        report.courier_id,
        report.happened_at,
        report.received_at,
        serials=report.serials,
        proof=_proof(report),
    )


def _proof(report: Report) -> dict[str, str]:
    """Return how it was shown: by a scan, else by the courier's word, and where the courier was then."""
    proof = {"event_id": report.event_id, "kind": "scan" if report.serials else "statement"}
    if report.note and not report.serials:
        proof["note"] = report.note
    return proof | (report.track.proof if report.track else {})


def _hand_over(uow: UnitOfWork, report: Report, movement: Movement) -> StockMove:
    """Post what changed hands, and keep where the courier was then for what has a custody timeline."""
    moved = move_reported(uow, movement)
    if moved.serials and report.track is not None:
        uow.couriers.require(report.courier_id, lock=True)  # an erasure comes before this, or sees it
        erasure = uow.erasures.get(report.courier_id)
        if erasure is None or erasure.asked_at < report.track.at - AROUND:
            uow.track_slices.ensure(report.track)
    return moved


def _save_order(uow: UnitOfWork, outcome: tuple[Order, list[DomainEvent]]) -> None:
    uow.orders.save(outcome[0])
    uow.outbox.add(*outcome[1])


def _save_return(uow: UnitOfWork, outcome: tuple[Return, list[DomainEvent]]) -> None:
    uow.returns.save(outcome[0])
    uow.outbox.add(*outcome[1])


def _grade_defective(uow: UnitOfWork, serial: str) -> None:
    uow.units.save(replace(uow.units.require(serial), condition=Condition.DEFECTIVE))


def _alert_of_cancelled_return(uow: UnitOfWork, report: Report, rma: Return) -> None:
    if rma.state is ReturnState.CANCELLED:
        raise_alert(uow, report, f"Return {rma.number} was cancelled, and has been picked up all the same.")


def raise_alert(uow: UnitOfWork, report: Report, cause: str) -> None:
    """Tell the dispatchers of something that needs a person."""
    uow.outbox.add(
        DomainEvent(
            "alert.raised",
            report.step_id or report.courier_id,
            report.happened_at,
            {"courier_id": report.courier_id, "cause": cause},
        )
    )


_HANDLERS: dict[ReportKind, Handler] = {
    ReportKind.EN_ROUTE: _en_route,
    ReportKind.ARRIVED: _arrived,
    ReportKind.PICKED_UP: _picked_up,
    ReportKind.DELIVERED: _delivered,
    ReportKind.FAILED: _failed,
    ReportKind.RETURNED: _returned,
    ReportKind.BREAK_STARTED: start_break,
    ReportKind.BREAK_ENDED: end_break,
}
