"""What `fieldstock doctor` says of the keeping and the forgetting of fixes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from api.cli.telemetry_faults import telemetry_faults
from api.processes.jobs import RETENTION
from api.settings import Settings
from tests.api_server import Api
from tests.influxd import Influxd
from tests.telemetry.samples import letter
from tracking.fleet.erasures import Erasure
from tracking.store.tables import JobRun
from tracking.telemetry.journal import Journal
from tracking.values.times import system_clock


def faults(api: Api) -> list[str]:
    return list(telemetry_faults(api.context.settings))


def test_an_installation_that_never_ran_has_nothing_to_forget(api: Api, tmp_path: Path) -> None:
    assert list(telemetry_faults(Settings(data_dir=tmp_path / "none"))) == []
    assert faults(api) == []


@pytest.mark.parametrize(("days", "is_fault"), [(1, False), (3, True)])
def test_a_retention_that_did_not_run_for_two_days_is_told(api: Api, days: int, is_fault: bool) -> None:
    with api.context.store.writing() as uow:
        uow.job_runs.add(JobRun("r", RETENTION, system_clock() - timedelta(days=days), {}))
        uow.commit()
    assert ["Nothing was forgotten since" in fault for fault in faults(api)] == [True] * is_fault


def test_a_journal_that_is_nearly_full_is_told_until_something_is_forgotten(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, journal_max_mb=1)
    journal = Journal(settings.journal_path)
    assert list(telemetry_faults(settings)) == []
    journal.append([letter(b"x" * 900_000)])
    assert ["of 1 MB" in fault for fault in telemetry_faults(settings)] == [True]
    with journal.file.writing() as connection:
        connection.execute("DELETE FROM dead_letters")
    assert list(telemetry_faults(settings)) == []
    journal.close()


def test_an_erasure_that_waits_too_long_is_told(api: Api) -> None:
    long_ago = system_clock() - timedelta(hours=2)
    with api.context.store.writing() as uow:
        uow.erasures.add(Erasure("anna", long_ago, topics_cleared_at=long_ago))
        uow.erasures.add(Erasure("ben", long_ago, long_ago, long_ago))
        uow.commit()
    assert [fault.split("'")[0] for fault in faults(api)] == ["The erasure of anna"]


class _Core(BaseHTTPRequestHandler):
    """Says what InfluxDB 3 Core says of itself."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("X-Influxdb-Version", "3.5.0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def core_url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Core)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/fieldstock"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_telemetry_server_that_cannot_delete_is_told(core_url: str, tmp_path: Path) -> None:
    (fault,) = telemetry_faults(Settings(data_dir=tmp_path, telemetry_url=core_url))
    assert "cannot delete" in fault


def test_a_telemetry_server_that_can_is_well(influxd: Influxd, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, telemetry_url=f"{influxd.base}/fieldstock")
    assert list(telemetry_faults(settings)) == []


def test_a_telemetry_server_that_is_away_is_told(tmp_path: Path) -> None:
    (fault,) = telemetry_faults(Settings(data_dir=tmp_path, telemetry_url="http://127.0.0.1:9/x"))
    assert "does not answer" in fault
