"""Travel times over real roads: a client of an OSRM server's table service (HTTP API v1)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
import numpy as np

from routing.travel.matrix import UNREACHABLE, IntMatrix, Travel
from tracking.values.coordinates import Coordinate
from tracking.values.errors import FieldstockError, InvalidValue


class TravelUnavailable(FieldstockError):
    """The server of road times did not answer, or not with a table."""

    code = "travel_unavailable"
    action = "Check that the OSRM server runs and that its extract covers the region."


@dataclass(frozen=True, slots=True)
class OsrmSettings:
    """Where the server is and how long it may take.

    `url` without a path; `profile` is part of the request's path. `timeout_s` in (0, 300] holds for each
    of `attempts` (1 to 10), with `pause_s` (0 to 60), doubled each time, between them. A point further than
    `snap_m` (1 to 100 000) from any road is unreachable.
    """

    url: str
    profile: str = "driving"
    timeout_s: float = 10.0
    attempts: int = 3
    pause_s: float = 0.2
    snap_m: float = 2000.0

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise InvalidValue(f"The OSRM url must begin with http:// or https://, not {self.url!r}.")
        for name, low, high in (
            ("timeout_s", 0.001, 300),
            ("attempts", 1, 10),
            ("pause_s", 0, 60),
            ("snap_m", 1, 100_000),
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

    def matrix(self, points: Sequence[Coordinate]) -> Travel:
        """Return whole seconds and metres by road, rounded half to even.

        Pairs that no road joins are `UNREACHABLE`; `Travel.unreachable` names them. Raises
        `TravelUnavailable` when the server does not answer, or refuses.
        """
        if len(points) < 2:
            zeros = np.zeros((len(points), len(points)), dtype=np.int64)
            return Travel(zeros, zeros)
        # Six decimals of a degree are 0.1 m.
        path = ";".join(f"{point.lon_deg:.6f},{point.lat_deg:.6f}" for point in points)
        table = self._get(f"/table/v1/{self._settings.profile}/{path}?annotations=duration,distance")
        return self._travel(table, len(points))

    def _get(self, path: str) -> dict[str, Any]:
        pause_s = self._settings.pause_s
        for attempt in range(1, self._settings.attempts + 1):
            try:
                response = self._client.get(path)
            except httpx.TransportError as error:
                cause = f"{type(error).__name__}: {error}"
            else:
                if response.status_code < 500:
                    return _table(response)
                cause = f"HTTP {response.status_code}"
            if attempt < self._settings.attempts:
                time.sleep(pause_s)
                pause_s *= 2
        tried = f"{self._settings.attempts} attempts"
        raise TravelUnavailable(f"OSRM at {self._settings.url} did not answer in {tried}: {cause}.")

    def _travel(self, table: dict[str, Any], size: int) -> Travel:
        far = [
            k
            for k, point in enumerate(table["sources"])
            if point.get("distance", 0.0) > self._settings.snap_m
        ]
        duration_s = _rounded(table["durations"], size, far)
        distance_m = _rounded(table["distances"], size, far)
        cut = (duration_s == UNREACHABLE) | (distance_m == UNREACHABLE)
        return Travel(np.where(cut, UNREACHABLE, duration_s), np.where(cut, UNREACHABLE, distance_m))


def _table(response: httpx.Response) -> dict[str, Any]:
    """Return the body of an answer, which is a table. Raises `TravelUnavailable` otherwise."""
    try:
        body = response.json()
    except ValueError as error:
        raise TravelUnavailable(f"OSRM answered HTTP {response.status_code} without JSON.") from error
    if not isinstance(body, dict) or body.get("code") != "Ok":
        reason = body.get("message", body.get("code")) if isinstance(body, dict) else body
        raise TravelUnavailable(f"OSRM refused the table (HTTP {response.status_code}): {reason}.")
    missing = [name for name in ("sources", "durations", "distances") if name not in body]
    if missing:
        raise TravelUnavailable(f"OSRM's table lacks {', '.join(missing)}.")
    return body


def _rounded(rows: list[list[float | None]], size: int, far: list[int]) -> IntMatrix:
    values = np.array(rows, dtype=np.float64)
    if values.shape != (size, size):
        raise TravelUnavailable(f"OSRM's table is of shape {values.shape}, not {size} x {size}.")
    values[far, :] = np.nan
    values[:, far] = np.nan
    rounded = np.where(np.isnan(values), UNREACHABLE, np.rint(np.nan_to_num(values))).astype(np.int64)
    np.fill_diagonal(rounded, 0)
    return rounded
