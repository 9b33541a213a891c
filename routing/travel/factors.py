"""Multiplies the durations of a table by factors, and leaves what no road joins alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from routing.travel.matrix import UNREACHABLE, Table
from routing.values import MAX_TIME_S


def slowed(table: Table, factor: float | npt.NDArray[np.float32]) -> Table:
    """Return `table` with durations times `factor` (one, or one a cell), rounded half to even."""
    duration_s = table.duration_s * np.asarray(factor, dtype=np.float32)
    np.rint(duration_s, out=duration_s)
    np.minimum(duration_s, MAX_TIME_S, out=duration_s)
    whole = duration_s.astype(np.int32)
    whole[table.duration_s == UNREACHABLE] = UNREACHABLE
    return Table(whole, table.distance_m)
