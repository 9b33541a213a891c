"""Great-circle travel times, held against geopy."""

from __future__ import annotations

import random

import numpy as np
import pytest
from geopy.distance import geodesic, great_circle

from routing.travel import Area, GeodesicSettings, GeodesicTravelTimes
from routing.travel.geodesic import great_circle_table_m
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue
from tracking.values.geodesy import great_circle_m


def points(count: int, seed: int = 1) -> list[Coordinate]:
    generator = random.Random(seed)
    around = [Coordinate(47.0 + generator.random() / 4, 9.4 + generator.random() / 4) for _ in range(count)]
    return [
        *around,
        Coordinate(-33.9, 151.2),
        Coordinate(64.1, -21.9),
        Coordinate(0, 180),
        Coordinate(0, -180),
    ]


def test_distances_agree_with_geopy_on_the_sphere_and_nearly_on_the_ellipsoid() -> None:
    sample = points(12)
    distance_m = great_circle_table_m(sample, sample)
    for i, a in enumerate(sample):
        for j, b in enumerate(sample):
            pair = (a.lat_deg, a.lon_deg), (b.lat_deg, b.lon_deg)
            sphere_m, ellipsoid_m = great_circle(*pair).meters, geodesic(*pair).meters
            assert distance_m[i, j] == pytest.approx(sphere_m, rel=1e-6, abs=1e-3)
            assert distance_m[i, j] == pytest.approx(ellipsoid_m, rel=6e-3, abs=1e-3)
            assert distance_m[i, j] == pytest.approx(great_circle_m(a, b), rel=1e-9, abs=1e-6)


def test_times_are_the_distance_with_its_detour_at_the_mean_speed() -> None:
    a, b = Coordinate(47.0, 9.5), Coordinate(47.1, 9.5)
    travel = GeodesicTravelTimes().matrix([a, b])
    road_m = great_circle_m(a, b) * 1.35
    assert travel.distance_m[0, 1] == round(road_m)
    assert travel.duration_s[0, 1] == round(road_m / 12.5)
    assert travel.duration_s.dtype == np.int32
    assert not travel.duration_s.diagonal().any()


def test_towns_are_slower_than_the_country() -> None:
    pair = [Coordinate(47.0, 9.5), Coordinate(47.1, 9.5)]
    seconds = [
        int(GeodesicTravelTimes(GeodesicSettings.for_area(area)).matrix(pair).duration_s[0, 1])
        for area in (Area.URBAN, Area.MIXED, Area.RURAL)
    ]
    assert seconds == sorted(seconds, reverse=True)


@pytest.mark.parametrize("count", [0, 1])
def test_no_points_and_one_point_have_a_matrix_too(count: int) -> None:
    assert GeodesicTravelTimes().matrix(points(3)[:count]).size == count


@pytest.mark.parametrize(
    "values",
    [{"detour_factor": 0.9}, {"detour_factor": 3.1}, {"speed_mps": 0.5}, {"speed_mps": float("nan")}],
)
def test_settings_out_of_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(InvalidValue):
        GeodesicSettings(**values)
