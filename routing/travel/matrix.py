"""Travel times and distances between the places of one problem."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from routing.values import MAX_TIME_S, InvalidProblem, require

IntMatrix = npt.NDArray[np.int64]
Cells = npt.NDArray[np.integer]
"""A matrix of whole numbers, of 32 bits where it comes from `TravelTimes`: widen before multiplying."""

UNREACHABLE = 1_000_000_000
"""Duration and distance between places that no road joins; beyond every time that a problem may name."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Durations in s and distances in m from each source (row) to each target (column), of 32 bits.

    Values are whole numbers from 0 to `MAX_TIME_S`, or `UNREACHABLE`, which both hold at the same pairs.
    """

    duration_s: npt.NDArray[np.int32]
    distance_m: npt.NDArray[np.int32]

    @classmethod
    def of(cls, duration_s: npt.NDArray[np.float64], distance_m: npt.NDArray[np.float64]) -> Self:
        """Return a table of values rounded half to even; NaN in either means that no road joins the pair."""
        cut = np.isnan(duration_s) | np.isnan(distance_m)
        return cls(_whole(duration_s, cut), _whole(distance_m, cut))

    @classmethod
    def blank(cls, sources: int, targets: int) -> Self:
        """Return a table of zeros, to be written into."""
        return cls(*(np.zeros((sources, targets), dtype=np.int32) for _ in range(2)))

    def write(self, rows: slice, columns: slice, part: Table) -> None:
        """Write a part of the table."""
        self.duration_s[rows, columns] = part.duration_s
        self.distance_m[rows, columns] = part.distance_m


class Travel:
    """Square matrices of `duration_s` and `distance_m`, from row to column, read-only.

    Values are whole numbers from 0 to `MAX_TIME_S`, or `UNREACHABLE`; diagonals are zero. 32-bit matrices
    stay so, others are widened to 64 bits. Two are equal when their values are. Raises `InvalidProblem`.
    """

    def __init__(
        self,
        duration_s: npt.ArrayLike | Sequence[Sequence[int]],
        distance_m: npt.ArrayLike | Sequence[Sequence[int]],
    ) -> None:
        self.duration_s: Cells = _matrix(duration_s, "travel.duration_s")
        self.distance_m: Cells = _matrix(distance_m, "travel.distance_m")
        same = self.duration_s.shape == self.distance_m.shape
        require(same, "travel.distance_m", f"must be {self.size} x {self.size} like duration_s.")

    @classmethod
    def trusted(cls, table: Table) -> Self:
        """Take over a square table of one of our own sources: only its shape is checked, nothing copied."""
        travel = cls.__new__(cls)
        shapes = table.duration_s.shape, table.distance_m.shape
        require(
            shapes[0] == shapes[1] and len(set(shapes[0])) == 1, "travel", f"must be square, not {shapes}."
        )
        travel.duration_s, travel.distance_m = table.duration_s, table.distance_m
        np.fill_diagonal(travel.duration_s, 0)
        np.fill_diagonal(travel.distance_m, 0)
        travel.duration_s.setflags(write=False)
        travel.distance_m.setflags(write=False)
        return travel

    @property
    def size(self) -> int:
        """The number of places."""
        return int(self.duration_s.shape[0])

    def unreachable(self) -> list[tuple[int, int]]:
        """Return the pairs (from, to) that no road joins."""
        return [(int(a), int(b)) for a, b in np.argwhere(self.duration_s >= UNREACHABLE)]

    @cached_property
    def _hash(self) -> int:
        # Sums suffice: equality decides, and equal values of any width have equal sums.
        sums = (int(m.sum(dtype=np.int64)) for m in (self.duration_s, self.distance_m))
        return hash((self.size, *sums))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Travel) and (
            self is other
            or (
                np.array_equal(self.duration_s, other.duration_s)
                and np.array_equal(self.distance_m, other.distance_m)
            )
        )

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Travel({self.size} places)"


def row_blocks(shape: tuple[int, ...], cells: int = 1 << 20) -> Iterator[slice]:
    """Yield slices of the rows of a matrix that hold about so many cells each: what is worked out in wider
    numbers takes little memory then, and stays near the processor.
    """
    size = max(1, cells // max(1, shape[1]))
    for start in range(0, shape[0], size):
        yield slice(start, min(shape[0], start + size))


def _whole(values: npt.NDArray[np.float64], cut: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    values = np.where(cut, UNREACHABLE, np.clip(np.rint(values), 0, MAX_TIME_S))
    return values.astype(np.int32)


def _matrix(values: npt.ArrayLike, path: str) -> Cells:
    try:
        given = np.asarray(values)
    except ValueError as error:
        raise InvalidProblem(path, f"is no matrix: {error}") from error
    if given.size == 0:
        given = np.zeros((0, 0), dtype=np.int64)
    square = given.ndim == 2 and given.shape[0] == given.shape[1]
    require(square, path, f"must be square, not of shape {given.shape}.")
    require(np.issubdtype(given.dtype, np.integer), path, f"must hold whole numbers, not {given.dtype}.")
    require(_is_allowed(given), path, f"must lie in [0, {MAX_TIME_S}] or be {UNREACHABLE} (unreachable).")
    require(not given.diagonal().any(), path, "must be zero on the diagonal.")
    matrix: Cells = given.astype(np.int32 if given.dtype == np.int32 else np.int64)
    matrix.setflags(write=False)
    return matrix


def _is_allowed(given: Cells) -> bool:
    if given.size == 0 or (int(np.min(given)) >= 0 and int(np.max(given)) <= MAX_TIME_S):
        return True
    return bool((((given >= 0) & (given <= MAX_TIME_S)) | (given == UNREACHABLE)).all())
