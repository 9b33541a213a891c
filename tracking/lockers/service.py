"""Use cases of lockers: set them up, open compartments, and learn what they report."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from tracking.fleet.stops import StepKind, StepState, parse_step_id
from tracking.lockers.alarms import alarms_of, tell_alarms
from tracking.lockers.commanding import command_opening, place_of, raise_alert
from tracking.lockers.depositing import deposit_door_reported, deposit_of, fail_deposits, opening_refused
from tracking.lockers.differences import compare_with_ledger
from tracking.lockers.locker import (
    COMMAND_LOST,
    PENDING,
    WITHDRAWAL_VALID,
    Compartment,
    CompartmentSize,
    DoorState,
    Locker,
    NothingToWithdraw,
    Withdrawal,
    WithdrawalState,
)
from tracking.lockers.offline_codes import OfflineCode
from tracking.lockers.offline_opening import given_code, issue_offline_code
from tracking.parts.location import Location, LocationKind, compartment_location_id
from tracking.parts.service import add_compartment, add_location, open_count_task
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import InvalidValue
from tracking.values.events import DomainEvent
from tracking.values.ids import new_id

_FETCHED = frozenset({StepKind.PICKUP, StepKind.RETURN_PICKUP})
"""The steps in which a courier takes something out of a compartment."""


def add_locker(
    uow: UnitOfWork,
    place: Location,
    compartments: list[str],
    at: datetime,
    *,
    sizes: Mapping[str, CompartmentSize] | None = None,
    min_temperature_c: float | None = None,
    max_temperature_c: float | None = None,
) -> None:
    """Add a locker at its place, with its compartments, each of them a location of its own.

    `sizes` names those that are not medium; the temperatures are limits beyond which an alarm is raised.
    """
    unknown = set(sizes or ()) - set(compartments)
    if unknown:
        raise InvalidValue(f"There is no compartment {', '.join(sorted(unknown))} to give a size to.")
    add_location(uow, place, at)
    uow.lockers.add(
        Locker(place.location_id, min_temperature_c=min_temperature_c, max_temperature_c=max_temperature_c)
    )
    for name in compartments:
        size = (sizes or {}).get(name, CompartmentSize.MEDIUM)
        uow.compartments.add(Compartment(place.location_id, name, size=size))
        add_compartment(uow, place, name, at)
    uow.outbox.add(DomainEvent("locker.added", place.location_id, at))


def set_temperature_limits(
    uow: UnitOfWork, locker_id: str, min_temperature_c: float | None, max_temperature_c: float | None
) -> Locker:
    """Set what the parts in a locker bear; alarms follow with its next report."""
    locker = uow.lockers.require(locker_id, lock=True)
    limited = replace(locker, min_temperature_c=min_temperature_c, max_temperature_c=max_temperature_c)
    uow.lockers.save(limited)
    return limited


def authorise_withdrawal(
    uow: UnitOfWork, withdrawal_id: str, courier_id: str, step_id: str, at: datetime
) -> Withdrawal:
    """Let a courier open the compartment of a pickup step, and issue the command for it.

    The same `withdrawal_id` opens once, and so does another one while the first is pending and its command
    not lost. Raises `NothingToWithdraw`, `LockerOffline`, `CompartmentFaulty`.
    """
    if known := uow.withdrawals.get(withdrawal_id):
        return known
    locker, compartment, order_id = _withdrawable(uow, courier_id, step_id)
    if pending := _own_pending(uow, compartment, order_id, courier_id):
        if pending.state is not WithdrawalState.AUTHORISED or pending.authorised_at + COMMAND_LOST > at:
            return pending
        uow.withdrawals.save(replace(pending, state=WithdrawalState.EXPIRED))
    command = command_opening(uow, locker, compartment, at)
    return _authorised(uow, withdrawal_id, compartment, order_id, courier_id, command.command_id, at)


def authorise_by_code(
    uow: UnitOfWork, courier_id: str, step_id: str, reason: str, issued_by: str, at: datetime
) -> tuple[OfflineCode, bytes]:
    """Let a courier open the compartment of a pickup step by an offline code; return it with its key.

    Raises `NothingToWithdraw`, `NoOfflineKey`, `OfflineCodesExhausted`.
    """
    locker, compartment, order_id = _withdrawable(uow, courier_id, step_id)
    withdrawal = _own_pending(uow, compartment, order_id, courier_id) or _authorised(
        uow, new_id(), compartment, order_id, courier_id, f"code-{new_id()}", at
    )
    return issue_offline_code(
        uow,
        locker.locker_id,
        compartment.compartment,
        courier_id,
        reason,
        issued_by,
        at,
        withdrawal.withdrawal_id,
    )


def finish_withdrawal(uow: UnitOfWork, location_id: str, order_id: str, at: datetime) -> None:
    """Note that what was withdrawn for an order has been scanned."""
    for found in uow.withdrawals.find_in(order_id=[order_id], state=PENDING):
        withdrawal = _locked(uow, found)
        place = compartment_location_id(withdrawal.locker_id, withdrawal.compartment)
        if withdrawal.state in PENDING and place == location_id:
            uow.withdrawals.save(replace(withdrawal, state=WithdrawalState.SCANNED, scanned_at=at))


def expire_withdrawals(uow: UnitOfWork, at: datetime) -> int:
    """End the withdrawals that were not finished in time, and return how many there were.

    A door that was opened and not closed again needs a person.
    """
    late = [w for w in uow.withdrawals.find_in(state=PENDING) if w.authorised_at + WITHDRAWAL_VALID <= at]
    for withdrawal in (_locked(uow, found) for found in late):
        if withdrawal.state not in PENDING:
            continue
        uow.withdrawals.save(replace(withdrawal, state=WithdrawalState.EXPIRED))
        if withdrawal.state is WithdrawalState.OPENED:
            cause = f"Compartment {withdrawal.compartment} was opened for a withdrawal and not closed again."
            raise_alert(uow, withdrawal.locker_id, cause, at)
    return len(late)


def connection_reported(
    uow: UnitOfWork, locker_id: str, online: bool, session: str, connect_count: int, at: datetime
) -> None:
    """Learn that a locker connected or was lost; an older connection's will changes nothing."""
    locker = uow.lockers.require(locker_id, lock=True)
    ended = not online and connect_count == locker.connect_count and session == locker.session
    if not ended and connect_count <= locker.connect_count:
        return
    uow.lockers.save(
        replace(locker, online=online, session=session, connect_count=connect_count, last_heard_at=at)
    )
    kind = "locker.online" if online else "locker.offline"
    uow.outbox.add(DomainEvent(kind, locker_id, at, {"connect_count": connect_count}))


