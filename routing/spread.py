"""How far times spread around what is expected of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Self

import numpy as np
import numpy.typing as npt

from routing.robust import RESIDUAL_QUANTILES
from tracking.values.errors import InvalidValue

Floats = npt.NDArray[np.float32]

FURTHEST = 3.0
"""The least and the greatest residual stand this many standard deviations from the median."""


@dataclass(frozen=True, slots=True)
class LogSpread:
    """The spread of the logarithm of a time over the expected time, which is its median.

    Log-normal with `sigma` (0 to 2), or as `residuals` show it where they are given: its quantiles at
    `RESIDUAL_QUANTILES`, not falling.
    """

    sigma: float
    residuals: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.sigma <= 2:
            raise InvalidValue(f"sigma must lie in [0, 2], not {self.sigma}.")
        if self.residuals and len(self.residuals) != len(RESIDUAL_QUANTILES):
            raise InvalidValue(f"{len(RESIDUAL_QUANTILES)} residuals are needed, not {len(self.residuals)}.")
        if list(self.residuals) != sorted(self.residuals):
            raise InvalidValue("Residuals must not fall.")

    def factors(self, normal: Floats) -> Floats:
        """Return the factor on the expected time at each standard normal deviate."""
        if not self.residuals:
            scaled = normal * np.float32(self.sigma)
            return np.exp(scaled, out=scaled)
        return np.exp(np.interp(normal, _DEVIATES, self.residuals)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Spread:
    """How drives and services spread. `correlation` (0 to 1) joins the drives of one route: a slow day is
    slow throughout.

    The default is a belief until enough is learned: of ten drives eight take 0.79 to 1.26 times what is
    expected, of ten services eight 0.60 to 1.67 times.
    """

    travel: LogSpread = field(default_factory=lambda: LogSpread(0.18))
    service: LogSpread = field(default_factory=lambda: LogSpread(0.40))
    correlation: float = 0.2

    def __post_init__(self) -> None:
        if not 0 <= self.correlation <= 1:
            raise InvalidValue(f"correlation must lie in [0, 1], not {self.correlation}.")

    @classmethod
    def learned(cls, travel_residuals: Sequence[float], service_residuals: Sequence[float]) -> Self:
        """Return the spread that residuals show, and the belief where there are none yet."""
        believed = cls()
        return cls(
            LogSpread(believed.travel.sigma, tuple(travel_residuals)),
            LogSpread(believed.service.sigma, tuple(service_residuals)),
        )


def _deviates() -> list[float]:
    inner = [NormalDist().inv_cdf(quantile) for quantile in RESIDUAL_QUANTILES[1:-1]]
    return [-FURTHEST, *inner, FURTHEST]


_DEVIATES = _deviates()
