from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.api_server import Api
from tests.ports import free_port
from tests.telemetry.folding import seen
from tests.world import NOW, PUMP, order_pump, stock_up
from tracking.fleet.publishing import PlannedStep, PlannedStop, replace_route
from tracking.fleet.stops import StepKind
from tracking.orders import service as orders
from tracking.orders.on_board import find_use_on_board
from tracking.telemetry.influx_store import InfluxFixStore
from tracking.values.ids import new_id

FIXES = {
    "boot_id": "boot-1",
    "first_seq": 0,
    "sent_at": "2026-03-02T09:00:05Z",
    "fixes": [{"fix_at": "2026-03-02T09:00:00Z", "lat_deg": 47.14, "lon_deg": 9.52}],
}


def test_positions_are_stored_once(api: Api) -> None:
    anna = api.signed_in("anna")
    assert anna.post("/v1/driver/fixes", json=FIXES).json == {"stored": 1, "duplicate": 0}
    assert anna.post("/v1/driver/fixes", json=FIXES).json == {"stored": 0, "duplicate": 1}
    assert api.signed_in("desk").post("/v1/driver/fixes", json=FIXES).status_code == 403


def test_compartment_opens_for_no_step_of_another_route(api: Api) -> None:
    anna = api.signed_in("anna")
    body = {"request_id": new_id(), "step_id": f"pickup:{new_id()}"}
    refused = anna.post("/v1/driver/withdrawals", json=body)
    assert (refused.status_code, refused.json["code"]) == (409, "nothing_to_withdraw")
    assert anna.get(f"/v1/driver/withdrawals/{body['request_id']}").status_code == 404


def test_courier_sees_what_was_amended_and_why_a_part_goes_back(api: Api) -> None:
    with api.context.store.writing() as uow:
        stock_up(uow, "depot", PUMP, 1, "P-1")
        order = order_pump(uow)
        orders.assign(uow, order.order_id, "anna", "depot", NOW, NOW)
        pickup = PlannedStep(StepKind.PICKUP, order.order_id, "depot")
        replace_route(uow, "anna", [PlannedStop("depot", NOW, NOW, (pickup,))], NOW)
        uow.commit()
    anna, desk = api.signed_in("anna"), api.signed_in("desk")
    (step,) = anna.get("/v1/driver/route").json["route"]["stops"][0]["steps"]
    assert step["amendment"] is None
    body = {"version": 1, "reason": "He called again", "note": "Gate 2"}
    desk.patch(f"/v1/orders/{order.order_id}", json=body)
    (step,) = anna.get("/v1/driver/route").json["route"]["stops"][0]["steps"]
    assert (step["note"], step["amendment"]["reason"]) == ("Gate 2", "He called again")
    with api.context.store.writing() as uow:
        find_use_on_board(uow, order, "anna", ("P-1",), NOW)
        (back,) = uow.returns.find()
        hand_in = PlannedStep(StepKind.RETURN_DROPOFF, back.return_id, "depot")
        replace_route(uow, "anna", [PlannedStop("depot", NOW, NOW, (hand_in,))], NOW)
        uow.commit()
    (step,) = anna.get("/v1/driver/route").json["route"]["stops"][0]["steps"]
    assert step["note"] == f"Not needed any more: {order.number} was cancelled"


def _pick_up(api: Api, anna: FlaskClient, serial: str) -> None:
    """Let anna pick a pump up at the depot, where her phone has said that she is."""
    with api.context.store.writing() as uow:
        stock_up(uow, "depot", PUMP, 1, serial)
        order = order_pump(uow)
        orders.assign(uow, order.order_id, "anna", "depot", NOW, NOW)
        uow.commit()
    at = api.context.clock().isoformat()
    event = {"event_id": new_id(), "seq": 1, "kind": "picked_up", "at": at, "base_version": 1}
    event |= {"step_id": f"pickup:{order.order_id}", "serials": [serial]}
    answer = anna.post("/v1/driver/events", json={"sent_at": at, "events": [event]})
    assert [verdict["verdict"] for verdict in answer.json["verdicts"]] == ["applied"]


def test_hand_over_freezes_where_the_courier_was_and_erasing_it_breaks_nothing(api: Api) -> None:
    now = NOW + timedelta(minutes=10)
    anna, admin = api.signed_in("anna"), api.signed_in("admin")
    api.context.clock = lambda: now
    api.context.fixes.write([seen(second) for second in range(0, 601, 20)])
    _pick_up(api, anna, "P-1")
    with api.context.store.writing() as uow:
        (kept,) = uow.track_slices.find(courier_id="anna")
        _, details = uow.custody.timeline("P-1")
        assert details[2].proof["gps_sha256"] == kept.sha256
        assert details[2].proof["gps_points"] == str(len(kept.points)) == "7"
        assert uow.custody.faults("P-1") == []
        uow.track_slices.save(replace(kept, points=kept.points[1:]))
        assert uow.custody.faults("P-1") == ["where the courier was at position 2 was changed"]
    erased = admin.delete("/v1/couriers/anna/positions").json
    assert (erased["fixes"], erased["slices"]) == (31, 1)
    with api.context.store.reading() as uow:
        assert uow.track_slices.find() == []
        assert uow.custody.faults("P-1") == []


def test_hand_over_of_which_nobody_knows_the_place_counts_without(api: Api) -> None:
    _pick_up(api, api.signed_in("anna"), "P-1")
    with api.context.store.reading() as uow:
        _, details = uow.custody.timeline("P-1")
        assert "gps_sha256" not in details[2].proof
        assert uow.track_slices.find() == []


def test_telemetry_store_that_does_not_answer_holds_no_hand_over_up(api: Api) -> None:
    api.context.fixes = InfluxFixStore(f"http://127.0.0.1:{free_port()}/fieldstock")
    _pick_up(api, api.signed_in("anna"), "P-1")
    with api.context.store.reading() as uow:
        assert uow.ledger.whereabouts("P-1") == "van-anna"


def test_plan_of_a_quiet_day_is_empty(api: Api) -> None:
    plan = api.signed_in("dispatcher").get("/v1/plan").json
    assert (plan["revision"], plan["unserved"]) == (0, [])
    assert [(route["courier_id"], route["stops"]) for route in plan["routes"]] == [("anna", []), ("ben", [])]


def _fixes(at: str) -> dict[str, Any]:
    return FIXES | {"sent_at": at}


def _events(at: str) -> dict[str, Any]:
    event = {"event_id": new_id(), "seq": 1, "kind": "arrived", "at": at, "base_version": 0, "stop_id": "x"}
    return {"sent_at": "2026-03-02T09:00:00Z", "events": [event]}


@pytest.mark.parametrize("body", [_fixes, _events], ids=["fixes", "events"])
@pytest.mark.parametrize(
    "at",
    [
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "1969-12-31T23:59:59Z",
        "2100-01-01T00:00:01Z",
        "2026-03-02T09:00:00",
        "yesterday",
    ],
)
def test_time_that_cannot_be_is_refused(api: Api, body: Callable[[str], dict[str, Any]], at: str) -> None:
    path = "/v1/driver/fixes" if body is _fixes else "/v1/driver/events"
    answer = api.signed_in("anna").post(path, json=body(at))
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
