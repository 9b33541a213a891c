"""Service hours over the API: calendars, contracts that run by them, and paused clocks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api_server import Api
from tests.world import NOW, PUMP

OFFICE = {
    "calendar_id": "office",
    "name": "Office hours",
    "zone": "Europe/Vaduz",
    "hours": "Mo-Fr 08:00-12:00,13:00-17:00",
    "holidays_of": "LI",
    "closed_on": ["2026-12-24"],
}
NEXT_DAY = {
    "contract_id": "next-day",
    "name": "Next business day",
    "response": "next_business_day",
    "calendar_id": "office",
    "cutoff": "15:30",
}
ORDER = {"site_id": "hospital", "part_number": PUMP, "contract_id": "two-hours"}


def test_calendar_is_added_once_and_listed(api: Api) -> None:
    dispatcher = api.signed_in("dispatcher")
    added = dispatcher.post("/v1/calendars", json=OFFICE)
    assert (added.status_code, added.json) == (201, OFFICE)
    again = dispatcher.post("/v1/calendars", json=OFFICE)
    assert (again.status_code, again.json["code"]) == (409, "already_exists")
    assert api.signed_in("desk").get("/v1/calendars").json["items"] == [OFFICE]
    assert api.signed_in("desk").post("/v1/calendars", json=OFFICE).status_code == 403


def test_order_of_a_contract_by_days_is_due_at_the_end_of_the_next_service_day(api: Api) -> None:
    dispatcher = api.signed_in("dispatcher")
    api.context.clock = lambda: NOW
    dispatcher.post("/v1/calendars", json=OFFICE)
    contract = dispatcher.post("/v1/contracts", json=NEXT_DAY)
    rest = {"response_s": 0, "core_days": 14, "covers": [], "returns_a_year": None}
    assert (contract.status_code, contract.json) == (201, NEXT_DAY | rest)
    order = dispatcher.post("/v1/orders", json=ORDER | {"contract_id": "next-day"}).json
    assert order["sla"]["due_at"] == "2026-03-03T16:00:00Z"
    assert order["sla"]["response_s"] == 31 * 3600


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/calendars", OFFICE | {"hours": "Mo-Fr 8-17"}, 422),
        ("/v1/calendars", OFFICE | {"zone": "Europe/Nowhere"}, 422),
        ("/v1/calendars", OFFICE | {"holidays_of": "XX"}, 422),
        ("/v1/calendars", OFFICE | {"closed_on": ["24.12.2026"]}, 422),
        ("/v1/contracts", NEXT_DAY, 404),
        ("/v1/contracts", NEXT_DAY | {"calendar_id": None}, 422),
        ("/v1/contracts", NEXT_DAY | {"response_s": 3600}, 422),
        ("/v1/contracts", NEXT_DAY | {"cutoff": "3 pm"}, 422),
    ],
)
def test_bad_calendar_or_contract_is_refused(
    api: Api, path: str, body: dict[str, object], status: int
) -> None:
    assert api.signed_in("admin").post(path, json=body).status_code == status


def test_clock_is_paused_with_a_reason_and_runs_on_later(api: Api) -> None:
    desk = api.signed_in("desk")
    api.context.clock = lambda: NOW
    order = desk.post("/v1/orders", json=ORDER).json
    url = f"/v1/orders/{order['order_id']}"
    paused = desk.post(f"{url}/pause", json={"reason": "customer_not_ready", "note": "MRI still warm"})
    assert (paused.status_code, paused.json["sla"]["paused_at"]) == (200, "2026-03-02T09:00:00Z")
    again = desk.post(f"{url}/pause", json={"reason": "site_closed"})
    assert (again.status_code, again.json["code"]) == (409, "transition_refused")
    api.context.clock = lambda: NOW + timedelta(minutes=30)
    resumed = desk.post(f"{url}/resume")
    assert resumed.json["sla"]["due_at"] == "2026-03-02T11:30:00Z"
    assert resumed.json["sla"]["paused_at"] is None
    (pause,) = desk.get(f"{url}/pauses").json["items"]
    assert (pause["note"], pause["paused_by"], pause["to_at"]) == (
        "MRI still warm",
        "desk",
        "2026-03-02T09:30:00Z",
    )
    assert desk.post(f"{url}/resume").status_code == 409


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"reason": "other"}, 422),
        ({"reason": "lunch"}, 422),
        ({}, 422),
        ({"reason": "other", "note": "Flood"}, 200),
    ],
)
def test_pause_needs_a_reason_that_is_told(api: Api, body: dict[str, str], status: int) -> None:
    desk = api.signed_in("desk")
    order = desk.post("/v1/orders", json=ORDER).json
    assert desk.post(f"/v1/orders/{order['order_id']}/pause", json=body).status_code == status


def test_pauses_of_nothing_are_not_found(api: Api) -> None:
    desk = api.signed_in("desk")
    assert desk.get("/v1/orders/none/pauses").status_code == 404
    assert desk.post("/v1/orders/none/pause", json={"reason": "site_closed"}).status_code == 404
    assert desk.post("/v1/orders/none/resume").status_code == 404


def test_what_a_contract_does_not_cover_is_refused(api: Api) -> None:
    dispatcher = api.signed_in("dispatcher")
    pumps = {
        "contract_id": "pumps",
        "name": "Pumps",
        "response_s": 7200,
        "covers": ["PUMP-1"],
        "returns_a_year": 3,
    }
    assert dispatcher.post("/v1/contracts", json=pumps).json["covers"] == ["PUMP-1"]
    wish = {"site_id": "hospital", "part_number": "FUSE-10A", "contract_id": "pumps"}
    for path in ("/v1/orders", "/v1/promises"):
        refused = dispatcher.post(path, json=wish)
        assert (refused.status_code, refused.json["code"]) == (422, "not_covered"), path
    unknown = dispatcher.post("/v1/contracts", json=pumps | {"contract_id": "more", "covers": ["PUMP-9"]})
    assert unknown.status_code == 404
