"""Who is calling: access tokens (JWT, HS256) and what their holder may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import gevent
import gevent.monkey
import jwt
from flask import g, request

from api.context import context
from tracking.identity.api_keys import KEY_PREFIX, key_of, was_seen_lately
from tracking.identity.people import NotAllowed, Person
from tracking.identity.roles import SCOPES, Role, Scope
from tracking.values.errors import FieldstockError

Result = TypeVar("Result")
_ALGORITHM = "HS256"
KEY_LOOKED_AT_EVERY = timedelta(minutes=15)
"""How long a stream goes on before its API key is looked at again."""


class NotSignedIn(FieldstockError):
    """The request carries no access token, or one that is not ours."""

    code = "not_signed_in"
    action = "Sign in and send the access token as Authorization: Bearer."


class TokenExpired(FieldstockError):
    """The access token is too old."""

    code = "token_expired"
    action = "Refresh the session and send the new access token."


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, until `expires_at`; `courier_id` is set for people who drive.

    A program's API key has no role; its `login` is `key:` and the key's name.
    """

    login: str
    role: Role | None
    courier_id: str | None
    expires_at: datetime
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Tell whether the caller holds a scope."""
        return scope in self.scopes

    @property
    def title(self) -> str:
        """What the caller is, for people."""
        return "This API key" if self.role is None else f"The role {self.role}"


def script_person(role: Role, now: datetime) -> Person:
    """Return whom the token of a script on this machine belongs to: nobody who could sign in."""
    return Person(f"script-{role}", f"Script ({role})", role, "", None, now)


def issue_token(person: Person, key: bytes, now: datetime, lasts_s: int) -> str:
    """Return an access token for a person."""
    claims = {
        "sub": person.login,
        "role": str(person.role),
        "courier": person.courier_id,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(seconds=lasts_s)).timestamp()),
    }
    return jwt.encode(claims, key, algorithm=_ALGORITHM)


def read_token(token: str, key: bytes) -> Caller:
    """Return whose token it is. Raises `NotSignedIn` or `TokenExpired`."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=[_ALGORITHM], options={"require": ["sub", "role", "exp"]}
        )
        expires_at = datetime.fromtimestamp(claims["exp"], tz=context().clock().tzinfo)
        role = Role(claims["role"])
        return Caller(claims["sub"], role, claims.get("courier"), expires_at, SCOPES[role])
    except jwt.ExpiredSignatureError:
        raise TokenExpired("The access token has expired.") from None
    except (jwt.InvalidTokenError, ValueError):
        raise NotSignedIn("The access token is not valid.") from None


def read_key(text: str) -> Caller:
    """Return the program whose API key it is, and note that it was used. Raises `NotSignedIn`."""
    now = context().clock()
    with context().store.reading() as uow:
        key = key_of(uow, text, now)
    if key is None:
        raise NotSignedIn("The API key is unknown, expired or revoked.")
    if not was_seen_lately(key, now):
        with context().store.writing() as uow:
            uow.api_keys.save(replace(uow.api_keys.require(key.key_id, lock=True), last_used_at=now))
            uow.commit()
    lasts_until = min(filter(None, (key.expires_at, now + KEY_LOOKED_AT_EVERY)))
    return Caller(f"key:{key.name}", None, None, lasts_until, frozenset(map(Scope, key.scopes)))


def authenticate(scope: Scope | None) -> Caller:
    """Return the caller of this request. Raises `NotSignedIn`, `TokenExpired` or `NotAllowed`."""
    header = request.headers.get("Authorization", "")
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not token:
        raise NotSignedIn("This needs an access token.")
    token = token.strip()
    is_key = token.startswith(KEY_PREFIX)
    caller = read_key(token) if is_key else read_token(token, context().secrets.token_key)
    if scope is not None and not caller.may(scope):
        raise NotAllowed(f"{caller.title} may not do this.")
    g.caller = caller
    return caller


def caller() -> Caller:
    """Return who calls the view that runs now."""
    found: Caller = g.caller
    return found


def let_others_run() -> None:
    """Give other greenlets a turn: a client whose next request is in the socket already would starve them."""
    if gevent.monkey.is_module_patched("threading"):
        gevent.sleep(0)


def off_loop(function: Callable[..., Result], *arguments: Any) -> Result:
    """Run something slow in the thread pool, so that the event loop serves others meanwhile."""
    if gevent.monkey.is_module_patched("threading"):
        result: Result = gevent.get_hub().threadpool.apply(function, arguments)
        return result
    return function(*arguments)
