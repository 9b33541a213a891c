"""Commands to phones: the newest of each kind, once each way, and only while they mean something."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.world import NOW, build_world
from tracking.fleet.phone_commanding import MAX_WATCHED, due_commands, mark_sent, request_location
from tracking.fleet.phone_commands import VALID, DueCommand, PhoneAction, Way
from tracking.fleet.publishing import PlannedStop, replace_route
from tracking.identity.devices import DeviceKind
from tracking.identity.service import add_device, revoke_device
from tracking.parts.location import Location, LocationKind
from tracking.parts.service import add_location
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.coordinates import Coordinate
from tracking.values.errors import Conflict, NotFound


@pytest.fixture
def world(store: Store) -> Store:
    with store.writing() as uow:
        build_world(uow)
        add_device(uow, "anna", DeviceKind.COURIER, NOW)
        uow.commit()
    return store


def drive(uow: SqlUnitOfWork, *place_ids: str) -> None:
    replace_route(uow, "anna", [PlannedStop(place, NOW, NOW, ()) for place in place_ids], NOW)


def test_a_location_that_is_asked_for_is_due_once_each_way(world: Store) -> None:
    with world.writing() as uow:
        request_location(uow, "anna", NOW)
        for way in Way:
            [due] = due_commands(uow, way, NOW)
            assert due == DueCommand("anna", PhoneAction.REPORT_LOCATION, 1)
            mark_sent(uow, due, way, NOW)
            assert due_commands(uow, way, NOW) == []
        request_location(uow, "anna", NOW)
        assert [due.version for due in due_commands(uow, Way.ANSWERED, NOW, "anna")] == [2]


def test_a_location_is_not_asked_for_when_nobody_waits_for_it_any_more(world: Store) -> None:
    with world.writing() as uow:
        request_location(uow, "anna", NOW)
        assert due_commands(uow, Way.PUBLISHED, NOW + VALID - timedelta(seconds=1))
        assert due_commands(uow, Way.PUBLISHED, NOW + VALID) == []


def test_a_request_that_came_while_one_was_sent_is_still_due(world: Store) -> None:
    with world.writing() as uow:
        request_location(uow, "anna", NOW)
        [first] = due_commands(uow, Way.PUBLISHED, NOW)
        request_location(uow, "anna", NOW)
        mark_sent(uow, first, Way.PUBLISHED, NOW)
        assert [due.version for due in due_commands(uow, Way.PUBLISHED, NOW)] == [2]


def test_nobody_is_asked_who_has_no_phone(world: Store) -> None:
    with world.writing() as uow:
        with pytest.raises(NotFound):
            request_location(uow, "nobody", NOW)
        with pytest.raises(Conflict):
            request_location(uow, "ben", NOW)
        request_location(uow, "anna", NOW)
        revoke_device(uow, "anna", NOW)
        with pytest.raises(Conflict):
            request_location(uow, "anna", NOW)
        assert due_commands(uow, Way.PUBLISHED, NOW) == []


def test_a_phone_watches_its_stops_and_is_told_when_they_change(world: Store) -> None:
    with world.writing() as uow:
        assert due_commands(uow, Way.PUBLISHED, NOW) == []
        drive(uow, "hospital", "depot")
        [due] = due_commands(uow, Way.PUBLISHED, NOW)
        assert due.action is PhoneAction.SET_WAYPOINTS
        assert [place.name for place in due.places] == ["Hospital Buchs", "Depot Vaduz"]
        mark_sent(uow, due, Way.PUBLISHED, NOW)
        assert due_commands(uow, Way.PUBLISHED, NOW) == []
        assert due_commands(uow, Way.ANSWERED, NOW) == [due]
        drive(uow, "depot")
        [changed] = due_commands(uow, Way.PUBLISHED, NOW)
        assert changed.places == due.places[1:]


def test_a_phone_watches_no_more_places_than_it_has_room_for(world: Store) -> None:
    with world.writing() as uow:
        for n in range(MAX_WATCHED + 3):
            place = Location(
                f"site-{n}", LocationKind.CUSTOMER_SITE, f"Site {n}", Coordinate(47, 9 + n / 100)
            )
            add_location(uow, place, NOW)
        drive(uow, *(f"site-{n}" for n in range(MAX_WATCHED + 3)))
        [due] = due_commands(uow, Way.PUBLISHED, NOW)
        assert [place.name for place in due.places] == [f"Site {n}" for n in range(MAX_WATCHED)]
