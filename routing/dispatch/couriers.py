"""Turns couriers on shift into vehicles: where they are, what they have on board, what is under way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from routing.dispatch.hours import seconds_between
from routing.dispatch.places import Places
from routing.dispatch.snapshot import OVERTIME, Snapshot
from routing.dispatch.work import stop_kind
from routing.problem import Break, LockedStop, Shipment, StopKind, TimeWindow, Travel, Vehicle
from routing.travel.matrix import UNREACHABLE
from routing.values import MAX_TIME_S
from tracking.fleet.courier import Courier, Shift
from tracking.fleet.driving import Driven
from tracking.fleet.stops import UNDER_WAY, StopState
from tracking.values.coordinates import Coordinate

OVERTIME_MILLICENTS_PER_S = 1_000
"""What working after the shift costs beside driving: 36.00 an hour."""


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A courier with the shift that runs or comes next, and the places where the route starts and ends."""

    courier: Courier
    shift: Shift
    start: int
    end: int | None


def couriers_on_duty(snapshot: Snapshot, places: Places) -> list[OnDuty]:
    """Return the couriers who have a shift."""
    found = []
    for courier in snapshot.couriers:
        shift = snapshot.shifts.get(courier.courier_id)
        if shift is not None:
            start = places.number(_start(snapshot, courier, shift))
            home = snapshot.locations[courier.home_id].coordinate
            found.append(OnDuty(courier, shift, start, places.number(home) if home else None))
    return found


def vehicle(
    snapshot: Snapshot,
    duty: OnDuty,
    epoch: datetime,
    on_board: tuple[str, ...],
    shipments: Mapping[str, Shipment],
) -> Vehicle:
    """Return the vehicle of a courier; `shipments` are those of the problem."""
    courier, shift = duty.courier, duty.shift
    ends_s = max(0, seconds_between(epoch, shift.ends_at))
    in_overtime = courier.courier_id in snapshot.overtime
    last_s = max(0, seconds_between(epoch, shift.ends_at + OVERTIME)) if in_overtime else ends_s
    behind, most_s = snapshot.driven.get(courier.courier_id, Driven()), shift.max_driving_s
    free_at = max(shift.starts_at, snapshot.resting_until(courier.courier_id) or shift.starts_at)
    starts_s = max(0, seconds_between(epoch, free_at))
    return Vehicle(
        courier.courier_id,
        start=duty.start,
        shift=TimeWindow(starts_s, max(starts_s, ends_s)),
        end=duty.end,
        weight_g=courier.capacity_weight_g,
        volume_cm3=courier.capacity_volume_cm3,
        skills=frozenset(courier.skills),
        max_driving_s=MAX_TIME_S if most_s is None else max(0, most_s - behind.total_s),
        max_stretch_s=MAX_TIME_S if shift.max_stretch_s is None else shift.max_stretch_s,
        driven_s=behind.since_break_s,
        overtime_s=max(0, last_s - max(starts_s, ends_s)),
        overtime_millicents_per_s=OVERTIME_MILLICENTS_PER_S if in_overtime else 0,
        breaks=tuple(_breaks(snapshot, courier, epoch)),
        on_board=on_board,
        locked=tuple(_locked(snapshot, courier, on_board, shipments)),
        name=courier.display_name,
    )


def break_id(number: int) -> str:
    """Return what a plan, and its sentences, call a courier's break: counted from 0, of those still due."""
    return f"break {number + 1}"


def _breaks(snapshot: Snapshot, courier: Courier, epoch: datetime) -> Iterator[Break]:
    """Yield the breaks that are still due; one that is overdue comes at once."""
    after_s = 0
    for number, each in enumerate(snapshot.due_breaks(courier.courier_id)):
        latest_s = max(after_s, seconds_between(epoch, each.latest_at))
        earliest_s = min(latest_s, max(0, seconds_between(epoch, each.earliest_at)))
        yield Break(break_id(number), TimeWindow(earliest_s, latest_s), each.duration_s)
        after_s = latest_s + each.duration_s


def driveable(vehicle: Vehicle, shipments: Mapping[str, Shipment], travel: Travel) -> Vehicle:
    """Return the vehicle with those of its locked stops, from the first on, that roads join."""
    locked = list(vehicle.locked)
    while locked and not _joined(vehicle, locked, shipments, travel):
        locked.pop()
    return replace(vehicle, locked=tuple(locked))


def _joined(
    vehicle: Vehicle, locked: list[LockedStop], shipments: Mapping[str, Shipment], travel: Travel
) -> bool:
    sites = [shipments[lock.shipment].site(lock.kind, lock.site) for lock in locked]
    places = [vehicle.start, *(site.place for site in sites if site is not None)]
    if vehicle.end is not None:
        places.append(vehicle.end)
    return all(travel.duration_s[leg] < UNREACHABLE for leg in pairwise(places))


def _start(snapshot: Snapshot, courier: Courier, shift: Shift) -> Coordinate | None:
    """Return where the courier is: at the stop, else at the newest fix of this shift, else at home."""
    for stop in snapshot.stops_of(courier.courier_id):
        if stop.state is StopState.ARRIVED:
            return snapshot.locations[stop.place_id].coordinate
    position = snapshot.positions.get(courier.courier_id)
    if position is not None and position.fix_at >= shift.starts_at:
        return position.coordinate
    return snapshot.locations[courier.home_id].coordinate


def _locked(
    snapshot: Snapshot, courier: Courier, on_board: tuple[str, ...], shipments: Mapping[str, Shipment]
) -> list[LockedStop]:
    """Return the steps of the stops under way, those that still make sense, in order."""
    locked: list[LockedStop] = []
    aboard = set(on_board)
    for stop in snapshot.stops_of(courier.courier_id):
        if stop.state not in UNDER_WAY:
            continue
        spent_s = max(0, seconds_between(stop.arrived_at, snapshot.at)) if stop.arrived_at else 0
        for step in snapshot.steps_of(stop):
            shipment, kind = shipments.get(step.job_id), stop_kind(step)
            site = shipment.site(kind, step.location_id) if shipment else None
            if shipment is None or site is None:
                continue
            if step.job_id not in aboard and (kind is StopKind.DELIVERY or not _may_bring(courier, shipment)):
                continue
            left_s = max(0, site.service_s - spent_s)
            spent_s = max(0, spent_s - site.service_s)
            locked.append(LockedStop(kind, step.job_id, step.location_id, left_s))
            if kind is StopKind.PICKUP:
                aboard.add(step.job_id)
    return locked


def _may_bring(courier: Courier, shipment: Shipment) -> bool:
    """Tell whether a courier may still take what is not on board yet: the desk may have decided otherwise."""
    required = shipment.couriers is None or courier.courier_id in shipment.couriers
    return required and courier.courier_id not in shipment.forbidden
