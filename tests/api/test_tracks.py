"""Alerts, trips, tracks, jobs and erasure over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from api.cli import cli
from tests.api_server import Api
from tests.telemetry.folding import fold_all, seen
from tests.world import NOW
from tracking.fleet.alerting import clear, stand
from tracking.store.tables import JobRun
from tracking.telemetry.sqlite_store import SqliteFixStore
from tracking.telemetry.summaries import summarise

DRIVE = [seen(second, second * 12.0) for second in range(0, 1200, 20)]


def drive(api: Api) -> None:
    fold_all(api.context.journal, api.context.store, *DRIVE)
    summarise(api.context.journal, api.context.store.writing, NOW + timedelta(hours=3))


def items(api: Api, path: str, login: str = "dispatcher") -> list[dict[str, Any]]:
    answer = api.signed_in(login).get(path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json["items"]
    return found


def test_standing_alerts_are_listed_until_they_are_cleared(api: Api) -> None:
    with api.context.store.writing() as uow:
        stand(uow, "courier.silent", "anna", "Anna is silent.", NOW)
        stand(uow, "courier.silent", "ben", "Ben is silent.", NOW)
        clear(uow, uow.alerts.require("courier.silent:ben"), "Ben is heard.", NOW)
        uow.commit()
    assert [(a["subject"], a["cause"]) for a in items(api, "/v1/alerts")] == [("anna", "Anna is silent.")]


def test_trips_are_listed_newest_first(api: Api) -> None:
    drive(api)
    (trip,) = items(api, "/v1/couriers/anna/trips")
    assert trip["distance_m"] == pytest.approx(1180 * 12, abs=1)
    assert trip["fixes"] == 60
    assert items(api, "/v1/couriers/ben/trips") == []


@pytest.mark.parametrize(("limit", "shown", "complete"), [(1000, 30, True), (30, 30, True), (29, 29, False)])
def test_a_track_is_bounded_and_says_whether_it_is_complete(
    api: Api, limit: int, shown: int, complete: bool
) -> None:
    drive(api)
    times = {"since": DRIVE[10].fix_at.isoformat(), "until": DRIVE[40].fix_at.isoformat(), "limit": limit}
    answer = api.signed_in("dispatcher").get("/v1/couriers/anna/track", query_string=times)
    assert (len(answer.json["fixes"]), answer.json["complete"]) == (shown, complete)
    assert answer.json["fixes"][0]["coordinate"]["lat_deg"] == DRIVE[10].coordinate.lat_deg


@pytest.mark.parametrize("path", ["/v1/couriers/nobody/trips", "/v1/couriers/nobody/track"])
def test_an_unknown_courier_has_neither(api: Api, path: str) -> None:
    times = {"since": NOW.isoformat(), "until": NOW.isoformat()} if path.endswith("track") else {}
    assert api.signed_in("dispatcher").get(path, query_string=times).status_code == 404


@pytest.mark.parametrize("path", ["/v1/alerts", "/v1/jobs", "/v1/couriers/anna/trips"])
def test_a_courier_sees_none_of_it(api: Api, path: str) -> None:
    assert api.signed_in("anna").get(path).status_code == 403


def test_what_the_jobs_did_is_listed_newest_first(api: Api) -> None:
    with api.context.store.writing() as uow:
        for number in (1, 2):
            uow.job_runs.add(JobRun(f"run-{number}", "retention", NOW, {"fixes": number}))
        uow.commit()
    assert [run["counts"] for run in items(api, "/v1/jobs")] == [{"fixes": 2}, {"fixes": 1}]


def test_an_administrator_alone_erases_a_couriers_positions(api: Api) -> None:
    drive(api)
    path = "/v1/couriers/anna/positions"
    assert api.signed_in("dispatcher").delete(path).status_code == 403
    answer = api.signed_in("admin").delete(path)
    assert answer.status_code == 200
    counts = {name: answer.json[name] for name in ("fixes", "trips", "positions", "store_is_clear")}
    assert counts == {"fixes": 60, "trips": 1, "positions": 1, "store_is_clear": True}
    assert api.signed_in("admin").delete("/v1/couriers/nobody/positions").status_code == 404
    assert items(api, "/v1/couriers/anna/trips") == []


def test_the_command_erases_by_login_or_courier(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    drive(api)
    monkeypatch.setenv("FIELDSTOCK_DATA_DIR", str(api.context.settings.data_dir))
    refused = CliRunner().invoke(cli, ["user", "erase-positions", "anna"], input="n\n")
    assert refused.exit_code == 1
    done = CliRunner().invoke(cli, ["user", "erase-positions", "anna", "--yes"])
    assert done.output == "anna: 60 fixes, 0 dead letters, 1 trips and 1 positions are erased\n"
    assert SqliteFixStore(api.context.journal).count() == 0
