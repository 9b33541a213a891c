"""What couriers' phones are to do: say where they are, and watch the places of the next stops.

A phone needs the newest of each command only, so that there is one record for each phone and action. The two
ways to a phone, MQTT and the answer to its HTTP request, each remember the version that they have sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tracking.values.coordinates import Coordinate

VALID = timedelta(seconds=300)
"""How long after it was asked for a phone is still to say where it is."""


class PhoneAction(StrEnum):
    """What a phone can be told; the values are OwnTracks' own."""

    REPORT_LOCATION = "reportLocation"
    SET_WAYPOINTS = "setWaypoints"


class Way(StrEnum):
    """How a command gets to a phone."""

    PUBLISHED = "published"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class PhoneCommand:
    """The newest command of one kind to one phone.

    `asked_version` counts the requests for a location; it is of no use for places to watch,
    whose version is the courier's `route_version`. `published_version` and `answered_version` are what was
    sent each way, 0 before the first.
    """

    device_id: str
    action: PhoneAction
    asked_version: int
    issued_at: datetime
    published_version: int = 0
    answered_version: int = 0

    def sent(self, way: Way) -> int:
        """Return the version that was sent one way."""
        return self.published_version if way is Way.PUBLISHED else self.answered_version


@dataclass(frozen=True, slots=True)
class WatchedPlace:
    """A place that a phone watches, for one stop."""

    stop_id: str
    name: str
    coordinate: Coordinate


@dataclass(frozen=True, slots=True)
class DueCommand:
    """A command to send now; `places` are those to watch."""

    device_id: str
    action: PhoneAction
    version: int
    places: tuple[WatchedPlace, ...] = ()
