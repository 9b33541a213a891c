"""Webhooks and the feed of events over the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.paging import encoded_cursor
from api.processes.worker import stamp_events
from tests.api_server import Api
from tests.world import PUMP
from tracking.webhooks.service import make_deliveries

HOOK = {"url": "https://example.com/hook", "kinds": ["order", "return.received"]}
ORDER = {"site_id": "hospital", "part_number": PUMP, "contract_id": "two-hours"}


def test_webhook_is_added_with_a_secret_that_is_told_once(api: Api) -> None:
    admin = api.signed_in("admin")
    added = admin.post("/v1/webhooks", json=HOOK)
    assert added.status_code == 201
    assert added.json["secret"].startswith("whsec_")
    (listed,) = admin.get("/v1/webhooks").json["items"]
    assert (listed["url"], listed["kinds"], listed["added_by"]) == (HOOK["url"], HOOK["kinds"], "admin")
    assert "secret" not in listed
    rotated = admin.post(f"/v1/webhooks/{listed['webhook_id']}/rotate").json
    assert rotated["secret"] != added.json["secret"]
    assert rotated["old_secret_until"] is not None
    assert admin.post(f"/v1/webhooks/{listed['webhook_id']}/enable").status_code == 200
    assert admin.delete(f"/v1/webhooks/{listed['webhook_id']}").status_code == 204
    assert admin.get("/v1/webhooks").json["items"] == []


def test_deliveries_are_listed_and_sent_again(api: Api) -> None:
    admin = api.signed_in("admin")
    webhook_id = admin.post("/v1/webhooks", json=HOOK).json["webhook_id"]
    admin.post("/v1/orders", json=ORDER)
    stamp_events(api.context.store)
    with api.context.store.writing() as uow:
        webhook = uow.webhooks.require(webhook_id)
        events = [(e.position, e.event) for e in uow.outbox.read(webhook.position, 100)]
        make_deliveries(uow, webhook, events, api.context.clock())
        uow.commit()
    (delivery,) = admin.get(f"/v1/webhooks/{webhook_id}/deliveries").json["items"]
    assert (delivery["kind"], delivery["attempts"], delivery["delivered_at"]) == ("order.created", 0, None)
    again = admin.post(f"/v1/webhooks/{webhook_id}/deliveries/{delivery['delivery_id']}/retry")
    assert again.status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"url": "http://example.com/"}, 422),
        ({"url": "https://10.0.0.1/"}, 422),
        ({"url": "https://example.com/", "kinds": ["Order Created"]}, 422),
        ({"kinds": []}, 422),
    ],
)
def test_bad_webhook_is_refused(api: Api, body: dict[str, object], status: int) -> None:
    assert api.signed_in("admin").post("/v1/webhooks", json=body).status_code == status


def test_webhooks_are_the_administrators(api: Api) -> None:
    for login in ("dispatcher", "desk", "bench", "anna"):
        assert api.signed_in(login).post("/v1/webhooks", json=HOOK).status_code == 403
        assert api.signed_in(login).get("/v1/webhooks").status_code == 403
    admin = api.signed_in("admin")
    for path in ("rotate", "enable", "deliveries/none/retry"):
        assert admin.post(f"/v1/webhooks/none/{path}").status_code == 404
    assert admin.get("/v1/webhooks/none/deliveries").status_code == 404
    assert admin.delete("/v1/webhooks/none").status_code == 404


def test_feed_is_followed_by_its_cursor(api: Api) -> None:
    desk = api.signed_in("desk")
    stamp_events(api.context.store)
    start = desk.get("/v1/events").json
    assert (start["items"], start["more"]) == ([], False)
    for _ in range(3):
        desk.post("/v1/orders", json=ORDER | {"expect_return": True})
    stamp_events(api.context.store)
    seen, cursor, more = [], start["next_cursor"], True
    while more:
        page = desk.get(f"/v1/events?cursor={cursor}&limit=2").json
        seen += page["items"]
        cursor, more = page["next_cursor"], page["more"]
    assert [event["kind"] for event in seen] == ["return.announced", "order.created"] * 3
    assert [event["position"] for event in seen] == sorted({event["position"] for event in seen})
    assert desk.get(f"/v1/events?cursor={cursor}").json["items"] == []
    orders = desk.get(f"/v1/events?cursor={start['next_cursor']}&kind=order").json["items"]
    assert [event["kind"] for event in orders] == ["order.created"] * 3
    assert orders[0]["data"]["number"] == "ORD-1001"


def test_cursor_before_what_is_kept_is_told_so(api: Api) -> None:
    desk = api.signed_in("desk")
    for _ in range(3):
        desk.post("/v1/orders", json=ORDER)
    stamp_events(api.context.store)
    with api.context.store.writing() as uow:
        uow.outbox.prune(datetime.now(UTC) + timedelta(days=1))
        uow.commit()
    gone = desk.get(f"/v1/events?cursor={encoded_cursor('0')}")
    assert (gone.status_code, gone.json["code"]) == (410, "events_forgotten")
    for cursor in ("nothing", encoded_cursor("x"), encoded_cursor("9" * 19)):
        assert desk.get(f"/v1/events?cursor={cursor}").status_code == 422
