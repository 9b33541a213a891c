"""Speaks to an OSRM server (HTTP API v1): where it is, how long it may take, and what an answer must hold."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tracking.values.coordinates import Coordinate
from tracking.values.errors import FieldstockError, InvalidValue


class TravelUnavailable(FieldstockError):
    """The server of road times did not answer, or not with what was asked."""

    code = "travel_unavailable"
    action = "Check that the OSRM server runs and that its extract covers the region."


@dataclass(frozen=True, slots=True)
class OsrmSettings:
    """Where the server is and how long it may take.

    `url` without a path; `profile` is part of the request's path. `timeout_s` in (0, 300] holds for each
    of `attempts` (1 to 10), with `pause_s` (0 to 60), doubled each time, between them. A point further than
    `snap_m` (1 to 100 000) from any road is unreachable. One request names at most `table_points` (2 to
    2 000) points of a table, larger ones are asked in blocks, and `match_points` (2 to 1 000) of a trace.
    """

    url: str
    profile: str = "driving"
    timeout_s: float = 10.0
    attempts: int = 3
    pause_s: float = 0.2
    snap_m: float = 2000.0
    table_points: int = 2000
    match_points: int = 100

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise InvalidValue(f"The OSRM url must begin with http:// or https://, not {self.url!r}.")
        for name, low, high in (
            ("timeout_s", 0.001, 300),
            ("attempts", 1, 10),
            ("pause_s", 0, 60),
            ("snap_m", 1, 100_000),
            ("table_points", 2, 2000),
            ("match_points", 2, 1000),
        ):
            if not low <= getattr(self, name) <= high:
                raise InvalidValue(f"{name} must lie in [{low}, {high}], not {getattr(self, name)}.")


class OsrmClient:
    """One server's services, asked one at a time, each a bounded number of times."""

    def __init__(self, settings: OsrmSettings) -> None:
        self.settings = settings
        self._client = httpx.Client(base_url=settings.url, timeout=settings.timeout_s)

    def close(self) -> None:
        """Close the connections to the server."""
        self._client.close()

    def ask(
        self,
        service: str,
        points: Sequence[Coordinate],
        options: str,
        needed: Sequence[str],
        none: Sequence[str] = (),
    ) -> dict[str, Any] | None:
        """Return a service's answer about `points`, which has all fields `needed`.

        Return None when its code is one of `none`: there is nothing to be found. Raises
        `TravelUnavailable` when the server does not answer, or refuses.
        """
        # Six decimals of a degree are 0.1 m.
        path = ";".join(f"{point.lon_deg:.6f},{point.lat_deg:.6f}" for point in points)
        response = self._get(f"/{service}/v1/{self.settings.profile}/{path}?{options}")
        return _body(response, service, needed, none)

    def _get(self, path: str) -> httpx.Response:
        pause_s = self.settings.pause_s
        for attempt in range(1, self.settings.attempts + 1):
            try:
                response = self._client.get(path)
            except httpx.TransportError as error:
                cause = f"{type(error).__name__}: {error}"
            else:
                if response.status_code < 500:
                    return response
                cause = f"HTTP {response.status_code}"
            if attempt < self.settings.attempts:
                time.sleep(pause_s)
                pause_s *= 2
        tried = f"{self.settings.attempts} attempts"
        raise TravelUnavailable(f"OSRM at {self.settings.url} did not answer in {tried}: {cause}.")


def _body(
    response: httpx.Response, what: str, needed: Sequence[str], none: Sequence[str]
) -> dict[str, Any] | None:
    try:
        body = response.json()
    except ValueError as error:
        raise TravelUnavailable(f"OSRM answered HTTP {response.status_code} without JSON.") from error
    if isinstance(body, dict) and body.get("code") in none:
        return None
    if not isinstance(body, dict) or body.get("code") != "Ok":
        reason = body.get("message", body.get("code")) if isinstance(body, dict) else body
        raise TravelUnavailable(f"OSRM refused the {what} (HTTP {response.status_code}): {reason}.")
    missing = [name for name in needed if name not in body]
    if missing:
        raise TravelUnavailable(f"OSRM's {what} lacks {', '.join(missing)}.")
    return body
