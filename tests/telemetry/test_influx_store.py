"""What is InfluxDB's own: both ways to write, refusals, sign-in, outages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.influxd import Influxd
from tests.telemetry.samples import START, at, fix
from tracking.telemetry.influx_http import parse_url
from tracking.telemetry.influx_store import InfluxFixStore
from tracking.telemetry.store import StoreUnavailable
from tracking.values.errors import InvalidValue
from tracking.values.times import system_clock


@pytest.mark.parametrize(
    ("url", "bucket", "token"),
    [
        ("http://h:8086/db", "db", ""),
        ("http://h:8086/db/rp", "db/rp", ""),
        ("https://user:p%40ss@h/db", "db", "user:p@ss"),
        ("http://:tok-en@h:1/db/rp?org=me", "db/rp", "tok-en"),
    ],
)
def test_a_url_names_all_that_is_needed(url: str, bucket: str, token: str) -> None:
    assert (parse_url(url).bucket, parse_url(url).token) == (bucket, token)


@pytest.mark.parametrize(
    "url", ["", "h:8086/db", "ftp://h/db", "http:///db", "http://h", "http://h/a/b/c", 'http://h/a"b']
)
def test_an_unusable_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        InfluxFixStore(url.replace("http://h", "http://u:secret@h"))
    assert "secret" not in str(caught.value)


def test_points_beyond_the_retention_policy_are_refused_alone(influxd: Influxd) -> None:
    influxd.query("CREATE DATABASE short WITH DURATION 1h REPLICATION 1 NAME brief")
    store = InfluxFixStore(f"{influxd.base}/short/brief")
    now = system_clock()
    fixes = [fix(i, fix_at=START.replace(year=2015) if i in (3, 30) else now) for i in range(40)]
    refusals = store.write(fixes)
    assert [refusal.index for refusal in refusals] == [3, 30]
    assert "retention policy" in refusals[0].reason
    assert store.count() == 38
    store.close()


def test_a_time_that_influx_cannot_keep_is_refused_alone(influx_url: str) -> None:
    store = InfluxFixStore(influx_url)
    refusals = store.write([fix(1), fix(2, fix_at=START.replace(year=3000)), fix(3)])
    assert [refusal.index for refusal in refusals] == [1]
    assert store.count() == 2
    store.close()


def test_a_server_that_is_away_is_said_so() -> None:
    store = InfluxFixStore("http://127.0.0.1:9/db", timeout_s=1)
    for ask in (lambda: store.write([fix()]), store.count, lambda: store.delete_device("courier-1")):
        with pytest.raises(StoreUnavailable, match="does not answer"):
            ask()
    store.close()


def test_wrong_credentials_wait_and_right_ones_write(tmp_path: Path) -> None:
    server = Influxd(tmp_path, auth=True)
    server.start()
    try:
        server.query("CREATE USER keeper WITH PASSWORD 'pass word' WITH ALL PRIVILEGES")
        host = server.base.removeprefix("http://")
        with pytest.raises(StoreUnavailable, match="401"):
            InfluxFixStore(f"http://keeper:wrong@{host}/db").write([fix()])
        store = InfluxFixStore(f"http://keeper:pass%20word@{host}/db")
        assert store.write([fix()]) == []
        assert store.count() == 1
    finally:
        server.kill()


class V2Server(BaseHTTPRequestHandler):
    """Answers as a 2.x server does, which cannot be had here; keeps what it was asked."""

    asked: ClassVar[list[tuple[str, dict[str, list[str]], str, bytes]]] = []

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((parts.path, parse_qs(parts.query), self.headers["Authorization"], body))
        missing = b'{"code":"not found","message":"bucket \\"none\\" not found"}'
        answer = missing if "bucket=none" in parts.query else b""
        self.send_response(404 if answer else 204)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture
def v2_base() -> Iterator[str]:
    V2Server.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), V2Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_2x_server_is_written_through_its_own_api(v2_base: str) -> None:
    store = InfluxFixStore(f"http://:tok@{v2_base}/db/rp?org=me")
    assert store.write([fix(7)]) == []
    [(path, query, authorization, body)] = V2Server.asked
    assert (path, query["bucket"], query["org"], query["precision"]) == (
        "/api/v2/write",
        ["db/rp"],
        ["me"],
        ["ns"],
    )
    assert authorization == "Token tok"
    assert body.startswith(b"fix,device=courier-1,kind=native lat_deg=")
    assert body.endswith(b" %d" % (int(at(7).timestamp()) * 10**9 + 7))


def test_a_missing_bucket_is_an_outage_and_not_a_1x_server(v2_base: str) -> None:
    store = InfluxFixStore(f"http://:tok@{v2_base}/none")
    with pytest.raises(StoreUnavailable, match="bucket"):
        store.write([fix()])
    assert {path for path, *_ in V2Server.asked} == {"/api/v2/write"}
