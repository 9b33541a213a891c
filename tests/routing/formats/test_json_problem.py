from __future__ import annotations

import copy
import dataclasses
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from routing.check import violations
from routing.formats.json_plan import WirePlan, plan_schema, read_plan
from routing.formats.json_problem import (
    MAX_JOBS,
    ProblemFile,
    _wire_problem,
    problem_schema,
    read_problem,
    write_problem,
)
from routing.formats.travel_matrices import WireTravel
from routing.plan import Plan
from routing.problem import Problem, TimeWindow, Travel
from routing.travel import UNREACHABLE, GeodesicTravelTimes
from routing.values import InvalidProblem
from tests.routing.formats.instances import EXAMPLES
from tests.routing.problems import courier, order, problem
from tracking.values.coordinates import Coordinate

DOCS = EXAMPLES.parent
PROBLEMS = sorted(EXAMPLES.glob("problem-*.json"))
PLACES: dict[str, Any] = json.loads((EXAMPLES / "problem-places.json").read_text())
MATRICES: dict[str, Any] = json.loads((EXAMPLES / "problem-matrices.json").read_text())

Steps = Sequence[str | int]


def _changed(document: dict[str, Any], steps: Steps, value: Any) -> bytes:
    """The document with the value at `steps` replaced, or added."""
    changed: Any = copy.deepcopy(document)
    inner = changed
    for step in steps[:-1]:
        inner = inner[step]
    inner[steps[-1]] = value
    return json.dumps(changed).encode()


def _without(document: dict[str, Any], steps: Steps) -> bytes:
    changed: Any = copy.deepcopy(document)
    inner = changed
    for step in steps[:-1]:
        inner = inner[step]
    del inner[steps[-1]]
    return json.dumps(changed).encode()


def _refused(data: bytes) -> InvalidProblem:
    with pytest.raises(InvalidProblem) as refused:
        read_problem(data)
    return refused.value


@pytest.mark.parametrize("path", PROBLEMS, ids=lambda path: path.stem)
def test_example_keeps_the_schema_and_is_read(path: Path) -> None:
    jsonschema.validate(json.loads(path.read_text()), json.loads(problem_schema()))
    assert len(read_problem(path.read_bytes()).problem.shipments) > 0


def test_example_plan_keeps_its_schema_and_every_rule() -> None:
    data = (EXAMPLES / "plan-places.json").read_bytes()
    jsonschema.validate(json.loads(data), json.loads(plan_schema()))
    given = read_problem((EXAMPLES / "problem-places.json").read_bytes()).problem
    assert violations(given, read_plan(data)) == []


@pytest.mark.parametrize(("name", "schema"), [("problem", problem_schema), ("plan", plan_schema)])
def test_committed_schema_is_what_the_code_reads(name: str, schema: Any) -> None:
    committed = (DOCS / f"{name}.schema.json").read_text()
    assert committed == schema(), "run: make schemas"
    jsonschema.Draft202012Validator.check_schema(json.loads(committed))


def test_every_field_of_problems_and_plans_has_its_place_in_the_file() -> None:
    known = {field.name for field in dataclasses.fields(Problem)} | {"places"}
    assert set(_wire_problem(WireTravel).__struct_fields__) == known
    assert {field.name for field in dataclasses.fields(Plan)} <= set(WirePlan.__struct_fields__)


def test_what_is_written_is_read_back() -> None:
    travel = Travel(
        [[0, 5, UNREACHABLE], [5, 0, 7], [9, 9, 0]], [[0, 50, UNREACHABLE], [50, 0, 70], [9, 9, 0]]
    )
    given = problem(
        order("a", 1, 2, due_s=300, late_millicents_per_s=3, couriers=frozenset({"eva"}), priority=2),
        order("b", 2, 1, weight_g=7, skills=frozenset({"crane", "lift"}), couriers=frozenset()),
        vehicles=(courier(), courier("bob", end=0, skills=frozenset({"crane"}))),
        travel=travel,
    )
    file = ProblemFile(given)
    assert read_problem(write_problem(file)) == file
    placed = read_problem((EXAMPLES / "problem-places.json").read_bytes())
    assert read_problem(write_problem(placed)) == placed


