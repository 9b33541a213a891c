from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from tests.api_server import Api
from tests.world import NOW, PUMP, stock_up

NEW = {"site_id": "hospital", "part_number": PUMP, "contract_id": "two-hours"}


def test_order_starts_its_clock_and_is_listed(api: Api) -> None:
    desk = api.signed_in("desk")
    order = desk.post("/v1/orders", json=NEW | {"expect_return": True}).json
    assert (order["number"], order["state"], order["sla"]["response_s"]) == ("ORD-1001", "open", 7200)
    assert [o["order_id"] for o in desk.get("/v1/orders?state=open").json["items"]] == [order["order_id"]]
    assert desk.get("/v1/orders?state=delivered").json["items"] == []
    assert [r["order_id"] for r in desk.get("/v1/returns").json["items"]] == [order["order_id"]]


def test_same_idempotency_key_places_one_order_even_when_it_races(api: Api) -> None:
    clients = [api.signed_in("desk") for _ in range(6)]
    answers: list[tuple[int, str]] = []

    def place(client: object) -> None:
        answer = client.post("/v1/orders", json=NEW, headers={"Idempotency-Key": "k-1"})  # type: ignore[attr-defined]
        answers.append((answer.status_code, answer.json["order_id"]))

    threads = [threading.Thread(target=place, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1
    assert len(clients[0].get("/v1/orders").json["items"]) == 1


def test_idempotency_key_with_another_body_is_refused(api: Api) -> None:
    desk = api.signed_in("desk")
    key = {"Idempotency-Key": "k-1"}
    desk.post("/v1/orders", json=NEW, headers=key)
    answer = desk.post("/v1/orders", json=NEW | {"quantity": 2}, headers=key)
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")


def test_idempotency_keys_of_two_people_do_not_meet(api: Api) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = api.signed_in("desk").post("/v1/orders", json=NEW, headers=key)
    second = api.signed_in("dispatcher").post("/v1/orders", json=NEW, headers=key)
    assert first.json["order_id"] != second.json["order_id"]


def test_list_is_paged_to_its_end_newest_first(api: Api) -> None:
    desk = api.signed_in("desk")
    for _ in range(5):
        desk.post("/v1/orders", json=NEW)
    numbers, cursor = [], ""
    while True:
        page = desk.get(f"/v1/orders?limit=2{cursor}").json
        numbers += [order["number"] for order in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert numbers == [f"ORD-{1005 - n}" for n in range(5)]


def test_cancelled_order_cannot_be_cancelled_again_and_says_what_is_allowed(api: Api) -> None:
    desk = api.signed_in("desk")
    order_id = desk.post("/v1/orders", json=NEW).json["order_id"]
    first = desk.post(f"/v1/orders/{order_id}/cancel", json={"reason": "Not needed"})
    again = desk.post(f"/v1/orders/{order_id}/cancel", json={"reason": "Not needed"})
    assert first.json["state"] == "cancelled"
    assert (again.status_code, again.json["code"]) == (409, "transition_refused")
    assert "nothing" in again.json["action"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid_request"),
        (NEW | {"quantity": 0}, 422, "invalid_request"),
        (NEW | {"quantity": "many"}, 422, "invalid_request"),
        (NEW | {"quantitiy": 2}, 422, "invalid_request"),
        (NEW | {"site_id": "nowhere"}, 404, "not_found"),
        (NEW | {"site_id": "depot"}, 422, "invalid_value"),
        (NEW | {"part_number": "NO-PART"}, 404, "not_found"),
        (NEW | {"contract_id": "none"}, 404, "not_found"),
        (NEW | {"note": "\x00"}, 422, "invalid_request"),
        (NEW | {"note": "x" * 2001}, 422, "invalid_request"),
    ],
)
def test_bad_order_gets_a_clear_problem(api: Api, body: dict[str, object], status: int, code: str) -> None:
    answer = api.signed_in("desk").post("/v1/orders", json=body)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.mimetype == "application/problem+json"
    assert answer.json["detail"]
    assert answer.json["action"]


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b"a=1", "application/x-www-form-urlencoded", 415),
        (b"x" * (5 << 20), "application/json", 413),
    ],
)
def test_malformed_body_is_refused_with_a_problem(
    api: Api, data: bytes, content_type: str, status: int
) -> None:
    answer = api.signed_in("desk").post("/v1/orders", data=data, content_type=content_type)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"


