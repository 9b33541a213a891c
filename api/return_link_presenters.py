"""How return links are shown to the desk, and their page to customers."""

from __future__ import annotations

from datetime import datetime

from device_gateway.protocol.offline_codes import code_at
from mobile_contract.return_links import (
    CustomerPart,
    CustomerPlace,
    CustomerReturn,
    CustomerReturnPage,
    DropState,
    ReturnLinkState,
    ReturnLinkView,
    WarrantyState,
    WarrantyView,
)
from mobile_contract.returns import ReturnState, ReturnWay
from tracking.custody.photo import LARGEST_BYTES
from tracking.parts.location import Location
from tracking.returns.choosing import drop_locations, drop_lockers
from tracking.returns.dropping import drop_code, drop_state, size_for
from tracking.returns.link import MAX_PHOTOS, ReturnLink
from tracking.returns.returnable import Returnable, Warranty, returnables, warranty_of
from tracking.returns.rma import WAY_IS_OPEN, Return
from tracking.returns.rma import ReturnState as State
from tracking.returns.ways import ReturnWay as Way
from tracking.unit_of_work import UnitOfWork
from tracking.values.geodesy import great_circle_m


def link_view(link: ReturnLink, now: datetime) -> ReturnLinkView:
    """Show a link to the desk."""
    return ReturnLinkView(
        link_id=link.link_id,
        state=_state(link, now),
        site_id=link.site_id,
        machine_id=link.machine_id,
        order_id=link.order_id,
        return_id=link.return_id,
        made_by=link.made_by,
        made_at=link.made_at,
        expires_at=link.expires_at,
        revoked_at=link.revoked_at,
        submitted_at=link.submitted_at,
    )


def warranty_view(warranty: Warranty) -> WarrantyView:
    """Show what is recorded of a warranty, and that nothing is."""
    ended = WarrantyState.NOT_RECORDED if warranty.until is None else WarrantyState.ENDED
    return WarrantyView(state=WarrantyState.HOLDS if warranty.holds else ended, until=warranty.until)


def customer_page(uow: UnitOfWork, link: ReturnLink, now: datetime) -> CustomerReturnPage:
    """Show a link's page to its customer."""
    site = uow.locations.require(link.site_id)
    rma = uow.returns.require(link.return_id) if link.return_id else None
    submitted = rma if link.submitted_at is not None else None
    may_choose = submitted is None or submitted.state in WAY_IS_OPEN
    return CustomerReturnPage(
        site_name=site.name,
        expires_at=link.expires_at,
        parts=_parts(uow, returnables(uow, link), site) if may_choose else [],
        locations=[_place(each, site) for each in drop_locations(uow, site)] if may_choose else [],
        submitted=None if submitted is None else _return(uow, submitted, site, now),
        announced=rma.number if rma is not None and submitted is None else None,
        max_photos=MAX_PHOTOS,
        max_photo_bytes=LARGEST_BYTES,
    )


def _state(link: ReturnLink, now: datetime) -> ReturnLinkState:
    if link.revoked_at is not None:
        return ReturnLinkState.REVOKED
    if link.submitted_at is not None:
        return ReturnLinkState.USED
    return ReturnLinkState.EXPIRED if link.expires_at <= now else ReturnLinkState.OPEN


def _parts(uow: UnitOfWork, found: list[Returnable], site: Location) -> list[CustomerPart]:
    sizes = {size_for(each.part) for each in found if each.part.serialised}
    lockers = {size: [_place(p, site) for p in drop_lockers(uow, size, site)] for size in sizes}
    return [
        CustomerPart(
            part_number=each.part.part_number,
            name=each.part.name,
            serialised=each.part.serialised,
            serials=list(each.serials),
            lockers=lockers[size_for(each.part)] if each.part.serialised else [],
        )
        for each in found
    ]


def _return(uow: UnitOfWork, rma: Return, site: Location, now: datetime) -> CustomerReturn:
    deposit = uow.deposits.get(rma.deposit_id) if rma.deposit_id else None
    kept = drop_code(uow, rma)
    by_locker = rma.way is Way.LOCKER and deposit is not None
    drop = drop_state(deposit)
    return CustomerReturn(
        number=rma.number,
        state=ReturnState(rma.state),
        part_number=rma.part_number,
        part_name=uow.parts.require(rma.part_number).name,
        serial=rma.serial,
        reason=rma.reason,
        photos=len(rma.photos),
        way=ReturnWay(rma.way),
        may_choose_way=rma.state in WAY_IS_OPEN,
        goes_to=_place(uow.locations.require(rma.destination_id), site),
        locker=_place(uow.locations.require(deposit.locker_id), site) if by_locker and deposit else None,
        compartment=deposit.compartment if by_locker and deposit else None,
        code=code_at(kept[2], kept[1].counter) if kept else None,
        code_expires_at=kept[0].expires_at if kept else None,
        drop=DropState(drop) if drop and by_locker and rma.state is State.AWAITED else None,
        carrier=rma.carrier,
        tracking_number=rma.tracking_number,
        warranty=warranty_view(warranty_of(uow, rma.serial, now)) if rma.serial else None,
    )


def _place(place: Location, site: Location) -> CustomerPlace:
    here, there = site.coordinate, place.coordinate
    return CustomerPlace(
        place_id=place.location_id,
        name=place.name,
        address=place.address,
        opening_hours=place.opening_hours,
        distance_m=round(great_circle_m(here, there)) if here and there else None,
    )
