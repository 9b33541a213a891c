"""Errors as people and programs read them: RFC 9457 problems, and which HTTP status each code has."""

from __future__ import annotations

from typing import Any

import structlog
from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response, request
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException

from api.redaction import redacted
from mobile_contract.common import FieldError, Problem
from tracking.sheets.faults import Fault, SheetRefused
from tracking.store.engine import StoreBusy
from tracking.values.errors import Conflict, FieldstockError, InvalidValue

log = structlog.get_logger()

STATUS = {
    "invalid_value": 422,
    "not_found": 404,
    "events_forgotten": 410,
    "sheet_refused": 422,
    "sheet_too_large": 413,
    "heads_forged": 409,
    "already_exists": 409,
    "transition_refused": 409,
    "amendment_refused": 409,
    "conflict": 409,
    "out_of_stock": 409,
    "part_does_not_fit": 422,
    "not_covered": 422,
    "serial_elsewhere": 409,
    "shift_overlaps": 409,
    "no_bench": 409,
    "promise_lapsed": 409,
    "no_planner": 503,
    "no_scrap": 409,
    "work_refused": 409,
    "not_tested": 409,
    "photo_refused": 422,
    "way_not_possible": 409,
    "link_unknown": 404,
    "link_expired": 410,
    "link_revoked": 410,
    "link_used": 409,
    "link_throttled": 429,
    "serial_unknown": 422,
    "serial_announced": 409,
    "too_many_photos": 409,
    "locker_offline": 409,
    "compartment_faulty": 409,
    "nothing_to_withdraw": 409,
    "compartment_taken": 409,
    "opening_under_way": 409,
    "no_offline_key": 409,
    "offline_codes_exhausted": 409,
    "sign_in_refused": 401,
    "sign_in_throttled": 429,
    "session_ended": 401,
    "not_signed_in": 401,
    "token_expired": 401,
    "not_allowed": 403,
    "invitation_refused": 403,
    "no_rotation": 409,
    "idempotency_key_reused": 422,
    "malformed_request": 400,
    "invalid_request": 422,
    "no_such_route": 404,
    "method_not_allowed": 405,
    "too_large": 413,
    "media_type": 415,
    "store_busy": 503,
    "telemetry_store_unavailable": 503,
    "journal_unavailable": 503,
    "internal": 500,
}
"""The HTTP status of every code that the API can answer with."""

_HTTP_CODES = {
    400: ("malformed_request", "Send well-formed JSON, in UTF-8."),
    404: ("no_such_route", "Check the address; GET /openapi.json lists all routes."),
    405: ("method_not_allowed", "Use one of the methods in the Allow header."),
    413: ("too_large", "Send less at a time."),
    415: ("media_type", "Send Content-Type: application/json."),
}


def problem_response(
    code: str,
    detail: str,
    action: str,
    errors: list[FieldError] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return the answer for a problem."""
    status = STATUS.get(code, 500)
    body = Problem(
        type=f"urn:fieldstock:problem:{code}",
        title=code.replace("_", " ").capitalize(),
        status=status,
        code=code,
        detail=detail,
        action=action,
        errors=errors or [],
    )
    response = Response(body.model_dump_json(), status, mimetype="application/problem+json")
    response.headers.update(headers or {})
    return response


def install_problem_handlers(app: APIFlask) -> None:
    """Let every error of an app be answered as a problem."""
    app.register_error_handler(FieldstockError, _domain_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(HTTPError, _validation_error)
    app.register_error_handler(IntegrityError, _overtaken)
    for busy in (OperationalError, InterfaceError, NoConnectionFree):
        app.register_error_handler(busy, _busy)
    app.register_error_handler(Exception, _unexpected)
    app.error_processor(_validation_error)


def _domain_error(error: FieldstockError) -> Response:
    headers = {}
    if (retry_after_s := getattr(error, "retry_after_s", None)) is not None:
        headers["Retry-After"] = str(retry_after_s)
    if STATUS.get(error.code) == 401:
        headers["WWW-Authenticate"] = "Bearer"
    errors = None
    if isinstance(error, SheetRefused):
        errors = [FieldError(path=_path(fault), cause=fault.reason) for fault in error.faults]
    elif isinstance(error, InvalidValue) and error.path is not None:
        errors = [FieldError(path=error.path, cause=error.cause)]
    return problem_response(error.code, error.cause, error.action, errors, headers)


def _path(fault: Fault) -> str:
    return f"{fault.line}.{fault.column}".rstrip(".")


def _http_error(error: HTTPException) -> Response:
    code, action = _HTTP_CODES.get(error.code or 500, ("internal", "Report this to the operator."))
    headers = {name: value for name, value in error.get_headers() if name == "Allow"}
    return problem_response(code, error.description or str(error), action, headers=headers)


def _validation_error(error: HTTPError) -> Response:
    if error.status_code != 422:
        code, action = _HTTP_CODES.get(error.status_code, ("internal", "Report this to the operator."))
        allow = {name: str(value) for name, value in dict(error.headers or {}).items() if name == "Allow"}
        return problem_response(code, error.message or "The request was refused.", action, headers=allow)
    errors = [
        FieldError(path=".".join(path), cause=cause)
        for location in (error.detail or {}).values()
        for path, cause in _leaves(location, ())
    ]
    return problem_response(
        "invalid_request",
        "; ".join(f"{e.path}: {e.cause}" for e in errors[:5]) or "The request is not as documented.",
        "Correct the named fields and send it again.",
        errors,
    )


def _leaves(node: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
    if isinstance(node, dict):
        return [leaf for key, child in node.items() for leaf in _leaves(child, (*path, str(key)))]
    if isinstance(node, list):
        return [(path, str(cause)) for cause in node]
    return [(path, str(node))]


def _overtaken(error: IntegrityError) -> Response:
    log.warning("request was overtaken by another", path=redacted(request.path), cause=str(error.orig))
    return _domain_error(Conflict("Another request wrote the same at the same time."))


def _busy(error: Exception) -> Response:
    """Answer for deadlocks, failed serialisations, and a database that is away."""
    log.warning("database is busy or away", path=redacted(request.path), cause=str(error))
    return problem_response(
        "store_busy",
        "The database did not answer in time.",
        StoreBusy.action,
        headers={"Retry-After": "1"},
    )


def _unexpected(error: Exception) -> Response:
    log.error("request failed", path=redacted(request.path), method=request.method, exc_info=error)
    return problem_response(
        "internal", "Something went wrong on our side.", "Try again; if it stays, tell the operator."
    )