def test_coordinates_become_travel_by_great_circle() -> None:
    given = read_problem((EXAMPLES / "problem-places.json").read_bytes())
    points = [Coordinate(place["lat_deg"], place["lon_deg"]) for place in PLACES["places"]]
    assert given.problem.travel == GeodesicTravelTimes().matrix(points)
    assert given.places is not None
    assert given.places[3].name == "hospital"


def test_matrices_are_taken_before_coordinates() -> None:
    places = [{"lat_deg": 47.0, "lon_deg": 9.0 + k / 10} for k in range(3)]
    given = read_problem(_changed(MATRICES, ["places"], places))
    assert given.problem.travel.duration_s[2, 0] == 640
    assert given.places is not None


def test_null_is_where_no_road_leads() -> None:
    given = read_problem(_changed(MATRICES, ["travel", "duration_s", 2, 0], None))
    assert given.problem.travel.unreachable() == [(2, 0)]


def test_roads_from_elsewhere_serve_coordinates() -> None:
    class Twice:
        def matrix(self, points: Sequence[Coordinate]) -> Travel:
            made = GeodesicTravelTimes().matrix(points)
            return Travel(2 * made.duration_s, made.distance_m)

    data = (EXAMPLES / "problem-places.json").read_bytes()
    twice, once = read_problem(data, Twice()).problem.travel, read_problem(data).problem.travel
    assert np.array_equal(twice.duration_s, 2 * once.duration_s)


