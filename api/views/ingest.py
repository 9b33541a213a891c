"""What phone trackers send over HTTP, and the answers that let each app forget what it has sent.

Both apps take any other answer than theirs for a failure: OwnTracks for Android then sends the same message
for ever, and for iOS throws it away. So whatever a phone sends is answered for once it is kept.
"""

from __future__ import annotations

import json
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request
from prometheus_client import Counter

from api.alarms import raise_alarm
from api.context import context
from api.device_accounts import note_secret_used
from device_gateway.protocol import topics
from device_gateway.protocol.decode import decode
from device_gateway.protocol.decoded import Decoded, Heard
from device_gateway.protocol.osmand import alarm_of, canonical
from device_gateway.protocol.owntracks_commands import to_command
from device_gateway.protocol.owntracks_http import http_topic
from tracking.fleet.phone_commanding import due_commands, mark_sent
from tracking.fleet.phone_commands import Way
from tracking.identity.devices import Device, DeviceKind
from tracking.identity.rotation import device_with_secret, is_secret_of
from tracking.telemetry.reports import DeadLetter
from tracking.values.ids import NAME

ingest = APIBlueprint("ingest", __name__, url_prefix="/ingest", enable_openapi=False)

MAX_BODY = 512 * 1024
"""Bytes of a message; a card with a picture is the largest that the apps send."""
KEPT_OF_TOO_LARGE = 4 * 1024
UNKNOWN_DEVICE = "unknown_device: no device has the secret in this address; set the phone up with its link."

_IGNORED = Counter(
    "fieldstock_ingest_ignored", "Messages of phones over HTTP that were in order and of no use.", ["type"]
)
_FORGOTTEN = Counter(
    "fieldstock_ingest_quarantine_full", "Messages of unknown devices that were not kept: too many came."
)


@ingest.post("/owntracks", strict_slashes=False)
def receive_owntracks() -> Response:
    """Take a message of an OwnTracks app in HTTP mode, and answer with what its phone shall do."""
    device = _signed_in()
    if device is None:
        return Response(status=401, headers={"WWW-Authenticate": 'Basic realm="fieldstock"'})
    body = _body()
    topic = http_topic(
        device.device_id, request.headers.get("X-Limit-D"), request.args.get("d"), body[:MAX_BODY]
    )
    _keep(_decoded(topic, body))
    return Response(json.dumps(_commands_to(device.device_id)), mimetype="application/json")


@ingest.route("/osmand/<secret>", methods=["GET", "POST"], strict_slashes=False)
def receive_osmand(secret: str) -> Response:
    """Take a message of Traccar Client, old or new, or of another app that speaks like it."""
    if request.method == "HEAD":
        return Response()
    payload = canonical(request.query_string, _body())
    with context().store.reading() as uow:
        device = device_with_secret(uow, secret)
    if device is None or device.kind is not DeviceKind.COURIER:
        _quarantine(payload)
        return Response()
    _note_used(device, secret)
    now = context().clock()
    if alarm := alarm_of(payload[:MAX_BODY]):
        raise_alarm(context().store, device.device_id, *alarm, now)
    _keep(_decoded(topics.osmand(device.device_id), payload))
    return Response()


def _signed_in() -> Device | None:
    """Return the courier's phone that the request's name and password are of, None where they are wrong."""
    given = request.authorization
    if given is None or given.type != "basic" or not NAME.fullmatch(given.username or ""):
        return None
    with context().store.reading() as uow:
        device = uow.devices.get(given.username or "")
    if device is None or device.kind is not DeviceKind.COURIER:
        return None
    password = given.password or ""
    if not is_secret_of(device, password):
        return None
    _note_used(device, password)
    return device


def _note_used(device: Device, secret: str) -> None:
    """End a rotation as soon as the phone shows that it has the new secret."""
    note_secret_used(context().store, context().settings, device, secret, context().clock)


def _commands_to(device_id: str) -> list[dict[str, Any]]:
    """Return what the phone is to do, and note that it was told: the answer is the one way to it."""
    now = context().clock()
    with context().store.reading() as uow:
        due = due_commands(uow, Way.ANSWERED, now, device_id)
    if due:
        with context().store.writing() as uow:
            for command in due:
                mark_sent(uow, command, Way.ANSWERED, now)
            uow.commit()
    return [to_command(command) for command in due]


def _body() -> bytes:
    """Return the body, and of one that is too large so much that it shows as such."""
    request.max_content_length = None
    return request.stream.read(MAX_BODY + 1)


def _decoded(topic: str, body: bytes) -> Decoded:
    now = context().clock()
    if len(body) <= MAX_BODY:
        return decode(Heard(topic, body, now), context().device_keys)
    letter = DeadLetter(
        topic=topic,
        kind="fix",
        reason=f"too_large: a message has at most {MAX_BODY} bytes; this is its beginning.",
        received_at=now,
        payload=body[:KEPT_OF_TOO_LARGE],
        device=topics.parse(topic).device,
    )
    return Decoded(unreadable=(letter,))


def _keep(decoded: Decoded) -> None:
    """Make durable what was said. Raises `JournalUnavailable`, the one good reason to ask for it again."""
    if decoded.ignored is not None:
        _IGNORED.labels(decoded.ignored).inc()
    if items := (*context().clocks.settled(decoded.values), *decoded.unreadable):
        context().journal.append(items)


def _quarantine(payload: bytes) -> None:
    letter = context().quarantine.admit("osmand", payload, UNKNOWN_DEVICE, context().clock())
    if letter is None:
        _FORGOTTEN.inc()
    else:
        context().journal.append([letter])