def state_reported(
    uow: UnitOfWork, reported: Locker, compartments: list[Compartment], unseen: Collection[str] = ()
) -> None:
    """Learn a locker's state; what is older than what we know by the locker's own time is left.

    Of `reported`, `reported_at`, `last_heard_at` and the measurements count. `unseen` are compartments of
    whose content the locker says nothing.
    """
    locker = uow.lockers.require(reported.locker_id, lock=True)
    heard_at = max(filter(None, (locker.last_heard_at, reported.last_heard_at)), default=None)
    newer = locker.reported_at is None or (
        reported.reported_at is not None and reported.reported_at >= locker.reported_at
    )
    if not newer or reported.reported_at is None:
        uow.lockers.save(replace(locker, last_heard_at=heard_at))
        return
    measured = replace(
        locker,
        last_heard_at=heard_at,
        reported_at=reported.reported_at,
        temperature_c=reported.temperature_c,
        power=reported.power,
        battery_pct=reported.battery_pct,
    )
    learnt = replace(measured, alarms=alarms_of(measured, locker.alarms))
    uow.lockers.save(learnt)
    tell_alarms(uow, locker.alarms, learnt, reported.reported_at)
    known = [_learn_compartment(uow, report, report.compartment not in unseen) for report in compartments]
    seen = [c for c in known if c is not None and c.compartment not in unseen]
    compare_with_ledger(uow, locker.locker_id, seen, reported.reported_at)


