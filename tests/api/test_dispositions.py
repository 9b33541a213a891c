"""What becomes of units over the API: decided by value and rules, overridden, carried out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.api_server import Api, start_api
from tests.bench_world import add_bench, by, came_back
from tests.world import FUSE, NOW, PUMP, order_pump, stock_up
from tracking.orders.order import unserved
from tracking.parts.part import Condition
from tracking.repairs import service as bench_service
from tracking.repairs.disposing import shortage
from tracking.repairs.work_order import WorkState


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


def _back(api: Api, serial: str = "OLD-1", *, unopened: bool = False) -> str:
    with api.context.store.writing() as uow:
        return_id = came_back(uow, serial, unopened=unopened).return_id
        uow.commit()
    return return_id


def _decide(bench: FlaskClient, **body: Any) -> Any:
    answer = bench.post("/v1/dispositions", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json


def _does(bench: FlaskClient, made: Any, what: str, **body: Any) -> Any:
    answer = bench.post(f"/v1/dispositions/{made['disposition_id']}/{what}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json


def _values(made: Any) -> dict[str, int]:
    return {option["option"]: option["value_cents"] for option in made["options"]}


def test_unit_is_repaired_where_that_is_worth_most_and_the_decision_says_why(on_both: Api) -> None:
    bench = on_both.signed_in("bench")
    made = _decide(bench, return_id=_back(on_both))
    assert (made["number"], made["state"], made["chosen"], made["best"]) == (
        "DSP-1001",
        "decided",
        "repair",
        "repair",
    )
    # 120,000 cents, 2,500 g: CO2e 625, sound 96,625; recycled 125 + 63 - 500 = -312
    # repaired 70 % of 96,625 = 67,638 and 30 % of -312 = -94, less 6,000 and 12,000
    # harvested 20 % of 120,625 = 24,125, less 3,000
    assert _values(made)["repair"] == 67_638 - 94 - 18_000
    assert _values(made)["harvest"] == 21_125
    assert made["reason"] == "repair is worth 284.19 more than harvest, by rule 'All others'."
    assert (made["rules_version"], made["facts"]["finding"]) == (0, "untested")
    done = _does(bench, made, "execute")
    order = bench.get(f"/v1/repairs/{done['work_order_id']}").json
    assert (done["state"], order["purpose"], order["serial"]) == ("executed", "repair", "OLD-1")
    assert order["finding"].startswith("DSP-1001: repair is worth")
    assert bench.get(f"/v1/dispositions/{made['disposition_id']}").json == done


def test_unopened_unit_is_refurbished_and_goes_back_as_new(on_both: Api) -> None:
    bench = on_both.signed_in("bench")
    made = _decide(bench, return_id=_back(on_both, unopened=True))
    assert (made["chosen"], made["facts"]["finding"]) == ("refurbish", "no_fault")
    order = bench.get(f"/v1/repairs/{_does(bench, made, 'execute')['work_order_id']}").json
    assert (order["purpose"], order["unopened"]) == ("refurbish", True)


def test_unit_beyond_repair_is_harvested_and_what_was_in_it_is_stock(on_both: Api) -> None:
    bench = on_both.signed_in("bench")
    order = bench.post("/v1/repairs", json={"return_id": _back(on_both)}).json
    open_still = bench.post("/v1/dispositions", json={"serial": "OLD-1"})
    assert (open_still.status_code, open_still.json["code"]) == (409, "work_refused")
    url = f"/v1/repairs/{order['work_order_id']}"
    assert bench.post(f"{url}/state", json={"state": "beyond_repair"}).status_code == 200
    assert bench.post(f"{url}/close", json={"grade": "defective"}).status_code == 200
    made = _decide(bench, serial="OLD-1")
    assert (made["facts"]["finding"], made["chosen"]) == ("beyond_repair", "harvest")
    assert (made["facts"]["tried"], made["facts"]["repaired"]) == (1, 0)
    _does(bench, made, "execute", harvested=[{"part_number": FUSE, "quantity": 2}])
    unit = bench.get("/v1/units/OLD-1").json
    assert (unit["location_id"], unit["custody"][-1]["kind"]) == ("scrap", "harvested")
    (fuses,) = bench.get(f"/v1/stock?location_id=bench&part_number={FUSE}").json["items"]
    assert fuses["on_hand"] == 12
    gone = bench.post("/v1/dispositions", json={"serial": "OLD-1"})
    assert (gone.status_code, gone.json["code"]) == (409, "serial_elsewhere")


def test_vendor_takes_back_what_is_under_warranty(on_both: Api) -> None:
    bench = on_both.signed_in("bench")
    until = (on_both.context.clock() + timedelta(days=1)).isoformat()
    made = _decide(bench, return_id=_back(on_both), vendor_warranty_until=until)
    assert (made["chosen"], _values(made)["vendor_claim"]) == ("vendor_claim", 117_500)
    _does(bench, made, "execute")
    assert bench.get("/v1/units/OLD-1").json["location_id"] == "supplier"


def test_warranty_that_is_over_counts_for_nothing(served: Api) -> None:
    until = (served.context.clock() - timedelta(days=1)).isoformat()
    made = _decide(served.signed_in("bench"), return_id=_back(served), vendor_warranty_until=until)
    (claim,) = (each for each in made["options"] if each["option"] == "vendor_claim")
    assert (claim["allowed"], claim["why"]) == (False, "No vendor's warranty holds.")


def test_person_may_override_with_a_reason_that_is_kept(on_both: Api) -> None:
    bench = on_both.signed_in("bench")
    made = _decide(bench, return_id=_back(on_both))
    url = f"/v1/dispositions/{made['disposition_id']}/override"
    assert bench.post(url, json={"option": "scrap"}).status_code == 422
    assert bench.post(url, json={"option": "scrap", "reason": ""}).status_code == 422
    changed = bench.post(url, json={"option": "scrap", "reason": "Was under water"}).json
    assert (changed["state"], changed["best"], changed["chosen"]) == ("overridden", "repair", "scrap")
    assert (changed["reason"], changed["overridden_by"]) == ("Was under water", "bench")
    _does(bench, made, "execute")
    unit = bench.get("/v1/units/OLD-1").json
    assert (unit["location_id"], unit["custody"][-1]["kind"]) == ("scrap", "scrapped")
    late = bench.post(url, json={"option": "repair", "reason": "After all"})
    assert (late.status_code, late.json["code"]) == (409, "transition_refused")
    assert "executed and cannot become overridden" in late.json["detail"]


def test_decision_is_made_anew_and_the_earlier_one_is_superseded(on_both: Api) -> None:
    bench, return_id = on_both.signed_in("bench"), _back(on_both)
    first, second = _decide(bench, return_id=return_id), _decide(bench, serial="OLD-1", hazard=True)
    assert (second["chosen"], second["rule"]) == ("recycle", "Hazardous")
    assert bench.get(f"/v1/dispositions/{first['disposition_id']}").json["state"] == "superseded"
    refused = bench.post(f"/v1/dispositions/{first['disposition_id']}/execute", json={})
    assert (refused.status_code, refused.json["code"]) == (409, "transition_refused")
    listed = bench.get("/v1/dispositions?serial=OLD-1").json["items"]
    assert [made["number"] for made in listed] == ["DSP-1002", "DSP-1001"]
    assert len(bench.get("/v1/dispositions?state=decided").json["items"]) == 1


def test_shortage_is_what_unserved_orders_lack_beyond_stock(on_both: Api) -> None:
    with on_both.context.store.writing() as uow:
        order_pump(uow, quantity=2)
        assert shortage(uow, PUMP) == 0
        order = order_pump(uow, quantity=3)
        uow.orders.save(unserved(order, "no_stock", "No source has it", NOW)[0])
        assert shortage(uow, PUMP) == 3
        stock_up(uow, "depot", PUMP, 2, "P-1", "P-2")
        assert shortage(uow, PUMP) == 1
        uow.units.save(replace(uow.units.require("P-1"), condition=Condition.DEFECTIVE))
        assert shortage(uow, PUMP) == 2
        uow.commit()
    made = _decide(on_both.signed_in("bench"), return_id=_back(on_both))
    assert made["facts"]["short_pieces"] == 2
    assert _values(made)["refurbish"] == 96_625 + 60_000 - 4_500


def test_statistics_of_the_part_move_the_decision(served: Api) -> None:
    with served.context.store.writing() as uow:
        for n in range(12):
            order = bench_service.open_for_return(uow, came_back(uow, f"S-{n}").return_id, by())
            bench_service.book_labour(uow, order.work_order_id, "maria", 240, "", by())
            bench_service.advance(uow, order.work_order_id, WorkState.BEYOND_REPAIR, "", by())
            bench_service.close(uow, order.work_order_id, Condition.DEFECTIVE, "scrap", 0, by())
        uow.commit()
    bench, return_id = served.signed_in("bench"), _back(served)
    served.context.clock = lambda: NOW + timedelta(days=729)
    made = _decide(bench, return_id=return_id)
    # yield (4 x 70) / 16 = 17.5, so 18 %; minutes (4 x 60 + 12 x 240) / 16 = 195; parts 48,000 / 16
    assert (made["facts"]["expected_yield_pct"], made["facts"]["expected_minutes"]) == (18, 195)
    assert made["facts"]["expected_parts_cents"] == 3_000
    assert _values(made)["repair"] == 17_393 - 256 - 19_500 - 3_000
    assert made["chosen"] == "harvest"
    served.context.clock = lambda: NOW + timedelta(days=731)
    assert _decide(bench, return_id=return_id)["facts"]["tried"] == 0


def test_unit_that_comes_back_under_the_warranty_of_its_repair_is_told(served: Api) -> None:
    with served.context.store.writing() as uow:
        order = bench_service.open_for_return(uow, came_back(uow).return_id, by())
        for state in (WorkState.TESTING, WorkState.REPAIRING, WorkState.REPAIRED):
            bench_service.advance(uow, order.work_order_id, state, "", by())
        bench_service.close(uow, order.work_order_id, Condition.REFURBISHED, "depot", 90, by())
        uow.commit()
    bench = served.signed_in("bench")
    served.context.clock = lambda: NOW + timedelta(days=1)
    sound = _decide(bench, serial="OLD-1")
    assert (sound["facts"]["finding"], sound["location_id"]) == ("no_fault", "depot")
    return_id = _back(served)
    again = _decide(bench, return_id=return_id)
    assert again["facts"]["repair_warranty_until"] == (NOW + timedelta(days=90)).isoformat()
    served.context.clock = lambda: NOW + timedelta(days=91)
    assert _decide(bench, return_id=return_id)["facts"]["repair_warranty_until"] is None


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid_value"),
        ({"return_id": "a", "serial": "b"}, 422, "invalid_value"),
        ({"return_id": "none"}, 404, "not_found"),
        ({"serial": "NONE"}, 404, "not_found"),
        ({"serial": "OLD-1", "finding": "perhaps"}, 422, "invalid_request"),
        ({"serial": "OLD-1", "weight": 5}, 422, "invalid_request"),
    ],
)
def test_question_that_cannot_be_answered_is_refused(
    served: Api, body: dict[str, Any], status: int, code: str
) -> None:
    _back(served)
    answer = served.signed_in("bench").post("/v1/dispositions", json=body)
    assert (answer.status_code, answer.json["code"]) == (status, code)


@pytest.mark.parametrize(
    ("option", "body", "says"),
    [
        ("recycle", {}, "recycling"),
        ("scrap", {"recycling": {"recycler": "Metal Ltd"}}, "recycling"),
        ("scrap", {"harvested": [{"part_number": FUSE, "quantity": 1}]}, "harvested"),
        ("harvest", {"harvested": [{"part_number": PUMP, "quantity": 1}]}, "harvested"),
        ("recycle", {"recycling": {"recycler": ""}}, "recycler"),
        (
            "recycle",
            {"recycling": {"recycler": "M", "materials": [{"material": "Steel", "weight_g": 2501}]}},
            "materials: they weigh 2501 g together, the whole 2500 g",
        ),
        ("recycle", {"recycling": {"recycler": "M", "recycled_at": "2099-01-01T00:00:00Z"}}, "future"),
    ],
)
def test_execution_with_too_little_or_too_much_is_refused_and_changes_nothing(
    served: Api, option: str, body: dict[str, Any], says: str
) -> None:
    bench = served.signed_in("bench")
    made = _decide(bench, return_id=_back(served))
    changed = _does(bench, made, "override", option=option, reason="To try")
    answer = bench.post(f"/v1/dispositions/{made['disposition_id']}/execute", json=body)
    assert (answer.status_code, says in answer.json["detail"]) == (422, True), answer.text
    assert bench.get(f"/v1/dispositions/{made['disposition_id']}").json == changed
    assert bench.get("/v1/units/OLD-1").json["location_id"] == "bench"
    assert bench.get("/v1/certificates").json["items"] == []


def test_rules_are_read_changed_and_read_again_by_version(on_both: Api) -> None:
    admin, bench = on_both.signed_in("admin"), on_both.signed_in("bench")
    table = admin.get("/v1/disposition-rules").json
    assert (table["version"], table["rules"][-1]["name"]) == (0, "All others")
    pumps = {"name": "No pumps", "allowed": ["scrap"], "pattern": "PUMP-*", "reason": "Recalled"}
    body = {"version": 0, "rates": table["rates"] | {"co2e_cents_per_kg": 20}, "note": "Recall"}
    body["rules"] = [pumps, *table["rules"]]
    assert bench.put("/v1/disposition-rules", json=body).status_code == 403
    changed = admin.put("/v1/disposition-rules", json=body)
    assert (changed.status_code, changed.json["version"], changed.json["added_by"]) == (200, 1, "admin")
    assert admin.get("/v1/disposition-rules").json == changed.json
    assert admin.get("/v1/disposition-rules?version=0").json == table
    assert admin.get("/v1/disposition-rules?version=1").json == changed.json
    assert admin.get("/v1/disposition-rules?version=2").status_code == 404
    stale = admin.put("/v1/disposition-rules", json=body)
    assert (stale.status_code, stale.json["code"]) == (409, "conflict")
    assert "at version 1, not 0" in stale.json["detail"]
    made = _decide(bench, return_id=_back(on_both))
    assert (made["chosen"], made["rules_version"], made["rule"]) == ("scrap", 1, "No pumps")
    assert made["options"][0]["why"] == "Rule 'No pumps' does not allow it. Recalled"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rules": []}, "rules"),
        ({"rules": [{"name": "x", "allowed": ["repair"]}]}, "allow recycle or scrap"),
        ({"rules": [{"name": "x", "allowed": ["scrap"], "hazard": True}]}, "must be for all units"),
        ({"rules": [{"name": "x", "allowed": ["melt"]}]}, "allowed"),
        ({"rates": {"labour_cents_per_h": 1}}, "rates"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_rules_that_leave_units_out_are_refused(served: Api, change: dict[str, Any], says: str) -> None:
    admin = served.signed_in("admin")
    table = admin.get("/v1/disposition-rules").json
    body = {"version": 0, "rates": table["rates"], "rules": table["rules"]} | change
    answer = admin.put("/v1/disposition-rules", json=body)
    assert (answer.status_code, says in answer.json["detail"]) == (422, True), answer.text
    assert admin.get("/v1/disposition-rules").json["version"] == 0


def test_counted_parts_of_a_return_are_disposed_of_together_and_once(on_both: Api) -> None:
    bench, desk = on_both.signed_in("bench"), on_both.signed_in("desk")
    rma = desk.post("/v1/returns", json={"site_id": "hospital", "part_number": FUSE}).json
    url = f"/v1/returns/{rma['return_id']}"
    bench.post(f"{url}/receive", json={})
    assert bench.post("/v1/dispositions", json={"return_id": rma["return_id"]}).json["code"] == "work_refused"
    assert bench.post(f"{url}/inspect", json={"quantity": 4}).status_code == 200
    made = _decide(bench, return_id=rma["return_id"])
    assert (made["quantity"], made["serial"], made["facts"]["value_cents"]) == (4, None, 600)
    override = f"/v1/dispositions/{made['disposition_id']}/override"
    refused = bench.post(override, json={"option": "repair", "reason": "Why not"})
    assert (refused.status_code, "counted part" in refused.json["detail"]) == (422, True)
    assert made["chosen"] == "scrap"
    _does(bench, made, "execute")
    (fuses,) = bench.get(f"/v1/stock?location_id=bench&part_number={FUSE}").json["items"]
    assert fuses["on_hand"] == 10
    again = bench.post("/v1/dispositions", json={"return_id": rma["return_id"]})
    assert (again.status_code, again.json["code"]) == (409, "work_refused")


def test_execution_counts_once_under_its_key(on_both: Api) -> None:
    bench = on_both.signed_in("bench")
    made = _decide(bench, return_id=_back(on_both))
    url, key = f"/v1/dispositions/{made['disposition_id']}/execute", {"Idempotency-Key": "go-1"}
    first, again = (bench.post(url, json={}, headers=key) for _ in range(2))
    assert (first.status_code, again.json) == (200, first.json)
    assert len(bench.get("/v1/repairs").json["items"]) == 1
