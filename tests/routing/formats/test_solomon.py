from __future__ import annotations

import pytest

from routing.formats.instance import Kind
from routing.formats.solomon import read_solomon, write_solomon
from routing.values import InvalidProblem
from tests.routing.formats.instances import SOLOMON, changed


def test_name_fleet_and_customers_are_read() -> None:
    instance = read_solomon(SOLOMON)
    assert (instance.name, instance.kind, instance.vehicles, instance.capacity) == ("FIVE", Kind.VRPTW, 3, 50)
    assert len(instance.customers) == 5
    assert instance.nodes[3].ready == 60


def test_what_is_written_is_read_back() -> None:
    instance = read_solomon(SOLOMON)
    assert read_solomon(write_solomon(instance)) == instance


@pytest.mark.parametrize(
    ("line", "column", "word", "path", "cause"),
    [
        (3, 1, "FLEET", "file", "has no line VEHICLE"),
        (7, 1, "CLIENTS", "file", "has no line CUSTOMER"),
        (5, 1, "-3", "line 5, vehicles", "must lie in [1, 1000]"),
        (5, 2, "", "line 5", "must hold 2 numbers"),
        (10, 1, "1", "line 10, number", "must be 0, not 1"),
        (11, 4, "-1", "line 11, demand", "must not be negative"),
        (12, 5, "-1", "line 12, ready", "must not be negative"),
        (13, 6, "50", "line 13, due", "lies before ready (60)"),
        (14, 7, "ten", "line 14, service", "must be a number"),
        (15, 7, "", "line 15", "must hold 7 numbers"),
    ],
)
def test_wrong_figure_is_named_by_line_and_column(
    line: int, column: int, word: str, path: str, cause: str
) -> None:
    with pytest.raises(InvalidProblem) as refused:
        read_solomon(changed(SOLOMON, line, column, word))
    assert refused.value.path == path
    assert cause in refused.value.cause


def test_file_without_a_depot_is_refused() -> None:
    with pytest.raises(InvalidProblem, match="holds no depot"):
        read_solomon("\n".join(SOLOMON.splitlines()[:9]))