def door_reported(
    uow: UnitOfWork,
    locker_id: str,
    name: str,
    door: DoorState,
    command_id: str | None,
    at: datetime,
    code: str | None = None,
) -> None:
    """Learn that a door opened or closed, advance the work it belongs to, or ask for a count.

    `code` is the counter of the offline code that opened it.
    """
    compartment = uow.compartments.require(locker_id, name, lock=True)
    if compartment.door_at is None or at >= compartment.door_at:
        uow.compartments.save(replace(compartment, door=door, door_at=at))
    kind = f"locker.door_{'opened' if door is DoorState.OPEN else 'closed'}"
    uow.outbox.add(DomainEvent(kind, locker_id, at, {"compartment": name}))
    given = given_code(uow, compartment, code)
    if given is not None:
        if given.withdrawal_id is not None:
            _advance(uow, uow.withdrawals.require(given.withdrawal_id, lock=True), door, at)
        elif given.deposit_id is not None:
            deposit_door_reported(uow, uow.deposits.require(given.deposit_id), door, at)
        return
    named = _withdrawal_of_command(uow, compartment, command_id)
    deposit = None if named else deposit_of(uow, locker_id, name, command_id)
    if deposit is not None:
        deposit_door_reported(uow, deposit, door, at)
    elif pending := named or next(iter(_pending(uow, locker_id, name)), None):
        _advance(uow, _locked(uow, pending), door, at)
    elif door is DoorState.OPEN:
        place = compartment_location_id(locker_id, name)
        cause = f"Door {name} opened without an authorisation."
        if not open_count_task(uow, place, None, cause, at):
            raise_alert(uow, locker_id, cause, at)


def reply_reported(
    uow: UnitOfWork, locker_id: str, command_id: str, result: str, reason: str | None, at: datetime
) -> None:
    """Learn what became of a command; of another locker's, the locker that replies can know nothing."""
    command = uow.locker_commands.get(command_id, lock=True)
    if command is None or command.locker_id != locker_id or command.result is not None:
        return
    uow.locker_commands.save(replace(command, result=result, reason=reason))
    for found in uow.withdrawals.find(locker_id=locker_id, command_id=command_id):
        withdrawal = _locked(uow, found)
        if result != "done" and withdrawal.state is WithdrawalState.AUTHORISED:
            failed = replace(withdrawal, state=WithdrawalState.FAILED, failure=reason or result)
            uow.withdrawals.save(failed)
            uow.outbox.add(_event("locker.withdrawal_failed", failed, at))
    if result != "done":
        opening_refused(uow, locker_id, command_id, reason or result)


def jam_reported(uow: UnitOfWork, locker_id: str, name: str, at: datetime) -> None:
    """Learn that a compartment is jammed: it is used no more, and its work goes back to sourcing."""
    location = uow.locations.require(compartment_location_id(locker_id, name))
    mark_faulty(uow, location, "The locker reports that it is jammed.", at)


def mark_faulty(uow: UnitOfWork, location: Location, cause: str, at: datetime) -> None:
    """Use a compartment no more until somebody clears its fault."""
    for found in uow.compartments.find(locker_id=location.parent_id):
        if place_of(found) == location.location_id:
            compartment = uow.compartments.require(found.locker_id, found.compartment, lock=True)
            uow.compartments.save(replace(compartment, fault=cause))
            fail_deposits(uow, found.locker_id, found.compartment, cause, at)
    data = {"compartment": location.location_id, "cause": cause}
    uow.outbox.add(DomainEvent("locker.fault", str(location.parent_id), at, data))


def clear_fault(uow: UnitOfWork, locker_id: str, name: str, at: datetime) -> Compartment:
    """Use a compartment again, now that it is repaired; one without a fault stays as it is."""
    compartment = uow.compartments.require(locker_id, name, lock=True)
    if compartment.fault is None:
        return compartment
    cleared = replace(compartment, fault=None)
    uow.compartments.save(cleared)
    uow.outbox.add(DomainEvent("locker.fault_cleared", locker_id, at, {"compartment": place_of(cleared)}))
    return cleared


def tamper_reported(uow: UnitOfWork, locker_id: str, what: str, at: datetime) -> None:
    """Tell the dispatchers that a locker reports something that needs a person."""
    raise_alert(uow, locker_id, f"Locker {locker_id} reports {what}.", at)


def _withdrawable(uow: UnitOfWork, courier_id: str, step_id: str) -> tuple[Locker, Compartment, str]:
    """Return what a courier's pickup step opens, and the order or return it is for; the locker is locked."""
    kind, order_id = parse_step_id(step_id)
    location = _pickup_place(uow, kind, courier_id, step_id)
    locker = uow.lockers.require(location.parent_id, lock=True)
    found = uow.compartments.find(locker_id=locker.locker_id)
    return locker, next(c for c in found if place_of(c) == location.location_id), order_id


def _own_pending(
    uow: UnitOfWork, compartment: Compartment, order_id: str, courier_id: str
) -> Withdrawal | None:
    for found in _pending(uow, compartment.locker_id, compartment.compartment):
        if (found.order_id, found.courier_id) == (order_id, courier_id):
            return _locked(uow, found)
    return None


