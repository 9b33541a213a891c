"""The bench over the API: from a return to stock, with tests, parts, labour and photos, on both databases."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.api_server import Api, start_api
from tests.bench_world import BAD, GOOD, add_bench
from tests.photos import picture
from tests.world import FUSE, PUMP, stock_up

STEPS = [
    {"name": "Flow", "quantity": "flow rate", "unit": "ml/h", "lower": 98, "upper": 102},
    {"name": "Leakage", "quantity": "leakage current", "unit": "uA", "upper": 100},
]
PROCEDURE = {"part_number": PUMP, "name": "Flow test", "steps": STEPS}


def _with_bench(api: Api) -> Api:
    with api.context.store.writing() as uow:
        add_bench(uow)
        uow.commit()
    return api


@pytest.fixture
def on_both(database_url: str, tmp_path: Path) -> Api:
    return _with_bench(start_api(tmp_path / "var", database_url))


@pytest.fixture
def served(api: Api) -> Api:
    return _with_bench(api)


def _inspected(api: Api, bench: FlaskClient, **inspection: Any) -> str:
    body = {"site_id": "hospital", "part_number": PUMP, "serial": "OLD-1"}
    return_id = str(api.signed_in("desk").post("/v1/returns", json=body).json["return_id"])
    assert bench.post(f"/v1/returns/{return_id}/receive", json={}).status_code == 200
    assert bench.post(f"/v1/returns/{return_id}/inspect", json=inspection).status_code == 200
    return return_id


def _does(bench: FlaskClient, order: Any, what: str, **body: Any) -> Any:
    answer = bench.post(f"/v1/repairs/{order['work_order_id']}/{what}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json


def _readings(values: dict[str, float]) -> list[dict[str, Any]]:
    return [{"step": step, "value": value} for step, value in values.items()]


def test_unit_goes_from_the_return_over_the_bench_into_stock(on_both: Api) -> None:
    bench = on_both.signed_in("bench")
    procedure = bench.post("/v1/test-procedures", json=PROCEDURE)
    assert (procedure.status_code, procedure.json["version"]) == (201, 1)
    key = procedure.json["procedure_id"]
    opened = bench.post("/v1/repairs", json={"return_id": _inspected(on_both, bench), "note": "No flow"})
    assert opened.status_code == 201, opened.text
    order = opened.json
    assert (order["number"], order["state"], order["serial"]) == ("WO-1001", "triage", "OLD-1")
    assert order["allowed"] == ["beyond_repair", "no_fault_found", "testing", "vendor_claim"]
    _does(bench, order, "state", state="testing")
    tested = _does(bench, order, "tests", procedure_id=key, readings=_readings(BAD))
    assert [(r["step"], r["passed"]) for r in tested["runs"][0]["readings"]] == [
        ("Flow", False),
        ("Leakage", True),
    ]
    _does(bench, order, "state", state="repairing", finding="Fuse blown")
    _does(bench, order, "parts", part_number=FUSE, quantity=2)
    _does(bench, order, "labour", minutes=30)
    _does(bench, order, "labour", minutes=15, person="Maria", note="Second look")
    photo = bench.post("/v1/photos", data=picture(), content_type="image/png").json["sha256"]
    _does(bench, order, "photos", photos=[photo])
    _does(bench, order, "tests", procedure_id=key, readings=_readings(GOOD))
    _does(bench, order, "state", state="repaired")
    done = _does(bench, order, "close", grade="refurbished", to_location_id="depot", warranty_days=90)
    assert (done["state"], done["outcome"], done["finding"]) == ("closed", "repaired", "Fuse blown")
    assert (done["labour_minutes"], done["parts_cents"], done["photos"]) == (45, 300, [photo])
    assert [each["person"] for each in done["labour"]] == ["bench", "Maria"]
    assert done["warranty_until"] is not None
    assert bench.get(f"/v1/repairs/{order['work_order_id']}").json == done
    unit = bench.get("/v1/units/OLD-1").json
    assert (unit["location_id"], unit["condition"]) == ("depot", "refurbished")
    assert [entry["kind"] for entry in unit["custody"]] == ["received", "repaired"]


def test_no_fault_found_goes_back_to_stock_and_can_be_ordered(on_both: Api) -> None:
    bench, desk = on_both.signed_in("bench"), on_both.signed_in("desk")
    return_id = _inspected(on_both, bench, unopened=True)
    stock = f"/v1/stock?part_number={PUMP}"
    assert [
        line["available"] for line in bench.get(stock).json["items"] if line["location_id"] == "bench"
    ] == [0]
    order = bench.post("/v1/repairs", json={"return_id": return_id}).json
    _does(bench, order, "state", state="no_fault_found", finding="Never unpacked")
    done = _does(bench, order, "close", grade="new", to_location_id="depot")
    assert (done["outcome"], done["warranty_until"]) == ("no_fault_found", None)
    settled = desk.post(f"/v1/returns/{return_id}/settle", json={"decision": "none"})
    assert settled.json["state"] == "closed"
    lines = {line["location_id"]: line for line in bench.get(stock).json["items"]}
    assert (lines["depot"]["available"], lines["depot"]["serials"]) == (1, ["OLD-1"])
    assert bench.get("/v1/units/OLD-1").json["condition"] == "new"


def test_refused_transition_names_state_wish_and_what_is_allowed(served: Api) -> None:
    bench = served.signed_in("bench")
    order = bench.post("/v1/repairs", json={"return_id": _inspected(served, bench)}).json
    refused = bench.post(f"/v1/repairs/{order['work_order_id']}/state", json={"state": "repaired"})
    assert (refused.status_code, refused.json["code"]) == (409, "transition_refused")
    assert refused.json["detail"] == "Work order WO-1001 is triage and cannot become repaired."
    assert "beyond_repair, no_fault_found, testing, vendor_claim" in refused.json["action"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("", {}, 422, "invalid_value"),
        ("", {"return_id": "x", "serial": "y"}, 422, "invalid_value"),
        ("", {"return_id": "none"}, 404, "not_found"),
        ("", {"serial": "NONE"}, 404, "not_found"),
        ("", {"serial": "P-1"}, 409, "serial_elsewhere"),
        ("", {"serial": "OLD-1"}, 409, "already_exists"),
        ("/{}/state", {"state": "closed"}, 422, "invalid_request"),
        ("/{}/state", {"state": "no_fault_found"}, 409, "not_tested"),
        ("/{}/tests", {"procedure_id": "x", "readings": [{"step": "a", "value": 1}]}, 409, "work_refused"),
        ("/{}/tests", {"procedure_id": "x", "readings": []}, 422, "invalid_request"),
        (
            "/{}/tests",
            {"procedure_id": "x", "readings": [{"step": "a", "value": 1}, {"step": "a", "value": 2}]},
            422,
            "invalid_value",
        ),
        ("/{}/parts", {"part_number": FUSE}, 409, "work_refused"),
        ("/{}/parts", {"part_number": FUSE, "quantity": 0}, 422, "invalid_request"),
        ("/{}/labour", {"minutes": 1441}, 422, "invalid_request"),
        ("/{}/photos", {"photos": ["0" * 64]}, 404, "not_found"),
        ("/{}/close", {"grade": "new"}, 409, "transition_refused"),
        ("/none/state", {"state": "testing"}, 404, "not_found"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    served: Api, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    bench = served.signed_in("bench")
    with served.context.store.writing() as uow:
        stock_up(uow, "depot", PUMP, 1, "P-1")
        uow.commit()
    order = bench.post("/v1/repairs", json={"return_id": _inspected(served, bench)}).json
    answer = bench.post(f"/v1/repairs{path.format(order['work_order_id'])}", json=body)
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text
    assert bench.get(f"/v1/repairs/{order['work_order_id']}").json == order


def test_return_must_be_inspected_before_its_unit_is_worked_on(served: Api) -> None:
    bench = served.signed_in("bench")
    body = {"site_id": "hospital", "part_number": PUMP, "serial": "OLD-1"}
    return_id = served.signed_in("desk").post("/v1/returns", json=body).json["return_id"]
    bench.post(f"/v1/returns/{return_id}/receive", json={})
    early = bench.post("/v1/repairs", json={"return_id": return_id})
    assert (early.status_code, early.json["code"]) == (409, "work_refused")
    assert early.json["action"] == "Inspect it first."
    bench.post(f"/v1/returns/{return_id}/inspect", json={"quantity": 0})
    assert bench.post("/v1/repairs", json={"return_id": return_id}).json["code"] == "work_refused"


def test_parts_are_consumed_once_under_one_key(on_both: Api) -> None:
    bench = on_both.signed_in("bench")
    order = bench.post("/v1/repairs", json={"return_id": _inspected(on_both, bench)}).json
    for state in ("testing", "repairing"):
        _does(bench, order, "state", state=state)
    url, key = f"/v1/repairs/{order['work_order_id']}/parts", {"Idempotency-Key": "fuse-1"}
    first, again = (bench.post(url, json={"part_number": FUSE}, headers=key) for _ in range(2))
    assert (first.status_code, again.json) == (200, first.json)
    assert bench.get("/v1/stock?location_id=bench&part_number=FUSE-10A").json["items"][0]["on_hand"] == 9


def test_lists_are_filtered_and_paged(served: Api) -> None:
    bench = served.signed_in("bench")
    with served.context.store.writing() as uow:
        stock_up(uow, "bench", PUMP, 3, "A-1", "A-2", "A-3")
        uow.commit()
    for serial in ("A-1", "A-2", "A-3"):
        assert bench.post("/v1/repairs", json={"serial": serial, "unopened": True}).status_code == 201
    first = bench.get("/v1/repairs?limit=2").json
    second = bench.get(f"/v1/repairs?limit=2&cursor={first['next_cursor']}").json
    assert [order["serial"] for order in first["items"] + second["items"]] == ["A-3", "A-2", "A-1"]
    assert [order["serial"] for order in bench.get("/v1/repairs?serial=A-2").json["items"]] == ["A-2"]
    assert bench.get("/v1/repairs?state=closed").json["items"] == []
    for _ in range(2):
        bench.post("/v1/test-procedures", json=PROCEDURE)
    listed = bench.get(f"/v1/test-procedures?part_number={PUMP}").json["items"]
    assert [procedure["version"] for procedure in listed] == [2, 1]


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [{"name": "Flow", "quantity": "flow", "unit": "ml/h"}],
        [{"name": "Flow", "quantity": "flow", "unit": "ml/h", "lower": 2, "upper": 1}],
        [STEPS[0], STEPS[0]],
    ],
)
def test_procedure_without_sense_is_refused(served: Api, steps: list[dict[str, Any]]) -> None:
    answer = served.signed_in("bench").post("/v1/test-procedures", json=PROCEDURE | {"steps": steps})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("login", "status"), [("desk", 403), ("planner", 403), ("bench", 201), ("admin", 201)]
)
def test_bench_and_administrators_work_on_units(served: Api, login: str, status: int) -> None:
    return_id = _inspected(served, served.signed_in("bench"))
    assert served.signed_in(login).post("/v1/repairs", json={"return_id": return_id}).status_code == status
    assert served.signed_in(login).get("/v1/repairs").status_code == 200


def test_statistics_are_data_for_planning(served: Api) -> None:
    bench = served.signed_in("bench")
    order = bench.post("/v1/repairs", json={"return_id": _inspected(served, bench, unopened=True)}).json
    _does(bench, order, "state", state="no_fault_found")
    _does(bench, order, "close", grade="new", to_location_id="depot")
    (found,) = served.signed_in("planner").get("/v1/repairs/statistics").json["items"]
    assert (found["part_number"], found["closed"], found["no_fault_found_share"]) == (PUMP, 1, 1.0)
    assert (found["yield_share"], found["parts_cents"]) == (None, None)
    assert bench.get("/v1/repairs/statistics?until=2000-01-01T00:00:00Z").json["items"] == []
    wrong = bench.get("/v1/repairs/statistics?since=2027-01-01T00:00:00Z&until=2026-01-01T00:00:00Z")
    assert (wrong.status_code, "until" in wrong.json["detail"]) == (422, True)


def _together(api: Api, path: str, body: dict[str, Any], callers: int = 6) -> list[int]:
    """Send one request from several callers at the same moment, and return the statuses."""
    clients, barrier, statuses = (
        [api.signed_in("bench") for _ in range(callers)],
        threading.Barrier(callers),
        [],
    )

    def send(client: FlaskClient) -> None:
        barrier.wait(30)
        statuses.append(client.post(path, json=body).status_code)

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(statuses)


def test_six_who_open_a_work_order_for_one_unit_open_one(on_both: Api) -> None:
    return_id = _inspected(on_both, on_both.signed_in("bench"))
    assert _together(on_both, "/v1/repairs", {"return_id": return_id}) == [201, 409, 409, 409, 409, 409]
    assert len(on_both.signed_in("bench").get("/v1/repairs").json["items"]) == 1


def test_six_who_carry_out_one_disposition_do_it_once(on_both: Api) -> None:
    bench = on_both.signed_in("bench")
    made = bench.post("/v1/dispositions", json={"return_id": _inspected(on_both, bench), "hazard": True}).json
    path = f"/v1/dispositions/{made['disposition_id']}/execute"
    statuses = _together(on_both, path, {"recycling": {"recycler": "Metal Ltd"}})
    assert statuses == [200, 409, 409, 409, 409, 409]
    assert len(bench.get("/v1/certificates").json["items"]) == 1
    assert bench.get("/v1/units/OLD-1").json["location_id"] == "scrap"


def test_of_the_last_fuses_no_more_are_consumed_than_there_are(on_both: Api) -> None:
    bench = on_both.signed_in("bench")
    order = bench.post("/v1/repairs", json={"return_id": _inspected(on_both, bench)}).json
    for state in ("testing", "repairing"):
        _does(bench, order, "state", state=state)
    path = f"/v1/repairs/{order['work_order_id']}/parts"
    assert _together(on_both, path, {"part_number": FUSE, "quantity": 3}) == [200, 200, 200, 409, 409, 409]
    assert bench.get(f"/v1/stock?location_id=bench&part_number={FUSE}").json["items"][0]["on_hand"] == 1
