"""Use cases of deposits: reserve a compartment by size, open it, and learn what was laid into it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from tracking.lockers.commanding import command_opening, place_of, raise_alert
from tracking.lockers.deposits import (
    DEPOSIT_VALID,
    OPEN_DEPOSITS,
    TRANSITIONS,
    CompartmentTaken,
    Deposit,
    DepositState,
    OpeningUnderWay,
    advanced,
    completed,
    learned,
)
from tracking.lockers.locker import COMMAND_LOST, PENDING, Compartment, CompartmentSize, DoorState
from tracking.parts.location import compartment_location_id
from tracking.parts.service import Movement, move_reported, open_count_task
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import InvalidValue
from tracking.values.events import DomainEvent
from tracking.values.transitions import check_transition


def reserve_deposit(
    uow: UnitOfWork,
    deposit_id: str,
    locker_id: str,
    size: CompartmentSize,
    reserved_by: str,
    at: datetime,
    *,
    part_number: str | None = None,
    quantity: int | None = None,
    serials: tuple[str, ...] = (),
    from_id: str | None = None,
    valid_for: timedelta = DEPOSIT_VALID,
    with_key: bool = False,
) -> Deposit:
    """Reserve the smallest free compartment that is large enough; the same `deposit_id` reserves once.

    With part, quantity and `from_id` the ledger is moved once it is scanned; `with_key` asks for a
    compartment that an offline code can open. Raises `CompartmentTaken`,
    `InvalidValue`, `NotFound`.
    """
    if known := uow.deposits.get(deposit_id):
        return known
    uow.lockers.require(locker_id, lock=True)
    _check_goods(uow, part_number, serials, from_id)
    free = free_compartments(uow, locker_id, size, with_key=with_key)
    if not free:
        raise CompartmentTaken(f"No {size} compartment of locker {locker_id} is free.")
    chosen = min(free, key=lambda c: (c.size.rank, c.compartment))
    deposit = Deposit(
        deposit_id,
        locker_id,
        chosen.compartment,
        size,
        DepositState.RESERVED,
        reserved_by,
        at,
        at + valid_for,
        part_number,
        quantity,
        serials,
        from_id,
    )
    uow.deposits.add(deposit)
    _tell(uow, deposit, at)
    return deposit


def open_deposit(uow: UnitOfWork, deposit_id: str, at: datetime) -> Deposit:
    """Open a deposit's compartment; once more while its command may still be under way changes nothing.

    Raises `TransitionRefused`, `LockerOffline`, `CompartmentFaulty`.
    """
    deposit = uow.deposits.require(deposit_id)
    locker = uow.lockers.require(deposit.locker_id, lock=True)
    deposit = uow.deposits.require(deposit_id, lock=True)
    check_transition(TRANSITIONS, "Deposit", deposit_id, deposit.state, DepositState.OPENED)
    if _may_still_open(uow, deposit, at):
        return deposit
    compartment = uow.compartments.require(deposit.locker_id, deposit.compartment)
    issued = command_opening(uow, locker, compartment, at)
    opening = replace(deposit, command_id=issued.command_id, failure=None)
    uow.deposits.save(opening)
    return opening


def free_compartments(
    uow: UnitOfWork, locker_id: str, size: CompartmentSize, *, with_key: bool = False
) -> list[Compartment]:
    """Return the free compartments that are large enough, those that a code can open alone if so wished."""
    return [
        c
        for c in _free(uow, locker_id)
        if size.fits_into(c.size) and (c.offline_key_hex is not None or not with_key)
    ]


def settle_deposit(uow: UnitOfWork, deposit_id: str, at: datetime) -> None:
    """End a deposit of which another use case knows what was laid in; one that is over stays as it is."""
    deposit = uow.deposits.require(deposit_id, lock=True)
    if deposit.state in OPEN_DEPOSITS:
        _end(uow, deposit, DepositState.SETTLED, at)


def abandon_deposit(uow: UnitOfWork, deposit_id: str, at: datetime) -> None:
    """End a deposit whose compartment was shut without a sign of what lies in it: a person looks."""
    deposit = uow.deposits.require(deposit_id, lock=True)
    _end(uow, deposit, DepositState.EXPIRED, at)
    _ask_for_count(uow, deposit, "was opened for a deposit that was not finished", at)


def cancel_deposit(uow: UnitOfWork, deposit_id: str, at: datetime) -> Deposit:
    """Give a compartment back that nothing was laid into. Raises `TransitionRefused`, `OpeningUnderWay`."""
    deposit = uow.deposits.require(deposit_id, lock=True)
    if deposit.state in OPEN_DEPOSITS and _may_still_open(uow, deposit, at):
        raise OpeningUnderWay(f"Compartment {deposit.compartment} may open at any moment.")
    return _end(uow, deposit, DepositState.CANCELLED, at)


def expire_deposits(uow: UnitOfWork, at: datetime) -> int:
    """End the deposits that were not finished in time, and return how many there were.

    One whose compartment was opened, or told to open, needs a person: nobody knows what lies in it.
    """
    late = [d for d in uow.deposits.find_in(state=OPEN_DEPOSITS) if d.expires_at <= at]
    for deposit in (uow.deposits.require(found.deposit_id, lock=True) for found in late):
        if deposit.state not in OPEN_DEPOSITS:
            continue
        _end(uow, deposit, DepositState.EXPIRED, at)
        if deposit.command_id is not None or deposit.state is not DepositState.RESERVED:
            _ask_for_count(uow, deposit, "was opened for a deposit that was not finished", at)
    return len(late)


def deposit_of(uow: UnitOfWork, locker_id: str, compartment: str, command_id: str | None) -> Deposit | None:
    """Return the deposit of this command, else the one that was let in at the compartment."""
    if command_id:
        named = uow.deposits.find(locker_id=locker_id, compartment=compartment, command_id=command_id)
        if named:
            return named[0]
    pending = uow.deposits.find_in(locker_id=[locker_id], compartment=[compartment], state=OPEN_DEPOSITS)
    return next((deposit for deposit in pending if deposit.command_id or deposit.opened_at), None)


def deposit_door_reported(uow: UnitOfWork, deposit: Deposit, door: DoorState, at: datetime) -> None:
    """Learn that the door of a deposit's compartment opened or closed."""
    if door is not DoorState.UNKNOWN:
        fact = DepositState.OPENED if door is DoorState.OPEN else DepositState.CLOSED
        _learn(uow, deposit, fact, at)


