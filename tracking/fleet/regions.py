"""Regions: parts of the country that are planned for themselves."""

from __future__ import annotations

from tracking.parts.location import LocationKind
from tracking.unit_of_work import UnitOfWork


def regions(uow: UnitOfWork) -> list[str]:
    """Return the regions that need a plan, by name: those with a courier's home or a customer's site."""
    places = {place.location_id: place for place in uow.locations.find()}
    homes = [places[courier.home_id] for courier in uow.couriers.find()]
    sites = [place for place in places.values() if place.kind is LocationKind.CUSTOMER_SITE]
    return sorted({place.region for place in (*homes, *sites)})
