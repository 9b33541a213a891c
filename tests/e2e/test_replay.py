"""Recorded human traces through broker, gateway, journal and store: everything is accounted for."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.installation import Installation, new_installation, wait_for
from tests.influxd import Influxd
from tracking.fleet.visits import Visit
from tracking.store.unit_of_work import Store
from tracking.telemetry.influx_store import InfluxFixStore
from tracking.telemetry.journal import Journal
from tracking.telemetry.sqlite_store import SqliteFixStore
from tracking.telemetry.store import FixStore

DISTURBED = ("--duplicate", "0.05", "--reorder", "0.10", "--corrupt", "0.01", "--seed", "7")


@pytest.fixture(params=["sqlite", "influxdb"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    settings = {}
    if request.param == "influxdb":
        influxd: Influxd = request.getfixturevalue("influxd")
        settings["telemetry_url"] = f"{influxd.base}/replay"
    installation = new_installation(tmp_path / "var", **settings)
    installation.start()
    yield installation
    assert installation.stop() == 0


def _replay(installation: Installation, files: list[Path]) -> dict[str, Any]:
    words = ["replay", *map(str, files), "--speed", "max", "--json", *DISTURBED]
    return dict(json.loads(installation.command(*words).stdout))


def _newest(file: Path) -> tuple[datetime, float, float]:
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    last = max(rows, key=lambda row: row["fix_at"])
    return datetime.fromisoformat(last["fix_at"]), float(last["lat_deg"]), float(last["lon_deg"])


def _positions(store: Store) -> dict[str, tuple[datetime, float, float]]:
    with store.reading() as uow:
        return {
            p.courier_id: (p.fix_at, p.coordinate.lat_deg, p.coordinate.lon_deg) for p in uow.positions.find()
        }


def test_replay_of_recorded_traces_is_accounted_for_exactly_and_twice_changes_nothing(
    installation: Installation, shared: Path
) -> None:
    files = sorted((shared / "geolife").glob("*.csv"))
    report = _replay(installation, files)
    fixes = sum(report["couriers"].values())
    assert report["unaccounted"] == 0
    assert report["stored"] == fixes
    assert (
        report["stored"] + report["duplicate"] + report["dead_letter"] + report["declined"] == report["sent"]
    )
    assert report["duplicate"] > 0
    assert report["dead_letter"] > 0

    store = installation.store()
    expected = {f"trace-{file.stem}": _newest(file) for file in files}
    wait_for(lambda: _positions(store) == expected, 60, lambda: f"{_positions(store)} != {expected}")
    journal = Journal(installation.settings.journal_path)
    fix_store: FixStore = SqliteFixStore(journal)
    if installation.settings.telemetry_url:
        fix_store = InfluxFixStore(installation.settings.telemetry_url)
    accepted = wait_for(lambda: fix_store.count(), 60)
    wait_for(
        lambda: fix_store.count() == _accepted(journal), 60, lambda: f"{fix_store.count()} of {accepted}"
    )
    before = (journal.last_position(), fix_store.count(), _visits(store))

    again = _replay(installation, files)
    assert (again["stored"], again["unaccounted"]) == (0, 0)
    assert again["duplicate"] + again["dead_letter"] == again["sent"]
    assert (journal.last_position(), fix_store.count(), _visits(store)) == before
    assert _positions(store) == expected
    fix_store.close()
    store.close()


def _accepted(journal: Journal) -> int:
    with journal.file.reading() as connection:
        row = connection.execute("SELECT count(*) FROM verdicts WHERE verdict = 'accepted'").fetchone()
    return int(row[0])


def _visits(store: Store) -> list[Visit]:
    with store.reading() as uow:
        return uow.visits.find()
