"""Every operation under generated requests: no 5xx, no answer that is not documented."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import mobile_contract
from tests.api_server import Api, start_api
from tests.world import PUMP, order_pump, stock_up


@schemathesis.serializer("text/csv")
def _csv(_: object, value: object) -> bytes:
    """A CSV file is sent as the text that it is."""
    return str(value).encode(errors="replace")


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def served() -> Iterator[Api]:
    with tempfile.TemporaryDirectory(prefix="fieldstock-contract-") as directory:
        api = start_api(Path(directory))
        with api.context.store.writing() as uow:
            stock_up(uow, "depot", PUMP, 1, "P-1")
            order_pump(uow, expect_return=True)
            uow.commit()
        yield api


@pytest.fixture(scope="module")
def tokens(served: Api) -> dict[str, str]:
    return {login: served.tokens(login)["access_token"] for login in ("admin", "anna")}


@pytest.fixture(scope="module")
def description(served: Api) -> schemathesis.schemas.BaseSchema:
    return schemathesis.openapi.from_wsgi("/openapi.json", served.app)


COMMITTED = json.loads(Path(mobile_contract.__file__).with_name("openapi.json").read_text())
OPERATIONS = [
    (method, path)
    for path, item in COMMITTED["paths"].items()
    for method in item
    if method in ("get", "post", "patch") and path != "/v1/live"
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda value: str(value))
def test_operation_answers_as_documented(
    description: schemathesis.schemas.BaseSchema, tokens: dict[str, str], method: str, path: str
) -> None:
    login = "anna" if path.startswith("/v1/driver") else "admin"
    headers = {"Authorization": f"Bearer {tokens[login]}"}

    @hypothesis.seed(1)
    @hypothesis.settings(
        max_examples=10,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=description[path][method].as_strategy())
    def answers_as_documented(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS, headers=headers)

    answers_as_documented()
