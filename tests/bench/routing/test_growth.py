from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from routing.dispatch.dispatcher import DispatchConfig
from tests.bench.routing.growth import grow, main, make_problem
from tests.bench.routing.growth_picture import Line, picture


def test_every_urgent_order_is_timed_and_changes_one_route() -> None:
    grown = grow(40, 6, urgent=3, improve_s=0.1)
    assert len(grown.searches_s) == len(grown.answers_s) == len(grown.refusals_s) == 3
    assert 0 < min(grown.searches_s) < min(grown.answers_s)
    assert grown.rerouted <= DispatchConfig().improve_couriers
    assert grown.unserved < 10


def test_the_same_seed_makes_the_same_work() -> None:
    assert make_problem(20, 3).shipments == make_problem(20, 3).shipments
    assert make_problem(20, 3).shipments != make_problem(20, 3, seed=2).shipments


def test_the_command_prints_a_table_and_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawing = tmp_path / "growth.svg"
    assert main(["--most", "100", "--urgent", "2", "--picture", str(drawing)]) == 0
    assert "| 100 | 10 |" in capsys.readouterr().out
    assert ElementTree.parse(drawing).getroot().tag.endswith("svg")


def test_a_line_rises_with_its_values() -> None:
    root = ElementTree.fromstring(picture([Line("time", (0.1, 1.0, 10.0))], [10, 100, 1000], "<growth>"))
    circles = [child for child in root if child.tag.endswith("circle")]
    heights = [float(circle.attrib["cy"]) for circle in circles]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2])
