"""Multiplies the durations of a table by factors, and leaves what no road joins alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from routing.travel.matrix import UNREACHABLE, Table, row_blocks
from routing.values import MAX_TIME_S

Factors = npt.NDArray[np.float32]


def slow_down(table: Table, factor: float) -> Table:
    """Multiply all durations of a table that is our own, in place, rounded half to even; return it."""
    sources = np.full(table.duration_s.shape[0], factor, dtype=np.float32)
    return slow_down_by_ends(table, sources, np.ones(table.duration_s.shape[1], dtype=np.float32))


def slow_down_by_ends(table: Table, sources: Factors, targets: Factors) -> Table:
    """Do so with the product of the source's and the target's factor."""
    for rows in row_blocks(table.duration_s.shape):
        before_s = table.duration_s[rows]
        after_s = before_s.astype(np.float32)  # exact to 16 million seconds, half a year
        after_s *= sources[rows, None]
        after_s *= targets
        np.rint(after_s, out=after_s)
        np.minimum(after_s, MAX_TIME_S, out=after_s)
        # Not where no road leads: that is no time that could be longer.
        np.copyto(before_s, after_s, where=before_s != UNREACHABLE, casting="unsafe")
    return table
