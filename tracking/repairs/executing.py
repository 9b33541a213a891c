"""Carrying dispositions out: a work order is opened, or the unit moves on, with a certificate if recycled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from tracking.parts.location import UNACCOUNTED, LocationKind
from tracking.parts.part import Condition, PartKind
from tracking.parts.service import Movement, move, move_reported
from tracking.repairs import disposition as dispositions
from tracking.repairs.disposing import save
from tracking.repairs.disposition import Certificate, Disposition
from tracking.repairs.rules import Option
from tracking.repairs.service import Actor, open_for_unit, scrap_of
from tracking.repairs.work_order import Purpose, WorkOrder
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import InvalidValue
from tracking.values.events import DomainEvent

_WORKED_ON = (Option.REPAIR, Option.REFURBISH)
_MOVE_REASONS = {
    Option.HARVEST: "harvested",
    Option.VENDOR_CLAIM: "vendor_claim",
    Option.RECYCLE: "recycled",
    Option.SCRAP: "scrapped",
}


@dataclass(frozen=True, slots=True)
class Recycling:
    """Who took it, their reference, when (None: now), and what it weighed, by material as far as known."""

    recycler: str
    reference: str
    recycled_at: datetime | None = None
    weight_g: int | None = None
    materials: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Harvested:
    """Counted pieces that were taken out of a unit and are stock again."""

    part_number: str
    quantity: int


def execute(
    uow: UnitOfWork,
    disposition_id: str,
    actor: Actor,
    recycling: Recycling | None = None,
    harvested: tuple[Harvested, ...] = (),
) -> Disposition:
    """Carry a disposition out: open the work order, or move the unit on, with a certificate if recycled.

    Raises `InvalidValue` for details that do not belong to the option or are missing, `TransitionRefused`,
    and what the ledger raises.
    """
    known = uow.dispositions.require(disposition_id, lock=True)
    dispositions.check_executable(known)
    if (recycling is not None) != (known.chosen is Option.RECYCLE):
        raise InvalidValue(f"recycling: belongs to recycle, and to nothing else; chosen is {known.chosen}.")
    if harvested and known.chosen is not Option.HARVEST:
        raise InvalidValue(f"harvested: belongs to harvest; chosen is {known.chosen}.")
    if known.chosen in _WORKED_ON:
        order = _opened(uow, known, actor)
        return save(uow, dispositions.executed(known, order.work_order_id, None, actor.by, actor.at))
    for piece in harvested:
        _book_in(uow, known, piece, actor)
    _move_on(uow, known, actor)
    certificate = _certify(uow, known, recycling, actor) if recycling is not None else None
    number = certificate.number if certificate else None
    return save(uow, dispositions.executed(known, None, number, actor.by, actor.at))


def _opened(uow: UnitOfWork, known: Disposition, actor: Actor) -> WorkOrder:
    purpose = Purpose.REPAIR if known.chosen is Option.REPAIR else Purpose.REFURBISH
    seen = uow.inspections.get(known.return_id) if known.return_id else None
    return open_for_unit(
        uow,
        known.serial or "",
        actor,
        unopened=seen is not None and seen.unopened,
        note=f"{known.number}: {known.reason}",
        return_id=known.return_id,
        purpose=purpose,
    )


def _move_on(uow: UnitOfWork, known: Disposition, actor: Actor) -> None:
    if known.chosen is Option.VENDOR_CLAIM:
        suppliers = uow.locations.find(kind=LocationKind.SUPPLIER)
        if not suppliers:
            raise InvalidValue("Add a location of the kind supplier first.")
        to_id = suppliers[0].location_id
    else:
        to_id = scrap_of(uow).location_id
    serials = (known.serial,) if known.serial else ()
    movement = Movement(
        known.part_number,
        known.quantity,
        known.location_id,
        to_id,
        _MOVE_REASONS[known.chosen],
        actor.by,
        actor.at,
        actor.at,
        reference=known.disposition_id,
        serials=serials,
        proof={"kind": "statement", "disposition": known.number},
    )
    move(uow, movement)
    for serial in serials:
        uow.units.save(replace(uow.units.require(serial), condition=Condition.DEFECTIVE))


def _book_in(uow: UnitOfWork, known: Disposition, piece: Harvested, actor: Actor) -> None:
    """Book pieces in that the ledger did not know of while they were part of the unit."""
    if uow.parts.require(piece.part_number).kind is not PartKind.CONSUMABLE:
        raise InvalidValue(f"harvested: {piece.part_number} carries serials; receive it as a unit.")
    movement = Movement(
        piece.part_number,
        piece.quantity,
        UNACCOUNTED,
        known.location_id,
        "harvested",
        actor.by,
        actor.at,
        actor.at,
        reference=known.disposition_id,
    )
    move_reported(uow, movement)


def _certify(uow: UnitOfWork, known: Disposition, recycling: Recycling, actor: Actor) -> Certificate:
    recycled_at = recycling.recycled_at or actor.at
    if recycled_at > actor.at:
        raise InvalidValue("recycling.recycled_at: must not be in the future.")
    part = uow.parts.require(known.part_number)
    entries = uow.custody.timeline(known.serial)[0] if known.serial else []
    certificate = Certificate(
        f"MC-{uow.next_number('certificate')}",
        known.disposition_id,
        part.part_number,
        part.name,
        known.serial,
        known.quantity,
        part.weight_g * known.quantity if recycling.weight_g is None else recycling.weight_g,
        tuple({"material": name, "weight_g": weight_g} for name, weight_g in recycling.materials),
        recycling.recycler,
        recycling.reference,
        recycled_at,
        actor.by,
        actor.at,
        entries[-1].position if entries else None,
        entries[-1].mac if entries else None,
    )
    uow.certificates.add(certificate)
    data = {"number": certificate.number, "serial": known.serial, "weight_g": certificate.weight_g}
    uow.outbox.add(DomainEvent("certificate.issued", certificate.number, actor.at, data))
    return certificate
