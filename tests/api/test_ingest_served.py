"""Phone trackers against the server as it runs: gunicorn and gevent, with its access log switched on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from api.context import build_context
from api.settings import Settings
from api.views.ingest import MAX_BODY
from tests.device_gateway.protocol import payloads
from tests.ports import free_port
from tests.world import NOW, build_world
from tracking.identity.devices import DeviceKind
from tracking.identity.service import add_device
from tracking.telemetry.journal import Journal

START_S = 60.0


@dataclass(frozen=True)
class Served:
    """A running server, the secret of anna's phone, and where the server writes."""

    url: str
    secret: str
    journal: Path
    log: Path


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    settings = Settings(data_dir=tmp_path / "var", port=free_port())
    context = build_context(settings)
    context.store.migrate()
    with context.store.writing() as uow:
        build_world(uow)
        _, secret = add_device(uow, "anna", DeviceKind.COURIER, NOW)
        uow.commit()
    run = "from api.processes.http import exec_gunicorn; from api.settings import load_settings;"
    environment = os.environ | {
        "FIELDSTOCK_DATA_DIR": str(settings.data_dir),
        "FIELDSTOCK_PORT": str(settings.port),
        "GUNICORN_CMD_ARGS": "--access-logfile -",
    }
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", f"{run} exec_gunicorn(load_settings())"],
            env=environment,
            stdout=output,
            stderr=output,
        )
    served = Served(f"http://127.0.0.1:{settings.port}", secret, settings.journal_path, log)
    try:
        await_answer(served)
        yield served
    finally:
        process.terminate()
        process.wait(20)


def await_answer(served: Served) -> None:
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s:
        try:
            if httpx.get(f"{served.url}/healthz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(served.log.read_text())


def test_apps_get_their_answers_and_no_log_gets_a_secret(served: Served) -> None:
    osmand = f"{served.url}/ingest/osmand/{served.secret}"
    with httpx.Client(auth=("anna", served.secret)) as phone:
        for body in (payloads.OWNTRACKS_ANDROID, b"", b"x" * (4 * MAX_BODY), b"{broken"):
            answer = phone.post(f"{served.url}/ingest/owntracks", content=body)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
            assert answer.content == b"[]"
        parts = phone.post(f"{served.url}/ingest/owntracks", content=iter([payloads.OWNTRACKS_IOS]))
        assert parts.content == b"[]"  # sent in chunks, without a length
    assert httpx.post(f"{served.url}/ingest/owntracks", auth=("anna", "no")).status_code == 401
    answers = [httpx.get(osmand, params=payloads.OSMAND_FORM.decode()) for _ in range(2)]
    answers.append(httpx.post(f"{osmand}/", content=payloads.OSMAND_JSON))
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"")] * 3
    counts = Journal(served.journal).counters()["fix"]
    assert (counts["stored"], counts["duplicate"], counts["dead_letter"]) == (4, 1, 2)
    log = served.log.read_text()
    assert "/ingest/osmand/..." in log
    assert served.secret not in log
