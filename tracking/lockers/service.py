"""Use cases of lockers: set them up, open compartments, and learn what they report."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tracking.fleet.stops import StepKind, StepState, parse_step_id
from tracking.lockers.locker import (
    COMMAND_LOST,
    COMMAND_VALID,
    PENDING,
    WITHDRAWAL_VALID,
    Compartment,
    CompartmentFaulty,
    DoorState,
    Locker,
    LockerCommand,
    LockerOffline,
    NothingToWithdraw,
    Withdrawal,
    WithdrawalState,
)
from tracking.parts.location import Location, LocationKind, compartment_location_id
from tracking.parts.service import add_compartment, add_location, open_count_task
from tracking.unit_of_work import UnitOfWork
from tracking.values.events import DomainEvent
from tracking.values.ids import new_id


def add_locker(uow: UnitOfWork, place: Location, compartments: list[str], at: datetime) -> None:
    """Add a locker at its place, with its compartments, each of them a location of its own."""
    add_location(uow, place, at)
    uow.lockers.add(Locker(place.location_id))
    for compartment in compartments:
        uow.compartments.add(Compartment(place.location_id, compartment))
        add_compartment(uow, place, compartment, at)
    uow.outbox.add(DomainEvent("locker.added", place.location_id, at))


def authorise_withdrawal(
    uow: UnitOfWork, withdrawal_id: str, courier_id: str, step_id: str, at: datetime
) -> Withdrawal:
    """Let a courier open the compartment of a pickup step, and issue the command for it.

    The same `withdrawal_id` opens once, and so does another one while the first is pending and its command
    not lost. Raises `NothingToWithdraw`, `LockerOffline`, `CompartmentFaulty`.
    """
    if known := uow.withdrawals.get(withdrawal_id):
        return known
    kind, order_id = parse_step_id(step_id)
    location = _pickup_place(uow, kind, courier_id, step_id)
    locker_id, name = str(location.parent_id), location.location_id
    locker = uow.lockers.require(locker_id, lock=True)
    compartment = next(c for c in uow.compartments.find(locker_id=locker_id) if _place(c) == name)
    for found in _pending(uow, locker_id, compartment.compartment):
        if (found.order_id, found.courier_id) == (order_id, courier_id):
            pending = _locked(uow, found)
            if pending.state is not WithdrawalState.AUTHORISED or pending.authorised_at + COMMAND_LOST > at:
                return pending
            uow.withdrawals.save(replace(pending, state=WithdrawalState.EXPIRED))
    if compartment.fault:
        raise CompartmentFaulty(f"Compartment {compartment.compartment}: {compartment.fault}")
    if not locker.online or locker.session is None:
        raise LockerOffline(f"Locker {locker_id} is not connected.")
    command = LockerCommand(
        new_id(),
        locker_id,
        locker.session,
        "open",
        compartment.compartment,
        at,
        int(COMMAND_VALID.total_seconds()),
    )
    withdrawal = Withdrawal(
        withdrawal_id,
        locker_id,
        compartment.compartment,
        order_id,
        courier_id,
        command.command_id,
        WithdrawalState.AUTHORISED,
        at,
    )
    uow.locker_commands.add(command)
    uow.withdrawals.add(withdrawal)
    uow.outbox.add(_event("locker.withdrawal_authorised", withdrawal, at))
    return withdrawal


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
            _raise_alert(uow, withdrawal.locker_id, cause, at)
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


def state_reported(uow: UnitOfWork, reported: Locker, compartments: list[Compartment]) -> None:
    """Learn a locker's state; what is older than what we know by the locker's own time is left.

    Of `reported`, `reported_at`, `last_heard_at` and the measurements count.
    """
    locker = uow.lockers.require(reported.locker_id, lock=True)
    heard_at = max(filter(None, (locker.last_heard_at, reported.last_heard_at)), default=None)
    newer = locker.reported_at is None or (
        reported.reported_at is not None and reported.reported_at >= locker.reported_at
    )
    if not newer:
        uow.lockers.save(replace(locker, last_heard_at=heard_at))
        return
    uow.lockers.save(
        replace(
            locker,
            last_heard_at=heard_at,
            reported_at=reported.reported_at,
            temperature_c=reported.temperature_c,
            power=reported.power,
            battery_pct=reported.battery_pct,
        )
    )
    for report in compartments:
        _learn_compartment(uow, report)


def door_reported(
    uow: UnitOfWork, locker_id: str, name: str, door: DoorState, command_id: str | None, at: datetime
) -> None:
    """Learn that a door opened or closed, advance the withdrawal it belongs to, or ask for a count."""
    compartment = uow.compartments.require(locker_id, name, lock=True)
    if compartment.door_at is None or at >= compartment.door_at:
        uow.compartments.save(replace(compartment, door=door, door_at=at))
    uow.outbox.add(
        DomainEvent(
            f"locker.door_{'opened' if door is DoorState.OPEN else 'closed'}",
            locker_id,
            at,
            {"compartment": name},
        )
    )
    withdrawal = _withdrawal_of(uow, locker_id, name, command_id)
    if withdrawal is None:
        if door is DoorState.OPEN:
            place = compartment_location_id(locker_id, name)
            cause = f"Door {name} opened without an authorisation."
            if not open_count_task(uow, place, None, cause, at):
                _raise_alert(uow, locker_id, cause, at)
    elif door is DoorState.OPEN and withdrawal.state is WithdrawalState.AUTHORISED:
        uow.withdrawals.save(replace(withdrawal, state=WithdrawalState.OPENED, opened_at=at))
    elif door is DoorState.CLOSED and withdrawal.state in (
        WithdrawalState.OPENED,
        WithdrawalState.AUTHORISED,
    ):
        opened_at = withdrawal.opened_at or at
        uow.withdrawals.save(
            replace(withdrawal, state=WithdrawalState.CLOSED, opened_at=opened_at, closed_at=at)
        )


def reply_reported(uow: UnitOfWork, command_id: str, result: str, reason: str | None, at: datetime) -> None:
    """Learn what became of a command."""
    command = uow.locker_commands.get(command_id, lock=True)
    if command is None or command.result is not None:
        return
    uow.locker_commands.save(replace(command, result=result, reason=reason))
    for found in uow.withdrawals.find(locker_id=command.locker_id, command_id=command_id):
        withdrawal = _locked(uow, found)
        if result != "done" and withdrawal.state is WithdrawalState.AUTHORISED:
            failed = replace(withdrawal, state=WithdrawalState.FAILED, failure=reason or result)
            uow.withdrawals.save(failed)
            uow.outbox.add(_event("locker.withdrawal_failed", failed, at))


def jam_reported(uow: UnitOfWork, locker_id: str, name: str, at: datetime) -> None:
    """Learn that a compartment is jammed: it is used no more, and its work goes back to sourcing."""
    location = uow.locations.require(compartment_location_id(locker_id, name))
    mark_faulty(uow, location, "The locker reports that it is jammed.", at)


def mark_faulty(uow: UnitOfWork, location: Location, cause: str, at: datetime) -> None:
    """Use a compartment no more until somebody clears its fault."""
    for found in uow.compartments.find(locker_id=location.parent_id):
        if _place(found) == location.location_id:
            compartment = uow.compartments.require(found.locker_id, found.compartment, lock=True)
            uow.compartments.save(replace(compartment, fault=cause))
    data = {"compartment": location.location_id, "cause": cause}
    uow.outbox.add(DomainEvent("locker.fault", str(location.parent_id), at, data))


def clear_fault(uow: UnitOfWork, locker_id: str, name: str, at: datetime) -> Compartment:
    """Use a compartment again, now that it is repaired; one without a fault stays as it is."""
    compartment = uow.compartments.require(locker_id, name, lock=True)
    if compartment.fault is None:
        return compartment
    cleared = replace(compartment, fault=None)
    uow.compartments.save(cleared)
    uow.outbox.add(DomainEvent("locker.fault_cleared", locker_id, at, {"compartment": _place(cleared)}))
    return cleared


def tamper_reported(uow: UnitOfWork, locker_id: str, what: str, at: datetime) -> None:
    """Tell the dispatchers that a locker reports something that needs a person."""
    _raise_alert(uow, locker_id, f"Locker {locker_id} reports {what}.", at)


def _pickup_place(uow: UnitOfWork, kind: StepKind, courier_id: str, step_id: str) -> Location:
    for step in uow.steps.find(step_id=step_id, state=StepState.PLANNED):
        location = uow.locations.require(step.location_id)
        own = uow.stops.require(step.stop_id).courier_id == courier_id
        if own and kind is StepKind.PICKUP and location.kind is LocationKind.COMPARTMENT:
            return location
    raise NothingToWithdraw(f"{step_id} is no pickup at a locker on your route.")


def _learn_compartment(uow: UnitOfWork, report: Compartment) -> None:
    known = uow.compartments.get(report.locker_id, report.compartment, lock=True)
    if known is None:
        tamper_reported(uow, report.locker_id, f"an unknown compartment {report.compartment}", _at(report))
        return
    door_is_newer = known.door_at is None or (report.door_at is not None and report.door_at >= known.door_at)
    uow.compartments.save(
        replace(
            known,
            door=report.door if door_is_newer else known.door,
            door_at=report.door_at if door_is_newer else known.door_at,
            part_number=report.part_number,
            serial=report.serial,
            quantity=report.quantity,
        )
    )


def _at(report: Compartment) -> datetime:
    assert report.door_at is not None, "a report carries its time"  # noqa: S101
    return report.door_at


def _withdrawal_of(
    uow: UnitOfWork, locker_id: str, compartment: str, command_id: str | None
) -> Withdrawal | None:
    """Return the withdrawal of this command, else the one that is pending at the compartment."""
    named = command_id and uow.withdrawals.find(
        locker_id=locker_id, compartment=compartment, command_id=command_id
    )
    exact = [w for w in named or () if w.state is not WithdrawalState.EXPIRED]
    found = next(iter(exact or _pending(uow, locker_id, compartment)), None)
    return None if found is None else _locked(uow, found)


def _pending(uow: UnitOfWork, locker_id: str, compartment: str) -> list[Withdrawal]:
    return uow.withdrawals.find_in(locker_id=[locker_id], compartment=[compartment], state=PENDING)


def _locked(uow: UnitOfWork, withdrawal: Withdrawal) -> Withdrawal:
    """Return the withdrawal as it is now, kept from being changed by others."""
    return uow.withdrawals.require(withdrawal.withdrawal_id, lock=True)


def _raise_alert(uow: UnitOfWork, locker_id: str, cause: str, at: datetime) -> None:
    data = {"locker_id": locker_id, "cause": cause}
    uow.outbox.add(DomainEvent("alert.raised", locker_id, at, data))


def _place(compartment: Compartment) -> str:
    return compartment_location_id(compartment.locker_id, compartment.compartment)


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
