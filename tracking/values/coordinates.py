"""Positions on the earth, WGS-84, in degrees."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tracking.values.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Coordinate:
    """A point on the WGS-84 ellipsoid.

    `lat_deg` in [-90, 90], `lon_deg` in [-180, 180]. Raises `InvalidValue` outside these ranges
    and for values that are not finite.
    """

    lat_deg: float
    lon_deg: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lat_deg) and -90.0 <= self.lat_deg <= 90.0):
            raise InvalidValue(f"lat_deg must lie in [-90, 90], not {self.lat_deg}.")
        if not (math.isfinite(self.lon_deg) and -180.0 <= self.lon_deg <= 180.0):
            raise InvalidValue(f"lon_deg must lie in [-180, 180], not {self.lon_deg}.")
