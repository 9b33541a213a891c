"""Signing in and out."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import request

from api.access import caller, issue_token, off_loop, script_person
from api.context import context
from api.operation import operation
from api.presenters import person_view
from mobile_contract.auth import PersonView, Refresh, SignIn, Tokens
from tracking.identity import service as identity
from tracking.identity.people import NotAllowed, Person

sessions = APIBlueprint("sessions", __name__, url_prefix="/v1", tag="Sessions")

_REFUSED = {401: "The name or password is wrong, or the session has ended.", 429: "Too many failed sign-ins."}


@operation(sessions, "POST", "/auth/sign-in", Tokens, public=True, body=SignIn, errors=_REFUSED)
def sign_in(body: SignIn) -> Tokens:
    """Sign in with name and password."""
    now, address = context().clock(), request.remote_addr or ""
    with context().store.writing() as uow:
        encoded = identity.checked_hash(uow, body.login, address, now)
    right = off_loop(identity.password_is_right, body.password, encoded)
    with context().store.writing() as uow:
        person, _, refresh_token = identity.sign_in(uow, body.login, address, right, now)
        uow.commit()
    return _tokens(person, refresh_token)


@operation(sessions, "POST", "/auth/refresh", Tokens, public=True, body=Refresh, errors=_REFUSED)
def refresh(body: Refresh) -> Tokens:
    """Exchange the refresh token for new tokens; each refresh token works once."""
    with context().store.writing() as uow:
        person, _, refresh_token = identity.refresh_session(uow, body.refresh_token, context().clock())
        uow.commit()
    return _tokens(person, refresh_token)


@operation(sessions, "POST", "/auth/sign-out", None, public=True, body=Refresh, status=204)
def sign_out(body: Refresh) -> tuple[str, int]:
    """End the session; an unknown token is no error."""
    with context().store.writing() as uow:
        identity.sign_out(uow, body.refresh_token, context().clock())
        uow.commit()
    return "", 204


@operation(sessions, "GET", "/me", PersonView)
def me() -> PersonView:
    """Who is signed in."""
    role = caller().role
    if role is None:
        raise NotAllowed("An API key belongs to no person.")
    with context().store.reading() as uow:
        person = uow.people.get(caller().login)
    return person_view(person or script_person(role, context().clock()))


def _tokens(person: Person, refresh_token: str) -> Tokens:
    lasts_s = context().settings.access_token_s
    token = issue_token(person, context().secrets.token_key, context().clock(), lasts_s)
    return Tokens(
        access_token=token,
        expires_in_s=lasts_s,
        refresh_token=refresh_token,
        person=person_view(person),
    )
