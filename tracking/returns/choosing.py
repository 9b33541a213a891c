"""Use cases of the way in which a return comes: choose it, and note that it was handed to a carrier."""

from __future__ import annotations

from datetime import datetime
from itertools import islice

from tracking.custody.timeline import HandOver
from tracking.lockers.locker import CompartmentSize
from tracking.parts.location import RETURN_DESTINATIONS, Location, LocationKind
from tracking.parts.part import Condition, Unit
from tracking.returns import rma as returns
from tracking.returns.dropping import give_back, reserve_drop, takes_drop
from tracking.returns.rma import WAY_IS_OPEN, Return, ReturnState
from tracking.returns.service import destination
from tracking.returns.ways import ReturnWay, WayNotPossible, check_way
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import InvalidValue, TransitionRefused
from tracking.values.geodesy import great_circle_m

NEAREST = 5
"""So many lockers, and so many locations, are offered for a drop."""
LOOKED_AT = 20
"""So many of the nearest lockers are asked for a free compartment."""


def choose_way(uow: UnitOfWork, return_id: str, way: ReturnWay, place_id: str | None, at: datetime) -> Return:
    """Let a return come in a way; `place_id` is the locker or the location where it is dropped.

    A compartment that was kept for it before is given back. A carrier brings it to the first depot, where
    there is one. Raises `WayNotPossible`, `CompartmentTaken`, `NotFound`, `TransitionRefused`.
    """
    rma = uow.returns.require(return_id, lock=True)
    if rma.state not in WAY_IS_OPEN:
        allowed = [str(state) for state in WAY_IS_OPEN]
        raise TransitionRefused("Return", rma.number, rma.state, f"sent by {way}", allowed)
    check_way(way, uow.parts.require(rma.part_number), rma.serial, place_id)
    give_back(uow, rma, at)
    deposit = reserve_drop(uow, rma, str(place_id), at) if way is ReturnWay.LOCKER else None
    goes_to = _destination(uow, rma, way, place_id)
    changed, events = returns.way_chosen(
        rma, way, goes_to, None if deposit is None else deposit.deposit_id, at
    )
    uow.returns.save(changed)
    uow.outbox.add(*events)
    return uow.returns.require(return_id)


def ship(
    uow: UnitOfWork, return_id: str, carrier: str, tracking_number: str, by: str, at: datetime
) -> Return:
    """Note that the customer handed a return to a carrier; its custody names both.

    Raises `InvalidValue` where one is missing, `TransitionRefused` unless it was to come by carrier.
    """
    carrier, tracking_number = carrier.strip(), tracking_number.strip()
    if not carrier or not tracking_number:
        raise InvalidValue("Name the carrier and the tracking number.")
    rma = uow.returns.require(return_id, lock=True)
    if rma.way is not ReturnWay.CARRIER:
        raise WayNotPossible(f"{rma.number} comes by {rma.way}, not by carrier.")
    changed, events = returns.shipped(rma, carrier, tracking_number, at)
    uow.returns.save(changed)
    uow.outbox.add(*events)
    if rma.serial is not None:
        if uow.units.get(rma.serial) is None:
            uow.units.add(Unit(rma.serial, rma.part_number, Condition.DEFECTIVE))
        proof = {"kind": "statement", "carrier": carrier, "tracking_number": tracking_number}
        proof["reference"] = rma.return_id
        uow.custody.append(HandOver(rma.serial, "handed_to_carrier", rma.site_id, by, at, at, proof))
    return uow.returns.require(return_id)


def drop_lockers(uow: UnitOfWork, size: CompartmentSize, site: Location) -> list[Location]:
    """Return the nearest lockers that have a compartment of a size, the nearest first."""
    near = _nearest(uow.locations.find(kind=LocationKind.LOCKER), site)[:LOOKED_AT]
    taking = (place for place in near if takes_drop(uow, place.location_id, size))
    return list(islice(taking, NEAREST))


def drop_locations(uow: UnitOfWork, site: Location) -> list[Location]:
    """Return the nearest places where a part can be handed in, the nearest first."""
    return _nearest(uow.locations.find_in(kind=sorted(RETURN_DESTINATIONS)), site)[:NEAREST]


def _nearest(places: list[Location], site: Location) -> list[Location]:
    """Return places by their great-circle distance from a site; those without a coordinate are left out."""
    here = site.coordinate
    placed = [(place.coordinate, place) for place in places if place.coordinate is not None]
    if here is None:
        return [place for _, place in placed]
    ranked = sorted(placed, key=lambda each: (great_circle_m(here, each[0]), each[1].location_id))
    return [place for _, place in ranked]


def _destination(uow: UnitOfWork, rma: Return, way: ReturnWay, place_id: str | None) -> str:
    if way is ReturnWay.LOCATION:
        return destination(uow, place_id)
    if way is ReturnWay.CARRIER:
        depots = uow.locations.find(kind=LocationKind.DEPOT)
        return depots[0].location_id if depots else rma.destination_id
    changed_before = rma.state is ReturnState.AWAITED and rma.way in (ReturnWay.LOCATION, ReturnWay.CARRIER)
    return destination(uow, None) if changed_before else rma.destination_id
