"""The ways in which a part comes back, and which of them a part can take."""

from __future__ import annotations

from enum import StrEnum

from tracking.parts.part import Part
from tracking.values.errors import FieldstockError


class ReturnWay(StrEnum):
    """Who brings a part from the customer's site to us."""

    COURIER = "courier"
    LOCKER = "locker"
    LOCATION = "location"
    CARRIER = "carrier"


class WayNotPossible(FieldstockError):
    """A part cannot come back in this way, or not from there."""

    code = "way_not_possible"
    action = "Choose another way for the return."


def check_way(way: ReturnWay, part: Part, serial: str | None, place_id: str | None) -> None:
    """Raise `WayNotPossible` for a way that a part cannot take, or a place that does not belong to it.

    Only what carries a serial goes into a locker: of anything else the ledger could not tell that what lies
    there is broken, and would promise it to others.
    """
    needs_place = way in (ReturnWay.LOCKER, ReturnWay.LOCATION)
    if needs_place != (place_id is not None):
        raise WayNotPossible(
            f"Name a place for a return by {way}." if needs_place else f"{way} has no place."
        )
    if way is ReturnWay.LOCKER and not part.serialised:
        raise WayNotPossible(f"{part.part_number} carries no serial, so it cannot be left in a locker.")
    if way is ReturnWay.LOCKER and serial is None:
        raise WayNotPossible("Name the serial of what is left in a locker.")
