"""The live stream of events."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import Response, request

from api.access import Caller, authenticate
from api.context import context
from api.operation import PROBLEM_CONTENT
from tracking.identity.people import NotAllowed
from tracking.identity.roles import Scope
from tracking.values.errors import InvalidValue
from tracking.values.events import DomainEvent

live = APIBlueprint("live", __name__, url_prefix="/v1", tag="Live")


_STREAM = {"text/event-stream": {"schema": {"type": "string"}}}
_RESPONSES: Any = {
    200: {"description": "Server-sent events.", "content": _STREAM},
    401: {"description": "Not signed in, or the token has expired.", "content": PROBLEM_CONTENT},
    403: {"description": "The caller's role may not do this.", "content": PROBLEM_CONTENT},
    422: {"description": "Last-Event-ID is not a position.", "content": PROBLEM_CONTENT},
    500: {"description": "Something went wrong on our side.", "content": PROBLEM_CONTENT},
}


@live.get("/live")
@live.doc(
    operation_id="get_live",
    security="bearer",
    responses=_RESPONSES,
)
def get_live() -> Response:
    """Everything that happens, as server-sent events; `Last-Event-ID` resumes.

    A courier receives what concerns the courier's own work. The stream ends with the access token.
    """
    caller = authenticate(None)
    if not (caller.may(Scope.READ) or caller.may(Scope.DRIVE)):
        raise NotAllowed(f"{caller.title} has no stream.")
    feed = context().live
    feed.start()
    events = feed.stream(
        _last_event_id(),
        caller.expires_at,
        context().clock,
        lambda event: _concerns(caller, event),
        lambda courier_id: caller.may(Scope.READ) or courier_id == caller.courier_id,
    )
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(events, mimetype="text/event-stream", headers=headers)


def _last_event_id() -> int | None:
    header = request.headers.get("Last-Event-ID")
    if header is None:
        return None
    if not header.isascii() or not header.isdigit() or len(header) > 18:
        raise InvalidValue("Last-Event-ID must be a position that this stream sent.")
    return int(header)


def _concerns(caller: Caller, event: DomainEvent) -> bool:
    if caller.may(Scope.READ):
        return True
    return caller.courier_id in (event.subject, event.data.get("courier_id"))
