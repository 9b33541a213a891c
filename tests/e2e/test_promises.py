"""Promises over HTTP from a running planner: 200 callers race for 50 units at two api processes."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api_server import PASSWORD
from tests.e2e.installation import ROOT, Installation, new_installation, wait_for
from tests.ports import free_port
from tests.world import PUMP, build_world, stock_up
from tracking.identity.passwords import hash_password
from tracking.identity.roles import Role
from tracking.identity.service import add_person
from tracking.values.times import system_clock

UNITS, CALLERS, AT_ONCE = 50, 200, 40
WISH = {"site_id": "hospital", "part_number": PUMP, "contract_id": "two-hours"}


@pytest.fixture
def here(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    chosen = {} if database_url.startswith("sqlite") else {"database_url": database_url}
    installation = new_installation(tmp_path / "var", **chosen)
    store = installation.store()
    with store.writing() as uow:
        build_world(uow, system_clock())
        add_person(uow, "desk", "Desk", Role.DESK, hash_password(PASSWORD), system_clock())
        stock_up(uow, "depot", PUMP, UNITS, *(f"P-{n}" for n in range(UNITS)))
        uow.commit()
    store.close()
    installation.start()
    yield installation
    assert installation.stop() == 0


@contextmanager
def second_api(installation: Installation) -> Iterator[str]:
    """Run one more api process on the same database, and yield its address."""
    port = free_port()
    environment = installation.environment | {"FIELDSTOCK_PORT": str(port)}
    with (installation.settings.data_dir / "second-api.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "api"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: _answers(url), 60)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=2).is_success
    except httpx.HTTPError:
        return False


def test_two_hundred_callers_get_exactly_the_fifty_units_there_are(here: Installation) -> None:
    with second_api(here) as second:
        headers = {"Authorization": f"Bearer {here.token('desk')}"}
        clients = [httpx.Client(base_url=url, headers=headers, timeout=60) for url in (here.url, second)]

        def call(n: int) -> tuple[dict[str, Any], list[int]]:
            mine, other = clients[n % 2], clients[(n + 1) % 2]
            asked = mine.post("/v1/promises", json=WISH)
            assert asked.status_code == 201, asked.text
            promise = asked.json()
            if promise["state"] != "offered":
                return promise, []
            with ThreadPoolExecutor(2) as both:
                order = {"promise_id": promise["promise_id"]}
                answers = both.map(lambda client: client.post("/v1/orders", json=order), (mine, other))
                return promise, sorted(answer.status_code for answer in answers)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            called = list(pool.map(call, range(CALLERS)))
        for client in clients:
            client.close()
    states = Counter(promise["state"] for promise, _ in called)
    assert states == {"offered": UNITS, "refused": CALLERS - UNITS}
    assert all(codes == [201, 409] for promise, codes in called if promise["state"] == "offered")
    assert all(
        promise["reason"] and promise["options"] for promise, _ in called if promise["state"] == "refused"
    )
    store = here.store()
    with store.reading() as uow:
        assert len(uow.orders.find()) == UNITS
        held = uow.reservations.find(released_at=None)
        assert sorted(serial for each in held for serial in each.serials) == sorted(
            f"P-{n}" for n in range(UNITS)
        )
        assert {each.order_id for each in held} == {order.order_id for order in uow.orders.find()}
        assert uow.ledger.balance("depot", PUMP).available == 0
    store.close()
