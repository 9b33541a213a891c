"""Use cases of inspection: look at what came, let the ledger agree, and settle what the customer gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from tracking.parts.location import UNACCOUNTED
from tracking.parts.part import Condition, Part
from tracking.parts.service import Movement, move_reported, open_count_task
from tracking.returns import rma as returns
from tracking.returns.inspection import Decision, Finding, Inspection, check_decision, differences
from tracking.returns.rma import Return
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import InvalidValue


def inspect(
    uow: UnitOfWork,
    return_id: str,
    found: Finding,
    *,
    note: str,
    unopened: bool,
    photos: tuple[str, ...],
    by: str,
    at: datetime,
) -> Inspection:
    """Record what came, with every difference; where another piece came than was booked, the ledger follows.

    Raises `InvalidValue` for a serial that does not fit the part, `NotFound` for a part or photo that is not
    known, `TransitionRefused` unless the return was received.
    """
    rma = uow.returns.require(return_id, lock=True)
    found = _checked(uow.parts.require(found.part_number), found)
    check_photos(uow, photos)
    told = differences(rma, found)
    changed, events = returns.inspected(rma, at, [dict(difference) for difference in told])
    _correct_ledger(uow, rma, found, by, at)
    inspection = Inspection(
        return_id,
        found.part_number,
        found.serial,
        found.quantity,
        found.damage,
        found.missing,
        note,
        unopened,
        photos,
        told,
        by,
        at,
    )
    uow.inspections.add(inspection)
    uow.returns.save(changed)
    uow.outbox.add(*events)
    return inspection


def settle(
    uow: UnitOfWork,
    return_id: str,
    decision: Decision,
    amount_cents: int | None,
    reason: str,
    by: str,
    at: datetime,
) -> Inspection:
    """Close an inspected return with what the customer gets. Raises `InvalidValue`, `TransitionRefused`."""
    check_decision(decision, amount_cents, reason)
    rma = uow.returns.require(return_id, lock=True)
    facts: dict[str, Any] = {"decision": str(decision), "amount_cents": amount_cents, "reason": reason}
    changed, events = returns.closed(rma, at, facts | {"by": by})
    settled = replace(
        uow.inspections.require(return_id, lock=True),
        decision=decision,
        amount_cents=amount_cents,
        decision_reason=reason,
        decided_by=by,
        decided_at=at,
    )
    uow.inspections.save(settled)
    uow.returns.save(changed)
    uow.outbox.add(*events)
    return settled


def check_photos(uow: UnitOfWork, photos: tuple[str, ...]) -> None:
    """Raise `NotFound` for a photo that was not uploaded, `InvalidValue` for one that is named twice."""
    if len(set(photos)) != len(photos):
        raise InvalidValue("photos: one is named twice.")
    for sha256 in photos:
        uow.photos.require(sha256)


def _checked(part: Part, found: Finding) -> Finding:
    if not part.serialised:
        if found.serial is not None:
            raise InvalidValue(f"serial: {part.part_number} carries no serials.")
        return found
    if found.quantity > 1:
        raise InvalidValue(f"quantity: {part.part_number} carries serials; announce a return for each more.")
    if found.quantity == 1 and found.serial is None:
        raise InvalidValue(f"serial: {part.part_number} carries one; name the one that came.")
    return replace(found, serial=None) if found.quantity == 0 else found


def _correct_ledger(uow: UnitOfWork, rma: Return, found: Finding, by: str, at: datetime) -> None:
    """Let the ledger have at the destination what lay in the box, not what was booked in unseen."""
    out, into = _owed(uow, rma, found)
    if out:
        _book_out(uow, rma, by, at)
    if into:
        serials = (found.serial,) if found.serial else ()
        came = Movement(
            found.part_number,
            into,
            rma.customer_site_id,
            rma.destination_id,
            "inspected",
            by,
            at,
            at,
            reference=rma.return_id,
            serials=serials,
            proof={"kind": "inspection"},
        )
        move_reported(uow, came)
        for serial in serials:
            uow.units.save(replace(uow.units.require(serial), condition=Condition.DEFECTIVE))


def _owed(uow: UnitOfWork, rma: Return, found: Finding) -> tuple[int, int]:
    """Return how many pieces were booked in and did not come, and how many came and were not booked in."""
    if found.serial is not None and found.serial == rma.serial and found.part_number == rma.part_number:
        return 0, 0
    serialised = uow.parts.require(rma.part_number).serialised
    if not serialised and found.part_number == rma.part_number:
        return (0, found.quantity - 1) if found.quantity else (1, 0)
    if found.serial is not None and uow.ledger.whereabouts(found.serial) == rma.destination_id:
        return int(rma.serial is not None or not serialised), 0
    return int(rma.serial is not None or not serialised), found.quantity


def _book_out(uow: UnitOfWork, rma: Return, by: str, at: datetime) -> None:
    """Take what was booked in, and was not in the box, to `unaccounted`, and ask for it."""
    serials = (rma.serial,) if rma.serial else ()
    missing = Movement(
        rma.part_number,
        1,
        rma.destination_id,
        UNACCOUNTED,
        "corrected",
        by,
        at,
        at,
        reference=rma.return_id,
        serials=serials,
        proof={"kind": "inspection"},
    )
    move_reported(uow, missing)
    what = f"serial {rma.serial}" if rma.serial else f"one {rma.part_number}"
    cause = f"{rma.number} was booked in with {what}, which was not in the box."
    open_count_task(uow, rma.destination_id, rma.part_number, cause, at)
