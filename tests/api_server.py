"""The API in the test's own process, on a real store, with a person of each role."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apiflask import APIFlask
from flask.testing import FlaskClient

from api.app import create_app
from api.context import Context, build_context
from api.settings import Settings
from tests.world import NOW, build_world
from tracking.identity.passwords import hash_password
from tracking.identity.roles import Role
from tracking.identity.service import add_person

PASSWORD = "correct horse battery staple"
_HASH = hash_password(PASSWORD)


@dataclass
class Api:
    """An app with its context, and clients that are signed in."""

    app: APIFlask
    context: Context

    def client(self) -> FlaskClient:
        """Return a client that is not signed in."""
        return self.app.test_client()

    def tokens(self, login: str) -> dict[str, Any]:
        """Sign in and return the tokens."""
        answer = self.client().post("/v1/auth/sign-in", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return dict(answer.json)

    def signed_in(self, login: str) -> FlaskClient:
        """Return a client that sends the access token of a person."""
        client = self.app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.tokens(login)['access_token']}"
        return client


def start_api(directory: Path, database_url: str | None = None) -> Api:
    """Build the small world, people included, and the app on it."""
    settings = Settings(data_dir=directory, database_url=database_url)
    context = build_context(settings)
    context.store.migrate()
    with context.store.writing() as uow:
        build_world(uow)
        for role in Role:
            if role is not Role.COURIER:
                add_person(uow, str(role), str(role).title(), role, _HASH, NOW)
        add_person(uow, "anna", "Anna", Role.COURIER, _HASH, NOW, courier_id="anna")
        add_person(uow, "ben", "Ben", Role.COURIER, _HASH, NOW, courier_id="ben")
        uow.commit()
    return Api(create_app(context), context)
