from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from routing.formats.json_problem import read_problem
from routing.formats.lilim import read_lilim
from routing.picture import colour, drawing_of_instance, drawing_of_problem, geojson, svg
from routing.search import Limits, solve
from routing.values import InvalidProblem
from tests.routing.formats.instances import EXAMPLES, LILIM

INSTANCE = read_lilim(LILIM, "a<b")


def _tags(text: str) -> list[str]:
    return [element.tag.rsplit("}", 1)[-1] for element in ElementTree.fromstring(text).iter()]


def test_picture_shows_routes_stops_depots_and_a_legend() -> None:
    text = svg(drawing_of_instance(INSTANCE, [[1, 2], [3, 4]]))
    tags = _tags(text)
    assert tags.count("polyline") == 2
    assert tags.count("circle") == 4
    assert tags.count("rect") == 1 + 2 * 2
    assert "a&lt;b: 2 vehicles, distance 85.36" in text
    assert "Route 2: 2 stops" in text


def test_what_is_left_out_is_crossed() -> None:
    text = svg(drawing_of_instance(INSTANCE, [[1, 2]]))
    assert "cross: unserved" in text
    assert _tags(text).count("circle") == 2


def test_plan_without_routes_is_drawn_empty() -> None:
    assert _tags(svg(drawing_of_instance(INSTANCE, []))).count("polyline") == 0


def test_neighbouring_routes_differ_in_colour() -> None:
    colours = [colour(k) for k in range(60)]
    assert len(set(colours)) == 60


def test_geojson_carries_stops_with_their_times_and_the_unserved_with_their_reason() -> None:
    file = read_problem((EXAMPLES / "problem-places.json").read_bytes())
    problem = replace(
        file.problem, vehicles=tuple(replace(v, skills=frozenset()) for v in file.problem.vehicles)
    )
    plan = solve(problem, Limits(seconds=30, rounds=5))
    features = geojson(drawing_of_problem(problem, file.places or (), plan))["features"]
    stops = [f["properties"] for f in features if f["properties"].get("shipment") == "order-1"]
    assert [stop["kind"] for stop in stops] == ["pickup", "delivery"]
    assert all(stop["arrival_s"] <= stop["start_s"] for stop in stops)
    (left,) = [f for f in features if f["properties"].get("reason")]
    assert (left["properties"]["shipment"], left["properties"]["reason"]) == ("return-1", "skill")
    assert left["geometry"]["coordinates"] == [9.5209, 47.1410]


def test_plane_of_a_benchmark_is_no_map() -> None:
    with pytest.raises(InvalidProblem, match="have no coordinates on the earth"):
        geojson(drawing_of_instance(INSTANCE, [[1, 2]]))
