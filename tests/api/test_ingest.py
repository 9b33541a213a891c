"""Phone trackers over HTTP: the answers that each app needs, exactly, and what is stored."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.redaction import RedactSecrets, redacted
from api.views import ingest
from device_gateway.protocol.decode import decode
from device_gateway.protocol.decoded import Heard
from device_gateway.protocol.owntracks_encryption import encrypt
from device_gateway.protocol.owntracks_http import http_topic
from tests.api_server import Api
from tests.device_gateway.protocol import payloads
from tests.world import NOW
from tracking.fleet.publishing import PlannedStop, replace_route
from tracking.identity.devices import DeviceKind
from tracking.identity.rotation import start_rotation
from tracking.identity.service import add_device, revoke_device
from tracking.telemetry.fixes import Fix, FixSource
from tracking.telemetry.journal import Journal
from tracking.telemetry.reports import DeadLetter
from tracking.telemetry.sqlite import sqlite


@pytest.fixture
def secret(api: Api) -> str:
    """The secret of anna's phone."""
    with api.context.store.writing() as uow:
        _, secret = add_device(uow, "anna", DeviceKind.COURIER, NOW)
        uow.commit()
    return secret


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


def send(api: Api, body: bytes, user: str, password: str, **headers: str) -> TestResponse:
    return api.client().post("/ingest/owntracks", data=body, headers=basic(user, password) | headers)


def fixes(api: Api) -> list[Fix]:
    return [entry.value for entry in api.context.journal.read(0) if isinstance(entry.value, Fix)]


def letters(api: Api) -> list[DeadLetter]:
    return [letter for _, letter in api.context.journal.dead_letters()]


def assert_is_array(answer: TestResponse) -> None:
    assert (answer.status_code, answer.mimetype, answer.json) == (200, "application/json", [])


def assert_is_empty(answer: TestResponse) -> None:
    assert (answer.status_code, answer.data) == (200, b"")


OWNTRACKS_BODIES = [
    payloads.OWNTRACKS_ANDROID,
    payloads.OWNTRACKS_IOS,
    payloads.OWNTRACKS_TRANSITION,
    payloads.OWNTRACKS_ENCRYPTED,
    *payloads.OWNTRACKS_OF_NO_USE.values(),
    b'{"_type":"something-new"}',
    b"",
    b"{broken",
    b"\xff\xfe",
    b"[]",
    b"null",
    b'{"_type":"location","lat":91,"lon":1,"tst":1}',
    b"x" * (ingest.MAX_BODY + 100),
]


@pytest.mark.parametrize("body", OWNTRACKS_BODIES, ids=lambda body: body[:24].decode("latin-1"))
def test_owntracks_gets_its_array_whatever_it_sends_and_again(api: Api, secret: str, body: bytes) -> None:
    for _ in range(2):
        assert_is_array(send(api, body, "anna", secret))


def test_a_location_is_stored_once_with_all_that_the_phone_says(api: Api, secret: str) -> None:
    for _ in range(2):
        send(api, payloads.OWNTRACKS_ANDROID, "anna", secret)
    [fix] = fixes(api)
    assert (fix.device, fix.source, fix.battery_pct, fix.charging) == ("anna", FixSource.OWNTRACKS, 81, False)
    assert api.context.journal.counters()["fix"]["duplicate"] == 1


def test_a_fix_sent_by_mqtt_and_by_http_is_one(api: Api, secret: str) -> None:
    by_mqtt = decode(Heard("owntracks/anna/phone", payloads.OWNTRACKS_ANDROID, NOW))
    api.context.journal.append(by_mqtt.values)
    over_http = json.dumps(json.loads(payloads.OWNTRACKS_ANDROID) | {"topic": "owntracks/anna/phone"})
    send(api, over_http.encode(), "anna", secret)
    assert len(fixes(api)) == 1


