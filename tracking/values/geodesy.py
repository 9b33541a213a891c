"""Distances, bearings and destinations on a spherical earth.

The sphere errs by up to 0.56 % against the ellipsoid; travel estimates carry far larger errors,
and the tests hold these formulas against geopy's geodesic.
"""

from __future__ import annotations

import math

from tracking.values.coordinates import Coordinate

EARTH_RADIUS_M = 6_371_008.8
"""Mean earth radius R1 = (2a + b) / 3 of GRS 80 (Moritz 2000, table 1), in m."""


def great_circle_m(a: Coordinate, b: Coordinate) -> float:
    """Return the great-circle distance from `a` to `b` in m (haversine formula, Sinnott 1984)."""
    lat_a, lat_b = math.radians(a.lat_deg), math.radians(b.lat_deg)
    half_lat = (lat_b - lat_a) / 2
    half_lon = math.radians(b.lon_deg - a.lon_deg) / 2
    h = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h)))


def bearing_deg(a: Coordinate, b: Coordinate) -> float:
    """Return the initial bearing from `a` to `b` in [0, 360) degrees, clockwise from north."""
    lat_a, lat_b = math.radians(a.lat_deg), math.radians(b.lat_deg)
    d_lon = math.radians(b.lon_deg - a.lon_deg)
    east = math.sin(d_lon) * math.cos(lat_b)
    north = math.cos(lat_a) * math.sin(lat_b) - math.sin(lat_a) * math.cos(lat_b) * math.cos(d_lon)
    return math.degrees(math.atan2(east, north)) % 360.0


def destination(start: Coordinate, bearing: float, distance_m: float) -> Coordinate:
    """Return the point `distance_m` metres from `start` along the great circle at `bearing` degrees."""
    angle = distance_m / EARTH_RADIUS_M
    lat, lon, course = map(math.radians, (start.lat_deg, start.lon_deg, bearing))
    end_lat = math.asin(math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(course))
    end_lon = lon + math.atan2(
        math.sin(course) * math.sin(angle) * math.cos(lat),
        math.cos(angle) - math.sin(lat) * math.sin(end_lat),
    )
    return Coordinate(math.degrees(end_lat), (math.degrees(end_lon) + 540.0) % 360.0 - 180.0)


def interpolate(a: Coordinate, b: Coordinate, fraction: float) -> Coordinate:
    """Return the point at `fraction` in [0, 1] of the way from `a` to `b` along the great circle."""
    return destination(a, bearing_deg(a, b), great_circle_m(a, b) * fraction)
