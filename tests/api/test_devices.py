"""Devices over HTTP: added, rotated, revoked, invited; secrets are shown once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api_server import Api
from tracking.identity.rotation import is_secret_of
from tracking.identity.service import THROTTLE_FAILURES


def device_row(api: Api, name: str) -> Any:
    with api.context.store.reading() as uow:
        return uow.devices.require(name)


def stored_answers(api: Api) -> str:
    with api.context.store.reading() as uow:
        return " ".join(answer.body for answer in uow.answers.find())


def test_device_is_added_and_its_secret_is_shown_once(api: Api) -> None:
    client = api.signed_in("dispatcher")
    headers = {"Idempotency-Key": "add-anna"}
    body = {"device_id": "anna", "kind": "courier", "encrypted": True}
    added = client.post("/v1/devices", json=body, headers=headers)
    assert added.status_code == 201
    secret = added.json["secret"]
    assert is_secret_of(device_row(api, "anna"), secret)
    assert len(added.json["encryption_key"]) == 32
    assert {link["app"] for link in added.json["onboarding"]["links"]} >= {"owntracks_mqtt", "traccar"}
    again = client.post("/v1/devices", json=body, headers=headers)
    assert (again.status_code, again.json["secret"], again.json["onboarding"]) == (201, None, None)
    assert again.json["device"]["device_id"] == "anna"
    assert secret not in stored_answers(api)
    assert added.json["encryption_key"] not in stored_answers(api)
    [listed] = client.get("/v1/devices").json["items"]
    assert (listed["device_id"], listed["kind"], listed["encrypted"]) == ("anna", "courier", True)
    assert secret not in client.get("/v1/devices").text


def test_rotation_keeps_the_old_secret_until_the_new_one_is_used(api: Api) -> None:
    client = api.signed_in("dispatcher")
    old = client.post("/v1/devices", json={"device_id": "anna", "kind": "courier"}).json["secret"]
    rotated = client.post("/v1/devices/anna/rotate", json={"grace_hours": 2})
    assert rotated.status_code == 200
    assert rotated.json["device"]["rotation_ends_at"]
    for secret in (old, rotated.json["secret"]):
        assert is_secret_of(device_row(api, "anna"), secret)
    at_once = client.post("/v1/devices/anna/rotate", json={"at_once": True}).json
    assert at_once["device"]["rotation_ends_at"] is None
    assert not is_secret_of(device_row(api, "anna"), old)
    assert is_secret_of(device_row(api, "anna"), at_once["secret"])


def test_revoked_device_is_shown_as_such_and_cannot_be_rotated_gently(api: Api) -> None:
    client = api.signed_in("dispatcher")
    client.post("/v1/devices", json={"device_id": "anna", "kind": "courier"})
    assert client.post("/v1/devices/anna/revoke").json["revoked_at"]
    refused = client.post("/v1/devices/anna/rotate", json={})
    assert (refused.status_code, refused.json["code"]) == (409, "conflict")
    assert client.post("/v1/devices/anna/rotate", json={"at_once": True}).json["device"]["revoked_at"] is None


def test_new_locker_fetches_all_it_needs_with_its_token_once(api: Api) -> None:
    client = api.signed_in("dispatcher")
    headers = {"Idempotency-Key": "invite"}
    body = {"device_id": "locker-schaan", "kind": "locker"}
    invited = client.post("/v1/devices/invitations", json=body, headers=headers)
    assert invited.status_code == 201
    token = invited.json["token"]
    assert client.post("/v1/devices/invitations", json=body, headers=headers).json["token"] is None
    assert token not in stored_answers(api)
    locker = api.client()
    given = locker.post("/v1/devices/provision", json={"token": token})
    assert given.status_code == 200
    assert is_secret_of(device_row(api, "locker-schaan"), given.json["secret"])
    assert len(given.json["command_key"]) == 64
    assert {name: len(key) for name, key in given.json["offline_keys"].items()} == {"1": 40, "2": 40}
    assert given.json["mqtt_url"] == "mqtt://127.0.0.1:1883"
    again = locker.post("/v1/devices/provision", json={"token": token})
    assert (again.status_code, again.json["code"]) == (403, "invitation_refused")
    assert "used already" in again.json["detail"]


def test_guessing_tokens_is_throttled(api: Api) -> None:
    client = api.client()
    answers = [
        client.post("/v1/devices/provision", json={"token": f"{i:032x}"}).status_code
        for i in range(THROTTLE_FAILURES + 1)
    ]
    assert answers == [403] * THROTTLE_FAILURES + [429]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/devices", {"device_id": "Bad Name", "kind": "courier"}, 422, "invalid_request"),
        ("/v1/devices", {"device_id": "gateway-1", "kind": "courier"}, 422, "invalid_value"),
        ("/v1/devices", {"device_id": "x", "kind": "toaster"}, 422, "invalid_request"),
        ("/v1/devices/nobody/rotate", {}, 404, "not_found"),
        ("/v1/devices/nobody/rotate", {"grace_hours": 0}, 422, "invalid_request"),
        ("/v1/devices/nobody/revoke", {}, 404, "not_found"),
        ("/v1/devices/invitations", {"device_id": "gateway-1", "kind": "locker"}, 422, "invalid_value"),
        (
            "/v1/devices/invitations",
            {"device_id": "x", "kind": "locker", "valid_hours": 0},
            422,
            "invalid_request",
        ),
        ("/v1/devices/provision", {"token": ""}, 422, "invalid_request"),
    ],
)
def test_bad_request_is_refused(api: Api, path: str, body: dict[str, Any], status: int, code: str) -> None:
    answer = api.signed_in("admin").post(path, json=body)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_device_of_another_kind_is_not_invited(api: Api) -> None:
    client = api.signed_in("admin")
    client.post("/v1/devices", json={"device_id": "anna", "kind": "courier"})
    answer = client.post("/v1/devices/invitations", json={"device_id": "anna", "kind": "locker"})
    assert answer.status_code == 422


@pytest.mark.parametrize("login", ["desk", "bench", "planner", "anna"])
def test_who_does_not_look_after_the_fleet_adds_no_device(api: Api, login: str) -> None:
    client = api.signed_in(login)
    assert client.post("/v1/devices", json={"device_id": "x", "kind": "courier"}).status_code == 403
    assert client.post("/v1/devices/x/revoke").status_code == 403
