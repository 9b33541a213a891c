from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api_server import Api
from tests.world import NOW, PUMP, order_pump, stock_up
from tracking.fleet.publishing import PlannedStep, PlannedStop, replace_route
from tracking.fleet.stops import StepKind
from tracking.orders import service as orders
from tracking.orders.on_board import find_use_on_board
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
