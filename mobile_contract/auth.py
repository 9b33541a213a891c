"""Signing in: a short access token, a refresh token that changes at every use."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from mobile_contract.common import Answer, Identifier, Label, Message, Name


class Role(StrEnum):
    """What a person is here to do."""

    COURIER = "courier"
    DISPATCHER = "dispatcher"
    DESK = "desk"
    BENCH = "bench"
    PLANNER = "planner"
    ADMIN = "admin"


class SignIn(Message):
    """A person's name and password."""

    login: Name
    password: str = Field(min_length=1, max_length=1024)


class Refresh(Message):
    """The refresh token of the session that goes on."""

    refresh_token: Identifier


class PersonView(Answer):
    """Who is signed in."""

    login: str
    display_name: Label
    role: Role
    courier_id: str | None = Field(None, description="Set for people who drive.")


class Tokens(Answer):
    """`access_token` goes into `Authorization: Bearer`; each refresh token is used once."""

    access_token: str
    expires_in_s: int
    refresh_token: str
    person: PersonView
