"""What all work at a locker shares: its commands, and the alerts that it raises."""

from __future__ import annotations

from datetime import datetime

from tracking.lockers.locker import (
    COMMAND_VALID,
    Compartment,
    CompartmentFaulty,
    Locker,
    LockerCommand,
    LockerOffline,
)
from tracking.parts.location import compartment_location_id
from tracking.unit_of_work import UnitOfWork
from tracking.values.events import DomainEvent
from tracking.values.ids import new_id


def place_of(compartment: Compartment) -> str:
    """Return the location of a compartment."""
    return compartment_location_id(compartment.locker_id, compartment.compartment)


def command_opening(uow: UnitOfWork, locker: Locker, compartment: Compartment, at: datetime) -> LockerCommand:
    """Tell a locker to open a compartment in its present session.

    Raises `CompartmentFaulty`, `LockerOffline`.
    """
    if compartment.fault:
        raise CompartmentFaulty(f"Compartment {compartment.compartment}: {compartment.fault}")
    if not locker.online or locker.session is None:
        raise LockerOffline(f"Locker {locker.locker_id} is not connected.")
    valid_for_s = int(COMMAND_VALID.total_seconds())
    command = LockerCommand(
        new_id(), locker.locker_id, locker.session, "open", compartment.compartment, at, valid_for_s
    )
    uow.locker_commands.add(command)
    return command


def raise_alert(uow: UnitOfWork, locker_id: str, cause: str, at: datetime, **data: str) -> None:
    """Tell the dispatchers of something at a locker that needs a person."""
    event = DomainEvent("alert.raised", locker_id, at, {"locker_id": locker_id, "cause": cause, **data})
    uow.outbox.add(event)
