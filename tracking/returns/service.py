"""Use cases of returns: announce, cancel, receive, and what the planner decides about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tracking.fleet.alerting import clear, stand
from tracking.parts.location import RETURN_DESTINATIONS, LocationKind
from tracking.parts.part import Condition
from tracking.parts.service import Movement, move_reported
from tracking.returns import rma as returns
from tracking.returns.dropping import give_back, give_back_unopened, names
from tracking.returns.rma import Return, ReturnState
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import FieldstockError, InvalidValue
from tracking.values.events import DomainEvent
from tracking.values.ids import new_id

CORE_OVERDUE = "core.overdue"
"""The kind of the alert that a customer owes a part for too long."""


class NoBench(FieldstockError):
    """There is no bench that a part could be returned to."""

    code = "no_bench"
    action = "Add a location of the kind bench, or name a destination."


def announce(
    uow: UnitOfWork,
    *,
    site_id: str,
    part_number: str,
    serial: str | None,
    destination_id: str | None,
    requested_by: str,
    reason: str,
    at: datetime,
    order_id: str | None = None,
) -> Return:
    """Announce a part that comes back, to the first bench unless another destination is named.

    Raises `InvalidValue` for a destination where no courier can hand a part in.
    """
    site = uow.locations.require(site_id)
    if site.kind is not LocationKind.CUSTOMER_SITE:
        raise InvalidValue(f"{site_id} is a {site.kind}, not a customer's site.")
    part = uow.parts.require(part_number)
    if serial is not None:
        unit = uow.units.get(serial)
        if unit is not None and unit.part_number != part.part_number:
            raise InvalidValue(f"Serial {serial} is a {unit.part_number}, not a {part.part_number}.")
    rma = Return(
        new_id(),
        f"RMA-{uow.next_number('return')}",
        ReturnState.ANNOUNCED,
        site_id,
        part.part_number,
        serial,
        destination(uow, destination_id),
        at,
        requested_by,
        reason,
        order_id,
        announced_serial=serial,
    )
    uow.returns.add(rma)
    data = {"number": rma.number, "site_id": site_id, "part_number": part_number}
    uow.outbox.add(DomainEvent("return.announced", rma.return_id, at, data))
    return rma


def cancel(uow: UnitOfWork, return_id: str, reason: str, at: datetime) -> Return:
    """Call a return off, unless the part has left its site; no compartment is kept for it any more."""
    rma = uow.returns.require(return_id, lock=True)
    changed, events = returns.cancelled(rma, reason, at)
    give_back(uow, rma, at)
    uow.returns.save(changed)
    uow.outbox.add(*events)
    return changed


def ask_again(uow: UnitOfWork, return_id: str, at: datetime) -> Return:
    """Plan the pickup of a part that the customer kept; an alert that it is overdue stays until it comes."""
    changed, events = returns.asked_again(uow.returns.require(return_id, lock=True), at)
    uow.returns.save(changed)
    uow.outbox.add(*events)
    return changed


def tell_overdue_cores(uow: UnitOfWork, at: datetime) -> int:
    """Let an alert stand for every part that is owed for too long, and end those of parts that came."""
    owing = {r.return_id: r for r in uow.returns.find_in(state=returns.OWED) if r.core_due_at is not None}
    told = 0
    for rma in owing.values():
        if rma.core_due_at is not None and rma.core_due_at <= at:
            kept = f", kept by the customer: {rma.closed_reason}" if rma.state is ReturnState.REFUSED else ""
            cause = f"{rma.number} is overdue: {rma.part_number} was owed until {rma.core_due_at:%F}{kept}."
            told += stand(uow, CORE_OVERDUE, rma.return_id, cause, at, return_id=rma.return_id)
    for alert in uow.alerts.find(kind=CORE_OVERDUE, cleared_at=None):
        if alert.subject not in owing:
            clear(uow, alert, "The part came, or is not owed any more.", at, return_id=alert.subject)
            told += 1
    return told


def receive_at_bench(
    uow: UnitOfWork, return_id: str, serial: str | None, actor: str, at: datetime, code: str | None = None
) -> Return:
    """Take a returned part in where it was not a courier who brought it, or the courier did not say so.

    A part that comes straight from a site is defective until somebody has repaired it. `code` is what a
    scanner read, from the label or the part. Raises `InvalidValue` where it belongs to another return.
    """
    rma = uow.returns.require(return_id, lock=True)
    if code is not None and not names(code, rma):
        raise InvalidValue(f"code: {code} is neither the label of {rma.number} nor its serial.")
    part = uow.parts.require(rma.part_number)
    found = (serial or rma.serial) if part.serialised else None
    changed, events = returns.received(rma, at, found)
    if part.serialised and found is None:
        raise InvalidValue(f"{rma.part_number} carries a serial: name the one that came.")
    from_id = uow.couriers.require(rma.courier_id).van_id if _on_board(rma) else rma.site_id
    move_reported(
        uow,
        Movement(
            rma.part_number,
            1,
            from_id,
            rma.destination_id,
            "received",
            actor,
            at,
            at,
            reference=rma.return_id,
            serials=(found,) if found else (),
            proof=_proof(rma, code),
        ),
    )
    if found and not _on_board(rma):
        uow.units.save(replace(uow.units.require(found), condition=Condition.DEFECTIVE))
    give_back_unopened(uow, rma, at)
    uow.returns.save(changed)
    uow.outbox.add(*events)
    return changed


def assign(uow: UnitOfWork, return_id: str, courier_id: str, at: datetime) -> None:
    """Give the pickup of a return to a courier."""
    rma = uow.returns.require(return_id, lock=True)
    changed, events = returns.planned(rma, courier_id, at)
    if changed != rma:
        uow.returns.save(changed)
    if rma.courier_id != courier_id:
        uow.outbox.add(*events)


def leave_out(uow: UnitOfWork, return_id: str, code: str, reason: str, at: datetime) -> None:
    """Note that the plan does not serve a return, and why."""
    rma = uow.returns.require(return_id, lock=True)
    changed, events = returns.unserved(rma, code, reason, at)
    if changed != rma:
        uow.returns.save(changed)
        uow.outbox.add(*events)


def destination(uow: UnitOfWork, destination_id: str | None) -> str:
    """Return where a part that comes back is handed in: the first bench, unless a place is named.

    Raises `InvalidValue` for a place where nothing can be handed in, `NoBench`.
    """
    if destination_id is not None:
        place = uow.locations.require(destination_id)
        if place.kind not in RETURN_DESTINATIONS or place.coordinate is None:
            raise InvalidValue(f"{destination_id} is a {place.kind}: no part can be handed in there.")
        return place.location_id
    benches = uow.locations.find(kind=LocationKind.BENCH)
    if not benches:
        raise NoBench("No bench is known.")
    return benches[0].location_id


def _proof(rma: Return, code: str | None) -> dict[str, str]:
    sent = {"carrier": rma.carrier, "tracking_number": rma.tracking_number or ""} if rma.carrier else {}
    return {"kind": "statement"} | sent if code is None else {"kind": "scan", "scanned": code} | sent


def _on_board(rma: Return) -> bool:
    return rma.state is ReturnState.PICKED_UP and rma.courier_id is not None
