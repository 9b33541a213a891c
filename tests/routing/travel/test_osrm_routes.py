"""Ways and matched traces from a real OSRM server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from routing.travel.osrm import OsrmSettings, OsrmTravelTimes
from routing.travel.osrm_routes import OsrmRoads, TracePoint
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue
from tracking.values.geodesy import great_circle_m

VADUZ, SCHAAN, BALZERS = Coordinate(47.1410, 9.5215), Coordinate(47.1650, 9.5087), Coordinate(47.0653, 9.5027)
BERLIN = Coordinate(52.52, 13.40)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def driven(points: tuple[Coordinate, ...], speed_mps: float = 12.0) -> list[TracePoint]:
    """A trace along a line, 5 m beside it."""
    trace, at = [], START
    for before, after in pairwise(points):
        at += timedelta(seconds=max(1.0, great_circle_m(before, after) / speed_mps))
        trace.append(TracePoint(Coordinate(after.lat_deg + 0.00004, after.lon_deg), at, 10.0))
    return trace


@pytest.mark.shared
def test_a_way_has_the_times_of_the_table_and_a_line_along_the_roads(roads: str) -> None:
    with OsrmRoads(OsrmSettings(roads)) as osrm, OsrmTravelTimes(OsrmSettings(roads)) as table:
        way = osrm.route([VADUZ, SCHAAN, BALZERS])
        times = table.matrix([VADUZ, SCHAAN, BALZERS])
    assert way is not None
    assert [round(s) for s in way.legs_s] == pytest.approx(
        [times.duration_s[0, 1], times.duration_s[1, 2]], abs=2
    )
    assert way.distance_m == pytest.approx(times.distance_m[0, 1] + times.distance_m[1, 2], rel=0.01)
    along_m = sum(great_circle_m(a, b) for a, b in pairwise(way.line))
    assert along_m == pytest.approx(way.distance_m, rel=0.02)
    assert great_circle_m(way.line[0], VADUZ) < 200


@pytest.mark.shared
def test_where_no_road_leads_there_is_no_way(roads: str) -> None:
    with OsrmRoads(OsrmSettings(roads)) as osrm:
        assert osrm.route([VADUZ, BERLIN]) is None
        with pytest.raises(InvalidValue):
            osrm.route([VADUZ])


@pytest.mark.shared
@pytest.mark.parametrize("match_points", [100, 40])
def test_a_trace_is_laid_onto_the_roads_that_were_driven(roads: str, match_points: int) -> None:
    with OsrmRoads(OsrmSettings(roads, match_points=match_points)) as osrm:
        way = osrm.route([VADUZ, SCHAAN])
        assert way is not None
        trace = driven(way.line)
        matched = osrm.match(trace)
    assert sum(stretch.distance_m for stretch in matched.stretches) == pytest.approx(way.distance_m, rel=0.1)
    assert all(0 <= stretch.confidence <= 1 for stretch in matched.stretches)
    assert len(matched.snapped) == len(trace)
    on_road = [(fix.coordinate, place) for fix, place in zip(trace, matched.snapped, strict=True) if place]
    assert len(on_road) > 0.7 * len(trace)  # fixes that add nothing are left out by the server
    assert all(great_circle_m(fix, place) < 30 for fix, place in on_road)


@pytest.mark.shared
def test_a_trace_far_from_all_roads_matches_nothing(roads: str) -> None:
    away = [
        TracePoint(Coordinate(52.52 + k / 1000, 13.4), START + timedelta(seconds=10 * k), 5) for k in range(5)
    ]
    with OsrmRoads(OsrmSettings(roads)) as osrm:
        for trace in (away, away[:1], []):
            matched = osrm.match(trace)
            assert (matched.stretches, matched.snapped) == ((), (None,) * len(trace))
