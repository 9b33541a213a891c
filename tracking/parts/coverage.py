"""What is set aside is there: reservations whose pieces have left their place are given back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tracking.parts.stock import Reservation
from tracking.unit_of_work import UnitOfWork


def give_back_uncovered(
    uow: UnitOfWork, location_id: str, part_number: str, taken_for: str, at: datetime
) -> list[Reservation]:
    """Give back what is set aside at a place and is there no more, and return it.

    Who set pieces aside that were taken for `taken_for`, an order, has them; else whose serial has gone loses
    it, and of counted pieces those who came last lose theirs. The line must be locked.
    """
    held = uow.reservations.find(location_id=location_id, part_number=part_number, released_at=None)
    if not held:
        return []
    balance = uow.ledger.balance(location_id, part_number)
    named = any(each.serials for each in held)
    present = set(uow.ledger.serials_at(location_id, part_number) if named else ()) - set(balance.defective)
    gone = [each for each in held if not present.issuperset(each.serials)]
    others = [each for each in held if each not in gone]
    left = sum(each.quantity for each in others)
    for each in sorted(others, key=lambda each: (each.order_id == taken_for, each.made_at), reverse=True):
        if left <= balance.sound:
            break
        gone.append(each)
        left -= each.quantity
    for each in gone:
        uow.reservations.save(replace(each, released_at=at))
    return gone
