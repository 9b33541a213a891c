"""CSV files over HTTP: imported whole or not at all, exported as a stream, bounded."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.views import sheets
from tests.api_server import Api, start_api
from tests.world import FUSE, PUMP

STOCK = f"location_id,part_number,serial,condition,quantity\ndepot,{PUMP},P-1,new,\ndepot,{FUSE},,,40\n"


@pytest.fixture
def on_both(database_url: str, tmp_path: Path) -> Api:
    return start_api(tmp_path / "var", database_url)


def _post(client: FlaskClient, kind: str, text: str, query: str = "", **headers: str) -> TestResponse:
    return client.post(
        f"/v1/imports/{kind}{query}", data=text.encode(), content_type="text/csv", headers=headers
    )


def test_stock_is_opened_and_exported(on_both: Api) -> None:
    planner = on_both.signed_in("planner")
    answer = _post(planner, "stock", STOCK)
    assert answer.status_code == 200, answer.text
    assert answer.json == {
        "kind": "stock",
        "dry_run": False,
        "added": 2,
        "changed": 0,
        "unchanged": 0,
        "reference": "import-1001",
        "faults": [],
    }
    exported = planner.get("/v1/exports/stock")
    assert (exported.status_code, exported.mimetype) == (200, "text/csv")
    assert exported.headers["Content-Disposition"] == 'attachment; filename="stock.csv"'
    assert list(csv.reader(io.StringIO(exported.text))) == [
        ["location_id", "part_number", "serial", "condition", "quantity"],
        ["depot", FUSE, "", "", "40"],
        ["depot", PUMP, "P-1", "new", "1"],
    ]


def test_dry_run_lists_what_is_wrong_and_what_would_be(on_both: Api) -> None:
    planner = on_both.signed_in("planner")
    good = _post(planner, "stock", STOCK, "?dry_run=true").json
    assert (good["dry_run"], good["added"], good["reference"]) == (True, 2, "")
    answer = _post(planner, "stock", STOCK.replace("40", "many").replace(",P-1,", ",,"), "?dry_run=true")
    assert answer.status_code == 200
    assert [(fault["line"], fault["column"], fault["value"]) for fault in answer.json["faults"]] == [
        (2, "serial", ""),
        (3, "quantity", "many"),
    ]
    assert planner.get("/v1/stock").json["items"] == []


def test_file_with_faults_is_a_problem_that_names_them_and_leaves_nothing(on_both: Api) -> None:
    planner = on_both.signed_in("planner")
    answer = _post(planner, "stock", STOCK.replace("40", "many"))
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json["code"] == "sheet_refused"
    assert answer.json["errors"] == [
        {"path": "3.quantity", "cause": "must be a whole number, in digits alone"}
    ]
    assert planner.get("/v1/stock").json["items"] == []
    assert planner.get("/v1/events").json["items"] == []


def test_import_that_is_sent_again_under_its_key_counts_once(on_both: Api) -> None:
    planner, key = on_both.signed_in("planner"), {"Idempotency-Key": "k-1"}
    _post(planner, "stock", STOCK, "?dry_run=true", **key)
    first = _post(planner, "stock", STOCK, **key)
    again = _post(planner, "stock", STOCK, **key)
    assert (again.status_code, again.json) == (200, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = _post(planner, "stock", STOCK.replace("40", "41"), **key)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")


def test_import_is_in_the_audit_log(api: Api) -> None:
    admin = api.signed_in("admin")
    _post(admin, "stock", STOCK)
    (entry,) = admin.get("/v1/audit?operation=import_file").json["items"]
    assert (entry["actor"], entry["path"]) == ("admin", "/v1/imports/stock")
    assert entry["request"].startswith("location_id,")


def test_who_may_not_write_stock_may_export_alone(api: Api) -> None:
    desk = api.signed_in("desk")
    assert _post(desk, "stock", STOCK).status_code == 403
    assert desk.get("/v1/exports/parts").status_code == 200
    assert api.signed_in("anna").get("/v1/exports/parts").status_code == 403
    assert api.client().get("/v1/exports/parts").status_code == 401


def test_file_has_bounds_over_http_and_is_referred_to_the_command(api: Api) -> None:
    planner = api.signed_in("planner")
    header = "machine_id,site_id,model,serial\n"
    rows = "".join(f"m-{n},hospital,X,{n}\n" for n in range(sheets.MOST_ROWS + 1))
    answer = _post(planner, "machines", header + rows)
    assert (answer.status_code, answer.json["code"]) == (413, "sheet_too_large")
    assert "fieldstock import" in answer.json["action"]
    assert _post(planner, "machines", header + rows.rstrip().rpartition("\n")[0]).json["added"] == 5000
    answer = _post(planner, "machines", header + "x" * (5 << 20))
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


def test_other_kinds_and_media_types_are_refused(api: Api) -> None:
    planner = api.signed_in("planner")
    assert _post(planner, "people", "x\n").status_code == 404
    assert planner.get("/v1/exports/people").status_code == 404
    answer = planner.post("/v1/imports/parts", json={})
    assert (answer.status_code, answer.json["code"]) == (415, "media_type")
    assert "text/csv" in answer.json["action"]
    for body in (b"", b"\xff\xfe\x00", b"\0\0", b'"', b"part_number\n\0\n"):
        answer = planner.post("/v1/imports/parts", data=body, content_type="text/csv")
        assert (answer.status_code, answer.json["code"]) == (422, "sheet_refused"), body


def test_long_export_comes_whole(api: Api) -> None:
    planner = api.signed_in("planner")
    header = "part_number,name,kind,weight_g,volume_cm3,value_cents\n"
    rows = "".join(f"P-{n},{'long name ' * 19},consumable,1,1,1\n" for n in range(6000))
    lines = rows.splitlines(keepends=True)
    for some in (lines[:3000], lines[3000:]):
        assert _post(planner, "parts", header + "".join(some)).status_code == 200
    exported = planner.get("/v1/exports/parts").text
    assert len(exported) > sheets.KEPT_IN_MEMORY
    assert len(exported.splitlines()) == 1 + 2 + 6000
