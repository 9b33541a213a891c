"""The port through which planning learns how long roads take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from routing.travel.matrix import Travel
from tracking.values.coordinates import Coordinate


class TravelTimes(Protocol):
    """Estimates travel between points."""

    def matrix(self, points: Sequence[Coordinate]) -> Travel:
        """Return travel times in s and distances in m from every point to every point.

        Raises `TravelUnavailable` when the source of road times does not answer.
        """
        ...
