"""What a client can send wrong, on both databases: it gets a problem, never a 5xx."""

from __future__ import annotations

import base64
import threading
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from tests.api_server import Api, start_api
from tests.world import PUMP
from tracking.store.tables import StoredAnswer

ORDER = {"site_id": "hospital", "part_number": PUMP, "contract_id": "two-hours"}


@pytest.fixture
def on_both(database_url: str, tmp_path: Path) -> Api:
    return start_api(tmp_path / "var", database_url)


def test_path_that_no_identifier_holds_is_not_found(on_both: Api) -> None:
    admin = on_both.signed_in("admin")
    for path in ("/v1/orders/%00", "/v1/returns/a%00b", "/v1/units/%1B", "/v1/units/%FF", "/%00"):
        answer = admin.get(path)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json"), path
    assert admin.post("/v1/orders/%00/cancel", json={"reason": "x"}).status_code == 404
    assert admin.post("/v1/couriers/%00/shifts/end").status_code == 404


def test_cursor_that_is_not_ours_is_refused(on_both: Api) -> None:
    admin = on_both.signed_in("admin")
    for raw in (b"\x00", b"a\x00", b"\xff", b"\x1b[0m"):
        cursor = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        for path in ("/v1/orders", "/v1/stock", "/v1/couriers"):
            answer = admin.get(f"{path}?cursor={cursor}")
            assert (answer.status_code, answer.json["code"]) == (422, "invalid_value"), (path, raw)


def test_times_at_the_ends_of_the_calendar_are_refused(on_both: Api) -> None:
    admin = on_both.signed_in("admin")
    for starts_at, ends_at in (
        ("0001-01-01T00:00:00+23:59", "0001-01-01T08:00:00+23:59"),
        ("9999-12-31T10:00:00-23:59", "9999-12-31T23:00:00-23:59"),
    ):
        body = {"starts_at": starts_at, "ends_at": ends_at}
        answer = admin.post("/v1/couriers/ben/shifts", json=body)
        assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
        assert "1970-01-01 and 2100-01-01" in answer.json["detail"]


def test_one_key_places_one_order_when_six_requests_race(on_both: Api) -> None:
    clients = [on_both.signed_in("desk") for _ in range(6)]
    together = threading.Barrier(len(clients))
    answers: list[tuple[int, str]] = []

    def place(client: object) -> None:
        together.wait(30)
        answer = client.post("/v1/orders", json=ORDER, headers={"Idempotency-Key": "k-1"})  # type: ignore[attr-defined]
        answers.append((answer.status_code, answer.json.get("order_id", answer.text)))

    threads = [threading.Thread(target=place, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 6
    assert {status for status, _ in answers} == {201}
    assert len(set(answers)) == 1
    assert len(clients[0].get("/v1/orders").json["items"]) == 1


def test_key_of_a_refused_write_may_be_used_again(on_both: Api) -> None:
    desk, key = on_both.signed_in("desk"), {"Idempotency-Key": "k-1"}
    assert desk.post("/v1/orders", json=ORDER | {"site_id": "nowhere"}, headers=key).status_code == 404
    assert desk.post("/v1/orders", json=ORDER, headers=key).status_code == 201
    with on_both.context.store.reading() as uow:
        assert [answer.status for answer in uow.records(StoredAnswer).find()] == [201]


def test_record_that_was_written_meanwhile_is_a_conflict(on_both: Api) -> None:
    def overtaken() -> str:
        with on_both.context.store.writing() as uow:
            uow.contracts.add(uow.contracts.require("two-hours"))
        raise AssertionError("the key is taken")

    on_both.app.add_url_rule("/overtaken", view_func=overtaken)
    answer = on_both.client().get("/overtaken")
    assert (answer.status_code, answer.json["code"]) == (409, "conflict")


def test_database_that_gives_up_is_busy(api: Api) -> None:
    def deadlock() -> str:
        raise OperationalError("UPDATE", {}, Exception("deadlock detected"))

    api.app.add_url_rule("/deadlock", view_func=deadlock)
    answer = api.client().get("/deadlock")
    assert (answer.status_code, answer.json["code"]) == (503, "store_busy")
    assert answer.headers["Retry-After"] == "1"


def test_request_that_http_refuses_has_a_code(api: Api) -> None:
    desk = api.signed_in("desk")
    large = desk.post("/v1/orders", data=b"x" * (5 << 20), content_type="application/json")
    form = desk.post("/v1/orders", data=b"a=1", content_type="application/x-www-form-urlencoded")
    method = desk.put("/v1/orders")
    codes = [(answer.status_code, answer.json["code"]) for answer in (large, form, method)]
    assert codes == [(413, "too_large"), (415, "media_type"), (405, "method_not_allowed")]
    assert "POST" in method.headers["Allow"]


def test_unknown_methods_share_one_label(api: Api) -> None:
    for word in ("BREW", "PROPFIND"):
        assert api.client().open("/v1/orders", method=word).status_code == 405
    metrics = api.client().get("/metrics").text
    assert 'method="other"' in metrics
    assert "BREW" not in metrics
