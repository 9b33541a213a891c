"""Travel times over real roads: the table service of an OSRM server."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from routing.travel.matrix import Table, Travel
from routing.travel.osrm_client import OsrmClient, OsrmSettings, TravelUnavailable
from tracking.values.coordinates import Coordinate

__all__ = ["OsrmSettings", "OsrmTravelTimes", "TravelUnavailable"]

Floats = npt.NDArray[np.float64]

_FIELDS = ("sources", "destinations", "durations", "distances")


class OsrmTravelTimes:
    """Implements `TravelTimes` by `/table`; the server bounds a request's size (`--max-table-size`)."""

    def __init__(self, settings: OsrmSettings) -> None:
        self._settings = settings
        self._client = OsrmClient(settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the server."""
        self._client.close()

    def matrix(self, points: Sequence[Coordinate], at: datetime | None = None) -> Travel:
        """Return whole seconds and metres by road, rounded half to even, at any time the same.

        Pairs that no road joins are `UNREACHABLE`; `unreachable` names them. Raises
        `TravelUnavailable` when the server does not answer, or refuses.
        """
        return Travel.trusted(self.table(points, points, at))

    def table(
        self, sources: Sequence[Coordinate], targets: Sequence[Coordinate], at: datetime | None = None
    ) -> Table:
        """Return the part of such a matrix from `sources` to `targets`. Raises `TravelUnavailable`."""
        if len(sources) * len(targets) == 0 or len({*sources, *targets}) < 2:
            zeros = np.zeros((len(sources), len(targets)))
            return Table.of(zeros, zeros)
        rows, columns = list(dict.fromkeys(sources)), list(dict.fromkeys(targets))
        values = self._blocks(rows, columns)
        if (len(rows), len(columns)) != (len(sources), len(targets)):
            places = np.ix_(_places(sources, rows), _places(targets, columns))
            values = [each[places] for each in values]
        return Table.of(*values)

    def _blocks(self, rows: list[Coordinate], columns: list[Coordinate]) -> list[Floats]:
        """Return durations and distances of any number of points, NaN where there is no road."""
        limit = self._settings.table_points
        if len({*rows, *columns}) <= limit:
            return self._block(rows, columns)
        across = _cut(rows, max(limit // 2, limit - len(columns)))
        down = _cut(columns, max(limit // 2, limit - len(rows)))
        blocks = [[self._block(some, others) for others in down] for some in across]
        return [np.block([[block[k] for block in line] for line in blocks]) for k in (0, 1)]

    def _block(self, rows: list[Coordinate], columns: list[Coordinate]) -> list[Floats]:
        points = list(dict.fromkeys([*rows, *columns]))
        options = "annotations=duration,distance"
        if rows != columns:
            options += (
                f"&sources={_list(_places(rows, points))}&destinations={_list(_places(columns, points))}"
            )
        answer = self._client.ask("table", points, options, _FIELDS) or {}
        far_rows, far_columns = (self._far(answer[name]) for name in _FIELDS[:2])
        found = []
        for name in _FIELDS[2:]:
            values = _values(answer[name], (len(rows), len(columns)))
            values[far_rows, :] = np.nan
            values[:, far_columns] = np.nan
            found.append(values)
        return found

    def _far(self, waypoints: list[dict[str, Any]]) -> list[int]:
        return [k for k, point in enumerate(waypoints) if point.get("distance", 0.0) > self._settings.snap_m]


def _list(numbers: Sequence[int]) -> str:
    return ";".join(str(number) for number in numbers)


def _places(points: Sequence[Coordinate], among: Sequence[Coordinate]) -> list[int]:
    """Return at which of `among`, each of them once, the points are."""
    place = {point: k for k, point in enumerate(among)}
    return [place[point] for point in points]


def _cut(points: list[Coordinate], size: int) -> list[list[Coordinate]]:
    return [points[k : k + size] for k in range(0, len(points), size)]


def _values(rows: list[list[float | None]], shape: tuple[int, int]) -> Floats:
    values = np.array(rows, dtype=np.float64)
    if values.shape != shape:
        raise TravelUnavailable(f"OSRM's table is of shape {values.shape}, not {shape[0]} x {shape[1]}.")
    return values
