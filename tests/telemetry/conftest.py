"""Fixtures of the telemetry tests: a journal, and both stores of fixes, one of them on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.influxd import Influxd
from tracking.telemetry.influx_store import InfluxFixStore
from tracking.telemetry.journal import Journal
from tracking.telemetry.sqlite_store import SqliteFixStore
from tracking.telemetry.store import FixStore


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.sqlite")
    yield journal
    journal.close()


@pytest.fixture
def influx_url(influxd: Influxd) -> str:
    """A database of one's own, which the store creates."""
    return f"{influxd.base}/test_{uuid4().hex}"


@pytest.fixture(params=["sqlite", "influx"])
def fix_store(request: pytest.FixtureRequest) -> Iterator[FixStore]:
    store: FixStore
    if request.param == "sqlite":
        store = SqliteFixStore(request.getfixturevalue("journal"))
    else:
        store = InfluxFixStore(request.getfixturevalue("influx_url"))
    yield store
    store.close()
