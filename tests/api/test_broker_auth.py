"""What a broker elsewhere is answered: who may connect, and to which topics."""

from __future__ import annotations

from typing import Any

import pytest

from device_gateway.protocol import topics
from tests.api_server import Api
from tests.world import NOW
from tracking.identity.devices import DeviceKind
from tracking.identity.rotation import start_rotation
from tracking.identity.service import add_device, revoke_device


def add(api: Api, name: str, kind: DeviceKind = DeviceKind.COURIER) -> str:
    with api.context.store.writing() as uow:
        _, secret = add_device(uow, name, kind, NOW)
        uow.commit()
    return secret


def ask(api: Api, what: str, **question: Any) -> str:
    headers = {"Authorization": f"Bearer {api.context.secrets.broker_http_secret}"}
    answer = api.client().post(f"/broker/{what}", json=question, headers=headers)
    assert answer.status_code == 200
    return str(answer.json["result"])


def connects(api: Api, name: str, password: str, clientid: str | None = None) -> bool:
    return ask(api, "auth", username=name, clientid=clientid or name, password=password) == "allow"


def may(api: Api, name: str, action: str, topic: str, clientid: str | None = None) -> bool:
    question = {"username": name, "clientid": clientid or name, "action": action, "topic": topic, "qos": 1}
    return ask(api, "acl", **question) == "allow"


def test_device_connects_with_its_secret_under_its_own_client_id(api: Api) -> None:
    secret = add(api, "anna")
    assert connects(api, "anna", secret)
    assert not connects(api, "anna", "wrong")
    assert not connects(api, "anna", "")
    assert not connects(api, "anna", secret, clientid="ben")
    assert not connects(api, "nobody", secret)
    assert not connects(api, "ben", secret, clientid="anna")


def test_gateway_connects_with_its_password_alone(api: Api) -> None:
    assert connects(api, "gateway-1", api.context.secrets.gateway_password)
    assert not connects(api, "gateway-1", "wrong")


def test_both_secrets_are_good_until_the_new_one_is_used(api: Api) -> None:
    old = add(api, "anna")
    with api.context.store.writing() as uow:
        new = start_rotation(uow, "anna", NOW)
        uow.commit()
    assert connects(api, "anna", old)
    assert connects(api, "anna", new)
    assert not connects(api, "anna", old)
    assert connects(api, "anna", new)


def test_revoked_device_may_neither_connect_nor_touch_a_topic(api: Api) -> None:
    secret = add(api, "anna")
    assert may(api, "anna", "publish", topics.fix("anna"))
    with api.context.store.writing() as uow:
        revoke_device(uow, "anna", NOW)
        uow.commit()
    assert not connects(api, "anna", secret)
    assert not may(api, "anna", "publish", topics.fix("anna"))


@pytest.mark.parametrize(
    ("name", "action", "topic", "allowed"),
    [
        ("anna", "publish", topics.fix("anna"), True),
        ("anna", "publish", topics.fix("ben"), False),
        ("anna", "publish", topics.fix("+"), False),
        ("anna", "publish", "$SYS/brokers", False),
        ("anna", "subscribe", topics.ack("anna"), True),
        ("anna", "subscribe", topics.ack("ben"), False),
        ("anna", "subscribe", "#", False),
        ("anna", "subscribe", topics.fix("+"), False),
        ("anna", "subscribe", f"$share/g/{topics.ack('anna')}", False),
        ("anna", "unheard-of", topics.ack("anna"), False),
        ("anna", "publish", "", False),
        ("locker-schaan", "subscribe", topics.command("locker-schaan"), True),
        ("locker-schaan", "publish", topics.command("locker-schaan"), False),
        ("gateway-1", "subscribe", "owntracks/#", True),
        ("gateway-1", "subscribe", "$share/g/owntracks/#", True),
        ("gateway-1", "publish", topics.command("locker-schaan"), True),
        ("nobody", "subscribe", topics.ack("nobody"), False),
    ],
)
def test_topic_is_allowed_or_not(api: Api, name: str, action: str, topic: str, allowed: bool) -> None:
    add(api, "anna")
    add(api, "locker-schaan", DeviceKind.LOCKER)
    assert may(api, name, action, topic) is allowed
    assert not may(api, name, action, topic, clientid="another")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic wrong"},
        {"Authorization": "Bearer ümlaut"},
    ],
)
def test_who_is_not_our_broker_gets_no_answer(api: Api, headers: dict[str, str]) -> None:
    secret = add(api, "anna")
    question = {"username": "anna", "clientid": "anna", "password": secret}
    for path in ("/broker/auth", "/broker/acl"):
        answer = api.client().post(path, json=question, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (401, "not_signed_in")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b'{"username": 1, "clientid": 1, "password": []}',
        b'{"username": "a\\u0000"}',
        b'{"username": "\\ud800", "clientid": "\\ud800", "password": "\\ud800", "topic": "\\ud800"}',
    ],
)
def test_question_that_cannot_be_understood_is_denied(api: Api, body: bytes) -> None:
    headers = {
        "Authorization": f"Bearer {api.context.secrets.broker_http_secret}",
        "Content-Type": "application/json",
    }
    for path in ("/broker/auth", "/broker/acl"):
        answer = api.client().post(path, data=body, headers=headers)
        assert (answer.status_code, answer.json["result"]) == (200, "deny")