def test_stock_shows_what_is_free_and_what_a_receipt_added(api: Api) -> None:
    bench = api.signed_in("bench")
    body = {"location_id": "depot", "part_number": PUMP, "quantity": 2, "serials": ["P-1", "P-2"]}
    assert bench.post("/v1/stock/receipts", json=body).json["available"] == 2
    move = {"from_location_id": "depot", "to_location_id": "bench", "part_number": PUMP, "serials": ["P-1"]}
    assert bench.post("/v1/stock/transfers", json=move).status_code == 201
    lines = bench.get(f"/v1/stock?part_number={PUMP}").json["items"]
    assert {line["location_id"]: line["on_hand"] for line in lines} == {
        "bench": 1,
        "depot": 1,
        "supplier": -2,
    }
    again = bench.post("/v1/stock/transfers", json=move)
    assert (again.status_code, again.json["code"]) == (409, "serial_elsewhere")
    unit = bench.get("/v1/units/P-1").json
    assert [entry["location_id"] for entry in unit["custody"]] == ["depot", "bench"]


def test_units_of_the_ledger_are_found_by_serial(api: Api) -> None:
    with api.context.store.writing() as uow:
        stock_up(uow, "depot", PUMP, 1, "P/7")
        uow.commit()
    assert api.signed_in("desk").get("/v1/units/unknown").status_code == 404


def test_time_of_an_order_is_divided_by_what_it_was_spent_on(api: Api) -> None:
    desk = api.signed_in("desk")
    api.context.clock = lambda: NOW
    order = desk.post("/v1/orders", json=NEW).json
    api.context.clock = lambda: NOW + timedelta(milliseconds=90_500)
    spent = desk.get(f"/v1/orders/{order['order_id']}/time").json
    assert spent.pop("elapsed_ms") == 90_500
    assert {name: ms for name, ms in spent.items() if ms} == {"dispatch_ms": 90_500}
    assert desk.get("/v1/orders/none/time").status_code == 404


def test_order_is_amended_with_who_when_what_and_why(api: Api) -> None:
    desk = api.signed_in("desk")
    api.context.clock = lambda: NOW
    order = desk.post("/v1/orders", json=NEW).json
    path = f"/v1/orders/{order['order_id']}"
    body = {"version": 1, "reason": "He called again", "quantity": 2, "note": "Gate 2", "urgency": "planned"}
    changed = desk.patch(path, json=body).json
    assert (changed["quantity"], changed["note"], changed["urgency"]) == (2, "Gate 2", "planned")
    (kept,) = desk.get(f"{path}/amendments").json["items"]
    assert (kept["by"], kept["reason"]) == ("desk", "He called again")
    assert kept["changes"] == [
        {"field": "quantity", "before": 1, "after": 2},
        {"field": "urgency", "before": "critical", "after": "planned"},
        {"field": "note", "before": "", "after": "Gate 2"},
    ]
    late = {"version": changed["version"], "reason": "Tomorrow", "not_before_at": "2026-03-03T08:00:00+01:00"}
    assert desk.patch(path, json=late).json["not_before_at"] == "2026-03-03T07:00:00Z"
    again = {"version": changed["version"] + 1, "reason": "At once", "not_before_at": None}
    assert desk.patch(path, json=again).json["not_before_at"] is None
    assert desk.get("/v1/orders/none/amendments").status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"version": 1, "reason": "x"}, 422, "invalid_value"),
        ({"version": 1, "reason": "", "note": "x"}, 422, "invalid_request"),
        ({"reason": "x", "note": "x"}, 422, "invalid_request"),
        ({"version": 1, "reason": "x", "site_id": None}, 422, "invalid_request"),
        ({"version": 1, "reason": "x", "site_id": "nowhere"}, 404, "not_found"),
        ({"version": 1, "reason": "x", "courier_id": "anna"}, 422, "invalid_request"),
        ({"version": 1, "reason": "x", "note": "x", "quantity": 1001}, 422, "invalid_request"),
    ],
)
def test_bad_amendment_gets_a_clear_problem(
    api: Api, body: dict[str, object], status: int, code: str
) -> None:
    desk = api.signed_in("desk")
    order_id = desk.post("/v1/orders", json=NEW).json["order_id"]
    answer = desk.patch(f"/v1/orders/{order_id}", json=body)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert desk.get(f"/v1/orders/{order_id}/amendments").json["items"] == []


