"""Places where stock can lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue
from tracking.values.ids import checked_name
from tracking.values.opening_hours import Interval, WeeklyHours
from tracking.values.times import zone_named

UNACCOUNTED = "unaccounted"
"""The location that a shortage is booked against until somebody has counted."""

MAIN_REGION = "main"
"""The region of whatever nobody has said otherwise of."""
LONGEST_OPENING = timedelta(days=7)


class LocationKind(StrEnum):
    """What a place is."""

    DEPOT = "depot"
    STOCKING_LOCATION = "stocking_location"
    LOCKER = "locker"
    COMPARTMENT = "compartment"
    VAN = "van"
    CUSTOMER_SITE = "customer_site"
    BENCH = "bench"
    SUPPLIER = "supplier"
    SCRAP = "scrap"
    UNACCOUNTED = "unaccounted"


MAY_GO_BELOW_ZERO = frozenset({LocationKind.SUPPLIER, LocationKind.CUSTOMER_SITE, LocationKind.UNACCOUNTED})
"""What lies outside our walls is not counted by us; everywhere else a balance is never negative."""

SOURCES = frozenset({LocationKind.DEPOT, LocationKind.STOCKING_LOCATION, LocationKind.COMPARTMENT})
"""Where a courier can fetch a part for an order."""

RETURN_DESTINATIONS = frozenset({LocationKind.BENCH, LocationKind.DEPOT, LocationKind.STOCKING_LOCATION})
"""Where a courier can hand in a part that comes back."""

UNPLACED = frozenset({LocationKind.VAN, LocationKind.SUPPLIER, LocationKind.SCRAP, LocationKind.UNACCOUNTED})
"""What needs no coordinate, for no courier drives to it."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place with a name; `parent_id` is the locker of a compartment.

    `coordinate` is given for every place that a courier can drive to. `opening_hours` (see
    `WeeklyHours.parse`) are by the clocks of `zone`, an IANA name; both are empty where nobody has said.
    Couriers whose home lies in a `region` serve what lies in it; a compartment is where its locker is.
    """

    location_id: str
    kind: LocationKind
    name: str
    coordinate: Coordinate | None
    address: str = ""
    parent_id: str | None = None
    opening_hours: str = ""
    zone: str = ""
    region: str = MAIN_REGION

    def __post_init__(self) -> None:
        checked_name(self.location_id, "location")
        checked_name(self.region, "region")
        if self.coordinate is None and self.kind not in UNPLACED:
            raise InvalidValue(f"Location {self.location_id} ({self.kind}) needs a coordinate.")
        if (self.kind is LocationKind.COMPARTMENT) != (self.parent_id is not None):
            raise InvalidValue("A compartment, and nothing else, belongs to a locker.")
        if bool(self.opening_hours) != bool(self.zone):
            raise InvalidValue(f"Location {self.location_id}: opening hours and their zone belong together.")
        if self.opening_hours:
            zone_named(self.zone)
            _weekly(self.opening_hours)

    @property
    def place_id(self) -> str:
        """Where a courier drives to: the locker, for a compartment."""
        return self.parent_id or self.location_id

    def openings(self, since: datetime) -> Iterator[Interval]:
        """Yield from when to when it is open, in order and without end, from what closes after `since` on.

        What closes when the next opens is one opening, up to a week long. Nothing is yielded where nobody has
        said when it is open.
        """
        if not self.opening_hours:
            return
        spans = _weekly(self.opening_hours).since(since, zone_named(self.zone))
        opens_at, closes_at = next(spans)
        for next_opens_at, next_closes_at in spans:
            if next_opens_at > closes_at or closes_at - opens_at >= LONGEST_OPENING:
                yield opens_at, closes_at
                opens_at = next_opens_at
            closes_at = next_closes_at


@lru_cache(1000)
def _weekly(text: str) -> WeeklyHours:
    return WeeklyHours.parse(text)


def compartment_location_id(locker_id: str, compartment: str) -> str:
    """Return the location of a locker's compartment."""
    return f"{locker_id}-c{compartment}"
