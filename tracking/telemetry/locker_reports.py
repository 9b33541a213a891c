"""Locker reports: what each of them means to the domain, in our time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime, timedelta

from tracking.lockers.depositing import placed_reported, scan_reported
from tracking.lockers.locker import Compartment, DoorState, Locker
from tracking.lockers.offline_opening import code_locked, code_used
from tracking.lockers.service import (
    connection_reported,
    door_reported,
    jam_reported,
    reply_reported,
    state_reported,
    tamper_reported,
)
from tracking.returns.dropping import learn_drop
from tracking.telemetry.reports import (
    CompartmentReading,
    LockerConnection,
    LockerEvent,
    LockerReply,
    LockerReport,
    LockerState,
)
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import FieldstockError, InvalidValue
from tracking.values.times import EPOCH


class CompartmentMissing(FieldstockError):
    """An event that belongs to a compartment names none."""

    code = "compartment_missing"
    action = "Correct the locker's software: it must say which compartment it means."


def apply_report(uow: UnitOfWork, report: LockerReport) -> None:
    """Let the domain learn what a locker says. Raises `FieldstockError` for what it refuses."""
    uow.lockers.require(report.device)
    _check_texts(report)
    match report:
        case LockerConnection():
            connection_reported(
                uow, report.device, report.online, report.session, report.connect_count, report.received_at
            )
        case LockerState():
            _state(uow, report)
        case LockerEvent():
            if handler := _EVENTS.get(report.kind):  # others are for those who read the journal
                handler(uow, report)
                if report.kind in _SHOW_DROPS:
                    learn_drop(uow, report.device, report.compartment, server_time(report))
        case LockerReply():
            at = server_time(report)
            reply_reported(uow, report.device, report.command_id, report.result, report.reason, at)


def server_time(report: LockerState | LockerEvent | LockerReply) -> datetime:
    """Return when it happened by our clock, as well as one message tells: never after we heard of it.

    With a time of sending, how long before it something happened is what the locker's clock tells.
    """
    at = report.at or report.received_at
    sent_at: datetime | None = getattr(report, "sent_at", None)
    if sent_at is None:
        return min(at, report.received_at)
    age = max(sent_at - at, timedelta(0))
    return report.received_at - min(age, report.received_at - EPOCH)


def _state(uow: UnitOfWork, report: LockerState) -> None:
    at = server_time(report)
    locker = Locker(
        report.device,
        last_heard_at=report.received_at,
        reported_at=at,
        temperature_c=report.temperature_c,
        power=report.power,
        battery_pct=report.battery_pct,
    )
    unseen = {c.compartment for c in report.compartments if c.quantity is None and c.part is None}
    compartments = [_compartment(report.device, item, at) for item in report.compartments]
    state_reported(uow, locker, compartments, unseen)


def _compartment(locker_id: str, reading: CompartmentReading, at: datetime) -> Compartment:
    return Compartment(
        locker_id,
        reading.compartment,
        DoorState(reading.door),
        at,
        part_number=reading.part,
        serial=reading.serial,
        quantity=1 if reading.quantity is None else reading.quantity,
    )


def _check_texts(report: LockerReport) -> None:
    """Raise `InvalidValue` for the one character that no database keeps everywhere."""
    readings = report.compartments if isinstance(report, LockerState) else ()
    for item in (report, *readings):
        for field in fields(item):
            value = getattr(item, field.name)
            if isinstance(value, str) and "\0" in value:
                raise InvalidValue(f"{field.name} holds a NUL character.")


def _opened(uow: UnitOfWork, event: LockerEvent) -> None:
    _door(uow, event, DoorState.OPEN)


def _closed(uow: UnitOfWork, event: LockerEvent) -> None:
    _door(uow, event, DoorState.CLOSED)


def _door(uow: UnitOfWork, event: LockerEvent, door: DoorState) -> None:
    door_reported(uow, event.device, _named(event), door, event.command_id, server_time(event), event.code)


def _jammed(uow: UnitOfWork, event: LockerEvent) -> None:
    jam_reported(uow, event.device, _named(event), server_time(event))


def _tampered(uow: UnitOfWork, event: LockerEvent) -> None:
    where = f" at compartment {event.compartment}" if event.compartment else ""
    tamper_reported(uow, event.device, f"tampering{where}", server_time(event))


def _placed(uow: UnitOfWork, event: LockerEvent) -> None:
    placed_reported(uow, event.device, _named(event), event.command_id, server_time(event))


def _scanned(uow: UnitOfWork, event: LockerEvent) -> None:
    if event.compartment is not None:  # a scanner that serves the whole locker says nothing of a deposit
        at = server_time(event)
        scan_reported(uow, event.device, event.compartment, event.command_id, event.code, at)


def _code_used(uow: UnitOfWork, event: LockerEvent) -> None:
    code_used(uow, event.device, _named(event), event.code, server_time(event))


def _code_locked(uow: UnitOfWork, event: LockerEvent) -> None:
    code_locked(uow, event.device, _named(event), server_time(event))


def _named(event: LockerEvent) -> str:
    if event.compartment is None:
        raise CompartmentMissing(f"{event.kind} of locker {event.device} names no compartment.")
    return event.compartment


_EVENTS: dict[str, Callable[[UnitOfWork, LockerEvent], None]] = {
    "door_opened": _opened,
    "door_closed": _closed,
    "placed": _placed,
    "scanned": _scanned,
    "code_used": _code_used,
    "code_locked": _code_locked,
    "jammed": _jammed,
    "tamper": _tampered,
}

_SHOW_DROPS = frozenset({"door_closed", "placed", "scanned"})
"""The events that may be the last that is needed to know that a customer has left a return."""
