"""Stock that differs from the ledger: what a locker reports to lie there against what should."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from tracking.lockers.commanding import place_of, raise_alert
from tracking.lockers.deposits import OPEN_DEPOSITS
from tracking.lockers.locker import PENDING, Compartment, DoorState
from tracking.parts.service import open_count_task
from tracking.unit_of_work import UnitOfWork

DIFFERENCE_STANDS = timedelta(seconds=90)
"""How long a difference must stand: the ledger learns of a pickup by the courier's phone, often later."""


def compare_with_ledger(
    uow: UnitOfWork, locker_id: str, compartments: Iterable[Compartment], at: datetime
) -> None:
    """Ask for a count, once, of each compartment whose content differs from the ledger and goes on to.

    Compartments where somebody is at work, or whose door is open, are looked at later.
    """
    busy = {w.compartment for w in uow.withdrawals.find_in(locker_id=[locker_id], state=PENDING)}
    busy |= {d.compartment for d in uow.deposits.find_in(locker_id=[locker_id], state=OPEN_DEPOSITS)}
    for compartment in compartments:
        if compartment.compartment not in busy and compartment.door is not DoorState.OPEN:
            _compare(uow, compartment, at)


def _compare(uow: UnitOfWork, compartment: Compartment, at: datetime) -> None:
    difference = _difference(uow, compartment)
    if difference is None:
        if compartment.differs_since is not None:
            uow.compartments.save(replace(compartment, differs_since=None, difference=None))
    elif compartment.differs_since is None:
        uow.compartments.save(replace(compartment, differs_since=at))
    elif difference != compartment.difference and at - compartment.differs_since >= DIFFERENCE_STANDS:
        uow.compartments.save(replace(compartment, difference=difference))
        if not open_count_task(uow, place_of(compartment), None, difference, at):
            raise_alert(uow, compartment.locker_id, difference, at, compartment=compartment.compartment)


def _difference(uow: UnitOfWork, reported: Compartment) -> str | None:
    """Return in words how report and ledger differ, None when they agree."""
    place = place_of(reported)
    lines = {line.part_number: line.on_hand for line in uow.ledger.balances(location_id=place)}
    booked = {part: count for part, count in lines.items() if count}
    seen = {reported.part_number: reported.quantity} if reported.part_number and reported.quantity else {}
    if booked != seen:
        return f"Compartment {reported.compartment} holds {_listed(seen)}; the ledger has {_listed(booked)}."
    if reported.serial and reported.serial not in uow.ledger.serials_at(place):
        return f"Compartment {reported.compartment} holds serial {reported.serial}; the ledger has others."
    return None


def _listed(pieces: dict[str, int]) -> str:
    return ", ".join(f"{count} of {part}" for part, count in sorted(pieces.items())) or "nothing"
