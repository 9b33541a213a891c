"""The port through which planning learns how long roads take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from routing.travel.matrix import Table, Travel
from tracking.values.coordinates import Coordinate


class TravelTimes(Protocol):
    """Estimates travel between points; `at`, an aware time, is when it begins (None: at no time of day).

    Both methods raise `TravelUnavailable` when the source of road times does not answer.
    """

    def matrix(self, points: Sequence[Coordinate], at: datetime | None = None) -> Travel:
        """Return travel times in s and distances in m from every point to every point."""
        ...

    def table(
        self, sources: Sequence[Coordinate], targets: Sequence[Coordinate], at: datetime | None = None
    ) -> Table:
        """Return the same from each of `sources` to each of `targets`: what a new stop adds to a matrix.

        The table is the caller's own, to be written into.
        """
        ...
