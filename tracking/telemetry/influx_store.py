"""The fix store on InfluxDB 1.x, 2.x or 3 Core: written through influxdb-client, read in InfluxQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tracking.telemetry import codec
from tracking.telemetry.fixes import Fix
from tracking.telemetry.influx_http import InfluxServer, PointsRefused
from tracking.telemetry.influx_lines import MEASUREMENT, to_fix, to_line
from tracking.telemetry.store import MAX_TRACK, Refusal
from tracking.values.ids import checked_name
from tracking.values.times import to_ms

LAST_NS = 2**63 - 2
"""The latest time that InfluxDB keeps, in the year 2262."""


class InfluxFixStore:
    """Fixes on an InfluxDB server.

    `url` is `http[s]://[user:password@|:token@]host:port/database[/retention_policy][?org=ORG]`. On 2.x
    the bucket must be named `database/retention_policy`, which maps it for InfluxQL.
    """

    def __init__(self, url: str, *, timeout_s: float = 10.0) -> None:
        self._server = InfluxServer(url, timeout_s=timeout_s)

    def write(self, fixes: Sequence[Fix]) -> list[Refusal]:
        """Write `fixes` durably; what the server calls bad is searched out by halves and refused alone."""
        refusals: list[Refusal] = []
        self._write_part([to_line(fix) for fix in fixes], 0, refusals)
        return refusals

    def _write_part(self, lines: Sequence[str], first: int, refusals: list[Refusal]) -> None:
        try:
            if lines:
                self._server.write(lines)
        except PointsRefused as error:
            if len(lines) == 1:
                refusals.append(Refusal(first, error.reason))
                return
            half = len(lines) // 2
            self._write_part(lines[:half], first, refusals)
            self._write_part(lines[half:], first + half, refusals)

    def track(self, device: str, since: datetime, until: datetime, limit: int = 10_000) -> list[Fix]:
        """Return the fixes of a device between two times, oldest first."""
        return self._fixes(
            f"{_of(device)} AND time >= {_ns(since)} AND time < {_ns(until)}"
            f" ORDER BY time LIMIT {min(limit, MAX_TRACK)}"
        )

    def latest(self, device: str) -> Fix | None:
        """Return the newest fix by the device's time."""
        found = self._fixes(f"{_of(device)} ORDER BY time DESC LIMIT 1")
        return found[0] if found else None

    def count(self, device: str | None = None) -> int:
        """Return how many fixes the server keeps."""
        where = "" if device is None else _of(device)
        answer = self._server.query(f'SELECT COUNT("lat_deg") FROM "{MEASUREMENT}"{where}')  # noqa: S608
        return int(answer.rows[0][1]) if answer.rows else 0

    def delete_device(self, device: str, until: datetime | None = None) -> None:
        """Erase every fix of a device, or those made up to a time."""
        self._server.delete(MEASUREMENT, checked_name(device, "device"), until)

    def delete_before(self, before: datetime) -> int:
        """Erase every fix made before a time, and return how many there were."""
        older = f'SELECT COUNT("lat_deg") FROM "{MEASUREMENT}" WHERE time < {_ns(before)}'  # noqa: S608
        rows = self._server.query(older).rows
        if rows:
            self._server.delete(MEASUREMENT, None, before - timedelta(milliseconds=1))
        return int(rows[0][1]) if rows else 0

    def can_delete(self) -> bool:
        """Tell whether the server can erase at all; InfluxDB 3 Core cannot."""
        return self._server.can_delete()

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

    def _fixes(self, condition: str) -> list[Fix]:
        answer = self._server.query(f'SELECT * FROM "{MEASUREMENT}"{condition}')  # noqa: S608
        return [to_fix(answer.columns, row) for row in answer.rows]


def _of(device: str) -> str:
    """Return the condition for one device; a checked name holds nothing that a quoted string would mind."""
    return f" WHERE device = '{checked_name(device, 'device')}'"


def _ns(value: datetime) -> int:
    return min(to_ms(value) * codec.TIES_PER_MS, LAST_NS)
