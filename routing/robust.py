"""Learning from few and rough observations: medians of ratios, shrunk towards what was believed before."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from tracking.values.errors import InvalidValue

RESIDUAL_QUANTILES = tuple(k / 20 for k in range(21))
FOLDS = 5
"""What is left over is measured on each fifth of the observations by what the other four teach: what an
observation itself has taught fits it too well.
"""
RESIDUALS_FROM = 100
"""With fewer observations than this a spread is not learned."""


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """How far observations are believed.

    `prior_weight` (0 to 1 000) is how many observations the earlier belief is worth. Learned factors stay
    within [1 / `bound`, `bound`], `bound` in [1, 5]. Ratios beyond [1 / `outlier`, `outlier`], in [2, 20],
    are no observations of what is to be learned, and are left out.
    """

    prior_weight: float = 10.0
    bound: float = 2.0
    outlier: float = 5.0

    def __post_init__(self) -> None:
        ranges = (("prior_weight", 0, 1000), ("bound", 1, 5), ("outlier", 2, 20))
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise InvalidValue(f"{name} must lie in [{low}, {high}], not {getattr(self, name)}.")

    def log_ratio(self, observed: float, expected: float) -> float | None:
        """Return the logarithm of observed over expected, or None for an outlier."""
        if observed <= 0 or expected <= 0:
            return None
        ratio = math.log(observed / expected)
        return ratio if abs(ratio) <= math.log(self.outlier) else None

    def learned(self, log_ratios: Sequence[float], prior_log: float = 0.0) -> float:
        """Return the logarithm of the factor that `log_ratios` suggest to who believed in `prior_log`.

        The median counts as many observations as there are, the prior `prior_weight`; no order matters.
        """
        if not log_ratios:
            return prior_log
        share = len(log_ratios) / (len(log_ratios) + self.prior_weight)
        limit = math.log(self.bound)
        return min(limit, max(-limit, prior_log + share * (median(log_ratios) - prior_log)))


def fold_of(observation: object) -> int:
    """Return the part of the observations, of `FOLDS`, that one belongs to, by what it says alone."""
    return zlib.crc32(repr(observation).encode()) % FOLDS


def residuals_of(log_ratios: Sequence[float]) -> tuple[float, ...]:
    """Return the quantiles (0, 5, ..., 100 %) of what is left over; none of fewer than `RESIDUALS_FROM`."""
    if len(log_ratios) < RESIDUALS_FROM:
        return ()
    return tuple(float(quantile) for quantile in np.quantile(log_ratios, RESIDUAL_QUANTILES))