def test_what_is_unreadable_or_too_large_is_kept_with_its_reason(api: Api, secret: str) -> None:
    for body in (b"{broken", b"x" * (ingest.MAX_BODY + 100)):
        send(api, body, "anna", secret)
    broken, large = letters(api)
    assert (broken.payload, broken.device, broken.topic) == (b"{broken", "anna", "owntracks/anna/phone")
    assert large.reason.startswith("too_large")
    assert len(large.payload) == ingest.KEPT_OF_TOO_LARGE


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Bearer abc"},
        basic("anna", "wrong"),
        basic("anna", ""),
        basic("nobody", "wrong"),
        basic("", ""),
        basic("anna\x00", "wrong"),
        basic("anna\n", "wrong"),
        basic("\u00e4" * 5000, "wrong"),
        basic("locker-schaan", "secret"),
    ],
)
def test_bad_credentials_are_refused_and_store_nothing(
    api: Api, secret: str, headers: dict[str, str]
) -> None:
    answer = api.client().post("/ingest/owntracks", data=payloads.OWNTRACKS_ANDROID, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert (fixes(api), letters(api)) == ([], [])
    assert_is_array(send(api, payloads.OWNTRACKS_ANDROID, "anna", secret))
    assert len(fixes(api)) == 1


def test_a_locker_and_a_revoked_phone_may_not_send_positions(api: Api, secret: str) -> None:
    with api.context.store.writing() as uow:
        _, locker_secret = add_device(uow, "locker-schaan", DeviceKind.LOCKER, NOW)
        revoke_device(uow, "anna", NOW)
        uow.commit()
    assert send(api, payloads.OWNTRACKS_ANDROID, "locker-schaan", locker_secret).status_code == 401
    assert send(api, payloads.OWNTRACKS_ANDROID, "anna", secret).status_code == 401
    for plain in (locker_secret, secret):
        assert_is_empty(api.client().get(f"/ingest/osmand/{plain}?{payloads.OSMAND_FORM.decode()}"))
    assert fixes(api) == []


@pytest.mark.parametrize("protocol", ["owntracks", "osmand"])
def test_both_secrets_count_until_the_phone_has_shown_the_new_one(
    api: Api, secret: str, protocol: str
) -> None:
    def is_stored(password: str, second: int) -> bool:
        before = len(fixes(api))
        at_s = 1_795_334_400 + second
        if protocol == "owntracks":
            send(api, b'{"_type":"location","lat":47,"lon":9,"tst":%d}' % at_s, "anna", password)
        else:
            api.client().get(f"/ingest/osmand/{password}?lat=47&lon=9&timestamp={at_s}")
        return len(fixes(api)) == before + 1

    with api.context.store.writing() as uow:
        new = start_rotation(uow, "anna", datetime.now(UTC))
        uow.commit()
    assert is_stored(secret, 1)
    assert is_stored(new, 2)
    assert not is_stored(secret, 3)
    assert is_stored(new, 4)


@pytest.mark.parametrize(
    ("limit", "query", "body", "topic"),
    [
        ("pixel", "old", b'{"topic":"owntracks/ben/tablet","tid":"xy"}', "owntracks/anna/pixel"),
        (None, "old", b'{"topic":"owntracks/ben/tablet","tid":"xy"}', "owntracks/anna/tablet"),
        (None, "old", b'{"topic":"nonsense","tid":"xy"}', "owntracks/anna/old"),
        (None, None, b'{"tid":"xy"}', "owntracks/anna/xy"),
        (None, None, b"{}", "owntracks/anna/phone"),
        ("a/b", "#", b'{"topic":7,"tid":"+"}', "owntracks/anna/phone"),
        (None, None, b"{broken", "owntracks/anna/phone"),
    ],
)
def test_the_user_is_who_signed_in_and_the_phone_is_named_in_order(
    limit: str | None, query: str | None, body: bytes, topic: str
) -> None:
    assert http_topic("anna", limit, query, body) == topic


def test_nobody_speaks_for_another_by_header_topic_or_query(api: Api, secret: str) -> None:
    body = json.dumps(json.loads(payloads.OWNTRACKS_IOS) | {"topic": "owntracks/ben/phone"}).encode()
    headers = basic("anna", secret) | {"X-Limit-U": "ben", "X-Limit-D": "pixel"}
    assert_is_array(api.client().post("/ingest/owntracks?u=ben&d=pixel", data=body, headers=headers))
    assert [fix.device for fix in fixes(api)] == ["anna"]


def test_an_encrypted_location_is_opened_with_the_key_of_the_device(api: Api) -> None:
    with api.context.store.writing() as uow:
        device, secret = add_device(uow, "ben", DeviceKind.COURIER, NOW, encrypted=True)
        uow.commit()
    assert device.encryption_key is not None
    data = encrypt(payloads.OWNTRACKS_ANDROID, device.encryption_key)
    assert_is_array(send(api, json.dumps({"_type": "encrypted", "data": data}).encode(), "ben", secret))
    assert [fix.device for fix in fixes(api)] == ["ben"]


def osmand(api: Api, secret: str, message: dict[str, Any] | None = None, **options: Any) -> TestResponse:
    return api.client().post(f"/ingest/osmand/{secret}", json=message, **options)


def old_get(client: FlaskClient, path: str) -> TestResponse:
    return client.get(f"{path}?{payloads.OSMAND_FORM.decode()}")


def old_post_query(client: FlaskClient, path: str) -> TestResponse:
    return client.post(f"{path}?{payloads.OSMAND_FORM.decode()}")


def old_post_form(client: FlaskClient, path: str) -> TestResponse:
    form = "application/x-www-form-urlencoded"
    return client.post(path, data=payloads.OSMAND_FORM, content_type=form)


def new_post(client: FlaskClient, path: str) -> TestResponse:
    return client.post(path, data=payloads.OSMAND_JSON, content_type="application/json")


def new_post_slash(client: FlaskClient, path: str) -> TestResponse:
    return client.post(path + "/?id=anna", data=payloads.OSMAND_JSON)


@pytest.mark.parametrize("ask", [old_get, old_post_query, old_post_form, new_post, new_post_slash])
def test_every_form_of_the_osmand_protocol_is_stored_and_answered_empty(
    api: Api, secret: str, ask: Any
) -> None:
    for _ in range(2):
        assert_is_empty(ask(api.client(), f"/ingest/osmand/{secret}"))
    [fix] = fixes(api)
    assert (fix.device, fix.source) == ("anna", FixSource.OSMAND)
    assert fix.speed_mps == pytest.approx(5.14, abs=0.01)


@pytest.mark.parametrize(
    "body", [b"id=anna&notificationToken=abc", b"id=anna", b"", b'{"location":{"extras":{"heartbeat":true}}}']
)
def test_a_token_and_a_heartbeat_store_nothing(api: Api, secret: str, body: bytes) -> None:
    assert_is_empty(api.client().post(f"/ingest/osmand/{secret}", data=body))
    assert (fixes(api), letters(api)) == ([], [])


def test_a_look_at_the_address_stores_nothing(api: Api, secret: str) -> None:
    assert_is_empty(api.client().head(f"/ingest/osmand/{secret}?{payloads.OSMAND_FORM.decode()}"))
    assert fixes(api) == []


@pytest.mark.parametrize("body", [b"{broken", b"\xff", b"lat=1", b"x" * (ingest.MAX_BODY + 1)])
def test_what_osmand_cannot_say_is_quarantined_and_answered_empty(api: Api, secret: str, body: bytes) -> None:
    assert_is_empty(api.client().post(f"/ingest/osmand/{secret}", data=body))
    [letter] = letters(api)
    assert letter.device == "anna"


def test_an_unknown_device_is_answered_and_quarantined_without_its_secret(api: Api) -> None:
    assert_is_empty(api.client().get(f"/ingest/osmand/{'0' * 32}?{payloads.OSMAND_FORM.decode()}"))
    [letter] = letters(api)
    assert letter.reason.startswith("unknown_device")
    assert (letter.device, letter.payload) == (None, payloads.OSMAND_FORM)
    assert "0" * 32 not in repr(letter)


def test_an_alarm_is_an_alert_once_however_often_it_is_sent(api: Api, secret: str) -> None:
    message = json.loads(payloads.OSMAND_JSON)
    message["location"]["extras"] = {"alarm": "sos"}
    for _ in range(3):
        assert_is_empty(osmand(api, secret, message))
    with api.context.store.writing() as uow:
        uow.outbox.stamp()
        uow.commit()
    with api.context.store.reading() as uow:
        events = [stamped.event for stamped in uow.outbox.read(0, 1000)]
    alerts = [event for event in events if event.kind == "alert.raised"]
    assert [(alert.subject, alert.data["alarm"]) for alert in alerts] == [("anna", "sos")]
    assert len(fixes(api)) == 1


def test_only_a_journal_that_is_down_is_answered_503(api: Api, secret: str) -> None:
    path = api.context.journal.path
    api.context.journal = Journal(path, busy_s=0.05)
    blocker = sqlite.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    assert send(api, payloads.OWNTRACKS_ANDROID, "anna", secret).status_code == 503
    assert osmand(api, secret, json.loads(payloads.OSMAND_JSON)).status_code == 503
    assert osmand(api, "0" * 32, json.loads(payloads.OSMAND_JSON)).status_code == 503
    assert_is_array(send(api, payloads.OWNTRACKS_LWT, "anna", secret))
    blocker.close()
    assert_is_array(send(api, payloads.OWNTRACKS_ANDROID, "anna", secret))
    assert len(fixes(api)) == 1


def test_a_secret_in_an_address_shows_in_no_log() -> None:
    assert redacted("GET /ingest/osmand/abc123/?id=1 HTTP/1.1") == "GET /ingest/osmand/.../?id=1 HTTP/1.1"
    record = logging.LogRecord("n", logging.ERROR, "f", 1, "%s of %s", ("x", "/ingest/osmand/abc123"), None)
    assert RedactSecrets().filter(record)
    assert record.getMessage() == "x of /ingest/osmand/..."
    access = logging.LogRecord("n", logging.INFO, "f", 1, "%(r)s", ({"r": "GET /ingest/osmand/abc"},), None)
    assert RedactSecrets().filter(access)
    assert access.getMessage() == "GET /ingest/osmand/..."


def test_a_phone_is_told_in_the_answer_what_it_is_to_do_once(api: Api, secret: str) -> None:
    dispatcher = api.signed_in("dispatcher")
    asked = dispatcher.post("/v1/couriers/anna/report-location")
    assert asked.status_code == 202
    assert asked.json["courier_id"] == "anna"
    with api.context.store.writing() as uow:
        replace_route(uow, "anna", [PlannedStop("hospital", NOW, NOW, ())], NOW)
        uow.commit()
    first = send(api, payloads.OWNTRACKS_ANDROID, "anna", secret)
    assert [(command["_type"], command["action"]) for command in first.json] == [
        ("cmd", "reportLocation"),
        ("cmd", "setWaypoints"),
    ]
    assert first.json[1]["waypoints"]["waypoints"][0]["desc"] == "Hospital Buchs"
    assert_is_array(send(api, payloads.OWNTRACKS_ANDROID, "anna", secret))


def test_only_those_who_manage_the_fleet_ask_for_a_location(api: Api, secret: str) -> None:
    assert api.signed_in("anna").post("/v1/couriers/anna/report-location").status_code == 403
    admin = api.signed_in("admin")
    assert admin.post("/v1/couriers/nobody/report-location").status_code == 404
    assert admin.post("/v1/couriers/ben/report-location").json["code"] == "conflict"
