from __future__ import annotations

import json
from pathlib import Path

from openapi_spec_validator import validate

import mobile_contract
from api.problems import STATUS
from tests.api_server import Api

COMMITTED = Path(mobile_contract.__file__).with_name("openapi.json")


def test_committed_description_is_what_the_code_serves(api: Api) -> None:
    assert json.loads(COMMITTED.read_text()) == api.app.spec, "run: make openapi"


def test_description_is_valid_openapi_3_1(api: Api) -> None:
    assert api.app.spec["openapi"].startswith("3.1")
    validate(api.app.spec)


def test_every_error_of_every_operation_is_a_problem(api: Api) -> None:
    for path, item in api.app.spec["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            errors = {c: r for c, r in operation["responses"].items() if int(c) >= 400}
            assert errors, (method, path)
            assert all("application/problem+json" in r["content"] for r in errors.values()), (method, path)


def test_every_domain_error_has_a_status() -> None:
    from tracking.values.errors import FieldstockError

    def subclasses(kind: type[FieldstockError]) -> set[type[FieldstockError]]:
        return {kind} | {leaf for child in kind.__subclasses__() for leaf in subclasses(child)}

    spoken = {kind.code for kind in subclasses(FieldstockError) if kind.__module__.startswith("tracking.")}
    silent = {  # verdicts of reports, and what happens inside other processes
        "stop_replanned",
        "job_closed",
        "break_taken",
        "report_conflict",
        "report_invalid",
        "serial_required",
        "lease_lost",
        "schema_too_new",
        "fold_overtaken",
        "compartment_missing",
    }
    assert spoken - set(STATUS) - silent == set()
