"""Road times from a real OSRM server, and clear errors where there is none."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from routing.travel import (
    UNREACHABLE,
    CachedTravelTimes,
    GeodesicTravelTimes,
    OsrmSettings,
    OsrmTravelTimes,
    TravelUnavailable,
)
from tests.ports import free_port
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue

VADUZ, SCHAAN, BALZERS = Coordinate(47.1410, 9.5215), Coordinate(47.1650, 9.5087), Coordinate(47.0653, 9.5027)
BERLIN = Coordinate(52.52, 13.40)


def around(count: int) -> list[Coordinate]:
    """Places along the valley road, 13 m apart."""
    return [Coordinate(VADUZ.lat_deg + k * 0.0001, VADUZ.lon_deg - k * 0.0001) for k in range(count)]


def client(url: str, **settings: float) -> OsrmTravelTimes:
    return OsrmTravelTimes(OsrmSettings(url, **({"pause_s": 0.01} | settings)))  # type: ignore[arg-type]


@pytest.mark.shared
def test_roads_are_longer_than_the_great_circle_and_not_absurdly(roads: str) -> None:
    places = [VADUZ, SCHAAN, BALZERS]
    with client(roads) as osrm:
        by_road = osrm.matrix(places)
    straight_m = GeodesicTravelTimes().matrix(places).distance_m / 1.35
    for a in range(3):
        for b in range(3):
            if a != b:
                assert straight_m[a, b] * 0.98 <= by_road.distance_m[a, b] <= straight_m[a, b] * 2.5
                assert 3 <= by_road.distance_m[a, b] / by_road.duration_s[a, b] <= 35
    assert by_road.unreachable() == []


@pytest.mark.shared
def test_a_point_without_a_road_near_by_is_named(roads: str) -> None:
    with client(roads) as osrm:
        travel = osrm.matrix([VADUZ, BERLIN, SCHAAN])
    assert travel.unreachable() == [(0, 1), (1, 0), (1, 2), (2, 1)]
    assert travel.distance_m[0, 1] == UNREACHABLE
    assert 0 < travel.duration_s[0, 2] < 1200


@pytest.mark.shared
def test_a_table_larger_than_the_server_allows_is_refused_with_its_reason(roads: str) -> None:
    with client(roads) as osrm, pytest.raises(TravelUnavailable, match=r"refused the table \(HTTP 400\)"):
        osrm.matrix(around(201))


@pytest.mark.shared
def test_a_table_is_a_part_of_the_matrix_whether_asked_whole_or_in_blocks(roads: str) -> None:
    places = [*around(30), BERLIN]
    with client(roads) as osrm, client(roads, table_points=16) as in_blocks:
        whole = osrm.matrix(places)
        assert in_blocks.matrix(places) == whole
        table = osrm.table(places[25:], [*places[:10], places[28], places[3]])
    columns = [*range(10), 28, 3]
    assert table.duration_s.tolist() == whole.duration_s[25:, columns].tolist()
    assert table.distance_m.tolist() == whole.distance_m[25:, columns].tolist()


@pytest.mark.shared
def test_a_new_stop_among_known_ones_asks_the_server_for_its_row_and_column(roads: str) -> None:
    places = around(40)
    with client(roads) as osrm:
        cached = CachedTravelTimes(osrm)
        cached.matrix(places[:39])
        assert cached.matrix(places) == osrm.matrix(places)
    assert cached.counts.pairs_asked == 39**2 + 40 + 39


def test_one_point_needs_no_server() -> None:
    with client("http://127.0.0.1:9") as osrm:
        assert osrm.matrix([VADUZ]).size == 1


def test_a_server_that_is_not_there_is_tried_so_many_times() -> None:
    with (
        client(f"http://127.0.0.1:{free_port()}", attempts=2) as osrm,
        pytest.raises(TravelUnavailable) as failed,
    ):
        osrm.matrix([VADUZ, SCHAAN])
    assert "2 attempts" in failed.value.cause
    assert failed.value.code == "travel_unavailable"


GOOD = {
    "code": "Ok",
    "sources": [{"distance": 1.0}, {"distance": 1.0}],
    "destinations": [{"distance": 1.0}, {"distance": 1.0}],
    "durations": [[0, 60.5], [61.5, 0]],
    "distances": [[0, 900.4], [None, 0]],
}

ANSWERS: list[tuple[int, object, str]] = [
    (200, "no json", "without JSON"),
    (200, ["Ok"], "refused the table"),
    (400, {"code": "InvalidQuery", "message": "Query string malformed"}, "Query string malformed"),
    (200, {"code": "Ok", "durations": []}, "lacks sources, destinations, distances"),
    (200, GOOD | {"durations": [[0]]}, "shape"),
]


@contextmanager
def answering(*answers: tuple[int, object]) -> Iterator[tuple[str, list[str]]]:
    """A server on a free port that gives these answers in turn, the last one again and again."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers[min(len(asked), len(answers) - 1)]
            asked.append(self.path)
            content = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(("status", "body", "part"), ANSWERS, ids=[part for _, _, part in ANSWERS])
def test_an_answer_that_is_no_table_is_a_clear_error(status: int, body: object, part: str) -> None:
    with (
        answering((status, body)) as (url, _),
        client(url) as osrm,
        pytest.raises(TravelUnavailable, match=part),
    ):
        osrm.matrix([VADUZ, SCHAAN])


def test_a_server_in_trouble_is_asked_again() -> None:
    with answering((503, "later"), (200, GOOD)) as (url, asked), client(url) as osrm:
        travel = osrm.matrix([VADUZ, SCHAAN])
    assert len(asked) == 2
    assert asked[0].startswith("/table/v1/driving/9.521500,47.141000;9.508700,47.165000?")
    assert travel.duration_s.tolist() == [[0, 60], [UNREACHABLE, 0]]
    assert travel.distance_m.tolist() == [[0, 900], [UNREACHABLE, 0]]


@pytest.mark.parametrize(
    "values",
    [
        {"attempts": 0},
        {"attempts": 11},
        {"timeout_s": 0},
        {"pause_s": -1},
        {"snap_m": 0},
        {"table_points": 1},
    ],
)
def test_settings_out_of_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(InvalidValue):
        OsrmSettings("http://127.0.0.1", **values)  # type: ignore[arg-type]


def test_an_address_without_a_scheme_is_refused() -> None:
    with pytest.raises(InvalidValue):
        OsrmSettings("localhost:5000")
