from __future__ import annotations

from tests.api_server import Api
from tests.world import PUMP

NEW = {"site_id": "hospital", "part_number": PUMP}


def test_return_is_announced_received_and_then_final(api: Api) -> None:
    desk, bench = api.signed_in("desk"), api.signed_in("bench")
    rma = desk.post("/v1/returns", json=NEW).json
    assert (rma["state"], rma["destination_id"]) == ("announced", "bench")
    unnamed = bench.post(f"/v1/returns/{rma['return_id']}/receive", json={})
    assert (unnamed.status_code, unnamed.json["code"]) == (422, "invalid_value")
    received = bench.post(f"/v1/returns/{rma['return_id']}/receive", json={"serial": "OLD-1"})
    assert (received.status_code, received.json["state"]) == (200, "received")
    assert bench.get("/v1/units/OLD-1").json["location_id"] == "bench"
    refused = desk.post(f"/v1/returns/{rma['return_id']}/cancel", json={"reason": "Kept"})
    assert (refused.status_code, refused.json["code"]) == (409, "transition_refused")


def test_return_is_cancelled(api: Api) -> None:
    desk = api.signed_in("desk")
    return_id = desk.post("/v1/returns", json=NEW).json["return_id"]
    cancelled = desk.post(f"/v1/returns/{return_id}/cancel", json={"reason": "Kept"})
    assert (cancelled.status_code, cancelled.json["state"]) == (200, "cancelled")
    assert desk.get(f"/v1/returns/{return_id}").json["state"] == "cancelled"


def test_return_without_a_bench_says_what_is_missing(api: Api) -> None:
    with api.context.store.writing() as uow:
        uow.locations.remove("bench")
        uow.commit()
    answer = api.signed_in("desk").post("/v1/returns", json=NEW)
    assert (answer.status_code, answer.json["code"]) == (409, "no_bench")
