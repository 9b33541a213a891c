"""Use cases of the bench: open a work order, test, repair, and let the unit go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracking.parts.location import Location, LocationKind
from tracking.parts.part import Condition
from tracking.parts.service import Movement, move
from tracking.parts.stock import SerialElsewhere
from tracking.repairs import work_order as orders
from tracking.repairs.procedure import Measurement, Procedure, ProcedureRun, judged
from tracking.repairs.work import ConsumedPart, Labour
from tracking.repairs.work_order import NotTested, Purpose, WorkOrder, WorkRefused, WorkState
from tracking.returns.inspecting import check_photos
from tracking.returns.rma import ReturnState
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import AlreadyExists, FieldstockError, InvalidValue
from tracking.values.events import DomainEvent
from tracking.values.ids import new_id

MOST_PHOTOS = 200
CONSUMED = "consumed"
"""The reason of the move by which a part leaves stock for a repair."""


class NoScrap(FieldstockError):
    """There is no place that stands for what is no stock any more."""

    code = "no_scrap"
    action = "Add a location of the kind scrap."


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and when."""

    by: str
    at: datetime


def add_procedure(
    uow: UnitOfWork, part_number: str, name: str, steps: tuple[Measurement, ...], actor: Actor
) -> Procedure:
    """Add a procedure for a part, as the next version where there is one of this name."""
    part = uow.parts.require(part_number, lock=True)
    earlier = uow.test_procedures.find(part_number=part_number, name=name)
    version = max((procedure.version for procedure in earlier), default=0) + 1
    fields = tuple(
        {"name": s.name, "quantity": s.quantity, "unit": s.unit, "lower": s.lower, "upper": s.upper}
        for s in steps
    )
    procedure = Procedure(new_id(), part.part_number, name, version, fields, actor.by, actor.at)
    uow.test_procedures.add(procedure)
    data = {"part_number": part_number, "name": name, "version": version, "by": actor.by}
    uow.outbox.add(DomainEvent("test_procedure.added", procedure.procedure_id, actor.at, data))
    return procedure


def current_procedures(uow: UnitOfWork, part_number: str) -> list[Procedure]:
    """Return the newest version of each procedure of a part, by name."""
    newest: dict[str, Procedure] = {}
    for procedure in uow.test_procedures.find(part_number=part_number):
        known = newest.get(procedure.name)
        if known is None or known.version < procedure.version:
            newest[procedure.name] = procedure
    return [newest[name] for name in sorted(newest)]


def open_for_return(uow: UnitOfWork, return_id: str, actor: Actor, note: str = "") -> WorkOrder:
    """Open a work order for the unit of a return that was inspected. Raises `WorkRefused`."""
    rma = uow.returns.require(return_id, lock=True)
    if rma.state not in (ReturnState.INSPECTED, ReturnState.CLOSED):
        raise WorkRefused(f"Return {rma.number} is {rma.state}, not inspected.", "Inspect it first.")
    seen = uow.inspections.require(return_id)
    if seen.serial is None:
        raise WorkRefused(f"With return {rma.number} came no unit with a serial.", "There is nothing to do.")
    return open_for_unit(uow, seen.serial, actor, unopened=seen.unopened, note=note, return_id=return_id)


def open_for_unit(
    uow: UnitOfWork,
    serial: str,
    actor: Actor,
    *,
    unopened: bool = False,
    note: str = "",
    return_id: str | None = None,
    purpose: Purpose = Purpose.REPAIR,
) -> WorkOrder:
    """Open a work order for a unit that lies at a bench.

    Raises `SerialElsewhere` where it does not, `AlreadyExists` where one is open for it.
    """
    unit = uow.units.require(serial, lock=True)
    for known in uow.work_orders.find(serial=serial):
        if known.state is not WorkState.CLOSED:
            raise AlreadyExists(f"{known.number} is open for serial {serial}.", "Go on with that one.")
    order = WorkOrder(
        new_id(),
        f"WO-{uow.next_number('work_order')}",
        WorkState.TRIAGE,
        purpose,
        serial,
        unit.part_number,
        _bench_of(uow, serial).location_id,
        actor.at,
        actor.by,
        actor.at,
        return_id,
        unopened,
        note,
    )
    uow.work_orders.add(order)
    uow.outbox.add(orders.event("repair.opened", order, actor.at, {"by": actor.by}))
    return order


