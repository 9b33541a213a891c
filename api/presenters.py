"""How records are shown to people: entities in, messages of the contract out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from mobile_contract.auth import PersonView
from mobile_contract.auth import Role as RoleMessage
from mobile_contract.common import CoordinateMessage
from mobile_contract.driver import WithdrawalState, WithdrawalView
from mobile_contract.fleet import (
    BreakState,
    BreakView,
    CompartmentSize,
    CompartmentView,
    CourierView,
    DoorState,
    LockerAlarm,
    LockerView,
    PhoneNetwork,
    PositionView,
    ShiftView,
    TrackingMode,
)
from mobile_contract.lockers import DepositState, DepositView, OfflineCodeView
from mobile_contract.stock import (
    CountTaskView,
    CustodyView,
    Hazard,
    LocationKind,
    LocationView,
    MachineView,
    PartKind,
    PartView,
    StockLine,
    UnitView,
)
from tracking.fleet.breaks import Break
from tracking.fleet.courier import ENDS_WITHIN, Courier, CourierPosition, Shift
from tracking.fleet.resting import breaks_of
from tracking.fleet.stops import OPEN
from tracking.identity.people import Person
from tracking.lockers.deposits import Deposit
from tracking.lockers.locker import Compartment, Locker, Withdrawal
from tracking.lockers.offline_codes import OfflineCode
from tracking.parts.location import Location, compartment_location_id
from tracking.parts.machine import Machine
from tracking.parts.part import Part
from tracking.parts.stock import Balance, CountTask
from tracking.store.unit_of_work import SqlUnitOfWork
from tracking.values.coordinates import Coordinate
from tracking.values.errors import NotFound


def coordinate_message(coordinate: Coordinate) -> CoordinateMessage:
    """Show a point."""
    return CoordinateMessage(lat_deg=coordinate.lat_deg, lon_deg=coordinate.lon_deg)


def person_view(person: Person) -> PersonView:
    """Show who is signed in."""
    return PersonView(
        login=person.login,
        display_name=person.display_name,
        role=RoleMessage(person.role),
        courier_id=person.courier_id,
    )


def part_view(part: Part) -> PartView:
    """Show a part of the catalogue."""
    return PartView(
        part_number=part.part_number,
        name=part.name,
        kind=PartKind(part.kind),
        weight_g=part.weight_g,
        volume_cm3=part.volume_cm3,
        value_cents=part.value_cents,
        substitutes=list(part.substitutes),
        revision=part.revision,
        hazards=[Hazard(hazard) for hazard in part.hazards],
        customs_code=part.customs_code,
        fits_models=list(part.fits_models),
    )


def location_view(location: Location) -> LocationView:
    """Show a place."""
    return LocationView(
        location_id=location.location_id,
        name=location.name,
        kind=LocationKind(location.kind),
        coordinate=coordinate_message(location.coordinate) if location.coordinate else None,
        address=location.address,
        parent_id=location.parent_id,
        opening_hours=location.opening_hours,
        zone=location.zone,
        region=location.region,
    )


def machine_view(machine: Machine) -> MachineView:
    """Show a machine of the installed base."""
    return MachineView(
        machine_id=machine.machine_id, site_id=machine.site_id, model=machine.model, serial=machine.serial
    )


def stock_line(balance: Balance) -> StockLine:
    """Show what lies of a part at a place."""
    return StockLine(
        location_id=balance.location_id,
        part_number=balance.part_number,
        on_hand=balance.on_hand,
        reserved=balance.reserved,
        available=balance.available,
        serials=list(balance.serials),
    )


def count_task_views(uow: SqlUnitOfWork, tasks: list[CountTask]) -> list[CountTaskView]:
    """Show count tasks, with the names of their places."""
    names = location_names(uow, (task.location_id for task in tasks))
    return [
        CountTaskView(
            task_id=task.task_id,
            location_id=task.location_id,
            location_name=names[task.location_id],
            part_number=task.part_number,
            cause=task.cause,
            opened_at=task.opened_at,
            closed_at=task.closed_at,
        )
        for task in tasks
    ]


def unit_view(uow: SqlUnitOfWork, serial: str) -> UnitView:
    """Show a serial, where it is, and its timeline."""
    unit = uow.units.require(serial)
    entries, details = uow.custody.timeline(serial)
    if not entries:
        raise NotFound("custody timeline", serial)
    return UnitView(
        serial=serial,
        part_number=unit.part_number,
        condition=unit.condition,
        location_id=uow.ledger.whereabouts(serial) or entries[-1].location_id,
        custody=[
            CustodyView(
                position=entry.position,
                kind=entry.kind,
                location_id=entry.location_id,
                actor=details[entry.position].actor if entry.position in details else "",
                at=entry.at,
                recorded_at=entry.recorded_at,
                proof=details[entry.position].proof if entry.position in details else {},
            )
            for entry in entries
        ],
    )


def position_view(record: CourierPosition) -> PositionView:
    """Show where a courier is."""
    return PositionView(
        coordinate=coordinate_message(record.coordinate),
        fix_at=record.fix_at,
        received_at=record.received_at,
        accuracy_m=record.accuracy_m,
        speed_mps=record.speed_mps,
        bearing_deg=record.bearing_deg,
        battery_pct=record.battery_pct,
        charging=record.charging,
        network=PhoneNetwork(record.network) if record.network else None,
        tracking=TrackingMode(record.tracking) if record.tracking else None,
    )


def shift_view(shift: Shift, breaks: Sequence[Break], now: datetime) -> ShiftView:
    """Show a shift with its breaks, as they stand now."""
    return ShiftView(
        shift_id=shift.shift_id,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        breaks=[
            BreakView(
                break_id=each.break_id,
                state=BreakState(each.state(now)),
                earliest_at=each.earliest_at,
                latest_at=each.latest_at,
                duration_s=each.duration_s,
                planned_at=each.planned_at,
                started_at=each.started_at,
                until=each.until,
            )
            for each in breaks
        ],
        max_driving_s=shift.max_driving_s,
        max_stretch_s=shift.max_stretch_s,
    )


def courier_views(uow: SqlUnitOfWork, couriers: list[Courier], now: datetime) -> list[CourierView]:
    """Show couriers with shift, load and open stops, and while on duty their position."""
    positions = {position.courier_id: position for position in uow.positions.find()}
    shifts = {
        shift.courier_id: shift
        for shift in uow.shifts.find_between("ends_at", now, now + ENDS_WITHIN)
        if shift.covers(now)
    }
    breaks = breaks_of(uow, list(shifts.values()))
    on_board: dict[str, list[str]] = {}
    for balance in uow.ledger.balances():
        on_board.setdefault(balance.location_id, []).extend([*balance.serials, *balance.defective])
    stops: dict[str, list[str]] = {}
    for stop in sorted(uow.stops.find_in(state=OPEN), key=lambda stop: stop.position):
        stops.setdefault(stop.courier_id, []).append(stop.stop_id)
    views = []
    for courier in couriers:
        shift, position = shifts.get(courier.courier_id), positions.get(courier.courier_id)
        own_stops = stops.get(courier.courier_id, [])
        views.append(
            CourierView(
                courier_id=courier.courier_id,
                display_name=courier.display_name,
                skills=list(courier.skills),
                home_id=courier.home_id,
                on_duty=shift is not None,
                shift=shift_view(shift, breaks[shift.shift_id], now) if shift else None,
                position=position_view(position) if position and shift else None,
                on_board=on_board.get(courier.van_id, []),
                next_stop_id=own_stops[0] if own_stops else None,
                open_stops=len(own_stops),
            )
        )
    return views


def locker_views(uow: SqlUnitOfWork, lockers: list[Locker]) -> list[LockerView]:
    """Show lockers as they report themselves, and how much the ledger has in them."""
    places = {place.location_id: place for place in uow.locations.find(kind="locker")}
    compartments: dict[str, list[Compartment]] = {}
    for compartment in uow.compartments.find():
        compartments.setdefault(compartment.locker_id, []).append(compartment)
    pieces: dict[str, int] = {}
    for balance in uow.ledger.balances():
        pieces[balance.location_id] = pieces.get(balance.location_id, 0) + balance.on_hand
    views = []
    for locker in lockers:
        place, own = places[locker.locker_id], compartments.get(locker.locker_id, [])
        if place.coordinate is None:
            raise NotFound("coordinate of locker", locker.locker_id)
        views.append(
            LockerView(
                locker_id=locker.locker_id,
                name=place.name,
                coordinate=coordinate_message(place.coordinate),
                online=locker.online,
                last_heard_at=locker.last_heard_at,
                temperature_c=locker.temperature_c,
                power=locker.power,
                battery_pct=locker.battery_pct,
                min_temperature_c=locker.min_temperature_c,
                max_temperature_c=locker.max_temperature_c,
                alarms=[LockerAlarm(alarm) for alarm in locker.alarms],
                compartments=[compartment_view(c) for c in own],
                parts_in_stock=sum(
                    pieces.get(compartment_location_id(c.locker_id, c.compartment), 0) for c in own
                ),
            )
        )
    return views


def withdrawal_view(withdrawal: Withdrawal) -> WithdrawalView:
    """Show how far a withdrawal has come."""
    return WithdrawalView(
        withdrawal_id=withdrawal.withdrawal_id,
        locker_id=withdrawal.locker_id,
        compartment=withdrawal.compartment,
        state=WithdrawalState(withdrawal.state),
        failure=withdrawal.failure,
    )


def compartment_view(compartment: Compartment) -> CompartmentView:
    """Show one compartment as its locker reports it."""
    return CompartmentView(
        compartment=compartment.compartment,
        size=CompartmentSize(compartment.size),
        door=DoorState(compartment.door),
        part_number=compartment.part_number,
        serial=compartment.serial,
        quantity=compartment.quantity,
        fault=compartment.fault,
        difference=compartment.difference,
    )


def deposit_view(deposit: Deposit) -> DepositView:
    """Show how far a deposit has come."""
    return DepositView(
        deposit_id=deposit.deposit_id,
        locker_id=deposit.locker_id,
        compartment=deposit.compartment,
        size=CompartmentSize(deposit.size),
        state=DepositState(deposit.state),
        reserved_by=deposit.reserved_by,
        reserved_at=deposit.reserved_at,
        expires_at=deposit.expires_at,
        part_number=deposit.part_number,
        quantity=deposit.quantity,
        serials=list(deposit.serials),
        from_id=deposit.from_id,
        opened_at=deposit.opened_at,
        placed_at=deposit.placed_at,
        closed_at=deposit.closed_at,
        scanned_at=deposit.scanned_at,
        code=deposit.code,
        failure=deposit.failure,
    )


def offline_code_view(given: OfflineCode) -> OfflineCodeView:
    """Show the record of an offline code; the code itself is for whoever asked for it, once."""
    return OfflineCodeView(
        locker_id=given.locker_id,
        compartment=given.compartment,
        code=None,
        counter=given.counter,
        courier_id=given.courier_id,
        withdrawal_id=given.withdrawal_id,
        issued_at=given.issued_at,
    )


def location_names(uow: SqlUnitOfWork, location_ids: Iterable[str]) -> dict[str, str]:
    found = uow.locations.find_in(location_id=set(location_ids))
    return {location.location_id: location.name for location in found}


def part_names(uow: SqlUnitOfWork, part_numbers: Iterable[str]) -> dict[str, str]:
    found = uow.parts.find_in(part_number=set(part_numbers))
    return {part.part_number: part.name for part in found}
