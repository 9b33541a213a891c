"""Travel times without a map: great-circle distance x detour factor at a mean speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np
import numpy.typing as npt

from routing.travel.matrix import Travel
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

    def matrix(self, points: Sequence[Coordinate]) -> Travel:
        """Return symmetric whole seconds and metres, both rounded half to even."""
        road_m = great_circle_matrix_m(points) * self._settings.detour_factor
        duration_s = np.rint(road_m / self._settings.speed_mps).astype(np.int64)
        return Travel(duration_s, np.rint(road_m).astype(np.int64))


def great_circle_matrix_m(points: Sequence[Coordinate]) -> npt.NDArray[np.float64]:
    """Return great-circle distances in m between all points (haversine formula, Sinnott 1984)."""
    lat = np.radians(np.array([point.lat_deg for point in points], dtype=np.float64))
    lon = np.radians(np.array([point.lon_deg for point in points], dtype=np.float64))
    half_lat = (lat[None, :] - lat[:, None]) / 2
    half_lon = (lon[None, :] - lon[:, None]) / 2
    h = np.sin(half_lat) ** 2 + np.cos(lat)[:, None] * np.cos(lat)[None, :] * np.sin(half_lon) ** 2
    distance_m: npt.NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(h, 1.0)))
    return distance_m
