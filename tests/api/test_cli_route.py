from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli import cli
from routing.values import InvalidProblem
from tracking.values.errors import FieldstockError

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "routing" / "examples"
LILIM, SOLOMON = EXAMPLES / "lilim.txt", EXAMPLES / "solomon.txt"
PLACES, MATRICES = EXAMPLES / "problem-places.json", EXAMPLES / "problem-matrices.json"


def _run(*words: object) -> Result:
    return CliRunner().invoke(cli, ["route", *map(str, words)])


def _solved(file: Path, *options: object) -> dict[str, Any]:
    result = _run("solve", file, "--rounds", 20, "--json", "--quiet", *options)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def _refused(*words: object) -> FieldstockError:
    error = _run(*words).exception
    assert isinstance(error, FieldstockError), error
    return error


@pytest.mark.parametrize("options", [(), ("--format", "lilim"), ("--objective", "distance", "--threads", 2)])
def test_pairs_are_solved_in_the_files_own_numbers(options: tuple[object, ...]) -> None:
    answer = _solved(LILIM, *options)
    assert answer["vehicles"] == 1
    assert answer["distance"] == pytest.approx(76.763869, abs=1e-6)
    assert answer["feasible"] is True
    assert answer["routes"] == [[1, 2, 3, 4]]
    assert answer["unserved"] == answer["faults"] == []


def test_customers_of_a_depot_are_solved() -> None:
    answer = _solved(SOLOMON, "--format", "solomon")
    assert answer["vehicles"] == 2
    assert sorted(node for route in answer["routes"] for node in route) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("file", [PLACES, MATRICES])
def test_general_problem_is_solved_with_times_and_costs(file: Path) -> None:
    answer = _solved(file)
    assert answer["feasible"] is True
    assert answer["unserved"] == []
    assert answer["distance"] > 10_000
    assert answer["cost"]["travel_millicents"] > 0
    assert answer["routes"][0]["stops"][0]["kind"] == "start"


@pytest.mark.parametrize("file", [LILIM, SOLOMON, PLACES, MATRICES])
def test_what_was_solved_passes_the_check(file: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    _solved(file, "--out", plan)
    checked = _run("check", file, plan)
    assert (checked.exit_code, checked.stdout) == (0, "the plan keeps every rule\n")
    told = json.loads(_run("check", file, plan, "--json").stdout)
    assert told == {"feasible": True, "violations": []}


def test_same_seed_and_rounds_give_the_same_routes() -> None:
    first, second = _solved(PLACES, "--seed", 4), _solved(PLACES, "--seed", 4)
    assert first["routes"] == second["routes"]
    assert first["seed"] == 4


def test_people_read_totals_and_routes_and_progress_goes_elsewhere() -> None:
    result = _run("solve", LILIM, "--rounds", 5)
    assert result.stdout == "lilim: 1 vehicles, distance 76.76, feasible\nRoute 1: 1 2 3 4\n"
    assert "2 shipments, 2 vehicles: planning for 5 rounds" in result.stderr
    assert "up to 0.5 s" in _run("solve", LILIM, "--seconds", 0.5, "--progress").stderr
    assert _run("solve", LILIM, "--rounds", 5, "--quiet").stderr == ""
    assert "eva: pickup:order-1@300 delivery:order-1@710" in _run("solve", MATRICES, "--rounds", 5).stdout


def test_what_cannot_be_served_is_told_with_its_reason(tmp_path: Path) -> None:
    problem = json.loads(MATRICES.read_text())
    problem["stock"] = []
    file = tmp_path / "problem.json"
    file.write_text(json.dumps(problem))
    result = _run("solve", file, "--rounds", 5)
    assert "unserved order-1 (no_stock): " in result.stdout


def test_instance_that_cannot_be_served_whole_ends_with_code_1(tmp_path: Path) -> None:
    file = tmp_path / "late.txt"
    file.write_text(LILIM.read_text().replace("10\t0\t200\t5", "10\t0\t2\t5"))
    result = _run("solve", file, "--rounds", 5, "--json", "--quiet")
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["feasible"], answer["unserved"]) == (1, False, [1, 2])
    assert "Node 1 is in no route." in answer["faults"]


def test_every_broken_rule_of_routes_is_told_with_place_and_amount(tmp_path: Path) -> None:
    plan = tmp_path / "plan.txt"
    plan.write_text("Route 1 : 1 3 2 4\n")
    result = _run("check", LILIM, plan)
    assert result.exit_code == 1
    assert "capacity_exceeded [route 1, stop 3, amount 5]: Route 1 carries 5 too much at 3." in result.stdout
    (fault,) = json.loads(_run("check", LILIM, plan, "--json").stdout)["violations"]
    assert (fault["rule"], fault["route"], fault["stop"], fault["amount"]) == ("capacity_exceeded", 1, 3, 5)


