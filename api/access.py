"""Who is calling: access tokens (JWT, HS256) and what their holder may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import gevent
import gevent.monkey
import jwt
from flask import g, request

from api.context import context
from tracking.identity.people import NotAllowed, Person
from tracking.identity.roles import SCOPES, Role, Scope
from tracking.values.errors import FieldstockError

Result = TypeVar("Result")
_ALGORITHM = "HS256"


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
    """Who is calling, until `expires_at`; `courier_id` is set for people who drive."""

    login: str
    role: Role
    courier_id: str | None
    expires_at: datetime

    def may(self, scope: Scope) -> bool:
        """Tell whether the caller's role holds a scope."""
        return scope in SCOPES[self.role]


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
        return Caller(claims["sub"], Role(claims["role"]), claims.get("courier"), expires_at)
    except jwt.ExpiredSignatureError:
        raise TokenExpired("The access token has expired.") from None
    except (jwt.InvalidTokenError, ValueError):
        raise NotSignedIn("The access token is not valid.") from None


def authenticate(scope: Scope | None) -> Caller:
    """Return the caller of this request. Raises `NotSignedIn`, `TokenExpired` or `NotAllowed`."""
    header = request.headers.get("Authorization", "")
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not token:
        raise NotSignedIn("This needs an access token.")
    caller = read_token(token.strip(), context().secrets.token_key)
    if scope is not None and not caller.may(scope):
        raise NotAllowed(f"The role {caller.role} may not do this.")
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
