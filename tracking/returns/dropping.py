"""Use cases of a drop in a locker: keep a compartment, give its code out, learn that the part lies there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from tracking.lockers.commanding import place_of
from tracking.lockers.depositing import (
    abandon_deposit,
    cancel_deposit,
    free_compartments,
    reserve_deposit,
    settle_deposit,
)
from tracking.lockers.deposits import Deposit, DepositState
from tracking.lockers.locker import CompartmentSize
from tracking.lockers.offline_codes import OfflineCode
from tracking.lockers.offline_opening import issue_offline_code
from tracking.parts.location import compartment_location_id
from tracking.parts.part import Condition, Part
from tracking.parts.service import Movement, move_reported, open_count_task
from tracking.returns import rma as returns
from tracking.returns.rma import Return, ReturnState
from tracking.returns.ways import ReturnWay, WayNotPossible
from tracking.unit_of_work import UnitOfWork
from tracking.values.gs1 import INTERNAL
from tracking.values.ids import new_id

DROP_VALID = timedelta(hours=48)
"""How long a compartment is kept for a customer who brings a part."""

LARGEST_CM3 = {CompartmentSize.SMALL: 8_000, CompartmentSize.MEDIUM: 30_000}
"""The volume of the largest part, packed, that goes into a compartment; what is larger needs a large one."""


class DropState(StrEnum):
    """How far a drop has come: `unseen` is a door that was shut without a sign of what lies behind it."""

    KEPT = "kept"
    OPEN = "open"
    UNSEEN = "unseen"
    LAPSED = "lapsed"


def size_for(part: Part) -> CompartmentSize:
    """Return the smallest size of compartment that a part goes into."""
    fitting = (size for size, most_cm3 in LARGEST_CM3.items() if part.volume_cm3 <= most_cm3)
    return next(fitting, CompartmentSize.LARGE)


def takes_drop(uow: UnitOfWork, locker_id: str, size: CompartmentSize) -> bool:
    """Tell whether a locker has a free compartment of a size, or larger, that a code can open."""
    return bool(free_compartments(uow, locker_id, size, with_key=True))


def reserve_drop(uow: UnitOfWork, rma: Return, locker_id: str, at: datetime) -> Deposit:
    """Keep a compartment for what a customer brings, and give out the code that opens it once.

    Raises `CompartmentTaken`, `NotFound`, `OfflineCodesExhausted`.
    """
    size = size_for(uow.parts.require(rma.part_number))
    deposit = reserve_deposit(
        uow, new_id(), locker_id, size, rma.number, at, valid_for=DROP_VALID, with_key=True
    )
    issue_offline_code(
        uow,
        locker_id,
        deposit.compartment,
        rma.number,
        f"Drop of {rma.number}",
        rma.requested_by,
        at,
        deposit_id=deposit.deposit_id,
    )
    return deposit


def drop_code(uow: UnitOfWork, rma: Return) -> tuple[Deposit, OfflineCode, bytes] | None:
    """Return the compartment that is kept for a return, its code and the key that makes it.

    None where none is kept any more, or the code was used.
    """
    deposit = uow.deposits.get(rma.deposit_id) if rma.deposit_id else None
    if deposit is None or deposit.state is not DepositState.RESERVED:
        return None
    compartment = uow.compartments.require(deposit.locker_id, deposit.compartment)
    for code in uow.offline_codes.find(deposit_id=deposit.deposit_id, used_at=None):
        if compartment.offline_key_hex is not None:
            return deposit, code, bytes.fromhex(compartment.offline_key_hex)
    return None


def give_back(uow: UnitOfWork, rma: Return, at: datetime) -> None:
    """Keep the compartment of a return no more; of one that was opened a person has to say what lies in it.

    Raises `WayNotPossible` while its door stands open.
    """
    deposit = uow.deposits.get(rma.deposit_id) if rma.deposit_id else None
    match drop_state(deposit):
        case DropState.KEPT:
            cancel_deposit(uow, str(rma.deposit_id), at)
        case DropState.UNSEEN:
            abandon_deposit(uow, str(rma.deposit_id), at)
        case DropState.OPEN:
            raise WayNotPossible(
                f"The compartment for {rma.number} stands open.", "Shut its door, then choose again."
            )
        case DropState.LAPSED | None:
            pass


def give_back_unopened(uow: UnitOfWork, rma: Return, at: datetime) -> None:
    """Keep no compartment for a return that came in another way than by its drop."""
    if rma.deposit_id and drop_state(uow.deposits.get(rma.deposit_id)) is DropState.KEPT:
        cancel_deposit(uow, rma.deposit_id, at)


def drop_state(deposit: Deposit | None) -> DropState | None:
    """Return how far a drop has come; None where there is none, or it is done."""
    if deposit is None or deposit.state in (DepositState.SCANNED, DepositState.SETTLED):
        return None
    return _DROP_STATES.get(deposit.state, DropState.LAPSED)


def learn_drop(uow: UnitOfWork, locker_id: str, compartment: str | None, at: datetime) -> None:
    """Take a return over from its customer once its locker says that something lies behind a shut door.

    That the compartment's sensor noticed it, or that the locker read the serial or the label, shows it. The
    door alone does not. Where another code was read, a person has to look.
    """
    for found in uow.returns.find(state=ReturnState.AWAITED, way=ReturnWay.LOCKER):
        deposit = uow.deposits.get(found.deposit_id) if found.deposit_id else None
        if deposit is None or (deposit.locker_id, deposit.compartment) != (locker_id, compartment):
            continue
        if not _lies_there(deposit):
            continue
        rma = uow.returns.require(found.return_id, lock=True)
        if deposit.code is not None and not names(deposit.code, rma):
            cause = f"{deposit.code} was scanned in place of {rma.number}."
            open_count_task(uow, compartment_location_id(locker_id, deposit.compartment), None, cause, at)
        elif rma.state is ReturnState.AWAITED:
            _take_over(uow, rma, deposit, at)


def names(code: str, rma: Return) -> bool:
    """Tell whether a code that was read is the serial of a return, its number, or its label's."""
    plain = code.strip().replace("(", "").replace(")", "").replace("\x1d", "")
    return plain in (rma.serial, rma.number) or plain.endswith(f"{INTERNAL}{rma.number}")