def advance(uow: UnitOfWork, work_order_id: str, wish: WorkState, finding: str, actor: Actor) -> WorkOrder:
    """Bring a work order into another state; what is called sound has passed its tests since.

    Raises `TransitionRefused`, `NotTested` or `WorkRefused`.
    """
    order = uow.work_orders.require(work_order_id, lock=True)
    changed, events = orders.advanced(order, wish, finding, actor.by, actor.at)
    if wish in orders.SOUND and order.state is not WorkState.TRIAGE:
        _check_tested(uow, order)
    uow.work_orders.save(changed)
    uow.outbox.add(*events)
    return changed


def record_run(
    uow: UnitOfWork,
    work_order_id: str,
    procedure_id: str,
    values: Mapping[str, float | None],
    actor: Actor,
) -> ProcedureRun:
    """Record a run of a procedure: pass or fail follows from its limits. Raises `WorkRefused`."""
    order = uow.work_orders.require(work_order_id, lock=True)
    _check_state(order, "tested", WorkState.TESTING, WorkState.REPAIRING)
    procedure = uow.test_procedures.require(procedure_id)
    if procedure.part_number != order.part_number:
        raise InvalidValue(
            f"procedure_id: {procedure.name} is for {procedure.part_number}, not {order.part_number}."
        )
    readings, passed = judged(procedure, values)
    run = ProcedureRun(new_id(), work_order_id, procedure_id, readings, passed, actor.by, actor.at)
    uow.test_runs.add(run)
    data = {"procedure": procedure.name, "version": procedure.version, "passed": passed, "by": actor.by}
    uow.outbox.add(orders.event("repair.tested", order, actor.at, data))
    return run


def consume(
    uow: UnitOfWork,
    work_order_id: str,
    part_number: str,
    quantity: int,
    serials: tuple[str, ...],
    from_id: str | None,
    actor: Actor,
) -> ConsumedPart:
    """Take parts for a repair from stock, at the bench unless another place is named.

    Raises `WorkRefused`, and what the ledger raises where they are not there.
    """
    order = uow.work_orders.require(work_order_id, lock=True)
    _check_state(order, "given parts", WorkState.REPAIRING)
    if order.serial in serials:
        raise InvalidValue(f"serials: {order.serial} is the unit that is repaired.")
    part, source = uow.parts.require(part_number), from_id or order.bench_id
    movement = Movement(
        part_number,
        quantity,
        source,
        scrap_of(uow).location_id,
        CONSUMED,
        actor.by,
        actor.at,
        actor.at,
        reference=order.work_order_id,
        serials=serials,
        proof={"kind": "statement", "work_order": order.number},
    )
    move(uow, movement)
    cost = part.value_cents * quantity
    consumed = ConsumedPart(
        new_id(), work_order_id, part_number, quantity, serials, source, cost, actor.by, actor.at
    )
    uow.consumed_parts.add(consumed)
    data = {"consumed": part_number, "quantity": quantity, "cost_cents": cost, "by": actor.by}
    uow.outbox.add(orders.event("repair.part_consumed", order, actor.at, data))
    return consumed


def book_labour(
    uow: UnitOfWork, work_order_id: str, person: str, minutes: int, note: str, actor: Actor
) -> Labour:
    """Note what a person worked on an order that is not closed."""
    order = uow.work_orders.require(work_order_id, lock=True)
    _check_open(order)
    labour = Labour(new_id(), work_order_id, person, minutes, note, actor.at)
    uow.labour.add(labour)
    data = {"person": person, "minutes": minutes, "by": actor.by}
    uow.outbox.add(orders.event("repair.labour_booked", order, actor.at, data))
    return labour


