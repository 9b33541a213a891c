"""Use cases of the fleet: couriers and shifts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tracking.fleet.breaks import BreakTimes
from tracking.fleet.courier import ENDS_WITHIN, Courier, Shift, ShiftOverlaps
from tracking.fleet.resting import add_breaks
from tracking.parts.location import Location, LocationKind
from tracking.parts.service import add_location
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import AlreadyExists, InvalidValue
from tracking.values.events import DomainEvent
from tracking.values.ids import new_id


def add_courier(uow: UnitOfWork, courier: Courier, at: datetime) -> None:
    """Add a courier and the location of what will be on board."""
    if uow.couriers.get(courier.courier_id) is not None:
        raise AlreadyExists(f"There is a courier {courier.courier_id!r} already.")
    if uow.locations.require(courier.home_id).coordinate is None:
        raise InvalidValue(f"{courier.home_id} is no place that a courier can drive home to.")
    add_location(uow, Location(courier.van_id, LocationKind.VAN, f"Van of {courier.display_name}", None), at)
    uow.couriers.add(courier)
    uow.outbox.add(DomainEvent("courier.added", courier.courier_id, at))


def open_shift(
    uow: UnitOfWork,
    courier_id: str,
    starts_at: datetime,
    ends_at: datetime,
    at: datetime,
    breaks: Sequence[BreakTimes] = (),
    max_driving_s: int | None = None,
    max_stretch_s: int | None = None,
) -> Shift:
    """Let a courier work from `starts_at` to `ends_at`, with these breaks and limits; it may lie in the past.

    Raises `ShiftOverlaps`, and `InvalidValue` for breaks that do not fit in.
    """
    uow.couriers.require(courier_id, lock=True)
    shift = Shift(new_id(), courier_id, starts_at, ends_at, max_driving_s, max_stretch_s)
    for other in uow.shifts.find_between("ends_at", starts_at, ends_at + ENDS_WITHIN, courier_id=courier_id):
        if other.starts_at < ends_at and starts_at < other.ends_at:
            raise ShiftOverlaps(
                f"{courier_id} works from {other.starts_at:%F %R} to {other.ends_at:%R} UTC already."
            )
    uow.shifts.add(shift)
    add_breaks(uow, shift, breaks)
    uow.outbox.add(
        DomainEvent(
            "courier.shift_started",
            courier_id,
            at,
            {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()},
        )
    )
    return shift


def end_shift(uow: UnitOfWork, courier_id: str, at: datetime) -> Shift | None:
    """End the shift that covers `at`, if there is one."""
    shift = shift_at(uow, courier_id, at)
    if shift is None or shift.starts_at == at:
        return None
    ended = replace(shift, ends_at=at)
    uow.shifts.save(ended)
    uow.outbox.add(DomainEvent("courier.shift_ended", courier_id, at))
    return ended


def shift_at(uow: UnitOfWork, courier_id: str, at: datetime) -> Shift | None:
    """Return the shift that a courier works at `at`."""
    ending = uow.shifts.find_between("ends_at", at, at + ENDS_WITHIN, courier_id=courier_id)
    return next((shift for shift in ending if shift.covers(at)), None)


def touch_route(uow: UnitOfWork, courier_id: str) -> int:
    """Note that a courier's stops changed, and return the new version."""
    courier = uow.couriers.require(courier_id, lock=True)
    uow.couriers.save(replace(courier, route_version=courier.route_version + 1))
    return courier.route_version + 1