WINDOW = {"earliest_s": 5, "latest_s": 4}
SITE = ["shipments", 0, "deliveries", 0]
BAD: list[tuple[Steps, Any, str, str]] = [
    (["speed"], 3, "speed", "is no field that is known here"),
    (["vehicles", 0, "colour"], "red", "vehicles[0].colour", "is no field"),
    ([*SITE, "windows", 1, "until"], 5, "shipments[0].deliveries[0].windows[1].until", "is no field"),
    (["vehicles", 1, "id"], 7, "vehicles[1].id", "must be str, not int"),
    (["vehicles", 1, "id"], "", "vehicles[1].id", "non-empty text"),
    (["vehicles", 1, "id"], "eva", "vehicles", "names eva twice"),
    (["vehicles", 0, "start"], -1, "vehicles[0].start", "must lie in"),
    (["vehicles", 0, "start"], 99, "vehicles[0].start", "but there are 6 places"),
    (["vehicles", 0, "end"], 6, "vehicles[0].end", "but there are 6 places"),
    (["vehicles", 0, "shift", "earliest_s"], -5, "vehicles[0].shift.earliest_s", "must lie in [0,"),
    (["vehicles", 0, "shift"], WINDOW, "vehicles[0].shift.latest_s", "lies before earliest_s 5"),
    (["vehicles", 0, "breaks", 0, "duration_s"], 0, "vehicles[0].breaks[0].duration_s", "must lie in [1,"),
    (["vehicles", 0, "skills", 0], 3, "vehicles[0].skills[0]", "must be str"),
    (["vehicles", 0, "on_board"], ["x"], "vehicles[0].on_board", "names no shipment of this problem: x"),
    (["vehicles", 1, "locked", 0, "kind"], "break", "vehicles[1].locked[0].kind", "pickup or delivery"),
    (["vehicles", 1, "locked", 0, "kind"], "fly", "vehicles[1].locked[0].kind", "fly"),
    (["vehicles", 1, "locked", 0, "shipment"], "x", "vehicles[1].locked[0]", "names no shipment"),
    (["vehicles", 1, "locked", 0, "site"], "x", "vehicles[1].locked[0].site", "is x, which is no delivery"),
    (["shipments", 0, "weight_g"], -1, "shipments[0].weight_g", "must lie in [0,"),
    (["shipments", 0, "weight_g"], 1.5, "shipments[0].weight_g", "must be int, not float"),
    (["shipments", 0, "weight_g"], "12 kg", "shipments[0].weight_g", "must be int, not str"),
    (["shipments", 0, "weight_g"], True, "shipments[0].weight_g", "must be int, not bool"),
    (["shipments", 0, "weight_g"], None, "shipments[0].weight_g", "must be int, not null"),
    (["shipments", 0, "weight_g"], 10**30, "shipments[0].weight_g", "must lie in"),
    (["shipments", 0, "priority"], 11, "shipments[0].priority", "must lie in [0, 10]"),
    (["shipments", 0, "deliveries"], [], "shipments[0].deliveries", "at least one site"),
    (["shipments", 2, "id"], "order-1", "shipments", "names order-1 twice"),
    ([*SITE, "place"], 6, "shipments[0].deliveries[0].place", "but there are 6 places"),
    ([*SITE, "place"], -1, "shipments[0].deliveries[0].place", "must lie in"),
    ([*SITE, "service_s"], -60, "shipments[0].deliveries[0].service_s", "must lie in [0,"),
    ([*SITE, "windows", 1], WINDOW, "shipments[0].deliveries[0].windows[1].latest_s", "lies before"),
    ([*SITE, "windows", 1, "earliest_s"], 43000, "shipments[0].deliveries[0].windows", "must not overlap"),
    (["shipments", 0, "pickups", 1, "place"], 8, "shipments[0].pickups[1].place", "but there are 6 places"),
    (["shipments", 0, "pickups", 1, "id"], "locker-schaan", "shipments[0].pickups", "a site twice"),
    (
        ["shipments", 0, "pickups", 0, "draws", 0, "quantity"],
        0,
        "shipments[0].pickups[0].draws[0].quantity",
        "1",
    ),
    (["shipments", 2, "pickups"], [{"id": "x", "place": 1}], "vehicles[1].on_board", "still to be picked up"),
    (["shipments", 0, "pickups"], [], "shipments[0].pickups", "the load is on board nobody"),
    (["stock", 0, "available"], -1, "stock[0].available", "must lie in [0,"),
    (["stock", 1, "location"], "locker-schaan", "stock", "names locker-schaan/pump twice"),
    (["places", 3, "lat_deg"], 91, "places[3].lat_deg", "must lie in [-90, 90], not 91"),
    (["places", 3, "lon_deg"], "9 E", "places[3].lon_deg", "must be float, not str"),
    (["places", 3, "height_m"], 9, "places[3].height_m", "is no field"),
    (["places"], None, "travel", "unless places with coordinates are given"),
    (["travel", "speed_mps"], 900, "travel.speed_mps", "must lie in [1, 50]"),
    (["travel", "detour_factor"], 0.5, "travel.detour_factor", "must lie in [1, 3]"),
    (["travel", "duration_s"], [[0]], "travel.distance_m", "is missing, although duration_s is given"),
    (["vehicles"], {}, "vehicles", "must be array, not object"),
]


@pytest.mark.parametrize(("steps", "value", "path", "cause"), BAD)
def test_wrong_field_is_named_by_its_path(steps: Steps, value: Any, path: str, cause: str) -> None:
    refused = _refused(_changed(PLACES, steps, value))
    assert refused.path == path
    assert cause in refused.cause


BAD_ROADS: list[tuple[Steps, Any, str, str]] = [
    (["travel", "duration_s", 1, 2], -4, "travel.duration_s[1][2]", "must lie in [0, 100000000]"),
    (["travel", "duration_s", 1, 2], 200_000_000, "travel.duration_s[1][2]", "or be null"),
    (["travel", "distance_m", 0, 1], "far", "travel.distance_m[0][1]", "must be int | null, not str"),
    (["travel", "distance_m", 2, 2], 5, "travel.distance_m[2][2]", "must be 0"),
    (["travel", "distance_m", 2], [1, 0], "travel.distance_m[2]", "must hold 3 numbers"),
    (["travel", "distance_m"], [[0]], "travel.distance_m", "must hold 3 rows"),
    (["travel", "duration_s", 1], {}, "travel.duration_s[1]", "must be array, not object"),
    (["places"], [{"lat_deg": 1, "lon_deg": 2}], "travel.duration_s", "must hold 1 rows"),
]


