from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api_server import PASSWORD, Api
from tracking.identity.service import (
    REFRESH_GRACE,
    THROTTLE_FAILURES,
    THROTTLE_WINDOW,
    checked_hash,
    disable_person,
)
from tracking.values.times import system_clock


def _code(answer: object) -> str:
    return str(answer.json["code"])  # type: ignore[attr-defined]


def test_signed_in_person_is_known_and_may_do_what_the_role_allows(api: Api) -> None:
    desk = api.signed_in("desk")
    assert desk.get("/v1/me").json["role"] == "desk"
    assert desk.get("/v1/orders").status_code == 200
    refused = desk.post("/v1/couriers", json={"courier_id": "x", "display_name": "X", "home_id": "depot"})
    assert (refused.status_code, _code(refused)) == (403, "not_allowed")


def test_wrong_password_and_unknown_person_get_the_same_answer(api: Api) -> None:
    answers = [
        api.client().post("/v1/auth/sign-in", json={"login": login, "password": "wrong"})
        for login in ("desk", "nobody")
    ]
    assert [a.status_code for a in answers] == [401, 401]
    assert answers[0].json == answers[1].json


def test_sign_in_is_throttled_by_name_and_opens_again_after_the_window(api: Api) -> None:
    client = api.client()
    wrong = {"login": "desk", "password": "wrong"}
    now = system_clock()
    with api.context.store.writing() as uow:
        for _ in range(THROTTLE_FAILURES):
            checked_hash(uow, "desk", "10.0.0.1", now)
    answer = client.post("/v1/auth/sign-in", json=wrong)
    assert (answer.status_code, _code(answer)) == (429, "sign_in_throttled")
    assert 0 < int(answer.headers["Retry-After"]) <= THROTTLE_WINDOW.total_seconds()
    right = {"login": "desk", "password": PASSWORD}
    assert client.post("/v1/auth/sign-in", json=right).status_code == 429
    api.context.clock = lambda: now + THROTTLE_WINDOW + timedelta(seconds=1)
    assert client.post("/v1/auth/sign-in", json=right).status_code == 200


def test_sign_ins_that_succeed_are_never_throttled(api: Api) -> None:
    client, right = api.client(), {"login": "desk", "password": PASSWORD}
    for _ in range(THROTTLE_FAILURES - 1):
        with api.context.store.writing() as uow:
            checked_hash(uow, "desk", "127.0.0.1", system_clock())
    answers = [client.post("/v1/auth/sign-in", json=right).status_code for _ in range(3)]
    assert answers == [200, 200, 200]


def test_refresh_token_names_its_session_and_fits_the_contract(api: Api) -> None:
    token = str(api.tokens("desk")["refresh_token"])
    session_id, dot, secret = token.partition(".")
    assert (len(token), len(session_id), dot, len(secret)) == (64, 36, ".", 27)
    with api.context.store.reading() as uow:
        assert uow.sessions.require(session_id).login == "desk"


def test_any_other_token_of_a_session_ends_it(api: Api) -> None:
    client, first = api.client(), api.tokens("desk")
    second = client.post("/v1/auth/refresh", json={"refresh_token": first["refresh_token"]}).json
    third = client.post("/v1/auth/refresh", json={"refresh_token": second["refresh_token"]}).json
    for token in (first["refresh_token"], third["refresh_token"]):
        answer = client.post("/v1/auth/refresh", json={"refresh_token": token})
        assert (answer.status_code, _code(answer)) == (401, "session_ended")


def test_sign_out_with_the_token_before_the_one_in_force_ends_the_session(api: Api) -> None:
    client, first = api.client(), api.tokens("desk")
    second = client.post("/v1/auth/refresh", json={"refresh_token": first["refresh_token"]}).json
    assert client.post("/v1/auth/sign-out", json={"refresh_token": first["refresh_token"]}).status_code == 204
    again = client.post("/v1/auth/refresh", json={"refresh_token": second["refresh_token"]})
    assert again.status_code == 401


def test_refresh_token_whose_answer_was_lost_may_be_sent_again_for_a_while(api: Api) -> None:
    client, first = api.client(), api.tokens("desk")
    client.post("/v1/auth/refresh", json={"refresh_token": first["refresh_token"]})
    again = client.post("/v1/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert again.status_code == 200
    after = client.post("/v1/auth/refresh", json={"refresh_token": again.json["refresh_token"]})
    assert after.status_code == 200


def test_refresh_token_works_once_and_its_return_ends_the_session(api: Api) -> None:
    client = api.client()
    first = api.tokens("desk")
    second = client.post("/v1/auth/refresh", json={"refresh_token": first["refresh_token"]}).json
    now = system_clock() + REFRESH_GRACE + timedelta(seconds=5)
    api.context.clock = lambda: now
    stolen = client.post("/v1/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert (stolen.status_code, _code(stolen)) == (401, "session_ended")
    after = client.post("/v1/auth/refresh", json={"refresh_token": second["refresh_token"]})
    assert after.status_code == 401


def test_sign_out_ends_the_session(api: Api) -> None:
    client, tokens = api.client(), api.tokens("desk")
    body = {"refresh_token": tokens["refresh_token"]}
    assert client.post("/v1/auth/sign-out", json=body).status_code == 204
    assert client.post("/v1/auth/refresh", json=body).status_code == 401


def test_disabled_person_is_signed_out_and_stays_out(api: Api) -> None:
    tokens = api.tokens("desk")
    with api.context.store.writing() as uow:
        disable_person(uow, "desk", system_clock())
        uow.commit()
    refresh = api.client().post("/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    again = api.client().post("/v1/auth/sign-in", json={"login": "desk", "password": PASSWORD})
    assert (refresh.status_code, again.status_code) == (401, 401)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "not_signed_in"),
        ("", "not_signed_in"),
        ("Basic ZGVzazpkZXNr", "not_signed_in"),
        ("Bearer", "not_signed_in"),
        ("Bearer nonsense", "not_signed_in"),
        (
            "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsInJvbGUiOiJhZG1pbiIsImV4cCI6OTk5OTk5OTk5OX0.",
            "not_signed_in",
        ),
    ],
)
def test_request_without_a_token_of_ours_is_refused(api: Api, header: str | None, code: str) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = api.client().get("/v1/orders", headers=headers)
    assert (answer.status_code, _code(answer)) == (401, code)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_expired_token_says_so(api: Api) -> None:
    earlier = system_clock() - timedelta(hours=2)
    api.context.clock = lambda: earlier
    client = api.signed_in("desk")
    answer = client.get("/v1/orders")
    assert (answer.status_code, _code(answer)) == (401, "token_expired")
