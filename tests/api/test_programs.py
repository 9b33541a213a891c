"""Programs call with keys of their own, and what anybody writes is in the audit log."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from tests.api_server import Api
from tests.world import NOW, PUMP
from tracking.identity.api_key import ApiKey
from tracking.identity.api_keys import MOST
from tracking.values.ids import new_id

ORDER = {"site_id": "hospital", "part_number": PUMP, "contract_id": "two-hours"}
ERP = {"name": "erp", "scopes": ["read", "orders:write"]}


def _with_key(api: Api, text: str) -> FlaskClient:
    client = api.client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {text}"
    return client


def test_program_does_what_its_scopes_allow_and_nothing_else(api: Api) -> None:
    admin = api.signed_in("admin")
    made = admin.post("/v1/api-keys", json=ERP)
    assert (made.status_code, made.json["key"][:4]) == (201, "fsk_")
    erp = _with_key(api, made.json["key"])
    order = erp.post("/v1/orders", json=ORDER)
    assert order.status_code == 201
    assert erp.get("/v1/orders").json["items"][0]["order_id"] == order.json["order_id"]
    refused = erp.post("/v1/returns", json={"site_id": "hospital", "part_number": PUMP})
    assert (refused.status_code, refused.json["code"]) == (403, "not_allowed")
    assert refused.json["detail"] == "This API key may not do this."
    assert erp.get("/v1/me").status_code == 403
    assert erp.post("/v1/api-keys", json=ERP | {"name": "other"}).status_code == 403
    (listed,) = admin.get("/v1/api-keys").json["items"]
    assert listed["last_used_at"] is not None
    assert "key" not in listed


def test_revoked_and_expired_keys_are_refused(api: Api) -> None:
    admin = api.signed_in("admin")
    made = admin.post("/v1/api-keys", json=ERP).json
    erp = _with_key(api, made["key"])
    assert erp.get("/v1/orders").status_code == 200
    assert admin.post(f"/v1/api-keys/{made['key_id']}/revoke").json["revoked_at"] is not None
    assert admin.post(f"/v1/api-keys/{made['key_id']}/revoke").status_code == 200
    assert (erp.get("/v1/orders").status_code, erp.get("/v1/orders").json["code"]) == (401, "not_signed_in")
    ends = api.context.clock() + timedelta(hours=1)
    again = admin.post("/v1/api-keys", json=ERP | {"expires_at": ends.isoformat()})
    assert again.status_code == 201
    short = _with_key(api, again.json["key"])
    assert short.get("/v1/orders").status_code == 200
    api.context.clock = lambda: ends
    assert short.get("/v1/orders").status_code == 401
    assert _with_key(api, "fsk_unknown").get("/v1/orders").status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (ERP | {"scopes": []}, 422),
        (ERP | {"scopes": ["drive"]}, 422),
        (ERP | {"scopes": ["keys:write"]}, 422),
        (ERP | {"name": "Not a name"}, 422),
        (ERP | {"expires_at": "2020-01-01T00:00:00Z"}, 422),
    ],
)
def test_bad_key_is_refused(api: Api, body: dict[str, object], status: int) -> None:
    assert api.signed_in("admin").post("/v1/api-keys", json=body).status_code == status


def test_name_of_a_key_that_holds_is_taken_and_keys_are_bounded(api: Api) -> None:
    admin = api.signed_in("admin")
    assert admin.post("/v1/api-keys", json=ERP).status_code == 201
    assert admin.post("/v1/api-keys", json=ERP).json["code"] == "already_exists"
    with api.context.store.writing() as uow:
        for n in range(MOST):
            uow.api_keys.add(ApiKey(new_id(), f"k-{n}", "", ("read",), "admin", NOW))
        uow.commit()
    assert admin.post("/v1/api-keys", json=ERP | {"name": "more"}).json["code"] == "conflict"


def test_what_anybody_writes_is_in_the_audit_log(api: Api) -> None:
    admin, desk = api.signed_in("admin"), api.signed_in("desk")
    key = admin.post("/v1/api-keys", json=ERP).json["key"]
    order = desk.post("/v1/orders", json=ORDER | {"note": "N" * 2000}).json
    desk.post(f"/v1/orders/{order['order_id']}/cancel", json={"reason": "Runs again"})
    desk.post(f"/v1/orders/{order['order_id']}/cancel", json={"reason": "Twice"})  # refused: not written
    _with_key(api, key).post("/v1/orders", json=ORDER)
    log = admin.get("/v1/audit").json["items"]
    assert [(entry["actor"], entry["operation"]) for entry in log] == [
        ("key:erp", "place_order"),
        ("desk", "cancel_order"),
        ("desk", "place_order"),
        ("admin", "add_api_key"),
    ]
    assert log[1]["path"] == f"/v1/orders/{order['order_id']}/cancel"
    assert json.loads(log[1]["request"]) == {"reason": "Runs again"}
    assert all(key not in entry["request"] for entry in log)
    by_desk = admin.get("/v1/audit?actor=desk&operation=cancel_order").json["items"]
    assert [entry["entry_id"] for entry in by_desk] == [log[1]["entry_id"]]
    assert desk.get("/v1/audit").status_code == 403


def test_write_that_counts_once_is_audited_once(api: Api) -> None:
    desk, once = api.signed_in("desk"), {"Idempotency-Key": "k-1"}
    for _ in range(3):
        desk.post("/v1/orders", json=ORDER, headers=once)
    assert len(api.signed_in("admin").get("/v1/audit").json["items"]) == 1
