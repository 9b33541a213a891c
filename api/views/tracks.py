"""Where a courier was: trips, the track behind them, and their erasure."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from api.context import context
from api.operation import operation
from api.paging import page_of
from api.presenters import coordinate_message
from mobile_contract.common import Page
from mobile_contract.tracks import ErasedView, TrackFixView, TrackQuery, TrackView, TripQuery, TripView
from tracking.fleet.trips import Trip
from tracking.identity.roles import Scope
from tracking.telemetry.erasure import erase_positions
from tracking.telemetry.fixes import Fix

tracks = APIBlueprint("tracks", __name__, url_prefix="/v1", tag="Tracks")


@operation(tracks, "GET", "/couriers/<courier_id>/trips", Page[TripView], scope=Scope.READ, query=TripQuery)
def list_trips(courier_id: str, query: TripQuery) -> dict[str, Any]:
    """A courier's trips, newest first; the last one appears an hour after its end."""
    with context().store.reading() as uow:
        uow.couriers.require(courier_id)
        return page_of(
            uow.records(Trip),
            query,
            lambda found: [_trip_view(trip) for trip in found],
            key="trip_id",
            newest_first=True,
            courier_id=courier_id,
        )


@operation(tracks, "GET", "/couriers/<courier_id>/track", TrackView, scope=Scope.READ, query=TrackQuery)
def get_track(courier_id: str, query: TrackQuery) -> TrackView:
    """A courier's accepted fixes in a stretch of time; those made off duty are never among them."""
    with context().store.reading() as uow:
        uow.couriers.require(courier_id)
    found = context().fixes.track(courier_id, query.since, query.until, query.limit + 1)
    shown = found[: query.limit]
    return TrackView(
        courier_id=courier_id,
        fixes=[_fix_view(fix) for fix in shown],
        complete=len(shown) == len(found),
    )


@operation(tracks, "DELETE", "/couriers/<courier_id>/positions", ErasedView, scope=Scope.POSITIONS_ERASE)
def erase_courier_positions(courier_id: str) -> ErasedView:
    """Erase where a courier was: fixes, trips and the last position; what is on record of the work stays."""
    here, now = context(), context().clock()
    store = here.fixes if here.settings.telemetry_url else None
    erased = erase_positions(here.journal, here.store.writing, store, courier_id, now)
    return ErasedView(
        courier_id=courier_id,
        asked_at=now,
        fixes=erased.fixes,
        dead_letters=erased.dead_letters,
        trips=erased.trips,
        positions=erased.positions,
        slices=erased.slices,
        store_is_clear=erased.store_is_clear,
    )


def _trip_view(trip: Trip) -> TripView:
    return TripView(
        trip_id=trip.trip_id,
        started_at=trip.started_at,
        ended_at=trip.ended_at,
        start=coordinate_message(trip.start),
        end=coordinate_message(trip.end),
        distance_m=trip.distance_m,
        fixes=trip.fixes,
    )


def _fix_view(fix: Fix) -> TrackFixView:
    return TrackFixView(
        fix_at=fix.fix_at,
        received_at=fix.received_at,
        coordinate=coordinate_message(fix.coordinate),
        accuracy_m=fix.accuracy_m,
        speed_mps=fix.speed_mps,
        bearing_deg=fix.bearing_deg,
    )
