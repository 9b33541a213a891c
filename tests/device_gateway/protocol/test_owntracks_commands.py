"""Commands as OwnTracks apps read them."""

from __future__ import annotations

from device_gateway.protocol.owntracks_commands import FIRST_TST, TST_SPREAD, to_command, waypoints
from tracking.fleet.phone_commands import DueCommand, PhoneAction, WatchedPlace
from tracking.values.coordinates import Coordinate

DEPOT = WatchedPlace("stop-1", "Depot", Coordinate(47.141, 9.521))


def test_a_location_is_asked_for() -> None:
    command = to_command(DueCommand("anna", PhoneAction.REPORT_LOCATION, 1))
    assert command == {"_type": "cmd", "action": "reportLocation"}


def test_a_geofence_is_set_for_each_stop() -> None:
    command = to_command(DueCommand("anna", PhoneAction.SET_WAYPOINTS, 1, (DEPOT,)))
    assert (command["_type"], command["action"]) == ("cmd", "setWaypoints")
    assert command["waypoints"]["_type"] == "waypoints"
    [waypoint] = command["waypoints"]["waypoints"]
    tst = waypoint.pop("tst")
    assert waypoint == {
        "_type": "waypoint",
        "desc": "Depot",
        "lat": 47.141,
        "lon": 9.521,
        "rad": 120,
        "rid": "stop-1",
    }
    assert FIRST_TST <= tst < FIRST_TST + TST_SPREAD


def test_each_place_has_a_tst_of_its_own_which_it_keeps() -> None:
    places = tuple(WatchedPlace(f"stop-{n}", "x", DEPOT.coordinate) for n in range(500))
    found = [waypoint["tst"] for waypoint in waypoints(places)]
    assert len(set(found)) == len(places)
    assert waypoints(places[7:8])[0]["tst"] == found[7]
    assert len({waypoint["tst"] for waypoint in waypoints((DEPOT, DEPOT))}) == 2
