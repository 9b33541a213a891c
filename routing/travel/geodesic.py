"""Travel times without a map: great-circle distance x detour factor at a mean speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

import numpy as np
import numpy.typing as npt

from routing.travel.matrix import Table, Travel, row_blocks
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue
from tracking.values.geodesy import EARTH_RADIUS_M


class Area(StrEnum):
    """What the roads of a region are like."""

    URBAN = "urban"
    MIXED = "mixed"
    RURAL = "rural"


@dataclass(frozen=True, slots=True)
class GeodesicSettings:
    """How much longer roads are than the great circle, and how fast they are driven.

    `detour_factor` in [1, 3]; `speed_mps` in [1, 50]. The default is 45 km/h on mixed roads.
    """

    detour_factor: float = 1.35
    speed_mps: float = 12.5

    def __post_init__(self) -> None:
        if not 1.0 <= self.detour_factor <= 3.0:
            raise InvalidValue(f"detour_factor must lie in [1, 3], not {self.detour_factor}.")
        if not 1.0 <= self.speed_mps <= 50.0:
            raise InvalidValue(f"speed_mps must lie in [1, 50], not {self.speed_mps}.")

    @classmethod
    def for_area(cls, area: Area) -> Self:
        """Return settings for a kind of region: 27 km/h in towns, 45 mixed, 63 in the country."""
        return {
            Area.URBAN: cls(1.4, 7.5),
            Area.MIXED: cls(),
            Area.RURAL: cls(1.3, 17.5),
        }[area]


class GeodesicTravelTimes:
    """Implements `TravelTimes` in numpy, from coordinates alone."""

    def __init__(self, settings: GeodesicSettings | None = None) -> None:
        self._settings = settings or GeodesicSettings()

    def matrix(self, points: Sequence[Coordinate], at: datetime | None = None) -> Travel:
        """Return symmetric whole seconds and metres, both rounded half to even, at any time the same."""
        return Travel.trusted(self.table(points, points, at))

    def table(
        self, sources: Sequence[Coordinate], targets: Sequence[Coordinate], at: datetime | None = None
    ) -> Table:
        """Return the part of such a matrix from `sources` to `targets`."""
        table, everywhere = Table.blank(len(sources), len(targets)), slice(None)
        for rows in row_blocks(table.duration_s.shape):
            road_m = great_circle_table_m(sources[rows], targets)
            road_m *= self._settings.detour_factor
            table.write(rows, everywhere, Table.of(road_m / self._settings.speed_mps, road_m))
        return table


def great_circle_table_m(
    sources: Sequence[Coordinate], targets: Sequence[Coordinate]
) -> npt.NDArray[np.float64]:
    """Return great-circle distances in m, one row a source (haversine formula, Sinnott 1984)."""
    lat_a, lon_a = _radians(sources)
    lat_b, lon_b = _radians(targets)
    h = np.sin((lat_b[None, :] - lat_a[:, None]) / 2)
    np.square(h, out=h)
    across = np.sin((lon_b[None, :] - lon_a[:, None]) / 2)
    np.square(across, out=across)
    across *= np.cos(lat_a)[:, None] * np.cos(lat_b)[None, :]
    h += across
    np.sqrt(np.minimum(h, 1.0, out=h), out=h)
    np.arcsin(h, out=h)
    h *= 2 * EARTH_RADIUS_M
    return h


def _radians(points: Sequence[Coordinate]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    lat = np.fromiter((point.lat_deg for point in points), np.float64, len(points))
    lon = np.fromiter((point.lon_deg for point in points), np.float64, len(points))
    return np.radians(lat), np.radians(lon)
