"""The supervisor and its processes: what dies comes back, what stops leaves nothing, nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import World, start_world
from tests.e2e.installation import Installation, new_installation, wait_for


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Installation]:
    installation = new_installation(tmp_path / "var")
    installation.start()
    yield installation
    installation.stop()


def test_empty_installation_starts_with_one_administrator_and_stops_clean(empty: Installation) -> None:
    log = empty.log.read_text()
    password = log.split("sign in as admin with the password ")[1].split()[0]
    body = {"login": "admin", "password": password}
    assert httpx.post(f"{empty.url}/v1/auth/sign-in", json=body).status_code == 200
    assert httpx.get(f"{empty.url}/", follow_redirects=True).status_code == 200
    first_run = (empty.settings.data_dir / "secrets" / "first-password-of-admin").stat()
    assert first_run.st_mode & 0o077 == 0
    assert empty.stop() == 0
    empty.start()
    assert empty.log.read_text().count("sign in as admin") == 1


def test_every_process_serves_health_and_metrics_on_its_own_port(empty: Installation) -> None:
    ports = [empty.settings.port, *(empty.settings.health_port + n for n in range(4))]
    for port in ports:
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200, port
        assert "# HELP" in httpx.get(f"http://127.0.0.1:{port}/metrics").text, port


def test_process_that_is_killed_comes_back_and_the_work_goes_on(world: World) -> None:
    here = world.installation
    for name in ("broker", "gateway", "fold", "planner", "worker", "api"):
        victim = here.child(name)
        started = victim.create_time()
        victim.kill()
        wait_for(lambda n=name, t=started: _is_new(here, n, t), 30, lambda: here.log.read_text()[-2000:])
        wait_for(lambda: _answers(here, "/readyz"), 40, lambda: here.log.read_text()[-2000:])
        wait_for(lambda: _order_is_explained(here), 40, lambda: here.log.read_text()[-2000:])


def test_order_placed_while_the_planner_is_dead_is_planned_when_it_is_back(world: World) -> None:
    here = world.installation
    receipt = {"location_id": "depot", "part_number": "PUMP-1", "serials": ["P-1"]}
    assert here.call("bench", "POST", "/v1/stock/receipts", receipt).status_code == 201
    here.child("planner").kill()
    order = {"site_id": "hospital", "part_number": "PUMP-1", "contract_id": "two-hours"}
    assert here.call("desk", "POST", "/v1/orders", order).status_code == 201
    planned = wait_for(lambda: _first_planned(here), 40)
    assert planned == "anna"


def test_installation_on_postgresql_plans_and_streams(tmp_path: Path, postgres_url: str) -> None:
    here = new_installation(tmp_path / "var", database_url=postgres_url)
    start_world(here)
    receipt = {"location_id": "depot", "part_number": "PUMP-1", "serials": ["P-1"]}
    assert here.call("bench", "POST", "/v1/stock/receipts", receipt).status_code == 201
    headers = {"Authorization": f"Bearer {here.token('dispatcher')}"}
    with httpx.stream("GET", f"{here.url}/v1/live", headers=headers, timeout=30) as stream:
        lines = stream.iter_lines()
        order = {"site_id": "hospital", "part_number": "PUMP-1", "contract_id": "two-hours"}
        assert here.call("desk", "POST", "/v1/orders", order).status_code == 201
        assert next(line for line in lines if line == "event: order.planned")
    assert wait_for(lambda: _first_planned(here), 40) == "anna"
    assert here.stop() == 0


def _order_is_explained(here: Installation) -> bool:
    """Tell whether a new order is taken and the planner says why it cannot serve it."""
    order = {"site_id": "hospital", "part_number": "PUMP-1", "contract_id": "two-hours"}
    try:
        if here.call("desk", "POST", "/v1/orders", order).status_code != 201:
            return False
        return bool(wait_for(lambda: here.get("desk", "/v1/orders")["items"][0]["unserved_reason"], 20))
    except httpx.HTTPError:  # a worker whose master was killed serves on for a moment, and then ends
        return False


def _first_planned(here: Installation) -> str | None:
    courier: str | None = here.get("desk", "/v1/orders")["items"][0]["courier_id"]
    return courier


def _is_new(here: Installation, name: str, started: float) -> bool:
    try:
        return here.child(name).create_time() > started
    except AssertionError:
        time.sleep(0.1)
        return False


def _answers(here: Installation, path: str) -> bool:
    try:
        return httpx.get(f"{here.url}{path}", timeout=5).is_success
    except httpx.HTTPError:
        return False
