from __future__ import annotations

from pathlib import Path

import pytest

from routing.formats.instance import Kind
from routing.formats.lilim import read_lilim
from routing.values import InvalidProblem
from tests.routing.formats.instances import LILIM, changed


def test_fleet_nodes_and_pairs_are_read_in_the_files_units() -> None:
    instance = read_lilim(LILIM, "tiny")
    assert (instance.name, instance.kind, instance.vehicles, instance.capacity) == ("tiny", Kind.PDPTW, 2, 20)
    assert [node.number for node in instance.nodes] == [0, 1, 2, 3, 4]
    assert (instance.nodes[1].delivery, instance.nodes[1].pickup) == (2, None)
    assert (instance.nodes[2].delivery, instance.nodes[2].pickup) == (None, 1)
    assert instance.distance(0, 3) == 20
    assert instance.depot.due == 400


@pytest.mark.parametrize(
    ("line", "column", "word", "path", "cause"),
    [
        (1, 1, "0", "line 1, vehicles", "must lie in [1, 1000]"),
        (1, 1, "2.5", "line 1, vehicles", "whole number"),
        (1, 2, "-1", "line 1, capacity", "negative"),
        (1, 3, "", "line 1", "must hold 3 numbers (vehicles, capacity, speed), not 2"),
        (3, 1, "7", "line 3, number", "must be 1, not 7"),
        (3, 2, "x", "line 3, x", "must be a number, not 'x'"),
        (3, 3, "nan", "line 3, y", "finite"),
        (3, 3, "inf", "line 3, y", "finite"),
        (3, 4, "-10", "line 3, demand", "wrong sign for a pickup"),
        (3, 4, "11", "line 3, demand", "not the opposite of node 2's"),
        (3, 5, "-1", "line 3, ready", "must not be negative, but is -1"),
        (4, 6, "-300", "line 4, due", "must not be negative"),
        (5, 5, "160", "line 5, due", "lies before ready (160), at 150"),
        (5, 7, "-5", "line 5, service", "must not be negative"),
        (3, 9, "4", "line 3, delivery", "is 4, which does not name 1 as its pickup"),
        (3, 9, "5", "line 3, delivery", "must lie in [1, 4]"),
        (3, 9, "0", "line 3", "either its pickup or its delivery"),
        (4, 8, "3", "line 3, delivery", "does not name 1"),
        (4, 9, "1", "line 3, delivery", "does not name 1"),
        (6, 9, "", "line 6", "must hold 9 numbers"),
    ],
)
def test_wrong_figure_is_named_by_line_and_column(
    line: int, column: int, word: str, path: str, cause: str
) -> None:
    with pytest.raises(InvalidProblem) as refused:
        read_lilim(changed(LILIM, line, column, word))
    assert refused.value.path == path
    assert cause in refused.value.cause


@pytest.mark.parametrize("text", ["", "\n\n", "25 200 1\n"])
def test_file_without_nodes_is_refused(text: str) -> None:
    with pytest.raises(InvalidProblem, match="must hold a line on the fleet"):
        read_lilim(text)


def test_million_nodes_are_refused_before_they_are_read() -> None:
    with pytest.raises(InvalidProblem, match="more than 10000 nodes are refused"):
        read_lilim("25 200 1\n" + "not even a number\n" * 1_000_000)


def test_real_instances_are_read(shared: Path) -> None:
    files = sorted((shared / "lilim").glob("*.txt"))[::5]
    for file in files:
        instance = read_lilim(file.read_text(), file.stem)
        pickups = sum(1 for node in instance.customers if node.delivery is not None)
        assert 2 * pickups == len(instance.customers), file.stem
    assert len(files) > 20
