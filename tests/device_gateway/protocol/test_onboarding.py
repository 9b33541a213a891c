"""The links that set up a phone's tracker."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from device_gateway.protocol.onboarding import (
    Phone,
    owntracks_http_link,
    owntracks_mqtt_link,
    traccar_link,
)

PHONE = Phone("courier-7", "0123abcd")


def configuration(link: str) -> dict[str, Any]:
    url = urlsplit(link)
    assert (url.scheme, url.netloc, url.path) == ("owntracks", "", "/config")
    found: dict[str, Any] = json.loads(base64.b64decode(parse_qs(url.query)["inline"][0], validate=True))
    return found


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("mqtts://broker.example:8884", "broker.example", 8884, True),
        ("mqtts://broker.example", "broker.example", 8883, True),
        ("mqtt://10.0.0.1", "10.0.0.1", 1883, False),
    ],
)
def test_owntracks_over_mqtt_signs_in_moves_and_retains_nothing(
    url: str, host: str, port: int, tls: bool
) -> None:
    found = configuration(owntracks_mqtt_link(PHONE, url))
    assert found == {
        "_type": "configuration",
        "mode": 0,
        "host": host,
        "port": port,
        "tls": tls,
        "ws": False,
        "auth": True,
        "username": "courier-7",
        "password": "0123abcd",
        "clientId": "courier-7",
        "cleanSession": False,
        "deviceId": "phone",
        "tid": "C7",
        "monitoring": 2,
        "locatorInterval": 15,
        "moveModeLocatorInterval": 15,
        "locatorDisplacement": 50,
        "cmd": True,
        "remoteConfiguration": False,
        "pubRetain": False,
    }


def test_owntracks_over_http_posts_to_its_own_address() -> None:
    found = configuration(owntracks_http_link(PHONE, "https://field.example"))
    assert (found["mode"], found["url"]) == (3, "https://field.example/ingest/owntracks")
    assert (found["username"], found["password"], found["monitoring"]) == ("courier-7", "0123abcd", 2)
    assert "host" not in found


def test_an_encryption_key_goes_along_only_where_there_is_one() -> None:
    encrypting = Phone("courier-7", "0123abcd", "sesame")
    assert configuration(owntracks_mqtt_link(encrypting, "mqtt://h"))["encryptionKey"] == "sesame"
    assert "encryptionKey" not in configuration(owntracks_mqtt_link(PHONE, "mqtt://h"))


def test_traccar_client_gets_its_secret_in_the_path_and_the_rest_as_parameters() -> None:
    url = urlsplit(traccar_link(PHONE, "https://field.example"))
    assert (url.netloc, url.path) == ("field.example", "/ingest/osmand/0123abcd")
    parameters = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert set(parameters) == {
        "id",
        "accuracy",
        "distance",
        "interval",
        "angle",
        "heartbeat",
        "fastest_interval",
        "buffer",
        "wakelock",
        "stop_detection",
        "service",
    }
    assert (parameters["id"], parameters["interval"], parameters["distance"]) == ("courier-7", "15", "50")


def test_a_secret_does_not_show_in_a_log() -> None:
    assert "0123abcd" not in repr(PHONE)
