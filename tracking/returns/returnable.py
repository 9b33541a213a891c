"""What may be returned through a link: the parts at its site, the serials that fit, and their warranty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tracking.parts.part import Part
from tracking.returns.link import ReturnLink, SerialAnnounced, SerialUnknown
from tracking.returns.rma import ACTIVE, OWED, ReturnState
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import InvalidValue

MOST = 200
"""So many parts and serials are offered at most; others can be typed."""

NEWEST = 1000
"""So many of the newest serials at a site are looked through for suggestions."""

_UNDER_WAY = ACTIVE | OWED | {ReturnState.SHIPPED}


@dataclass(frozen=True, slots=True)
class Returnable:
    """A part that may be returned, with the serials of it that lie at the site as far as we know."""

    part: Part
    serials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Warranty:
    """What is recorded of a unit's warranty: until when its last repair is warranted, None for nothing."""

    until: datetime | None
    holds: bool


def returnables(uow: UnitOfWork, link: ReturnLink) -> list[Returnable]:
    """Return what may be returned through a link, in the order of the parts' names."""
    numbers = _numbers(uow, link)
    here = uow.ledger.serials_at(link.site_id)[-NEWEST:]
    units = {unit.serial: unit.part_number for unit in uow.units.find_in(serial=here)}
    if numbers is None:
        counted = {balance.part_number for balance in uow.ledger.balances(location_id=link.site_id)}
        numbers = counted | set(units.values())
    parts = uow.parts.find_in(part_number=sorted(numbers))
    if link.machine_id is not None:
        model = uow.machines.require(link.machine_id).model
        parts = [part for part in parts if part.fits(model)]
    found = (
        Returnable(part, tuple(s for s in here if units.get(s) == part.part_number)[:MOST]) for part in parts
    )
    return sorted(found, key=lambda each: (each.part.name, each.part.part_number))[:MOST]


def check_serial(uow: UnitOfWork, link: ReturnLink, part_number: str, serial: str) -> None:
    """Hold a serial against what was delivered to the site of a link.

    One of which nothing is known at all may be the old part of an order, or of a return that was announced
    already. Raises `SerialUnknown`, `SerialAnnounced`, and `InvalidValue` where the part carries no serials.
    """
    if not uow.parts.require(part_number).serialised:
        raise InvalidValue(f"serial: {part_number} carries none.")
    unit, place = uow.units.get(serial), uow.ledger.whereabouts(serial)
    is_old_part = link.order_id is not None or link.return_id is not None
    if unit is None and not is_old_part:
        raise SerialUnknown(f"No part with the serial {serial} was delivered to this site.")
    if unit is not None and unit.part_number != part_number:
        raise SerialUnknown(f"{serial} is the serial of another part than {part_number}.")
    if unit is not None and place is not None and place != link.site_id:
        raise SerialUnknown(f"No part with the serial {serial} is at this site.")
    for rma in uow.returns.find(serial=serial):
        if rma.state in _UNDER_WAY and rma.return_id != link.return_id:
            raise SerialAnnounced(f"{serial} is on its way back already, as {rma.number}.")


def warranty_of(uow: UnitOfWork, serial: str, at: datetime) -> Warranty:
    """Return until when the newest repair of a unit is warranted, as far as it is recorded."""
    ends = [order.warranty_until for order in uow.work_orders.find(serial=serial) if order.warranty_until]
    until = max(ends, default=None)
    return Warranty(until, until is not None and until > at)


def _numbers(uow: UnitOfWork, link: ReturnLink) -> set[str] | None:
    """Return the parts that a link is for; None for all at its site."""
    if link.return_id is not None:
        return {uow.returns.require(link.return_id).part_number}
    if link.order_id is not None:
        return {uow.orders.require(link.order_id).part_number}
    return None
