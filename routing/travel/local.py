"""The OSRM server of this machine, which tells in a file where it listens and with which roads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from routing.travel.matrix import Table, Travel
from routing.travel.osrm import OsrmTravelTimes
from routing.travel.osrm_client import OsrmSettings, TravelUnavailable
from tracking.values.coordinates import Coordinate


@dataclass(frozen=True, slots=True)
class LocalServer:
    """Where the server listens, and the name of the road data that it has read."""

    url: str
    roads: str

    def write(self, path: Path) -> None:
        """Tell so to the planner, at once as a whole."""
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps({"url": self.url, "roads": self.roads}))
        draft.replace(path)

    @classmethod
    def read(cls, path: Path) -> LocalServer | None:
        """Return what was told last, or None."""
        try:
            told = json.loads(path.read_text())
            return cls(str(told["url"]), str(told["roads"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


class LocalOsrmTravelTimes:
    """Implements `TravelTimes` by the server that the file at `path` names, wherever it listens by now."""

    def __init__(self, path: Path, settings: OsrmSettings) -> None:
        self._path = path
        self._settings = settings
        self._server: LocalServer | None = None
        self._client: OsrmTravelTimes | None = None

    def roads(self) -> str | None:
        """Return the name of the road data: other data, other travel times."""
        server = LocalServer.read(self._path)
        return None if server is None else server.roads

    def matrix(self, points: Sequence[Coordinate], at: datetime | None = None) -> Travel:
        """Return the matrix by road. Raises `TravelUnavailable`."""
        return self._current().matrix(points, at)

    def table(
        self, sources: Sequence[Coordinate], targets: Sequence[Coordinate], at: datetime | None = None
    ) -> Table:
        """Return the table by road. Raises `TravelUnavailable`."""
        return self._current().table(sources, targets, at)

    def _current(self) -> OsrmTravelTimes:
        server = LocalServer.read(self._path)
        if server is None:
            raise TravelUnavailable("This machine's OSRM server has not started.")
        if server != self._server or self._client is None:
            if self._client is not None:
                self._client.close()
            self._client = OsrmTravelTimes(replace(self._settings, url=server.url))
            self._server = server
        return self._client