def add_photos(uow: UnitOfWork, work_order_id: str, photos: tuple[str, ...], actor: Actor) -> WorkOrder:
    """Add photos to an order that is not closed; those it has already are kept once."""
    order = uow.work_orders.require(work_order_id, lock=True)
    _check_open(order)
    check_photos(uow, photos)
    together = tuple(dict.fromkeys((*order.photos, *photos)))
    if len(together) > MOST_PHOTOS:
        raise InvalidValue(f"photos: a work order has {MOST_PHOTOS} at most.")
    changed = replace(order, photos=together)
    uow.work_orders.save(changed)
    data = {"photos": list(photos), "by": actor.by}
    uow.outbox.add(orders.event("repair.photographed", changed, actor.at, data))
    return changed


def close(
    uow: UnitOfWork,
    work_order_id: str,
    grade: Condition,
    to_id: str | None,
    warranty_days: int,
    actor: Actor,
) -> WorkOrder:
    """End a work order: grade the unit, and move it from the bench to stock, the supplier or scrap.

    Raises `TransitionRefused`, `InvalidValue` for what the outcome does not allow, `SerialElsewhere`.
    """
    order = uow.work_orders.require(work_order_id, lock=True)
    place = uow.locations.require(to_id) if to_id is not None else None
    until = actor.at + timedelta(days=warranty_days) if warranty_days else None
    where = (place.location_id, place.kind) if place else None
    changed, events = orders.closed(order, grade, where, until, actor.by, actor.at)
    if place is not None:
        move_unit(uow, order, order.bench_id, place.location_id, str(order.outcome), actor)
    uow.units.save(replace(uow.units.require(order.serial, lock=True), condition=grade))
    uow.work_orders.save(changed)
    uow.outbox.add(*events)
    return changed


def move_unit(uow: UnitOfWork, order: WorkOrder, from_id: str, to_id: str, reason: str, actor: Actor) -> None:
    """Move the unit of a work order, as the next entry of its custody."""
    movement = Movement(
        order.part_number,
        1,
        from_id,
        to_id,
        reason,
        actor.by,
        actor.at,
        actor.at,
        reference=order.work_order_id,
        serials=(order.serial,),
        proof={"kind": "statement", "work_order": order.number},
    )
    move(uow, movement)


def scrap_of(uow: UnitOfWork) -> Location:
    """Return the place of what is no stock any more. Raises `NoScrap`."""
    places = uow.locations.find(kind=LocationKind.SCRAP)
    if not places:
        raise NoScrap("No location of the kind scrap is known.")
    return places[0]


def _bench_of(uow: UnitOfWork, serial: str) -> Location:
    place_id = uow.ledger.whereabouts(serial)
    place = uow.locations.get(place_id) if place_id else None
    if place is None or place.kind is not LocationKind.BENCH:
        raise SerialElsewhere(
            f"Serial {serial} is at {place_id or 'no known place'}, not at a bench.", "Bring it there first."
        )
    return place


def _check_tested(uow: UnitOfWork, order: WorkOrder) -> None:
    runs = sorted(uow.test_runs.find(work_order_id=order.work_order_id), key=lambda run: (run.at, run.run_id))
    for procedure in current_procedures(uow, order.part_number):
        of_it = [run for run in runs if run.procedure_id == procedure.procedure_id]
        since = [run for run in of_it if run.at >= order.state_since_at]
        if not since or not since[-1].passed:
            said = "failed" if since else "was not run"
            raise NotTested(
                f"{procedure.name} v{procedure.version} {said} since {order.number} is {order.state}."
            )


def _check_state(order: WorkOrder, what: str, *states: WorkState) -> None:
    if order.state not in states:
        wanted = " or ".join(states)
        raise WorkRefused(f"Work order {order.number} is {order.state}: a unit is {what} while {wanted}.")


def _check_open(order: WorkOrder) -> None:
    if order.state is WorkState.CLOSED:
        raise WorkRefused(f"Work order {order.number} is closed.", "Open another for the unit.")
