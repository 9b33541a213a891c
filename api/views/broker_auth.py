"""What a broker elsewhere asks of each connection and topic: EMQX 5's HTTP authentication and authorisation.

Request and answer are JSON: `{"result": "allow" | "deny"}`, with status 200 for both, as EMQX wants it. A
broker shows the installation's secret `broker-http-secret` as a bearer token. Both secrets of a device under
rotation are good here; the new one, once used, is in force.
"""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import Response, jsonify, request

from api.access import NotSignedIn
from api.context import context
from api.device_accounts import note_secret_used
from api.processes.broker_accounts import KINDS
from device_gateway.credentials import AccountKind
from device_gateway.grants import may_publish, may_subscribe
from tracking.identity.devices import SERVER_PREFIX, Device
from tracking.identity.rotation import is_secret_of
from tracking.identity.secrets import secret_matches, sha256_hex

broker_auth = APIBlueprint("broker_auth", __name__, url_prefix="/broker", enable_openapi=False)

LONGEST_WORD = 65_535
"""Bytes of an MQTT string; a question with a longer one did not come from a broker."""


@broker_auth.post("/auth")
def authenticate_client() -> Response:
    """Tell whether a client may connect: its client id is its user name, and the password its secret."""
    question = _question("username", "clientid", "password")
    name, password = question["username"], question["password"]
    if not name or question["clientid"] != name:
        return _answer(False)
    if name.startswith(SERVER_PREFIX):
        return _answer(secret_matches(password, sha256_hex(context().secrets.gateway_password)))
    device = _device(name)
    if device is None or not is_secret_of(device, password):
        return _answer(False)
    note_secret_used(context().store, context().settings, device, password, context().clock)
    return _answer(True)


@broker_auth.post("/acl")
def authorise_client() -> Response:
    """Tell whether a client may publish to a topic, or subscribe to a topic filter."""
    question = _question("username", "clientid", "action", "topic")
    name = question["username"]
    kind = _kind_of(name) if question["clientid"] == name else None
    match question["action"]:
        case "publish" if kind is not None:
            return _answer(may_publish(kind, name, question["topic"]))
        case "subscribe" if kind is not None:
            return _answer(may_subscribe(kind, name, question["topic"]))
        case _:
            return _answer(False)


def _question(*names: str) -> dict[str, str]:
    """Return the named texts of a broker's question; what is missing or no text is empty.

    Raises `NotSignedIn` unless our broker asks.
    """
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    right = secret_matches(token.strip(), sha256_hex(context().secrets.broker_http_secret))
    if kind.lower() != "bearer" or not right:
        raise NotSignedIn("This is for the broker, with the secret in secrets/broker-http-secret.")
    body = request.get_json(silent=True)
    given: dict[str, Any] = body if isinstance(body, dict) else {}
    return {name: _text(given.get(name)) for name in names}


def _text(value: object) -> str:
    is_usable = isinstance(value, str) and len(value) <= LONGEST_WORD and "\0" not in value
    return str(value).encode(errors="replace").decode() if is_usable else ""


def _device(name: str) -> Device | None:
    with context().store.reading() as uow:
        device = uow.devices.get(name)
    return device if device is not None and device.revoked_at is None else None


def _kind_of(name: str) -> AccountKind | None:
    if name.startswith(SERVER_PREFIX):
        return AccountKind.SERVER
    device = _device(name)
    return KINDS[device.kind] if device is not None else None


def _answer(allowed: bool) -> Response:
    return jsonify(result="allow" if allowed else "deny")
