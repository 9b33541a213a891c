"""Silence: a courier on duty with work to do whose tracker says nothing needs a dispatcher."""

from __future__ import annotations

from datetime import datetime, timedelta

from tracking.fleet.alerting import clear, stand
from tracking.fleet.courier import ENDS_WITHIN, CourierPosition, Shift
from tracking.fleet.stops import OPEN
from tracking.unit_of_work import UnitOfWork
from tracking.values.events import DomainEvent

KIND = "courier.silent"


def tell_silence(uow: UnitOfWork, at: datetime, silent_after: timedelta) -> int:
    """Raise an alert for each courier who has fallen silent, end those that are over; return how many.

    A courier is silent when no accepted fix was received for longer than `silent_after`, counted from the
    start of the shift at the earliest, while there are open stops.
    """
    watched = _watched_shifts(uow, at)
    positions = {item.courier_id: item for item in uow.positions.find_in(courier_id=watched)}
    silent = {
        courier_id: positions.get(courier_id)
        for courier_id, shift in watched.items()
        if at - _heard_at(shift, positions.get(courier_id)) > silent_after
    }
    raised = [courier_id for courier_id, last in silent.items() if _raise(uow, courier_id, last, at)]
    return len(raised) + _clear_others(uow, set(silent), set(watched), at)


def _watched_shifts(uow: UnitOfWork, at: datetime) -> dict[str, Shift]:
    """Return the shifts that are worked at `at` by couriers with open stops."""
    shifts = {
        shift.courier_id: shift
        for shift in uow.shifts.find_between("ends_at", at, at + ENDS_WITHIN)
        if shift.covers(at)
    }
    busy = {stop.courier_id for stop in uow.stops.find_in(courier_id=shifts, state=OPEN)} if shifts else set()
    return {courier_id: shift for courier_id, shift in shifts.items() if courier_id in busy}


def _heard_at(shift: Shift, last: CourierPosition | None) -> datetime:
    """Return when a courier was last heard; before the shift nothing was asked of the tracker."""
    return shift.starts_at if last is None else max(shift.starts_at, last.received_at)


def _raise(uow: UnitOfWork, courier_id: str, last: CourierPosition | None, at: datetime) -> bool:
    name = uow.couriers.require(courier_id).display_name
    since = f"since {last.received_at:%R} UTC" if last else "at all"
    cause = f"{name} has open stops, but the tracker was not heard {since}."
    if not stand(uow, KIND, courier_id, cause, at, courier_id=courier_id):
        return False
    uow.outbox.add(DomainEvent(KIND, courier_id, at, {"courier_id": courier_id}))
    return True


def _clear_others(uow: UnitOfWork, silent: set[str], watched: set[str], at: datetime) -> int:
    """End the alerts of couriers who were heard again, or of whom nothing is expected any more."""
    over = [a for a in uow.alerts.find(kind=KIND, cleared_at=None) if a.subject not in silent]
    for alert in over:
        courier_id = alert.subject
        courier = uow.couriers.get(courier_id)
        name = courier.display_name if courier else courier_id
        if courier_id in watched:
            clear(uow, alert, f"The tracker of {name} is heard again.", at, courier_id=courier_id)
            uow.outbox.add(DomainEvent("courier.heard_again", courier_id, at, {"courier_id": courier_id}))
        else:
            clear(uow, alert, f"{name} has no work at the moment.", at, courier_id=courier_id)
    return len(over)
