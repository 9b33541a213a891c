"""Names the places that no road joins, for a dispatcher to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routing.travel.matrix import UNREACHABLE, Travel
from routing.values import InvalidProblem
from tracking.values.coordinates import Coordinate


class PlacesUnreachable(InvalidProblem):
    """Places that are to be driven to lie on no road, or on roads that lead nowhere else."""

    code = "places_unreachable"
    action = "Correct the coordinate, or import an extract of the map that covers it."


@dataclass(frozen=True, slots=True)
class CutOff:
    """A place from which (`leads_out`) or to which (`leads_in`) no road leads, of all the others."""

    place: int
    coordinate: Coordinate
    leads_out: bool
    leads_in: bool

    @property
    def sentence(self) -> str:
        """What a dispatcher reads."""
        way = "from" if self.leads_in else "to" if self.leads_out else "to or from"
        return f"No road leads {way} place {self.place} at {_degrees(self.coordinate)}."


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The places that are cut off, and the pairs (from, to) of the others that no road joins."""

    points: tuple[CutOff, ...]
    pairs: tuple[tuple[int, int], ...]
    coordinates: tuple[Coordinate, ...]

    def sentences(self, at_most: int = 20) -> list[str]:
        """Return one sentence a place, then one a pair, and how many more there are."""
        told = [point.sentence for point in self.points]
        told += [
            f"No road leads from place {a} at {_degrees(self.coordinates[a])} "
            f"to place {b} at {_degrees(self.coordinates[b])}."
            for a, b in self.pairs[:at_most]
        ]
        left = len(self.points) + len(self.pairs) - at_most
        return [*told[:at_most], f"And {left} more."] if left > 0 else told

    def require_none(self) -> None:
        """Raise `PlacesUnreachable`, at the first place, when there are any."""
        if self.points or self.pairs:
            first = self.points[0].place if self.points else self.pairs[0][0]
            raise PlacesUnreachable(f"places[{first}]", " ".join(self.sentences(5)))


def unreachable(travel: Travel, points: Sequence[Coordinate]) -> Unreachable:
    """Return what of `points`, the places of `travel` in their order, cannot be driven to or from."""
    if travel.size < 2 or int(np.max(travel.duration_s)) < UNREACHABLE:
        return Unreachable((), (), ())
    cut = travel.duration_s >= UNREACHABLE
    others = travel.size - 1
    no_way_out, no_way_in = cut.sum(axis=1) == others, cut.sum(axis=0) == others
    lost = no_way_out | no_way_in
    named = tuple(
        CutOff(k, points[k], not no_way_out[k], not no_way_in[k]) for k in np.flatnonzero(lost).tolist()
    )
    cut[lost, :] = False
    cut[:, lost] = False
    pairs = tuple((int(a), int(b)) for a, b in np.argwhere(cut))
    return Unreachable(named, pairs, tuple(points))


def _degrees(point: Coordinate) -> str:
    return f"{point.lat_deg:.5f}, {point.lon_deg:.5f}"