def _authorised(
    uow: UnitOfWork,
    withdrawal_id: str,
    compartment: Compartment,
    order_id: str,
    courier_id: str,
    command_id: str,
    at: datetime,
) -> Withdrawal:
    withdrawal = Withdrawal(
        withdrawal_id,
        compartment.locker_id,
        compartment.compartment,
        order_id,
        courier_id,
        command_id,
        WithdrawalState.AUTHORISED,
        at,
    )
    uow.withdrawals.add(withdrawal)
    uow.outbox.add(_event("locker.withdrawal_authorised", withdrawal, at))
    return withdrawal


def _as_if_in_time(withdrawal: Withdrawal) -> WithdrawalState:
    """Return the state of a withdrawal of whose time we hear only when the locker is back."""
    if withdrawal.state is not WithdrawalState.EXPIRED:
        return withdrawal.state
    return WithdrawalState.OPENED if withdrawal.opened_at else WithdrawalState.AUTHORISED


def _advance(uow: UnitOfWork, found: Withdrawal, door: DoorState, at: datetime) -> None:
    withdrawal = replace(found, state=_as_if_in_time(found))
    if door is DoorState.OPEN and withdrawal.state is WithdrawalState.AUTHORISED:
        uow.withdrawals.save(replace(withdrawal, state=WithdrawalState.OPENED, opened_at=at))
    elif door is DoorState.CLOSED and withdrawal.state in (
        WithdrawalState.OPENED,
        WithdrawalState.AUTHORISED,
    ):
        opened_at = withdrawal.opened_at or at
        uow.withdrawals.save(
            replace(withdrawal, state=WithdrawalState.CLOSED, opened_at=opened_at, closed_at=at)
        )


def _pickup_place(uow: UnitOfWork, kind: StepKind, courier_id: str, step_id: str) -> Location:
    for step in uow.steps.find(step_id=step_id, state=StepState.PLANNED):
        location = uow.locations.require(step.location_id)
        own = uow.stops.require(step.stop_id).courier_id == courier_id
        if own and kind in _FETCHED and location.kind is LocationKind.COMPARTMENT:
            return location
    raise NothingToWithdraw(f"{step_id} is no pickup at a locker on your route.")


def _learn_compartment(uow: UnitOfWork, report: Compartment, content_seen: bool) -> Compartment | None:
    known = uow.compartments.get(report.locker_id, report.compartment, lock=True)
    if known is None:
        tamper_reported(uow, report.locker_id, f"an unknown compartment {report.compartment}", _at(report))
        return None
    door_is_newer = known.door_at is None or (report.door_at is not None and report.door_at >= known.door_at)
    learnt = replace(
        known,
        door=report.door if door_is_newer else known.door,
        door_at=report.door_at if door_is_newer else known.door_at,
    )
    if content_seen:
        learnt = replace(
            learnt, part_number=report.part_number, serial=report.serial, quantity=report.quantity
        )
    uow.compartments.save(learnt)
    return learnt


def _at(report: Compartment) -> datetime:
    assert report.door_at is not None, "a report carries its time"  # noqa: S101
    return report.door_at


def _withdrawal_of_command(
    uow: UnitOfWork, compartment: Compartment, command_id: str | None
) -> Withdrawal | None:
    """Return a command's withdrawal; of one that expired, the courier's next for the order if any."""
    named = command_id and uow.withdrawals.find(
        locker_id=compartment.locker_id, compartment=compartment.compartment, command_id=command_id
    )
    found = named[0] if named else None
    if found is not None and found.state is WithdrawalState.EXPIRED:
        return _own_pending(uow, compartment, found.order_id, found.courier_id) or found
    return found


def _pending(uow: UnitOfWork, locker_id: str, compartment: str) -> list[Withdrawal]:
    return uow.withdrawals.find_in(locker_id=[locker_id], compartment=[compartment], state=PENDING)


def _locked(uow: UnitOfWork, withdrawal: Withdrawal) -> Withdrawal:
    """Return the withdrawal as it is now, kept from being changed by others."""
    return uow.withdrawals.require(withdrawal.withdrawal_id, lock=True)


def _event(kind: str, withdrawal: Withdrawal, at: datetime) -> DomainEvent:
    data = {
        "withdrawal_id": withdrawal.withdrawal_id,
        "compartment": withdrawal.compartment,
        "order_id": withdrawal.order_id,
        "courier_id": withdrawal.courier_id,
        "state": withdrawal.state,
        "failure": withdrawal.failure,
    }
    return DomainEvent(kind, withdrawal.locker_id, at, data)
