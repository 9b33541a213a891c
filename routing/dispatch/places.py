"""Numbers the places of a problem, and names those that no road joins."""

from __future__ import annotations

from dataclasses import dataclass, field

from routing.problem import Shipment, Site
from routing.travel.matrix import Travel
from routing.travel.unreachable import CutOff, PlacesUnreachable, unreachable
from tracking.values.coordinates import Coordinate
from tracking.values.errors import FieldstockError


class Unplaced(FieldstockError):
    """Work names a place that cannot be driven to."""

    code = "unplaced"
    action = "Give the place a coordinate, or name another one."


@dataclass
class Places:
    """Numbers the points of a problem; the same point gets the same number."""

    points: list[Coordinate] = field(default_factory=list)
    numbers: dict[Coordinate, int] = field(default_factory=dict)

    def number(self, point: Coordinate | None) -> int:
        """Return the number of a point. Raises `Unplaced` when there is none."""
        if point is None:
            raise Unplaced("A place that is to be driven to has no coordinate.")
        if point not in self.numbers:
            self.numbers[point] = len(self.points)
            self.points.append(point)
        return self.numbers[point]

    def cut_off(self, travel: Travel) -> dict[int, CutOff]:
        """Return the places that no road joins to any other, by number."""
        return {point.place: point for point in unreachable(travel, self.points).points}


def no_road(shipment: Shipment, cut_off: dict[int, CutOff]) -> str | None:
    """Return why no road leads to a shipment, for a dispatcher to read; None when one does."""
    for sites in (shipment.pickups, shipment.deliveries):
        if sites and all(site.place in cut_off for site in sites):
            named = " ".join(_named(site, cut_off[site.place]) for site in sites[:3])
            return f"{named} {PlacesUnreachable.action}"
    return None


def _named(site: Site, cut_off: CutOff) -> str:
    return cut_off.sentence.replace(f"place {cut_off.place} ", f"{site.called} ")