def test_every_broken_rule_of_a_json_plan_is_told_with_place_and_amount(tmp_path: Path) -> None:
    plan = json.loads((EXAMPLES / "plan-places.json").read_text())
    plan["routes"][0]["stops"][1]["arrival_s"] += 5
    plan["cost"]["travel_millicents"] += 7
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan))
    result = _run("check", PLACES, file)
    assert result.exit_code == 1
    assert "too_slow [route eva, stop 1, shipment return-1, amount 5]" in result.stdout
    assert "cost_misstated [amount 7]" in result.stdout


def test_picture_has_a_line_for_every_route(tmp_path: Path) -> None:
    svg, geojson = tmp_path / "plan.svg", tmp_path / "plan.geojson"
    answer = _solved(PLACES, "--svg", svg, "--geojson", geojson)
    lines = [element for element in ElementTree.parse(svg).iter() if element.tag.endswith("polyline")]
    assert len(lines) == answer["vehicles"] == 2
    features = json.loads(geojson.read_text())["features"]
    assert sum(feature["geometry"]["type"] == "LineString" for feature in features) == 2


@pytest.mark.parametrize(
    ("file", "option", "path"), [(LILIM, "--geojson", "places"), (MATRICES, "--svg", "places")]
)
def test_picture_needs_coordinates(file: Path, option: str, path: str, tmp_path: Path) -> None:
    error = _refused("solve", file, "--seconds", 3600, option, tmp_path / "out")
    assert isinstance(error, InvalidProblem)
    assert error.path == path


@pytest.mark.parametrize(
    ("text", "options", "cause"),
    [
        ("", (), "file: looks like no format"),
        ("once upon a time", (), "file: looks like no format"),
        ("{", (), "file: is no JSON"),
        ('{"vehicles": [], "shipments": [], "jobs": []}', (), "jobs: is no field"),
        ("2 20 1\n0 1 1 0 -5 9 0 0 0\n", (), "line 2, ready: must not be negative"),
        ("2 20 1\n0 1 1 0 5 9 0 0 0\n", ("--format", "solomon"), "file: has no line VEHICLE"),
        ("{}", ("--format", "lilim"), "file: must hold a line on the fleet"),
    ],
)
def test_bad_file_is_refused_with_the_path_to_the_field(
    text: str, options: tuple[str, ...], cause: str, tmp_path: Path
) -> None:
    file = tmp_path / "bad"
    file.write_text(text)
    error = _refused("solve", file, *options)
    assert error.cause.startswith(cause)
    assert error.code == "invalid_problem"


def test_bad_plan_is_refused_with_the_path_to_the_field(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text('{"routes": [[1, 2], [3, "x"]]}')
    error = _refused("check", LILIM, file)
    assert (error.code, error.cause) == ("invalid_plan", "routes[1][1]: must be int, not str.")


def test_plan_for_another_problem_is_told_by_its_places() -> None:
    error = _refused("check", MATRICES, EXAMPLES / "plan-places.json")
    assert (error.code, "].place: is " in error.cause) == ("invalid_plan", True)


@pytest.mark.parametrize(
    "options", [("--seconds", -1), ("--threads", 0), ("--seed", -1), ("--format", "xml"), ("--rounds", -1)]
)
def test_options_out_of_range_are_usage_errors(options: tuple[object, ...]) -> None:
    assert _run("solve", LILIM, *options).exit_code == 2


@pytest.mark.parametrize("option", ["--out", "--svg", "--geojson"])
def test_folder_that_is_not_there_is_told_before_the_search(option: str) -> None:
    result = _run("solve", PLACES, "--seconds", 3600, option, "/not/there/plan")
    assert (result.exit_code, "There is no folder /not/there" in result.stderr) == (2, True)


@pytest.mark.parametrize("kind", ["problem", "plan"])
def test_schema_is_printed_as_it_is_committed(kind: str) -> None:
    assert _run("schema", kind).stdout == (EXAMPLES.parent / f"{kind}.schema.json").read_text()


def test_road_server_that_does_not_answer_is_told() -> None:
    error = _refused("solve", PLACES, "--rounds", 1, "--osrm", "http://127.0.0.1:9")
    assert error.code == "travel_unavailable"
