"""Travel times over real roads: a client of an OSRM server's table service (HTTP API v1)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx
import numpy as np
import numpy.typing as npt

from routing.travel.matrix import Table, Travel
from tracking.values.coordinates import Coordinate
from tracking.values.errors import FieldstockError, InvalidValue

Floats = npt.NDArray[np.float64]


class TravelUnavailable(FieldstockError):
    """The server of road times did not answer, or not with a table."""

    code = "travel_unavailable"
    action = "Check that the OSRM server runs and that its extract covers the region."


@dataclass(frozen=True, slots=True)
class OsrmSettings:
    """Where the server is and how long it may take.

    `url` without a path; `profile` is part of the request's path. `timeout_s` in (0, 300] holds for each
    of `attempts` (1 to 10), with `pause_s` (0 to 60), doubled each time, between them. A point further than
    `snap_m` (1 to 100 000) from any road is unreachable. One request names at most `table_points` (2 to
    2 000) points: larger tables are asked in blocks.
    """

    url: str
    profile: str = "driving"
    timeout_s: float = 10.0
    attempts: int = 3
    pause_s: float = 0.2
    snap_m: float = 2000.0
    table_points: int = 2000

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise InvalidValue(f"The OSRM url must begin with http:// or https://, not {self.url!r}.")
        for name, low, high in (
            ("timeout_s", 0.001, 300),
            ("attempts", 1, 10),
            ("pause_s", 0, 60),
            ("snap_m", 1, 100_000),
            ("table_points", 2, 2000),
        ):
            if not low <= getattr(self, name) <= high:
                raise InvalidValue(f"{name} must lie in [{low}, {high}], not {getattr(self, name)}.")


class OsrmTravelTimes:
    """Implements `TravelTimes` by one `/table` request; the server bounds its size (`--max-table-size`)."""

    def __init__(self, settings: OsrmSettings) -> None:
        self._settings = settings
        self._client = httpx.Client(base_url=settings.url, timeout=settings.timeout_s)

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
        path = f"/table/v1/{self._settings.profile}/{_path(points)}?annotations=duration,distance"
        if rows != columns:
            path += f"&sources={_list(_places(rows, points))}&destinations={_list(_places(columns, points))}"
        answer = self._get(path, ("sources", "destinations", "durations", "distances"), "table")
        far_rows, far_columns = (self._far(answer[name]) for name in ("sources", "destinations"))
        found = []
        for name in ("durations", "distances"):
            values = _values(answer[name], (len(rows), len(columns)))
            values[far_rows, :] = np.nan
            values[:, far_columns] = np.nan
            found.append(values)
        return found

    def _far(self, waypoints: list[dict[str, Any]]) -> list[int]:
        return [k for k, point in enumerate(waypoints) if point.get("distance", 0.0) > self._settings.snap_m]

    def _get(self, path: str, needed: Sequence[str], what: str) -> dict[str, Any]:
        pause_s = self._settings.pause_s
        for attempt in range(1, self._settings.attempts + 1):
            try:
                response = self._client.get(path)
            except httpx.TransportError as error:
                cause = f"{type(error).__name__}: {error}"
            else:
                if response.status_code < 500:
                    return _body(response, needed, what)
                cause = f"HTTP {response.status_code}"
            if attempt < self._settings.attempts:
                time.sleep(pause_s)
                pause_s *= 2
        tried = f"{self._settings.attempts} attempts"
        raise TravelUnavailable(f"OSRM at {self._settings.url} did not answer in {tried}: {cause}.")


def _path(points: Sequence[Coordinate]) -> str:
    # Six decimals of a degree are 0.1 m.
    return ";".join(f"{point.lon_deg:.6f},{point.lat_deg:.6f}" for point in points)


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


def _body(response: httpx.Response, needed: Sequence[str], what: str) -> dict[str, Any]:
    """Return the body of an answer that is a `what` and has all fields that are `needed`.

    Raises `TravelUnavailable` otherwise.
    """
    try:
        body = response.json()
    except ValueError as error:
        raise TravelUnavailable(f"OSRM answered HTTP {response.status_code} without JSON.") from error
    if not isinstance(body, dict) or body.get("code") != "Ok":
        reason = body.get("message", body.get("code")) if isinstance(body, dict) else body
        raise TravelUnavailable(f"OSRM refused the {what} (HTTP {response.status_code}): {reason}.")
    missing = [name for name in needed if name not in body]
    if missing:
        raise TravelUnavailable(f"OSRM's {what} lacks {', '.join(missing)}.")
    return body
