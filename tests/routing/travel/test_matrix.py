"""Travel matrices: read-only values of either width, and places that no road joins named."""

from __future__ import annotations

import numpy as np
import pytest

from routing.travel import UNREACHABLE, PlacesUnreachable, Table, Travel, unreachable
from routing.values import InvalidProblem
from tracking.values.coordinates import Coordinate

X = UNREACHABLE
PLACES = [Coordinate(47.1 + k / 100, 9.5) for k in range(4)]


def travel(*rows: list[int]) -> Travel:
    return Travel(rows, rows)


def test_equality_and_hash_are_of_values_whatever_their_width() -> None:
    rows = np.array([[0, 5], [6, 0]])
    narrow = Travel(rows.astype(np.int32), rows.astype(np.int32))
    assert narrow.duration_s.dtype == np.int32
    assert Travel(rows, rows).duration_s.dtype == np.int64
    assert narrow == Travel(rows, rows)
    assert hash(narrow) == hash(Travel(rows, rows))
    assert narrow != travel([0, 6], [5, 0])


def test_a_matrix_is_a_copy_that_nobody_can_write_to() -> None:
    rows = np.array([[0, 5], [6, 0]])
    made = Travel(rows, rows)
    rows[0, 1] = 9
    assert made.duration_s[0, 1] == 5
    with pytest.raises(ValueError, match="read-only"):
        made.duration_s[0, 1] = 9


def test_a_trusted_table_is_taken_over_without_a_copy() -> None:
    table = Table.of(np.array([[1.0, 5.4], [np.nan, 0.0]]), np.array([[0.0, 50.5], [9.0, 0.0]]))
    made = Travel.trusted(table)
    assert made.duration_s is table.duration_s
    assert made.duration_s.tolist() == [[0, 5], [X, 0]]
    assert made.distance_m.tolist() == [[0, 50], [X, 0]]
    assert not made.duration_s.flags.writeable


def test_a_trusted_table_that_is_not_square_is_refused() -> None:
    oblong = np.zeros((1, 2))
    with pytest.raises(InvalidProblem):
        Travel.trusted(Table.of(oblong, oblong))


CUT = [
    (travel([0, 1], [1, 0]), []),
    (travel([0, 1, X], [1, 0, X], [X, X, 0]), ["No road leads to or from place 2 at 47.12000, 9.50000."]),
    (travel([0, 1, X], [1, 0, X], [1, 1, 0]), ["No road leads to place 2 at 47.12000, 9.50000."]),
    (travel([0, 1, 1], [1, 0, 1], [X, X, 0]), ["No road leads from place 2 at 47.12000, 9.50000."]),
    (
        travel([0, 1, 1], [1, 0, X], [1, 1, 0]),
        ["No road leads from place 1 at 47.11000, 9.50000 to place 2 at 47.12000, 9.50000."],
    ),
    (
        travel([0, 1, X, X], [1, 0, X, X], [X, X, 0, 1], [X, X, 1, 0]),
        [f"No road leads from place {a} at {PLACES[a].lat_deg:.5f}, 9.50000 "
         f"to place {b} at {PLACES[b].lat_deg:.5f}, 9.50000."
         for a, b in [(0, 2), (0, 3), (1, 2), (1, 3), (2, 0), (2, 1), (3, 0), (3, 1)]],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("made", "sentences"), CUT)
def test_what_no_road_joins_is_named_with_its_coordinate(made: Travel, sentences: list[str]) -> None:
    assert unreachable(made, PLACES[: made.size]).sentences() == sentences


def test_only_so_many_are_told_and_the_rest_is_counted() -> None:
    told = unreachable(CUT[-1][0], PLACES).sentences(at_most=3)
    assert len(told) == 4
    assert told[-1] == "And 5 more."


def test_a_place_that_must_be_reached_is_a_clear_error() -> None:
    unreachable(CUT[0][0], PLACES[:2]).require_none()
    with pytest.raises(PlacesUnreachable, match=r"places\[2\]: No road leads to or from place 2 at 47.12"):
        unreachable(CUT[1][0], PLACES[:3]).require_none()
