"""One route of the API: who may call it, what goes in, what comes out, and that it counts once."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from apiflask import APIBlueprint
from flask import Response, g, request
from pydantic import BaseModel
from werkzeug.exceptions import UnsupportedMediaType

from api.access import authenticate, caller
from api.context import context
from api.openapi import CONSUMES
from mobile_contract.common import Answer
from tracking.identity.roles import Scope
from tracking.store.columns import upsert
from tracking.store.tables import AuditEntry, StoredAnswer
from tracking.store.unit_of_work import SqlUnitOfWork
from tracking.values.errors import FieldstockError, InvalidValue, NotFound
from tracking.values.ids import new_id

View = Callable[..., Any]
KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 128
LONGEST_AUDITED = 4_000
"""Characters of a request that the audit log keeps."""

PROBLEM_CONTENT: dict[str, Any] = {
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
}
_ALWAYS = {
    400: "The request is malformed.",
    500: "Something went wrong on our side.",
    503: "Busy: try again in a moment.",
}
_WRITE = {409: "Another request did the same at the same time."}
_SIGNED_IN = {401: "Not signed in, or the token has expired.", 403: "The caller's role may not do this."}


@dataclass(frozen=True, slots=True)
class Once:
    """The idempotency key of this request, and what it is for."""

    principal: str
    key: str
    request_sha256: str
    status: int

    def answered(self, body: str) -> StoredAnswer:
        """Return the record of an answer to this request."""
        now = context().clock()
        return StoredAnswer(self.principal, self.key, self.request_sha256, self.status, body, now)


class AnsweredBefore(Exception):
    """The same write was done before; `answer` is what was said then."""

    def __init__(self, answer: StoredAnswer) -> None:
        super().__init__(answer.idempotency_key)
        self.answer = answer


class IdempotencyKeyReused(FieldstockError):
    """An idempotency key came with another request than before."""

    code = "idempotency_key_reused"
    action = "Use a new key for every new request."


class WrongMediaType(FieldstockError):
    """The body is of another media type than the operation takes."""

    code = "media_type"


def operation(
    blueprint: APIBlueprint,
    method: str,
    path: str,
    answer: Any,
    *,
    scope: Scope | None = None,
    public: bool = False,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    status: int = 200,
    idempotent: bool = False,
    errors: dict[int, str] | None = None,
    produces: str | None = None,
    consumes: tuple[str, ...] = (),
) -> Callable[[View], View]:
    """Return a decorator that makes a view one operation of the API.

    The view gets `query` and `body` as keyword arguments, beside those of the path. With `idempotent`, a
    request that carries `Idempotency-Key` is answered as it was the first time, per caller, for 30 days.
    `produces` is the media type of an answer that is no message: `answer` is None then; `consumes` are
    those of a body that is none.
    """
    documented = _ALWAYS | ({} if public else _SIGNED_IN) | (_WRITE if method != "GET" else {})
    if "<" in path:
        documented |= {404: "There is no such thing."}
    if body is not None:
        documented |= {415: "The body is not JSON.", 413: "The body is too large."}
    if consumes:
        documented |= {415: f"The body is not {' or '.join(consumes)}.", 413: "The body is too large."}
    if body is not None or query is not None:
        documented |= {422: "A field is not as documented."}
    if idempotent:
        documented |= {422: "A field is not as documented, or the key came with another request before."}
    documented |= errors or {}

    answers: dict[int, Any] = {code: _described(text) for code, text in documented.items()}
    if produces is not None:
        content = {produces: {"schema": {"type": "string", "contentMediaType": produces}}}
        answers[status] = {"description": "The document.", "content": content}
    elif answer is None:
        answers[status] = {"description": "Done."}

    def decorate(view: View) -> View:
        inner = _counted_once(view, status) if idempotent else view
        if consumes:
            inner = _of_type_only(consumes, inner)
        if query is not None:
            inner = blueprint.input(query, location="query", arg_name="query")(inner)
        if body is not None:
            inner = _json_only(blueprint.input(body, arg_name="body")(inner))
        inner = blueprint.output(answer, status_code=status)(inner) if answer is not None else inner
        guarded = inner if public else _guarded(inner, scope)
        documented_view = blueprint.doc(
            operation_id=view.__name__,
            responses=answers,
            security=None if public else "bearer",
            extensions={CONSUMES: list(consumes)} if consumes else None,
        )(guarded)
        return blueprint.route(path, methods=[method])(documented_view)

    return decorate


def _described(text: str) -> Any:
    return {"description": text, "content": PROBLEM_CONTENT}


def _guarded(view: View, scope: Scope | None) -> View:
    @functools.wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        authenticate(scope)
        _check_path()
        return view(*args, **kwargs)

    return guarded


def _check_path() -> None:
    """Refuse what no identifier holds, before a database chokes on it."""
    for name, value in (request.view_args or {}).items():
        if not value.isprintable():
            raise NotFound(name.removesuffix("_id"), value)


def _json_only(view: View) -> View:
    @functools.wraps(view)
    def json_only(*args: Any, **kwargs: Any) -> Any:
        if not request.is_json:
            raise UnsupportedMediaType("The body must be JSON.")
        return view(*args, **kwargs)

    return json_only


def _of_type_only(media_types: tuple[str, ...], view: View) -> View:
    named = " or ".join(media_types)

    @functools.wraps(view)
    def of_type_only(*args: Any, **kwargs: Any) -> Any:
        if request.mimetype not in media_types:
            raise WrongMediaType(f"The body must be {named}.", f"Send Content-Type: {named}.")
        return view(*args, **kwargs)

    return of_type_only


def _counted_once(view: View, status: int) -> View:
    @functools.wraps(view)
    def counted_once(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get(KEY_HEADER)
        if key is None:
            return view(*args, **kwargs)
        if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
            raise InvalidValue(f"{KEY_HEADER} must be 1 to {LONGEST_KEY} printable ASCII characters.")
        text = f"{request.method} {request.path}\n".encode() + request.get_data()
        g.once = Once(caller().login, key, hashlib.sha256(text).hexdigest(), status)
        try:
            return view(*args, **kwargs)
        except AnsweredBefore as before:
            return Response(
                before.answer.body,
                before.answer.status,
                {"Idempotency-Replayed": "true"},
                mimetype="application/json",
            )

    return counted_once


@contextmanager
def effect() -> Iterator[Effect]:
    """Open the transaction of a write; `conclude` commits it together with the answer to the caller.

    A write that was concluded before under the same idempotency key is not done again.
    """
    once: Once | None = g.get("once")
    with context().store.writing() as uow:
        if once is not None:
            _claim(uow, once)
        yield Effect(uow, once)


def _claim(uow: SqlUnitOfWork, once: Once) -> None:
    """Write the key down before anything is done; the same request at the same time waits here for ours."""
    table = uow.records(StoredAnswer).table
    claim = upsert(uow.connection, table).values(dataclasses.asdict(once.answered("")))
    if uow.connection.execute(claim.on_conflict_do_nothing().returning(table.c.principal)).first():
        return
    earlier = uow.answers.require(once.principal, once.key)
    if earlier.request_sha256 != once.request_sha256:
        raise IdempotencyKeyReused("This key came with another request before.")
    raise AnsweredBefore(earlier)


def audit(uow: SqlUnitOfWork) -> None:
    """Write down who makes the write of this request, and what it says, in the write's own transaction."""
    is_text = request.is_json or request.mimetype.startswith("text/")
    said = request.get_data(as_text=True)[:LONGEST_AUDITED] if is_text else _told_of_body()
    name = (request.endpoint or "").rpartition(".")[2]
    uow.audit.add(AuditEntry(new_id(), context().clock(), caller().login, name, request.path, said))


def _told_of_body() -> str:
    """Return what stands in the audit log for a body that is no text."""
    size = request.content_length
    return f"{request.mimetype or 'a body'}, {size} bytes" if size else ""


class Effect:
    """A write under way: its unit of work, and how it ends."""

    def __init__(self, uow: SqlUnitOfWork, once: Once | None) -> None:
        self.uow = uow
        self._once = once

    def conclude(self, answer: Answer) -> Answer:
        """Commit, and return the answer, which the same request will get again."""
        audit(self.uow)
        if self._once is not None:
            self.uow.answers.save(self._once.answered(answer.model_dump_json()))
        self.uow.commit()
        return answer
