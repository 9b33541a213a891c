"""Every list of the API pages, filters and sorts in the same way, on both stores."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.api_server import Api, start_api
from tests.bench_world import FLOW, add_bench, by, came_back
from tests.world import FUSE, PUMP, VADUZ, order_pump, stock_up
from tracking.fleet.courier import Courier
from tracking.fleet.service import add_courier
from tracking.fleet.trips import Trip
from tracking.identity.devices import DeviceKind
from tracking.identity.service import add_device
from tracking.orders.calendar import ServiceCalendar
from tracking.orders.order import Urgency
from tracking.orders.promising import ask
from tracking.orders.service import place
from tracking.orders.sla import Contract
from tracking.parts.location import Location, LocationKind
from tracking.parts.machine import Machine
from tracking.parts.part import Part, PartKind
from tracking.parts.service import add_location, add_machine, add_part, open_count_task
from tracking.repairs import service as bench
from tracking.store.tables import JobRun
from tracking.store.unit_of_work import SqlUnitOfWork
from tracking.values.times import system_clock

OPENAPI = json.loads((Path(__file__).parents[2] / "mobile_contract" / "openapi.json").read_text())
OWN = frozenset({"cursor", "limit", "sort"})
FEEDS = frozenset({"/v1/events", "/v1/dead-letters"})
"""Followed from the oldest on, and sorted by nothing else."""
UNFILLED = frozenset(
    {
        "/v1/alerts",
        "/v1/certificates",
        "/v1/dispositions",
        "/v1/lockers",
        "/v1/lockers/{locker_id}/deposits",
        "/v1/repairs/statistics",
        "/v1/webhooks/{webhook_id}/deliveries",
    }
)
"""Lists of which this world has fewer than three: their queries are tried all the same."""
MANY = 5
WRONG = ({"sort": "nonsense"}, {"colour": "red"}, {"limit": "0"}, {"limit": "501"}, {"cursor": "?"})


def parameters(path: str) -> dict[str, dict[str, Any]]:
    asked = OPENAPI["paths"][path]["get"].get("parameters", [])
    return {each["name"]: each["schema"] for each in asked if each["in"] == "query"}


def sorts(path: str) -> list[str]:
    for kind in parameters(path).get("sort", {}).get("anyOf", []):
        if "enum" in kind:
            return list(kind["enum"])
    return []


LISTS = sorted(
    path
    for path, operations in OPENAPI["paths"].items()
    if "get" in operations and {"cursor", "limit"} <= parameters(path).keys() and path not in FEEDS
)


@pytest.fixture
def on_both(database_url: str, tmp_path: Path) -> FlaskClient:
    api = start_api(tmp_path / "var", database_url)
    with api.context.store.writing() as uow:
        _fill(uow, system_clock())
        uow.commit()
    admin = api.signed_in("admin")
    for n in range(MANY):
        assert admin.post("/v1/api-keys", json={"name": f"key-{n}", "scopes": ["read"]}).status_code == 201
        hook = {"url": f"https://example.com/{n}", "kinds": []}
        assert admin.post("/v1/webhooks", json=hook).status_code == 201
        link = {"site_id": f"site-{n % 2}"}
        assert admin.post("/v1/return-links", json=link).status_code == 201
    return admin


def _fill(uow: SqlUnitOfWork, now: datetime) -> None:
    add_bench(uow)
    stock_up(uow, "depot", PUMP, 1, "P-1")
    for n in range(MANY):
        at = now - timedelta(minutes=7 * (n * 3 % MANY))  # in another order than their keys
        add_part(uow, Part(f"PART-{n}", f"Part {n * 2 % MANY}", PartKind.CONSUMABLE, 1, 1, 10 * n % 30), at)
        add_location(uow, Location(f"site-{n}", LocationKind.CUSTOMER_SITE, f"Site {n % 3}", VADUZ), at)
        stock_up(uow, "depot", f"PART-{n}", 1 + n % 3)
        add_machine(uow, Machine(f"m-{n}", f"site-{n % 2}", f"X-{n % 3}", f"S-{n}"), at)
        add_courier(uow, Courier(f"c-{n}", f"Courier {n * 2 % MANY}", 1, 1, (), "depot"), at)
        uow.contracts.add(Contract(f"k-{n}", f"Contract {n % 2}", 3600 * (1 + n % 3)))
        uow.calendars.add(ServiceCalendar(f"cal-{n}", f"Calendar {n % 2}", "Europe/Vaduz", "24/7"))
        wish = {"part_number": FUSE, "quantity": 1, "contract_id": f"k-{n % 2}"}
        urgency = Urgency.CRITICAL if n % 2 else Urgency.PLANNED
        place(uow, site_id=f"site-{n % 2}", urgency=urgency, requested_by="desk", at=at, **wish)
        ask(
            uow,
            site_id=f"site-{n % 2}",
            urgency=urgency,
            asked_by="desk",
            at=at,
            confidence=0.9,
            hold_s=60,
            **wish,
        )
        bench.open_for_return(uow, came_back(uow, f"B-{n}", at=at).return_id, by(at=at))
        bench.add_procedure(uow, PUMP, f"Test {n * 2 % MANY}", (FLOW,), by(at=at))
        add_device(uow, f"c-{n}", DeviceKind.COURIER, at)
        open_count_task(uow, "depot", f"PART-{n}", "Somebody should count.", at)
        uow.trips.add(
            Trip(f"t-{n}", "anna", at, at + timedelta(minutes=5), 47.0, 9.5, 47.1, 9.5, 100.0 * (n % 2), 9)
        )
        uow.job_runs.add(JobRun(f"j-{n}", "trips" if n % 2 else "retention", at, {}))
    order_pump(uow, expect_return=True)


def filled(path: str) -> str:
    return path.replace("{courier_id}", "anna").replace("{locker_id}", "locker-schaan")


def fetched(client: FlaskClient, path: str, limit: int = 500, **query: str) -> list[dict[str, Any]]:
    """Return all items of a list, page by page."""
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = client.get(filled(path), query_string={"limit": str(limit), **query, **cursor})
        assert answer.status_code == 200, (path, query, answer.text)
        assert len(answer.json["items"]) <= limit
        items += answer.json["items"]
        if answer.json["next_cursor"] is None:
            return items
        cursor = {"cursor": answer.json["next_cursor"]}


def value_in(item: dict[str, Any], name: str) -> Any:
    """Return a field of an item, or of what is nested in it."""
    if name in item:
        return item[name]
    return next((inner[name] for inner in item.values() if isinstance(inner, dict) and name in inner), None)


def test_every_list_is_paged_sorted_and_filtered_in_the_same_way(on_both: FlaskClient) -> None:
    assert len(LISTS) >= 24
    for path in LISTS:
        if "{webhook_id}" in path:
            continue
        whole = fetched(on_both, path)
        assert len(whole) >= 3 or path in UNFILLED, path
        assert fetched(on_both, path, limit=2) == whole, path
        for sort in sorts(path):
            ordered = fetched(on_both, path, sort=sort)
            assert sorted(map(json.dumps, ordered)) == sorted(map(json.dumps, whole)), (path, sort)
            assert fetched(on_both, path, limit=2, sort=sort) == ordered, (path, sort)
            values = [value_in(item, sort.removeprefix("-")) for item in ordered]
            if (values and isinstance(values[0], int | float)) or sort.endswith("_at"):
                assert values == sorted(values, reverse=sort.startswith("-")), (path, sort)
        for name in parameters(path).keys() - OWN:
            _try_filter(on_both, path, name, whole)


def _try_filter(client: FlaskClient, path: str, name: str, whole: list[dict[str, Any]]) -> None:
    if name.endswith(("_from", "_until")):
        stem, _, end = name.rpartition("_")
        times = sorted(value_in(item, f"{stem}_at") for item in whole)
        if not times:
            return
        middle = times[len(times) // 2]
        expected = [i for i in whole if (value_in(i, f"{stem}_at") >= middle) == (end == "from")]
        assert fetched(client, path, limit=2, **{name: middle}) == expected, (path, name)
        return
    for value in {str(found) for item in whole if (found := value_in(item, name)) not in (None, True, False)}:
        expected = [item for item in whole if str(value_in(item, name)) == value]
        assert fetched(client, path, limit=2, **{name: value}) == expected, (path, name, value)


def test_every_list_refuses_what_it_does_not_know_in_the_same_way(on_both: FlaskClient) -> None:
    for path in LISTS:
        if "{webhook_id}" in path:
            continue
        for bad in (
            {"sort": "nonsense"},
            {"colour": "red"},
            {"limit": "0"},
            {"limit": "501"},
            {"cursor": "?"},
        ):
            answer = on_both.get(filled(path), query_string=bad)
            assert (answer.status_code, answer.json["code"]) == (422, "invalid_request"), (path, bad)
            assert [each["path"] for each in answer.json["errors"]] == list(bad), (path, bad)
        sort = next(iter(sorts(path)), None)
        cursor = on_both.get(filled(path), query_string={"limit": "1"}).json["next_cursor"]
        if sort is not None and cursor is not None:
            answer = on_both.get(filled(path), query_string={"sort": sort, "cursor": cursor})
            assert (answer.status_code, answer.json["code"]) == (422, "invalid_value"), path
            assert "another list" in answer.json["detail"]


def test_what_is_added_between_two_pages_moves_nothing(api: Api) -> None:
    desk = api.signed_in("desk")
    with api.context.store.writing() as uow:
        made = [order_pump(uow).order_id for _ in range(MANY)]
        uow.commit()
    first = desk.get("/v1/orders?limit=2&sort=called_at").json
    with api.context.store.writing() as uow:
        order_pump(uow)
        uow.commit()
    rest = desk.get(f"/v1/orders?limit=500&sort=called_at&cursor={first['next_cursor']}").json
    seen = [order["order_id"] for order in (*first["items"], *rest["items"])]
    assert len(set(seen)) == len(seen)
    assert set(made) <= set(seen)