def placed_reported(
    uow: UnitOfWork, locker_id: str, compartment: str, command_id: str | None, at: datetime
) -> None:
    """Learn that something was laid into a compartment."""
    deposit = deposit_of(uow, locker_id, compartment, command_id)
    if deposit is not None:
        _learn(uow, deposit, DepositState.PLACED, at)


def scan_reported(
    uow: UnitOfWork, locker_id: str, compartment: str, command_id: str | None, code: str | None, at: datetime
) -> None:
    """Learn what a locker's scanner read."""
    deposit = deposit_of(uow, locker_id, compartment, command_id)
    if deposit is not None:
        _learn(uow, deposit, DepositState.SCANNED, at, code)


def fail_deposits(uow: UnitOfWork, locker_id: str, compartment: str, cause: str, at: datetime) -> None:
    """End what was reserved in a compartment that is not to be used."""
    reserved = [DepositState.RESERVED]
    for found in uow.deposits.find_in(locker_id=[locker_id], compartment=[compartment], state=reserved):
        _end(uow, uow.deposits.require(found.deposit_id, lock=True), DepositState.FAILED, at, cause)


def opening_refused(uow: UnitOfWork, locker_id: str, command_id: str, cause: str) -> None:
    """Note why a locker did not open; the compartment stays reserved, so that it can be tried again."""
    for found in uow.deposits.find(locker_id=locker_id, command_id=command_id):
        deposit = uow.deposits.require(found.deposit_id, lock=True)
        if deposit.state in OPEN_DEPOSITS:
            uow.deposits.save(replace(deposit, failure=cause))


def _check_goods(
    uow: UnitOfWork, part_number: str | None, serials: tuple[str, ...], from_id: str | None
) -> None:
    if from_id is not None:
        uow.locations.require(from_id)
    if part_number is None:
        return
    if uow.parts.require(part_number).serialised != bool(serials):
        raise InvalidValue(f"Name the serials of {part_number} exactly when it carries serials.")
    for serial in serials:
        unit = uow.units.get(serial)
        if unit is not None and unit.part_number != part_number:
            raise InvalidValue(f"Serial {serial} is a {unit.part_number}, not a {part_number}.")


