"""Milliseconds from a caller's request to the promise, over HTTP, at an installation of a whole country.

800 stocking locations have the part, 100 couriers drive 500 orders; each promise is released again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx

from tests.api_server import PASSWORD
from tests.bench.bench import Bench, Row, percentiles, say
from tests.e2e.installation import Installation, new_installation, wait_for
from tests.world import FUSE, PUMP, VADUZ, build_world, stock_up
from tracking.fleet.courier import Courier
from tracking.fleet.service import add_courier, open_shift
from tracking.identity.passwords import hash_password
from tracking.identity.roles import Role
from tracking.identity.service import add_person
from tracking.orders.order import Urgency
from tracking.orders.service import place
from tracking.orders.sla import Contract
from tracking.parts.location import Location, LocationKind
from tracking.parts.service import add_location
from tracking.store.unit_of_work import SqlUnitOfWork
from tracking.values.geodesy import destination
from tracking.values.times import system_clock

SOURCES, COURIERS, SITES, ORDERS = 800, 100, 200, 500
FURTHEST_M = 60_000
PROMISES = 300
PLANNED_S = 120


def measure(bench: Bench) -> list[Row]:
    """Return p50 and p99 of the time to a promise, and how many were offered."""
    say(f"promises: {SOURCES} sources, {COURIERS} couriers, {ORDERS} orders")
    with _running_country(bench.new_directory("country")) as here:
        headers = {"Authorization": f"Bearer {here.token('desk')}"}
        with httpx.Client(base_url=here.url, headers=headers, timeout=30) as client:
            wait_for(lambda: _planned(client), PLANNED_S)
            asked = [_asked(client, n) for n in range(PROMISES)]
    offered = sum(state == "offered" for _, state in asked)
    return [*percentiles("promise", [took_s for took_s, _ in asked]), Row("promise, offered", offered, "")]


@contextmanager
def _running_country(directory: Path) -> Iterator[Installation]:
    installation = new_installation(directory / "var")
    store = installation.store()
    with store.writing() as uow:
        _build(uow, random.Random(1))
        uow.commit()
    store.close()
    installation.start()
    try:
        yield installation
    finally:
        installation.stop()


def _build(uow: SqlUnitOfWork, chance: random.Random) -> None:
    now = system_clock()
    build_world(uow, now)
    add_person(uow, "desk", "Desk", Role.DESK, hash_password(PASSWORD), now)
    uow.contracts.add(Contract("eight-hours", "Eight hours", 8 * 3600))
    for n in range(SOURCES):
        _place(uow, f"store-{n}", LocationKind.STOCKING_LOCATION, chance)
        stock_up(uow, f"store-{n}", FUSE, 20)
    for n in range(SITES):
        _place(uow, f"site-{n}", LocationKind.CUSTOMER_SITE, chance)
    for n in range(COURIERS):
        _place(uow, f"home-{n}", LocationKind.DEPOT, chance)
        courier = Courier(f"courier-{n}", f"Courier {n}", 400_000, 2_000_000, (), f"home-{n}")
        add_courier(uow, courier, now)
        open_shift(uow, courier.courier_id, now - timedelta(hours=1), now + timedelta(hours=9), now)
    stock_up(uow, "depot", PUMP, 1, "P-1")
    for n in range(ORDERS):
        place(
            uow,
            site_id=f"site-{n % SITES}",
            part_number=FUSE,
            quantity=1,
            contract_id="eight-hours",
            urgency=Urgency.PLANNED,
            requested_by="desk",
            at=now,
        )


def _place(uow: SqlUnitOfWork, location_id: str, kind: LocationKind, chance: random.Random) -> None:
    point = destination(VADUZ, chance.uniform(0, 360), FURTHEST_M * chance.random() ** 0.5)
    add_location(uow, Location(location_id, kind, location_id, point), system_clock())


def _planned(client: httpx.Client) -> bool:
    return not client.get("/v1/orders?state=open&limit=1").json()["items"]


def _asked(client: httpx.Client, n: int) -> tuple[float, str]:
    """Ask for a promise, return how long that took and its state, and let go of it."""
    wish = {"site_id": f"site-{7 * n % SITES}", "part_number": FUSE, "contract_id": "two-hours"}
    began_s = time.perf_counter()
    answer = client.post("/v1/promises", json=wish)
    took_s = time.perf_counter() - began_s
    answer.raise_for_status()
    promise = answer.json()
    if promise["state"] == "offered":
        client.post(f"/v1/promises/{promise['promise_id']}/release").raise_for_status()
    return took_s, promise["state"]
