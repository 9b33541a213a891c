"""A return that was received is inspected and settled; what came is told apart from what was announced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.api_server import Api, start_api
from tests.photos import picture
from tests.world import FUSE, PUMP


@pytest.fixture
def on_both(database_url: str, tmp_path: Path) -> Api:
    return start_api(tmp_path / "var", database_url)


def _received(api: Api, serial: str | None = "OLD-1", came: str | None = None, part: str = PUMP) -> str:
    body = {"site_id": "hospital", "part_number": part} | ({"serial": serial} if serial else {})
    rma = api.signed_in("desk").post("/v1/returns", json=body).json
    received = api.signed_in("bench").post(
        f"/v1/returns/{rma['return_id']}/receive", json={"serial": came} if came else {}
    )
    assert received.status_code == 200, received.text
    return str(rma["return_id"])


def _inspect(bench: FlaskClient, return_id: str, **body: Any) -> Any:
    answer = bench.post(f"/v1/returns/{return_id}/inspect", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json


def _kinds(rma: Any) -> list[str]:
    return [difference["kind"] for difference in rma["inspection"]["differences"]]


def test_return_is_inspected_and_settled_and_the_erp_hears_of_both(on_both: Api) -> None:
    bench, return_id = on_both.signed_in("bench"), _received(on_both)
    photo = bench.post("/v1/photos", data=picture(), content_type="image/png").json["sha256"]
    rma = _inspect(bench, return_id, damage="Case cracked", missing=["Power cord"], photos=[photo])
    assert (rma["state"], rma["inspection"]["serial"]) == ("inspected", "OLD-1")
    assert _kinds(rma) == ["damage", "missing_accessory"]
    assert rma["inspection"]["photos"] == [photo]
    settled = bench.post(
        f"/v1/returns/{return_id}/settle",
        json={"decision": "refund", "amount_cents": 90_000, "reason": "Cracked before use"},
    ).json
    assert settled["state"] == "closed"
    assert (settled["inspection"]["decision"], settled["inspection"]["amount_cents"]) == ("refund", 90_000)
    assert bench.get(f"/v1/returns/{return_id}").json == settled
    with on_both.context.store.writing() as uow:
        uow.outbox.stamp()
        told = {e.event.kind: e.event.data for e in uow.outbox.read(0, 100) if e.event.subject == return_id}
    assert told["return.inspected"]["differences"] == rma["inspection"]["differences"]
    assert (told["return.closed"]["decision"], told["return.closed"]["amount_cents"]) == ("refund", 90_000)


def test_states_are_kept_in_order_and_a_refusal_names_what_is_allowed(api: Api) -> None:
    bench, return_id = api.signed_in("bench"), _received(api)
    early = bench.post(f"/v1/returns/{return_id}/settle", json={"decision": "exchange"})
    assert (early.status_code, early.json["code"]) == (409, "transition_refused")
    assert "received and cannot become closed" in early.json["detail"]
    assert early.json["action"] == "From received it can become: inspected."
    _inspect(bench, return_id)
    assert bench.post(f"/v1/returns/{return_id}/inspect", json={}).status_code == 409
    assert bench.post(f"/v1/returns/{return_id}/settle", json={"decision": "exchange"}).status_code == 200
    final = bench.post(f"/v1/returns/{return_id}/settle", json={"decision": "exchange"})
    assert "nothing: this state is final" in final.json["action"]


def test_other_serial_than_was_booked_in_moves_the_ledger(on_both: Api) -> None:
    bench, return_id = on_both.signed_in("bench"), _received(on_both, "OLD-1")
    rma = _inspect(bench, return_id, serial="OLD-2")
    assert rma["inspection"]["differences"] == [
        {"kind": "other_serial", "announced": "OLD-1", "found": "OLD-2"}
    ]
    assert bench.get("/v1/units/OLD-2").json["location_id"] == "bench"
    assert bench.get("/v1/units/OLD-2").json["condition"] == "defective"
    assert bench.get("/v1/units/OLD-1").json["location_id"] == "unaccounted"
    (task,) = bench.get("/v1/count-tasks").json["items"]
    assert "OLD-1, which was not in the box" in task["cause"]


def test_other_serial_that_was_seen_at_receipt_is_a_difference_all_the_same(api: Api) -> None:
    bench, return_id = api.signed_in("bench"), _received(api, "OLD-1", came="OLD-2")
    rma = _inspect(bench, return_id)
    assert (rma["serial"], rma["announced_serial"], _kinds(rma)) == ("OLD-2", "OLD-1", ["other_serial"])
    assert bench.get("/v1/count-tasks").json["items"] == []


def test_empty_box_takes_back_what_was_booked_in(on_both: Api) -> None:
    bench, return_id = on_both.signed_in("bench"), _received(on_both)
    rma = _inspect(bench, return_id, quantity=0)
    assert (_kinds(rma), rma["inspection"]["serial"]) == (["nothing_came"], None)
    assert bench.get("/v1/units/OLD-1").json["location_id"] == "unaccounted"
    assert bench.get("/v1/stock?location_id=bench").json["items"] == []


def test_other_part_than_was_announced_is_booked_instead(on_both: Api) -> None:
    bench, return_id = on_both.signed_in("bench"), _received(on_both)
    rma = _inspect(bench, return_id, part_number=FUSE, quantity=3)
    assert _kinds(rma) == ["other_part", "other_serial", "other_quantity"]
    (line,) = bench.get("/v1/stock?location_id=bench").json["items"]
    assert (line["part_number"], line["on_hand"]) == (FUSE, 3)


@pytest.mark.parametrize(("quantity", "on_hand"), [(0, []), (1, [1]), (4, [4])])
def test_counted_part_is_booked_as_many_as_came(api: Api, quantity: int, on_hand: list[int]) -> None:
    bench, return_id = api.signed_in("bench"), _received(api, None, part=FUSE)
    _inspect(bench, return_id, quantity=quantity)
    lines = bench.get("/v1/stock?location_id=bench").json["items"]
    assert [line["on_hand"] for line in lines] == on_hand


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"quantity": 2}, 422, "quantity"),
        ({"quantity": -1}, 422, "quantity"),
        ({"part_number": "NONE"}, 404, "NONE"),
        ({"part_number": FUSE, "serial": "X"}, 422, "serial"),
        ({"photos": ["0" * 64]}, 404, "photo"),
        ({"photos": ["../secrets"]}, 422, "photos"),
        ({"colour": "red"}, 422, "colour"),
    ],
)
def test_finding_that_cannot_be_is_refused_and_changes_nothing(
    api: Api, body: dict[str, Any], status: int, says: str
) -> None:
    bench, return_id = api.signed_in("bench"), _received(api)
    answer = bench.post(f"/v1/returns/{return_id}/inspect", json=body)
    assert answer.status_code == status
    assert says in answer.json["detail"]
    assert bench.get(f"/v1/returns/{return_id}").json["state"] == "received"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"decision": "refund"}, "amount_cents"),
        ({"decision": "exchange", "amount_cents": 5}, "amount_cents"),
        ({"decision": "refuse"}, "reason"),
        ({"decision": "perhaps"}, "decision"),
        ({}, "decision"),
    ],
)
def test_settlement_that_says_too_little_is_refused(api: Api, body: dict[str, Any], says: str) -> None:
    bench, return_id = api.signed_in("bench"), _received(api)
    _inspect(bench, return_id)
    answer = bench.post(f"/v1/returns/{return_id}/settle", json=body)
    assert (answer.status_code, says in answer.json["detail"]) == (422, True)


def test_inspection_counts_once_under_its_key(on_both: Api) -> None:
    bench, return_id = on_both.signed_in("bench"), _received(on_both)
    url, key = f"/v1/returns/{return_id}/inspect", {"Idempotency-Key": "look-1"}
    first = bench.post(url, json={"serial": "OLD-2"}, headers=key)
    again = bench.post(url, json={"serial": "OLD-2"}, headers=key)
    assert (first.status_code, again.json) == (200, first.json)
    assert len(bench.get("/v1/units/OLD-2").json["custody"]) == 1
