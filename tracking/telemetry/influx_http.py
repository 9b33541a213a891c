"""How an InfluxDB server is spoken to: writes in the 2.x way or the 1.x way, queries over `/query`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from tracking.telemetry.store import StoreUnavailable
from tracking.values.errors import InvalidValue
from tracking.values.times import to_ms

V1_ANSWER = "404 page not found"
"""What a server that does not know `/api/v2/write` answers, as against one that misses the bucket."""

LAST = datetime(2262, 1, 1, tzinfo=UTC)
"""Later than any point that a server of nanoseconds keeps and anybody sent."""

NS_PER_MS = 1_000_000


class PointsRefused(Exception):
    """The server took the good lines and names what is bad in others."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class InfluxUrl:
    """The parts of a telemetry URL; `token` is `user:password` where a user is given."""

    base: str
    database: str
    policy: str | None
    org: str
    user: str
    password: str

    @property
    def bucket(self) -> str:
        """Return the bucket of the 2.x API, which InfluxQL finds again as database and policy."""
        return f"{self.database}/{self.policy}" if self.policy else self.database

    @property
    def token(self) -> str:
        """Return what the 2.x API's Authorization header carries."""
        return f"{self.user}:{self.password}" if self.user else self.password


def parse_url(url: str) -> InfluxUrl:
    """Return the parts of `http[s]://[user:password@|:token@]host[:port]/database[/policy][?org=ORG]`.

    Raises `InvalidValue`, without the password in its text.
    """
    parts = urlsplit(url)
    names = [name for name in parts.path.split("/") if name]
    if parts.scheme not in ("http", "https") or not parts.hostname or not 1 <= len(names) <= 2:
        raise InvalidValue("A telemetry URL reads http[s]://[user:password@]host:port/database[/policy].")
    if any(mark in name for name in names for mark in "\"'\\;"):
        raise InvalidValue("Database and retention policy hold no quotes, backslashes or semicolons.")
    port = f":{parts.port}" if parts.port else ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return InfluxUrl(
        base=f"{parts.scheme}://{host}{port}",
        database=names[0],
        policy=names[1] if len(names) == 2 else None,
        org=parse_qs(parts.query).get("org", ["-"])[0],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """The one series of an InfluxQL answer; times are in ns."""

    columns: list[str]
    rows: list[list[Any]]


class InfluxServer:
    """One server and database. Every method raises `StoreUnavailable` when the server cannot serve."""

    def __init__(self, url: str, *, timeout_s: float) -> None:
        self._url = parse_url(url)
        self._v2 = InfluxDBClient(
            self._url.base, token=self._url.token, org=self._url.org, timeout=int(timeout_s * 1000)
        )
        self._writes = self._v2.write_api(write_options=SYNCHRONOUS)
        self._http = httpx.Client(
            base_url=self._url.base, timeout=timeout_s, headers=self._token(), auth=self._user()
        )
        self._is_v1 = False

    def _user(self) -> tuple[str, str] | None:
        """Return user and password, which 1.x takes in Basic authentication alone."""
        return (self._url.user, self._url.password) if self._url.user else None

    def _token(self) -> dict[str, str]:
        is_token = self._url.password and not self._url.user
        return {"Authorization": f"Token {self._url.password}"} if is_token else {}

    def write(self, lines: Sequence[str]) -> None:
        """Write lines of line protocol, times in ns. Raises `PointsRefused` when some of them are bad."""
        status, reason = self._write_v1(lines) if self._is_v1 else self._write_v2(lines)
        if status == 404 and V1_ANSWER in reason and not self._is_v1:
            self._is_v1 = True
            status, reason = self._write_v1(lines)
        if status == 404 and "database not found" in reason:
            self._create_database()
            status, reason = self._write_v1(lines) if self._is_v1 else self._write_v2(lines)
        if status in (400, 413, 422):
            raise PointsRefused(reason)
        if status >= 300:
            raise StoreUnavailable(f"The telemetry server answered a write with {status}: {reason}.")

    def _write_v2(self, lines: Sequence[str]) -> tuple[int, str]:
        try:
            self._writes.write(
                bucket=self._url.bucket,
                record="\n".join(lines),
                write_precision=WritePrecision.NS,  # type: ignore[arg-type]
            )
        except ApiException as error:
            return int(error.status), _reason(str(error.body))
        except HTTPError as error:
            raise StoreUnavailable(f"The telemetry server does not answer: {error}.") from error
        return 204, ""

    def _write_v1(self, lines: Sequence[str]) -> tuple[int, str]:
        parameters = {"db": self._url.database, "precision": "ns"}
        if self._url.policy:
            parameters["rp"] = self._url.policy
        answer = self._request("POST", "/write", parameters, "\n".join(lines).encode())
        return answer.status_code, _reason(answer.text)

    def _create_database(self) -> None:
        answer = self._request("POST", "/query", {"q": f'CREATE DATABASE "{self._url.database}"'})
        if answer.status_code >= 300:
            raise StoreUnavailable(f"The telemetry server made no database: {_reason(answer.text)}.")

    def query(self, statement: str) -> Answer:
        """Return the answer to one InfluxQL statement; a database that does not exist yet is empty."""
        parameters = {"db": self._url.database, "epoch": "ns", "q": statement}
        if self._url.policy:
            parameters["rp"] = self._url.policy
        answer = self._request("GET", "/query", parameters)
        body = _json(answer)
        result = (body.get("results") or [{}])[0]
        problem = body.get("error") or result.get("error")
        if problem and "database not found" in problem:
            return Answer([], [])
        if problem or answer.status_code >= 300:
            raise StoreUnavailable(f"The telemetry server answered a query with {problem or answer.text}.")
        series = result.get("series") or [{"columns": [], "values": []}]
        return Answer(series[0]["columns"], series[0]["values"])

    def delete(self, measurement: str, device: str | None, until: datetime | None) -> None:
        """Erase points, of one device or of all, up to the end of a millisecond or altogether.

        By InfluxQL's `DELETE` on 1.x, the delete API elsewhere; `can_delete` tells where there is none.
        """
        if self._speaks_v1():
            self._delete_v1(measurement, device, until)
            return
        only = "" if device is None else f' AND device="{device}"'
        try:
            self._v2.delete_api().delete(
                datetime(1970, 1, 1, tzinfo=UTC),
                LAST if until is None else until + timedelta(milliseconds=1),
                f'_measurement="{measurement}"{only}',
                bucket=self._url.bucket,
            )
        except (ApiException, HTTPError) as error:
            raise StoreUnavailable(f"The telemetry server did not delete: {error}.") from error

    def can_delete(self) -> bool:
        """Tell whether the server can erase points: 3 Core cannot."""
        return not self._version().startswith("3.")

    def _delete_v1(self, measurement: str, device: str | None, until: datetime | None) -> None:
        end_ns = (to_ms(LAST if until is None else until) + 1) * NS_PER_MS
        only = "" if device is None else f" AND device = '{device}'"
        statement = f'DELETE FROM "{measurement}" WHERE time < {end_ns}{only}'  # noqa: S608
        answer = self._request("POST", "/query", {"db": self._url.database, "q": statement})
        problem = _reason(answer.text) if answer.status_code >= 300 or "error" in answer.text else ""
        if problem and "database not found" not in problem:
            raise StoreUnavailable(f"The telemetry server did not delete: {problem}.")

    def _speaks_v1(self) -> bool:
        return self._version().startswith("1.")

    def _version(self) -> str:
        version: str = self._request("GET", "/ping", {}).headers.get("X-Influxdb-Version", "")
        return version.removeprefix("v")

    def _request(
        self, method: str, path: str, parameters: dict[str, str], content: bytes = b""
    ) -> httpx.Response:
        try:
            return self._http.request(method, path, params=parameters, content=content)
        except httpx.HTTPError as error:
            raise StoreUnavailable(f"The telemetry server does not answer: {error}.") from error

    def close(self) -> None:
        """Close the connections."""
        self._v2.close()  # type: ignore[no-untyped-call]
        self._http.close()


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _reason(text: str) -> str:
    """Return the server's own words, at most 500 characters of them."""
    return text.strip()[:500]