def _free(uow: UnitOfWork, locker_id: str) -> list[Compartment]:
    """Return the compartments that are empty by ledger and report, sound, shut, and kept for nobody.

    One that is to be counted is not free: what lies in it is not known.
    """
    kept = {d.compartment for d in uow.deposits.find_in(locker_id=[locker_id], state=OPEN_DEPOSITS)}
    kept |= {w.compartment for w in uow.withdrawals.find_in(locker_id=[locker_id], state=PENDING)}
    return [
        c
        for c in uow.compartments.find(locker_id=locker_id, fault=None, quantity=0)
        if c.compartment not in kept
        and c.door is not DoorState.OPEN
        and not uow.ledger.balances(location_id=place_of(c))
        and not uow.count_tasks.find(location_id=place_of(c), closed_at=None)
    ]


def _may_still_open(uow: UnitOfWork, deposit: Deposit, at: datetime) -> bool:
    command = uow.locker_commands.get(deposit.command_id) if deposit.command_id else None
    return command is not None and command.result is None and command.issued_at + COMMAND_LOST > at


def _learn(
    uow: UnitOfWork, found: Deposit, fact: DepositState, at: datetime, code: str | None = None
) -> None:
    deposit = uow.deposits.require(found.deposit_id, lock=True)
    if deposit.state not in OPEN_DEPOSITS:
        uow.deposits.save(completed(deposit, fact, at, code))
        if deposit.state is not DepositState.SCANNED:
            _ask_once(uow, deposit, at)
        return
    known = learned(deposit, fact, at, code)
    if known.state is DepositState.SCANNED:
        known = _settled(uow, known, at)
    uow.deposits.save(known)
    if known.state is not deposit.state:
        _tell(uow, known, at)


def _settled(uow: UnitOfWork, deposit: Deposit, at: datetime) -> Deposit:
    """Move the ledger when what was scanned is what was announced, else ask for a count."""
    expected = deposit.expected_codes
    if not expected or deposit.part_number is None or deposit.from_id is None or deposit.quantity is None:
        return deposit
    if deposit.code not in expected:
        cause = f"{deposit.code or 'nothing'} was scanned, {' or '.join(expected)} was announced"
        _ask_for_count(uow, deposit, f"holds another thing than announced: {cause}", at)
        return replace(deposit, failure=cause)
    movement = Movement(
        deposit.part_number,
        deposit.quantity,
        deposit.from_id,
        compartment_location_id(deposit.locker_id, deposit.compartment),
        "deposited",
        deposit.reserved_by,
        at,
        at,
        deposit.deposit_id,
        deposit.serials,
        {"locker": deposit.locker_id, "scanned": str(deposit.code)},
    )
    move_reported(uow, movement)
    return deposit


def _ask_once(uow: UnitOfWork, deposit: Deposit, at: datetime) -> None:
    """Ask for a count after a deposit that had ended was used all the same, unless one has covered it."""
    place = compartment_location_id(deposit.locker_id, deposit.compartment)
    counts = uow.count_tasks.find(location_id=place, part_number=None)
    if not any(task.closed_at is None or task.closed_at >= at for task in counts):
        _ask_for_count(uow, deposit, f"was used for a deposit that was {deposit.state}", at)


def _ask_for_count(uow: UnitOfWork, deposit: Deposit, what: str, at: datetime) -> None:
    cause = f"Compartment {deposit.compartment} {what}."
    place = compartment_location_id(deposit.locker_id, deposit.compartment)
    if not open_count_task(uow, place, None, cause, at):
        raise_alert(uow, deposit.locker_id, cause, at, compartment=deposit.compartment)


def _end(
    uow: UnitOfWork, deposit: Deposit, state: DepositState, at: datetime, failure: str | None = None
) -> Deposit:
    ended = advanced(deposit, state, failure)
    uow.deposits.save(ended)
    _tell(uow, ended, at)
    return ended


def _tell(uow: UnitOfWork, deposit: Deposit, at: datetime) -> None:
    data = {
        "deposit_id": deposit.deposit_id,
        "compartment": deposit.compartment,
        "state": str(deposit.state),
        "failure": deposit.failure,
    }
    uow.outbox.add(DomainEvent(f"locker.deposit_{deposit.state}", deposit.locker_id, at, data))
