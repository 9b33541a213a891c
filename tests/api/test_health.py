from __future__ import annotations

import socket
from datetime import timedelta

import httpx
import pytest

from api.processes.process import IDLE_LIMIT_S, Health, serve_health
from api.views.health import EXPECTED
from tests.api_server import Api
from tracking.store.tables import Heartbeat
from tracking.values.times import system_clock


def _beat(api: Api, process: str, age_s: float, fault: str = "") -> None:
    with api.context.store.writing() as uow:
        at = system_clock() - timedelta(seconds=age_s)
        uow.heartbeats.add(Heartbeat(process, 1, 1, at, not fault, fault))
        uow.commit()


def test_installation_is_ready_when_all_processes_give_signs_of_life(api: Api) -> None:
    for process in EXPECTED:
        _beat(api, process, 1)
    answer = api.client().get("/readyz")
    assert (answer.status_code, answer.json["faults"]) == (200, {})


def test_processes_that_never_came_are_named(api: Api) -> None:
    _beat(api, "api", 1)
    answer = api.client().get("/readyz")
    assert answer.status_code == 503
    assert set(answer.json["faults"]) == {"gateway", "fold", "planner", "worker"}


@pytest.mark.parametrize(
    ("process", "age_s", "fault", "says"),
    [
        ("gateway", 60, "", {"gateway": "no sign of life"}),
        ("gateway", 3600, "", {"gateway": "no sign of life"}),
        ("gateway", 1, "It is far behind.", {"gateway": "It is far behind."}),
        ("broker", 60, "", {"broker": "no sign of life"}),
        ("broker", 3600, "", {}),
    ],
)
def test_silent_process_is_a_fault_until_it_counts_as_switched_off(
    api: Api, process: str, age_s: float, fault: str, says: dict[str, str]
) -> None:
    for other in EXPECTED:
        if other != process:
            _beat(api, other, 1)
    _beat(api, process, age_s, fault)
    assert api.client().get("/readyz").json["faults"] == says


def test_idle_connection_does_not_hold_up_health_checks() -> None:
    port = serve_health("127.0.0.1", 0, Health())
    with socket.create_connection(("127.0.0.1", port)):
        assert httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=IDLE_LIMIT_S - 0.5).text == "ok"
        assert "# HELP" in httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=IDLE_LIMIT_S - 0.5).text
