"""Travel times over real roads: the table service of an OSRM server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
            return Table.blank(len(sources), len(targets))
        rows, columns = list(dict.fromkeys(sources)), list(dict.fromkeys(targets))
        table = self._blocks(rows, columns)
        if (len(rows), len(columns)) == (len(sources), len(targets)):
            return table
        places = np.ix_(_places(sources, rows), _places(targets, columns))
        return Table(table.duration_s[places], table.distance_m[places])

    def _blocks(self, rows: list[Coordinate], columns: list[Coordinate]) -> Table:
        """Return the table of any number of points, in blocks where one request cannot name them all."""
        limit = self._settings.table_points
        if len({*rows, *columns}) <= limit:
            return self._block(rows, columns)
        table = Table.blank(len(rows), len(columns))
        for across in _cut(len(rows), max(limit // 2, limit - len(columns))):
            for down in _cut(len(columns), max(limit // 2, limit - len(rows))):
                table.write(across, down, self._block(rows[across], columns[down]))
        return table

    def _block(self, rows: list[Coordinate], columns: list[Coordinate]) -> Table:
        points = list(dict.fromkeys([*rows, *columns]))
        options = "annotations=duration,distance&generate_hints=false"
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
        return Table.of(*found)

    def _far(self, waypoints: list[dict[str, Any]]) -> list[int]:
        return [k for k, point in enumerate(waypoints) if point.get("distance", 0.0) > self._settings.snap_m]


def _list(numbers: Sequence[int]) -> str:
    return ";".join(str(number) for number in numbers)


def _places(points: Sequence[Coordinate], among: Sequence[Coordinate]) -> list[int]:
    """Return at which of `among`, each of them once, the points are."""
    place = {point: k for k, point in enumerate(among)}
    return [place[point] for point in points]


def _cut(count: int, size: int) -> Iterator[slice]:
    return (slice(k, k + size) for k in range(0, count, size))


def _values(rows: list[list[float | None]], shape: tuple[int, int]) -> Floats:
    values = np.array(rows, dtype=np.float64)
    if values.shape != shape:
        raise TravelUnavailable(f"OSRM's table is of shape {values.shape}, not {shape[0]} x {shape[1]}.")
    return values