def test_amendment_is_refused_when_the_order_is_over_or_was_amended_meanwhile(api: Api) -> None:
    desk = api.signed_in("desk")
    order_id = desk.post("/v1/orders", json=NEW).json["order_id"]
    body = {"version": 1, "reason": "Other gate", "note": "Gate 2"}
    key = {"Idempotency-Key": "a-1"}
    path = f"/v1/orders/{order_id}"
    assert desk.patch(path, json=body, headers=key).json == desk.patch(path, json=body, headers=key).json
    again = desk.patch(path, json=body | {"note": "Gate 3"})
    assert (again.status_code, again.json["code"]) == (409, "conflict")
    cancelled = desk.post(f"{path}/cancel", json={"reason": "Runs again", "leave_in_van": True})
    assert (cancelled.json["state"], cancelled.json["closed_reason"]) == ("cancelled", "Runs again")
    over = desk.patch(path, json=body | {"version": 3, "note": "Gate 3"})
    assert (over.status_code, over.json["code"]) == (409, "amendment_refused")
    assert "new order" in over.json["action"]
    assert api.signed_in("bench").patch(path, json=body).status_code == 403


NOBODY = "There is no courier 'nobody'."
BOTH = "Courier anna is required, and cannot be forbidden as well."
BAD_COURIERS = [
    ({"required_courier_id": "nobody"}, "required_courier_id", NOBODY),
    ({"forbidden_courier_ids": ["anna", "nobody"]}, "forbidden_courier_ids", NOBODY),
    (
        {"required_courier_id": "anna", "forbidden_courier_ids": ["ben", "anna"]},
        "forbidden_courier_ids",
        BOTH,
    ),
]


@pytest.mark.parametrize("route", ["/v1/orders", "/v1/promises", "amend"])
@pytest.mark.parametrize(("wish", "path", "cause"), BAD_COURIERS)
def test_courier_who_cannot_be_required_or_forbidden_is_told_with_the_path(
    api: Api, route: str, wish: dict[str, object], path: str, cause: str
) -> None:
    desk = api.signed_in("desk")
    if route == "amend":
        order_id = desk.post("/v1/orders", json=NEW).json["order_id"]
        answer = desk.patch(f"/v1/orders/{order_id}", json={"version": 1, "reason": "She asked"} | wish)
    else:
        answer = desk.post(route, json=NEW | wish)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_value")
    assert answer.json["errors"] == [{"path": path, "cause": cause}]


def test_couriers_of_an_order_are_shown_amended_and_taken_away(api: Api) -> None:
    desk = api.signed_in("desk")
    order = desk.post("/v1/orders", json=NEW | {"required_courier_id": "anna"}).json
    assert (order["required_courier_id"], order["forbidden_courier_ids"]) == ("anna", [])
    path = f"/v1/orders/{order['order_id']}"
    wish = {"required_courier_id": None, "forbidden_courier_ids": ["ben"]}
    changed = desk.patch(path, json={"version": 1, "reason": "The ward asked"} | wish).json
    assert {name: changed[name] for name in wish} == wish
    (kept,) = desk.get(f"{path}/amendments").json["items"]
    assert kept["changes"] == [
        {"field": "required_courier_id", "before": "anna", "after": None},
        {"field": "forbidden_courier_ids", "before": [], "after": ["ben"]},
    ]
    none = {"version": changed["version"], "reason": "x", "forbidden_courier_ids": None}
    assert desk.patch(path, json=none).json["code"] == "invalid_request"


@pytest.mark.parametrize("wish", [{"required_courier_id": "anna"}, {"forbidden_courier_ids": ["ben"]}])
def test_order_that_redeems_a_promise_names_no_couriers_of_its_own(api: Api, wish: dict[str, object]) -> None:
    answer = api.signed_in("desk").post("/v1/orders", json={"promise_id": "p-1"} | wish)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert "the promise says that already" in answer.json["detail"]
