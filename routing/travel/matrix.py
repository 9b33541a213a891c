"""Travel times and distances between the places of one problem."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from routing.values import MAX_TIME_S, InvalidProblem, require

IntMatrix = npt.NDArray[np.int64]

UNREACHABLE = 1_000_000_000
"""Duration and distance between places that no road joins; beyond every time that a problem may name."""


class Travel:
    """Square matrices of `duration_s` and `distance_m`, from row to column, read-only.

    Values are whole numbers from 0 to `MAX_TIME_S`, or `UNREACHABLE`; diagonals are zero. Two are equal
    when their values are. Raises `InvalidProblem`.
    """

    def __init__(
        self,
        duration_s: npt.ArrayLike | Sequence[Sequence[int]],
        distance_m: npt.ArrayLike | Sequence[Sequence[int]],
    ) -> None:
        self.duration_s = _matrix(duration_s, "travel.duration_s")
        self.distance_m = _matrix(distance_m, "travel.distance_m")
        same = self.duration_s.shape == self.distance_m.shape
        require(same, "travel.distance_m", f"must be {self.size} x {self.size} like duration_s.")

    @property
    def size(self) -> int:
        """The number of places."""
        return int(self.duration_s.shape[0])

    def unreachable(self) -> list[tuple[int, int]]:
        """Return the pairs (from, to) that no road joins."""
        return [(int(a), int(b)) for a, b in np.argwhere(self.duration_s >= UNREACHABLE)]

    @cached_property
    def _digest(self) -> bytes:
        return hashlib.blake2b(self.duration_s.tobytes() + self.distance_m.tobytes()).digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Travel) and self._digest == other._digest

    def __hash__(self) -> int:
        return hash(self._digest)

    def __repr__(self) -> str:
        return f"Travel({self.size} places)"


def _matrix(values: npt.ArrayLike, path: str) -> IntMatrix:
    try:
        given = np.asarray(values)
    except ValueError as error:
        raise InvalidProblem(path, f"is no matrix: {error}") from error
    if given.size == 0:
        given = np.zeros((0, 0), dtype=np.int64)
    square = given.ndim == 2 and given.shape[0] == given.shape[1]
    require(square, path, f"must be square, not of shape {given.shape}.")
    require(np.issubdtype(given.dtype, np.integer), path, f"must hold whole numbers, not {given.dtype}.")
    allowed = ((given >= 0) & (given <= MAX_TIME_S)) | (given == UNREACHABLE)
    require(bool(allowed.all()), path, f"must lie in [0, {MAX_TIME_S}] or be {UNREACHABLE} (unreachable).")
    require(not given.diagonal().any(), path, "must be zero on the diagonal.")
    matrix = given.astype(np.int64)
    matrix.setflags(write=False)
    return matrix
