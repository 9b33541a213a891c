"""What our own couriers tell of the roads: a factor for each area and hour, and what is left over."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from routing.robust import FOLDS, Shrinkage, fold_of, residuals_of
from routing.travel.factors import slow_down_by_ends
from routing.travel.matrix import Table, Travel
from routing.travel.port import TravelTimes
from routing.travel.profile import HourOfWeek, hour_of_week
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class ObservedLeg:
    """One drive from the departure at a stop to the arrival at the next, beside what was predicted for it."""

    start: Coordinate
    end: Coordinate
    departed_at: datetime
    observed_s: float
    predicted_s: float


@dataclass(frozen=True, slots=True)
class LearningSettings:
    """`cell_deg` (0.005 to 1) is the edge of an area; legs predicted shorter than `shortest_s` (0 to 3 600)
    say more of parking than of roads, and are left out.
    """

    cell_deg: float = 0.05
    shortest_s: float = 60.0
    shrinkage: Shrinkage = field(default_factory=Shrinkage)

    def __post_init__(self) -> None:
        if not 0.005 <= self.cell_deg <= 1:
            raise InvalidValue(f"cell_deg must lie in [0.005, 1], not {self.cell_deg}.")
        if not 0 <= self.shortest_s <= 3600:
            raise InvalidValue(f"shortest_s must lie in [0, 3600], not {self.shortest_s}.")


class Cell(NamedTuple):
    """A square of the grid of areas, counted from the equator and from Greenwich."""

    row: int
    column: int

    @classmethod
    def of(cls, point: Coordinate, cell_deg: float) -> Cell:
        """Return the cell that a point lies in."""
        return cls(math.floor(point.lat_deg / cell_deg), math.floor(point.lon_deg / cell_deg))


@dataclass(frozen=True, slots=True)
class LearnedSpeeds:
    """Logarithms of the factors of areas, at an hour where there is one, else at all hours.

    `residuals` are those of the logarithms of observed over corrected times (`routing.robust.FOLDS`).
    """

    zone: ZoneInfo
    cell_deg: float = 0.05
    by_cell: Mapping[Cell, float] = field(default_factory=dict)
    by_hour: Mapping[tuple[Cell, HourOfWeek], float] = field(default_factory=dict)
    residuals: tuple[float, ...] = ()
    legs: int = 0

    def factors(self, points: Sequence[Coordinate], at: datetime) -> npt.NDArray[np.float32] | None:
        """Return the square root of each point's factor, or None when all are 1.

        The factor of a leg is the product of its ends' roots: the geometric mean of both areas.
        """
        if not self.by_cell:
            return None
        hour = hour_of_week(at, self.zone)
        cells = [Cell.of(point, self.cell_deg) for point in points]
        known = {cell: self._log(cell, hour) for cell in set(cells)}
        if not any(known.values()):
            return None
        return np.exp(np.array([known[cell] / 2 for cell in cells], dtype=np.float32))

    def factor(self, start: Coordinate, end: Coordinate, at: datetime) -> float:
        """Return the factor of one leg."""
        roots = self.factors((start, end), at)
        return 1.0 if roots is None else float(roots[0] * roots[1])

    def _log(self, cell: Cell, hour: HourOfWeek) -> float:
        return self.by_hour.get((cell, hour), self.by_cell.get(cell, 0.0))


def learn_speeds(
    legs: Sequence[ObservedLeg], zone: ZoneInfo, settings: LearningSettings | None = None
) -> LearnedSpeeds:
    """Return what `legs`, in any order, say of the areas that they begin and end in.

    An area's factor is the median of observed over predicted, shrunk to 1; an hour's is the median of its
    legs, shrunk to the area's. Outliers, such as a drive with a lunch in it, are left out.
    """
    settings = settings or LearningSettings()
    used = [
        (fold_of(leg), leg)
        for leg in legs
        if leg.predicted_s >= settings.shortest_s
        and settings.shrinkage.log_ratio(leg.observed_s, leg.predicted_s) is not None
    ]
    left = [
        residual
        for fold in range(FOLDS)
        for residual in _residuals(
            [leg for part, leg in used if part == fold],
            _fitted([leg for part, leg in used if part != fold], zone, settings),
        )
    ]
    return replace(_fitted([leg for _, leg in used], zone, settings), residuals=residuals_of(sorted(left)))


def _fitted(legs: Sequence[ObservedLeg], zone: ZoneInfo, settings: LearningSettings) -> LearnedSpeeds:
    """Return what legs without outliers say, without residuals."""
    shrinkage = settings.shrinkage
    by_cell: dict[Cell, list[float]] = defaultdict(list)
    by_hour: dict[tuple[Cell, HourOfWeek], list[float]] = defaultdict(list)
    for leg in legs:
        ratio = math.log(leg.observed_s / leg.predicted_s)
        hour = hour_of_week(leg.departed_at, zone)
        for cell in {Cell.of(leg.start, settings.cell_deg), Cell.of(leg.end, settings.cell_deg)}:
            by_cell[cell].append(ratio)
            by_hour[cell, hour].append(ratio)
    cells = {cell: shrinkage.learned(ratios) for cell, ratios in by_cell.items()}
    hours = {key: shrinkage.learned(ratios, cells[key[0]]) for key, ratios in by_hour.items()}
    return LearnedSpeeds(zone, settings.cell_deg, cells, hours, legs=len(legs))


def _residuals(legs: Sequence[ObservedLeg], speeds: LearnedSpeeds) -> list[float]:
    return [
        math.log(leg.observed_s / (leg.predicted_s * speeds.factor(leg.start, leg.end, leg.departed_at)))
        for leg in legs
    ]


class LearnedTravelTimes:
    """Implements `TravelTimes`: another's, times what was learned, which may be replaced at any time.

    `revision` counts what was learned: with another one, times are others.
    """

    def __init__(self, source: TravelTimes, speeds: LearnedSpeeds) -> None:
        self._source = source
        self._speeds = speeds
        self.revision = 0

    @property
    def speeds(self) -> LearnedSpeeds:
        """What was learned last."""
        return self._speeds

    def replace(self, speeds: LearnedSpeeds) -> None:
        """Correct by these from now on."""
        if speeds != self._speeds:
            self._speeds = speeds
            self.revision += 1

    def matrix(self, points: Sequence[Coordinate], at: datetime | None = None) -> Travel:
        """Return the corrected matrix; at no time of day nothing is corrected."""
        roots = self._speeds.factors(points, at) if at is not None else None
        if roots is None:
            return self._source.matrix(points, at)
        return Travel.trusted(slow_down_by_ends(self._source.table(points, points, at), roots, roots))

    def table(
        self, sources: Sequence[Coordinate], targets: Sequence[Coordinate], at: datetime | None = None
    ) -> Table:
        """Return the corrected table."""
        table = self._source.table(sources, targets, at)
        roots = self._speeds.factors([*sources, *targets], at) if at is not None else None
        if roots is None:
            return table
        return slow_down_by_ends(table, roots[: len(sources)], roots[len(sources) :])
