"""Commands to OwnTracks apps: say where you are, and watch these places."""

from __future__ import annotations

import hashlib
from typing import Any

from tracking.fleet.phone_commands import DueCommand, PhoneAction, WatchedPlace
from tracking.telemetry.arrivals import ENTER_M

FIRST_TST = 1_000_000_000
TST_SPREAD = 2**29
"""A place's `tst` lies in [`FIRST_TST`, `FIRST_TST + TST_SPREAD`): Android tells places apart by it alone."""


def to_command(due: DueCommand) -> dict[str, Any]:
    """Return a command as the apps read it."""
    command: dict[str, Any] = {"_type": "cmd", "action": str(due.action)}
    if due.action is PhoneAction.SET_WAYPOINTS:
        command["waypoints"] = {"_type": "waypoints", "waypoints": waypoints(due.places)}
    return command


def waypoints(places: tuple[WatchedPlace, ...]) -> list[dict[str, Any]]:
    """Return a geofence for each place; a stop keeps its `tst` and `rid`, so that it replaces itself."""
    taken: set[int] = set()
    found = []
    for place in places:
        tst = _tst(place.stop_id)
        while tst in taken:
            tst += 1
        taken.add(tst)
        found.append(
            {
                "_type": "waypoint",
                "desc": place.name,
                "lat": place.coordinate.lat_deg,
                "lon": place.coordinate.lon_deg,
                "rad": round(ENTER_M),
                "tst": tst,
                "rid": place.stop_id,
            }
        )
    return found


def _tst(stop_id: str) -> int:
    digest = hashlib.blake2b(stop_id.encode(), digest_size=8).digest()
    return FIRST_TST + int.from_bytes(digest) % TST_SPREAD