def _take_over(uow: UnitOfWork, rma: Return, deposit: Deposit, at: datetime) -> None:
    compartment = uow.compartments.require(deposit.locker_id, deposit.compartment)
    serials = (rma.serial,) if rma.serial else ()
    proof = {"locker": deposit.locker_id, "deposit": deposit.deposit_id}
    proof["kind"] = "scan" if deposit.code else "sensor"
    movement = Movement(
        rma.part_number,
        1,
        rma.site_id,
        place_of(compartment),
        "dropped",
        rma.requested_by,
        deposit.closed_at or at,
        at,
        rma.return_id,
        serials,
        proof,
    )
    move_reported(uow, movement)
    for serial in serials:
        uow.units.save(replace(uow.units.require(serial), condition=Condition.DEFECTIVE))
    settle_deposit(uow, deposit.deposit_id, at)
    changed, events = returns.dropped(rma, movement.to_id, at)
    uow.returns.save(changed)
    uow.outbox.add(*events)


_DROP_STATES = {
    DepositState.RESERVED: DropState.KEPT,
    DepositState.OPENED: DropState.OPEN,
    DepositState.PLACED: DropState.OPEN,
    DepositState.CLOSED: DropState.UNSEEN,
}


def _lies_there(deposit: Deposit) -> bool:
    shown = deposit.placed_at is not None or deposit.scanned_at is not None
    opened_at, closed_at = deposit.opened_at, deposit.closed_at
    return shown and closed_at is not None and (opened_at is None or closed_at >= opened_at)
