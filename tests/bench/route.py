"""Seconds of `GET /v1/driver/route`, for a courier with several stops, beside a request that does nothing."""

from __future__ import annotations

import http.client
import time
from concurrent.futures import ThreadPoolExecutor

from tests.bench.bench import Bench, Row, percentiles, say
from tests.e2e.installation import Installation

ROUTE = "/v1/driver/route"
NOTHING = "/healthz"
REQUESTS = {1: 400, 16: 60}
"""Requests of each client, by the number of clients at a time."""


def measure(bench: Bench) -> list[Row]:
    """Return p50, p99 and requests a second, at one client and at 16."""
    here = bench.town.installation
    courier = bench.town.busiest()
    stops = len(here.get(courier, ROUTE)["route"]["stops"])
    rows = [Row("stops in the route", stops, "")]
    for clients in REQUESTS:
        for path in (NOTHING, ROUTE):
            say(f"route: GET {path}, {clients} at a time")
            rows += _measured(here, courier, path, clients)
    return rows


def _measured(here: Installation, login: str, path: str, clients: int) -> list[Row]:
    token, count = here.token(login), REQUESTS[clients]
    _seconds(here, path, token, 10)
    began_s = time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        runs = list(pool.map(lambda _: _seconds(here, path, token, count), range(clients)))
    rate = clients * count / (time.monotonic() - began_s)
    name = f"GET {path}, {clients} at a time"
    return [*percentiles(name, [second for run in runs for second in run]), Row(name, rate, "requests/s")]


def _seconds(here: Installation, path: str, token: str, count: int) -> list[float]:
    """Ask `count` times over one connection, by the cheapest client there is: it shares the machine."""
    connection = http.client.HTTPConnection("127.0.0.1", here.settings.port, timeout=20)
    headers = {"Authorization": f"Bearer {token}"}
    taken = []
    for _ in range(count):
        began_s = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        taken.append(time.perf_counter() - began_s)
        assert answer.status == 200, answer.status
    connection.close()
    return taken