@pytest.mark.parametrize(("steps", "value", "path", "cause"), BAD_ROADS)
def test_wrong_cell_of_a_matrix_is_named(steps: Steps, value: Any, path: str, cause: str) -> None:
    refused = _refused(_changed(MATRICES, steps, value))
    assert refused.path == path
    assert cause in refused.cause


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        (["vehicles"], "vehicles"),
        (["vehicles", 0, "shift"], "vehicles[0].shift"),
        (["vehicles", 0, "shift", "latest_s"], "vehicles[0].shift.latest_s"),
        ([*SITE, "windows", 0, "earliest_s"], "shipments[0].deliveries[0].windows[0].earliest_s"),
        (["places", 0, "lon_deg"], "places[0].lon_deg"),
    ],
)
def test_missing_field_is_named_by_its_path(steps: Steps, path: str) -> None:
    refused = _refused(_without(PLACES, steps))
    assert (refused.path, "is missing" in refused.cause) == (path, True)


@pytest.mark.parametrize(
    "data", [b"", b'{"vehicles": [1, 2', b"{'a': 1}", b"\xff\xfe", b"nonsense", b'{"vehicles": NaN}']
)
def test_what_is_no_json_is_refused(data: bytes) -> None:
    refused = _refused(data)
    assert refused.path == "file"
    assert "is no JSON" in refused.cause


@pytest.mark.parametrize("data", [b"[]", b"7", b'"text"', b"null"])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    assert _refused(data).path == "file"


def test_json_nested_without_end_is_refused() -> None:
    assert "file" in _refused(b'{"vehicles": ' + b"[" * 100_000).path


def test_place_that_no_road_reaches_is_named() -> None:
    document = copy.deepcopy(MATRICES)
    for row in range(2):
        document["travel"]["duration_s"][row][2] = None
    refused = _refused(json.dumps(document).encode())
    assert refused.path == "shipments[0].deliveries[0].place"
    assert "is 2: no road leads there from any vehicle's start" in refused.cause
    document["places"] = [{"lat_deg": 47, "lon_deg": 9, "name": f"place {k}"} for k in range(3)]
    assert "place 2, 47" in _refused(json.dumps(document).encode()).cause


def test_place_that_is_reached_by_way_of_another_is_fine() -> None:
    assert read_problem(_changed(MATRICES, ["travel", "duration_s", 0, 2], None)).problem.travel.size == 3


def test_error_of_a_strange_name_still_finds_the_path() -> None:
    document = copy.deepcopy(MATRICES)
    document["vehicles"][0] |= {"id": "a].b[c", "end": 9}
    assert _refused(json.dumps(document).encode()).path == "vehicles[0].end"


def test_million_jobs_are_refused_at_once() -> None:
    job = b'{"id":"x","deliveries":[{"id":"c","place":1,"windows":[{"earliest_s":0,"latest_s":9}]}]},'
    data = b'{"vehicles":[],"shipments":[' + job * 999_999 + job[:-1] + b"]}"
    began_s = time.monotonic()
    refused = _refused(data)
    assert refused.path == "shipments"
    assert f"holds 1000000 entries: more than {MAX_JOBS} are refused" in refused.cause
    assert time.monotonic() - began_s < 20


def test_as_many_jobs_as_are_allowed_are_read() -> None:
    jobs = [{"id": f"job-{k}", "deliveries": [{"id": "c", "place": 1}]} for k in range(MAX_JOBS)]
    given = read_problem(_changed(MATRICES, ["shipments"], jobs)).problem
    assert len(given.shipments) == MAX_JOBS
    assert given.vehicles[0].shift == TimeWindow(0, 28800)
