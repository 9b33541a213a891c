"""Promises over HTTP, answered by a planner's quoting thread on the same database."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from api.processes.quoting import Quoting
from api.views import promises
from tests.api_server import Api
from tests.routing.test_dispatch import Planner
from tests.world import PUMP, stock_up
from tracking.fleet.service import open_shift
from tracking.parts.location import MAIN_REGION
from tracking.values.times import system_clock

WISH = {"site_id": "hospital", "part_number": PUMP, "contract_id": "two-hours"}


@pytest.fixture
def desk(api: Api) -> Iterator[FlaskClient]:
    now = system_clock()
    with api.context.store.writing() as uow:
        open_shift(uow, "anna", now - timedelta(hours=1), now + timedelta(hours=8), now)
        stock_up(uow, "depot", PUMP, 2, "P-1", "P-2")
        uow.commit()
    planner = Planner(api.context.store)
    planner.now = now
    planner.run()
    stop = threading.Event()
    modeller = planner.dispatcher.modeller
    quoting = Quoting(api.context.store, modeller.travel, system_clock, stop)
    quoting.lay_out(MAIN_REGION, planner.dispatcher.in_force, modeller.lessons)
    quoting.start()
    yield api.signed_in("desk")
    stop.set()
    quoting.join(10)


def test_a_promise_names_its_source_its_time_and_every_other_source(desk: FlaskClient) -> None:
    answer = desk.post("/v1/promises", json=WISH | {"confidence": 0.8})
    assert answer.status_code == 201, answer.text
    promise = answer.json
    assert (promise["state"], promise["source_id"], promise["courier_id"]) == ("offered", "depot", "anna")
    assert promise["site_name"] == "Hospital Buchs"
    assert [option["source_name"] for option in promise["options"]] == ["Depot Vaduz"]
    asked_at, held_until = (datetime.fromisoformat(promise[name]) for name in ("asked_at", "held_until"))
    assert timedelta(minutes=10) <= held_until - asked_at < timedelta(minutes=11)
    assert promise["asked_at"] < promise["promised_at"] < promise["due_at"]
    order = desk.post("/v1/orders", json={"promise_id": promise["promise_id"], "expect_return": True}).json
    assert order["sla"]["promised_at"] == promise["promised_at"]
    assert order["promise_id"] == promise["promise_id"]
    assert desk.get(f"/v1/promises/{promise['promise_id']}").json["state"] == "redeemed"


def test_the_same_request_gets_the_same_promise_and_the_desk_lets_go(desk: FlaskClient) -> None:
    key = {"Idempotency-Key": "call-17"}
    first, again = (desk.post("/v1/promises", json=WISH, headers=key).json for _ in range(2))
    assert first == again
    other = desk.post("/v1/promises", json=WISH | {"quantity": 2}, headers=key)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    path = f"/v1/promises/{first['promise_id']}"
    assert desk.post(f"{path}/release").json["state"] == "lapsed"
    refused = desk.post("/v1/orders", json={"promise_id": first["promise_id"]})
    assert (refused.status_code, refused.json["code"]) == (409, "promise_lapsed")
    assert [p["promise_id"] for p in desk.get("/v1/promises?state=lapsed").json["items"]] == [
        first["promise_id"]
    ]
    assert desk.post(f"{path}/release").status_code == 409


def test_a_planner_that_does_not_answer_is_told_and_nothing_is_held(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promises, "ANSWER_S", 0.3)
    answer = api.signed_in("desk").post("/v1/promises", json=WISH)
    assert (answer.status_code, answer.json["code"]) == (503, "no_planner")
    assert answer.headers["Retry-After"] == "5"
    with api.context.store.reading() as uow:
        assert [str(promise.state) for promise in uow.promises.find()] == ["lapsed"]
        assert uow.reservations.find() == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"promise_id": "p", "site_id": "hospital"}, "the promise says that already"),
        ({"site_id": "hospital"}, "part_number, contract_id: needed unless a promise is redeemed"),
    ],
)
def test_an_order_names_a_promise_or_what_it_is_for(api: Api, body: dict[str, str], told: str) -> None:
    answer = api.signed_in("desk").post("/v1/orders", json=body)
    assert answer.status_code == 422
    assert told in answer.json["detail"]


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"site_id": "nowhere"}, 404),
        ({"part_number": "NONE"}, 404),
        ({"contract_id": "none"}, 404),
        ({"site_id": "depot"}, 422),
        ({"confidence": 1}, 422),
        ({"hold_s": 0}, 422),
        ({"quantity": 0}, 422),
        ({"hold_for": 60}, 422),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_at_once(
    api: Api, wrong: dict[str, object], status: int
) -> None:
    answer = api.signed_in("desk").post("/v1/promises", json=WISH | wrong)
    assert answer.status_code == status
    with api.context.store.reading() as uow:
        assert uow.promises.find() == []


def test_a_courier_may_not_ask(api: Api) -> None:
    assert api.signed_in("anna").post("/v1/promises", json=WISH).status_code == 403


def test_what_lapsed_cannot_be_ordered_later(desk: FlaskClient) -> None:
    promise = desk.post("/v1/promises", json=WISH | {"hold_s": 1}).json
    time.sleep(1.1)
    refused = desk.post("/v1/orders", json={"promise_id": promise["promise_id"]})
    assert (refused.status_code, refused.json["code"]) == (409, "promise_lapsed")
