"""Use cases of stock: receive, transfer, reserve, and post what was reported as done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tracking.custody.timeline import HandOver
from tracking.parts.coverage import give_back_uncovered
from tracking.parts.location import (
    MAY_GO_BELOW_ZERO,
    UNACCOUNTED,
    Location,
    LocationKind,
    compartment_location_id,
)
from tracking.parts.machine import Machine
from tracking.parts.part import Condition, Part, Unit
from tracking.parts.stock import CountTask, OutOfStock, Reservation, SerialElsewhere, StockMove
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import AlreadyExists, Conflict, InvalidValue
from tracking.values.events import DomainEvent
from tracking.values.ids import new_id


@dataclass(frozen=True, slots=True)
class Movement:
    """What somebody says was moved; `serials` empty for a consumable, or where nobody scanned.

    `at` is when it happened and `recorded_at` when we learnt of it; `proof` says how it was shown.
    """

    part_number: str
    quantity: int
    from_id: str
    to_id: str
    reason: str
    actor: str
    at: datetime
    recorded_at: datetime
    reference: str = ""
    serials: tuple[str, ...] = ()
    proof: dict[str, str] = field(default_factory=dict)


def add_part(uow: UnitOfWork, part: Part, at: datetime) -> None:
    """Add a part to the catalogue; its substitutes must be there already."""
    if uow.parts.get(part.part_number) is not None:
        raise AlreadyExists(f"There is a part {part.part_number!r} already.")
    for substitute in part.substitutes:
        uow.parts.require(substitute)
    uow.parts.add(part)
    uow.outbox.add(DomainEvent("part.added", part.part_number, at))


def add_location(uow: UnitOfWork, location: Location, at: datetime) -> None:
    """Add a place where stock can lie."""
    if uow.locations.get(location.location_id) is not None:
        raise AlreadyExists(f"There is a location {location.location_id!r} already.")
    uow.locations.add(location)
    uow.outbox.add(DomainEvent("location.added", location.location_id, at, {"kind": location.kind}))


def add_machine(uow: UnitOfWork, machine: Machine, at: datetime) -> None:
    """Add a machine to the installed base; its site must be there already."""
    if uow.machines.get(machine.machine_id) is not None:
        raise AlreadyExists(f"There is a machine {machine.machine_id!r} already.")
    if uow.machines.find(model=machine.model, serial=machine.serial):
        raise AlreadyExists(f"There is a {machine.model} with the serial {machine.serial!r} already.")
    if uow.locations.require(machine.site_id).kind is not LocationKind.CUSTOMER_SITE:
        raise InvalidValue(f"{machine.site_id} is no customer site.")
    uow.machines.add(machine)
    data = {"site_id": machine.site_id, "model": machine.model}
    uow.outbox.add(DomainEvent("machine.added", machine.machine_id, at, data))


def receive(uow: UnitOfWork, movement: Movement) -> StockMove:
    """Take goods from outside into stock, making units of serials that are new."""
    part = uow.parts.require(movement.part_number)
    if uow.locations.require(movement.from_id).kind not in MAY_GO_BELOW_ZERO:
        raise InvalidValue(f"{movement.from_id} is not outside our walls; this would be a transfer.")
    for serial in movement.serials:
        _know(uow, part, serial, Condition.NEW)
    return move(uow, movement)


def move(uow: UnitOfWork, movement: Movement) -> StockMove:
    """Post a move that the ledger must allow.

    What is set aside stays, unless `reference` names the order it is for. Raises `OutOfStock` when a
    balance would fall below what is set aside, `SerialElsewhere` when a serial is not at the place it is
    taken from, `InvalidValue` for serials that do not fit the part.
    """
    part = uow.parts.require(movement.part_number)
    source = uow.locations.require(movement.from_id)
    uow.locations.require(movement.to_id)
    _check_serials(uow, part, movement)
    uow.ledger.lock([(movement.from_id, part.part_number), (movement.to_id, part.part_number)])
    if source.kind not in MAY_GO_BELOW_ZERO:
        _check_free(uow, movement)
    _check_whereabouts(uow, movement, source)
    return _post(uow, movement)


def move_reported(uow: UnitOfWork, movement: Movement) -> StockMove:
    """Post a move that somebody reports as done: facts are facts.

    What the ledger did not have there is booked in from `unaccounted` first, and a count task is opened
    for each place where report and ledger disagree. Raises `Conflict` when a serial is being moved by
    somebody else meanwhile.
    """
    part = uow.parts.require(movement.part_number)
    source = uow.locations.require(movement.from_id)
    _lock_reported(uow, movement)
    if part.serialised and movement.serials:
        for serial in movement.serials:
            _know(uow, part, serial, Condition.NEW)
            _bring(uow, movement, serial)
    elif part.serialised:
        movement = replace(movement, serials=_assumed_serials(uow, movement))
    elif source.kind not in MAY_GO_BELOW_ZERO:
        short = movement.quantity - uow.ledger.balance(movement.from_id, part.part_number).on_hand
        if short > 0:
            _book_in(uow, movement, short, ())
    return _post(uow, movement)


def reserve(
    uow: UnitOfWork,
    order_id: str,
    location_id: str,
    part_number: str,
    quantity: int,
    at: datetime,
    expires_at: datetime | None = None,
) -> Reservation:
    """Set pieces aside for an order, or raise `OutOfStock`; two callers never get the same piece."""
    part = uow.parts.require(part_number)
    uow.ledger.lock([(location_id, part_number)])
    balance = uow.ledger.balance(location_id, part_number)
    if balance.available < quantity or (part.serialised and len(balance.serials) < quantity):
        raise OutOfStock(
            f"{location_id} has {max(0, balance.available)} of {part_number} free, not {quantity}."
        )
    serials = balance.serials[:quantity] if part.serialised else ()
    reservation = Reservation(new_id(), order_id, location_id, part_number, quantity, serials, at, expires_at)
    uow.reservations.add(reservation)
    return reservation


def release(uow: UnitOfWork, order_id: str, at: datetime) -> None:
    """Give back whatever is set aside for an order."""
    for reservation in uow.reservations.find(order_id=order_id, released_at=None):
        uow.reservations.save(replace(reservation, released_at=at))


def expire_reservations(uow: UnitOfWork, at: datetime) -> int:
    """Give back the reservations whose time is over, and return how many there were."""
    due = [r for r in uow.reservations.find(released_at=None) if r.expires_at and r.expires_at <= at]
    locked = [uow.reservations.require(r.reservation_id, lock=True) for r in due]
    over = [r for r in locked if r.released_at is None and r.expires_at and r.expires_at <= at]
    for reservation in over:
        uow.reservations.save(replace(reservation, released_at=at))
    return len(over)


def open_count_task(
    uow: UnitOfWork, location_id: str, part_number: str | None, cause: str, at: datetime
) -> bool:
    """Ask for a count of a place with an alert, unless it is asked for already; return whether it was new."""
    if uow.count_tasks.find(location_id=location_id, part_number=part_number, closed_at=None):
        return False
    task = CountTask(new_id(), location_id, part_number, cause, at)
    uow.count_tasks.add(task)
    uow.outbox.add(
        DomainEvent("alert.raised", task.task_id, at, {"location_id": location_id, "cause": cause})
    )
    return True


def close_count_task(uow: UnitOfWork, task_id: str, actor: str, at: datetime) -> CountTask:
    """Note that somebody has counted; a task that is closed already stays as it is."""
    task = uow.count_tasks.require(task_id, lock=True)
    if task.closed_at is not None:
        return task
    closed = replace(task, closed_at=at)
    uow.count_tasks.save(closed)
    data = {"location_id": task.location_id, "part_number": task.part_number, "actor": actor}
    uow.outbox.add(DomainEvent("count_task.closed", task_id, at, data))
    return closed


def add_compartment(uow: UnitOfWork, locker: Location, compartment: str, at: datetime) -> Location:
    """Add the location of one compartment of a locker."""
    location = Location(
        compartment_location_id(locker.location_id, compartment),
        LocationKind.COMPARTMENT,
        f"{locker.name}, compartment {compartment}",
        locker.coordinate,
        locker.address,
        locker.location_id,
        region=locker.region,
    )
    add_location(uow, location, at)
    return location


def _post(uow: UnitOfWork, movement: Movement) -> StockMove:
    posted = StockMove(
        new_id(),
        movement.part_number,
        movement.quantity,
        movement.serials,
        movement.from_id,
        movement.to_id,
        movement.reason,
        movement.reference,
        movement.actor,
        movement.at,
        movement.recorded_at,
    )
    uow.ledger.post(posted)
    give_back_uncovered(uow, movement.from_id, movement.part_number, movement.reference, movement.recorded_at)
    for serial in movement.serials:
        uow.custody.append(
            HandOver(
                serial,
                movement.reason,
                movement.to_id,
                movement.actor,
                movement.at,
                movement.recorded_at,
                movement.proof | ({"reference": movement.reference} if movement.reference else {}),
            )
        )
    uow.outbox.add(
        DomainEvent(
            "stock.moved",
            movement.part_number,
            movement.at,
            {
                "from_id": movement.from_id,
                "to_id": movement.to_id,
                "quantity": movement.quantity,
                "serials": list(movement.serials),
                "reason": movement.reason,
                "reference": movement.reference,
            },
        )
    )
    return posted


def _lock_reported(uow: UnitOfWork, movement: Movement) -> None:
    """Keep others from the lines that a report changes: also those where the ledger has its serials."""
    known = {serial: uow.ledger.whereabouts(serial) for serial in movement.serials}
    places = {movement.from_id, movement.to_id, UNACCOUNTED, *filter(None, known.values())}
    uow.ledger.lock((place, movement.part_number) for place in places)
    for serial in sorted(movement.serials):
        uow.units.get(serial, lock=True)
        if uow.ledger.whereabouts(serial) not in places | {None}:
            raise Conflict(f"Serial {serial} was moved by somebody else meanwhile.")


def _check_serials(uow: UnitOfWork, part: Part, movement: Movement) -> None:
    if part.serialised and len(movement.serials) != movement.quantity:
        raise InvalidValue(f"{part.part_number} carries serials: name {movement.quantity} of them.")
    if not part.serialised and movement.serials:
        raise InvalidValue(f"{part.part_number} carries no serials.")
    for serial in movement.serials:
        unit = uow.units.require(serial)
        if unit.part_number != part.part_number:
            raise InvalidValue(f"Serial {serial} is a {unit.part_number}, not a {part.part_number}.")


def _check_free(uow: UnitOfWork, movement: Movement) -> None:
    """Check that what is taken is there, and not set aside for another order."""
    line = (movement.from_id, movement.part_number)
    balance = uow.ledger.balance(*line)
    own = [
        reservation
        for reservation in uow.reservations.find(order_id=movement.reference, released_at=None)
        if (reservation.location_id, reservation.part_number) == line
    ]
    free = max(0, balance.on_hand - balance.reserved + sum(reservation.quantity for reservation in own))
    if free < movement.quantity:
        raise OutOfStock(
            f"{movement.from_id} has {free} of {movement.part_number} free, not {movement.quantity}."
        )
    if movement.serials:
        may_go = {*balance.serials, *balance.defective, *(s for each in own for s in each.serials)}
        for serial in set(uow.ledger.serials_at(*line)) & set(movement.serials) - may_go:
            raise OutOfStock(f"Serial {serial} is set aside for an order.")


def _check_whereabouts(uow: UnitOfWork, movement: Movement, source: Location) -> None:
    """Check that each serial lies where it is taken from; outside our walls, that it lies nowhere else."""
    for serial in sorted(movement.serials):
        uow.units.require(serial, lock=True)
        place = uow.ledger.whereabouts(serial)
        unseen = place is None and source.kind in MAY_GO_BELOW_ZERO
        if place != movement.from_id and not unseen:
            raise SerialElsewhere(
                f"Serial {serial} is at {place or 'no known place'}, not {movement.from_id}."
            )


def _know(uow: UnitOfWork, part: Part, serial: str, condition: Condition) -> None:
    unit = uow.units.get(serial)
    if unit is None:
        uow.units.add(Unit(serial, part.part_number, condition))
    elif unit.part_number != part.part_number:
        raise InvalidValue(f"Serial {serial} is a {unit.part_number}, not a {part.part_number}.")


def _bring(uow: UnitOfWork, movement: Movement, serial: str) -> None:
    """Make the ledger agree that `serial` lies where it was taken from."""
    place = uow.ledger.whereabouts(serial)
    if place == movement.from_id:
        return
    if place is None and uow.locations.require(movement.from_id).kind in MAY_GO_BELOW_ZERO:
        return
    if place is not None and place != UNACCOUNTED:
        _post(uow, _correction(movement, place, UNACCOUNTED, 1, (serial,)))
        cause = f"{serial} was taken from {movement.from_id}, but the ledger had it here."
        open_count_task(uow, place, movement.part_number, cause, movement.recorded_at)
    _book_in(uow, movement, 1, (serial,))


def _book_in(uow: UnitOfWork, movement: Movement, quantity: int, serials: tuple[str, ...]) -> None:
    _post(uow, _correction(movement, UNACCOUNTED, movement.from_id, quantity, serials))
    cause = f"{movement.actor} took {quantity} of {movement.part_number} that the ledger did not have here."
    open_count_task(uow, movement.from_id, movement.part_number, cause, movement.recorded_at)


def _correction(
    movement: Movement, from_id: str, to_id: str, quantity: int, serials: tuple[str, ...]
) -> Movement:
    return replace(
        movement, from_id=from_id, to_id=to_id, quantity=quantity, serials=serials, reason="corrected"
    )


def _assumed_serials(uow: UnitOfWork, movement: Movement) -> tuple[str, ...]:
    """Name the serials that were moved unscanned: those reserved for it, then free ones, then any there."""
    reserved = [
        serial
        for reservation in uow.reservations.find(order_id=movement.reference, released_at=None)
        if reservation.location_id == movement.from_id
        for serial in reservation.serials
    ]
    present: Sequence[str] = uow.ledger.serials_at(movement.from_id, movement.part_number)
    free = uow.ledger.balance(movement.from_id, movement.part_number).serials
    likely = [*(s for s in reserved if s in present), *free, *present]
    chosen = list(dict.fromkeys(likely))[: movement.quantity]
    if len(chosen) < movement.quantity:
        raise InvalidValue(
            f"{movement.from_id} holds no serial of {movement.part_number} that was moved: scan it."
        )
    return tuple(chosen)
