"""An empty installation is filled over the API alone, and its fleet and counts are kept in order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api_server import Api
from tests.world import NOW, PUMP
from tracking.lockers.service import mark_faulty
from tracking.parts.service import open_count_task
from tracking.values.ids import new_id

VADUZ = {"lat_deg": 47.141, "lon_deg": 9.5209}
LOCKER = {
    "locker_id": "locker-vaduz",
    "name": "Locker Vaduz",
    "coordinate": VADUZ,
    "compartments": ["1", "a2"],
}
CONTRACT = {"contract_id": "four-hours", "name": "Four hours", "response_s": 14_400}
SHIFT = {"starts_at": "2026-03-02T10:00:00Z", "ends_at": "2026-03-02T18:00:00+01:00"}


def test_contract_is_added_once_and_listed(api: Api) -> None:
    dispatcher, key = api.signed_in("dispatcher"), {"Idempotency-Key": "k-1"}
    assert dispatcher.post("/v1/contracts", json=CONTRACT, headers=key).status_code == 201
    assert CONTRACT.items() <= dispatcher.post("/v1/contracts", json=CONTRACT, headers=key).json.items()
    again = dispatcher.post("/v1/contracts", json=CONTRACT)
    assert (again.status_code, again.json["code"]) == (409, "already_exists")
    listed = api.signed_in("desk").get("/v1/contracts").json["items"]
    assert [contract["contract_id"] for contract in listed] == ["four-hours", "two-hours"]
    assert api.signed_in("desk").post("/v1/contracts", json=CONTRACT).status_code == 403


def test_locker_is_added_with_its_compartments(api: Api) -> None:
    dispatcher = api.signed_in("dispatcher")
    added = dispatcher.post("/v1/lockers", json=LOCKER)
    assert (added.status_code, added.json["online"]) == (201, False)
    assert [(c["compartment"], c["fault"]) for c in added.json["compartments"]] == [("1", None), ("a2", None)]
    places = dispatcher.get("/v1/locations?kind=compartment").json["items"]
    assert "locker-vaduz-ca2" in [place["location_id"] for place in places]
    again = dispatcher.post("/v1/lockers", json=LOCKER)
    assert (again.status_code, again.json["code"]) == (409, "already_exists")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/contracts", CONTRACT | {"response_s": 59}),
        ("/v1/contracts", CONTRACT | {"response_s": 2_592_001}),
        ("/v1/contracts", CONTRACT | {"name": ""}),
        ("/v1/lockers", LOCKER | {"compartments": []}),
        ("/v1/lockers", LOCKER | {"compartments": ["1", "1"]}),
        ("/v1/lockers", LOCKER | {"compartments": ["A"]}),
        ("/v1/lockers", LOCKER | {"compartments": ["123456789"]}),
        ("/v1/lockers", LOCKER | {"compartments": [str(n) for n in range(201)]}),
        ("/v1/lockers", LOCKER | {"locker_id": "x" * 64}),
    ],
)
def test_bad_locker_or_contract_is_refused(api: Api, path: str, body: dict[str, object]) -> None:
    assert api.signed_in("admin").post(path, json=body).status_code == 422


def test_shift_is_opened_shown_and_ended(api: Api) -> None:
    dispatcher = api.signed_in("dispatcher")
    api.context.clock = lambda: NOW.replace(hour=12)
    opened = dispatcher.post("/v1/couriers/ben/shifts", json=SHIFT)
    assert (opened.status_code, opened.json["ends_at"]) == (201, "2026-03-02T17:00:00Z")
    overlapping = dispatcher.post("/v1/couriers/ben/shifts", json=SHIFT)
    assert (overlapping.status_code, overlapping.json["code"]) == (409, "shift_overlaps")
    ended = dispatcher.post("/v1/couriers/ben/shifts/end")
    assert (ended.status_code, ended.json["ends_at"]) == (200, "2026-03-02T12:00:00Z")
    off_duty = dispatcher.post("/v1/couriers/ben/shifts/end")
    assert (off_duty.status_code, off_duty.json["code"]) == (409, "conflict")
    assert dispatcher.post("/v1/couriers/nobody/shifts/end").status_code == 404


def test_shift_has_breaks_which_couriers_see_and_bad_ones_are_named(api: Api) -> None:
    dispatcher, anna = api.signed_in("dispatcher"), api.signed_in("anna")
    api.context.clock = lambda: NOW
    lunch = {"earliest_at": "2026-03-02T11:00:00Z", "latest_at": "2026-03-02T12:00:00Z", "duration_s": 1800}
    late = lunch | {"latest_at": "2026-03-02T23:50:00Z"}
    refused = dispatcher.post("/v1/couriers/ben/shifts", json=SHIFT | {"breaks": [late]})
    assert (refused.status_code, refused.json["code"]) == (422, "invalid_value")
    assert refused.json["detail"].startswith("breaks[0].latest_at: the break would outlast the shift.")
    for bad in ({"duration_s": 0}, {"duration_s": 14_401}, {"earliest_at": "noon"}, {"at": "noon"}):
        answer = dispatcher.post("/v1/couriers/ben/shifts", json=SHIFT | {"breaks": [lunch | bad]})
        assert (answer.status_code, answer.json["code"]) == (422, "invalid_request"), bad
    for bad in ({"max_driving_s": 0}, {"max_stretch_s": 86_401}):
        answer = dispatcher.post("/v1/couriers/ben/shifts", json=SHIFT | bad)
        assert (answer.status_code, answer.json["code"]) == (422, "invalid_request"), bad
    limits = {"max_driving_s": 32_400, "max_stretch_s": 16_200}
    opened = dispatcher.post("/v1/couriers/ben/shifts", json=SHIFT | {"breaks": [lunch]} | limits)
    assert limits.items() <= opened.json.items()
    (shown,) = opened.json["breaks"]
    assert (shown["state"], shown["planned_at"], shown["until"]) == ("due", None, None)

    assert dispatcher.post("/v1/couriers/anna/shifts/end").status_code == 200
    begins, ends = NOW + timedelta(hours=1), NOW + timedelta(hours=9)
    body = {"starts_at": begins.isoformat(), "ends_at": ends.isoformat(), "breaks": [lunch]}
    (mine,) = dispatcher.post("/v1/couriers/anna/shifts", json=body).json["breaks"]
    api.context.clock = lambda: NOW + timedelta(hours=2, minutes=10)
    at = api.context.clock().isoformat()
    event = {"event_id": new_id(), "seq": 1, "kind": "break_started", "at": at, "base_version": 0}
    reported = {"sent_at": at, "events": [event | {"break_id": mine["break_id"]}]}
    assert anna.post("/v1/driver/events", json=reported).json["verdicts"][0]["verdict"] == "applied"
    (now_on,) = anna.get("/v1/driver/route").json["shift"]["breaks"]
    assert (now_on["state"], now_on["until"]) == ("under_way", "2026-03-02T11:40:00Z")
    couriers = {c["courier_id"]: c for c in dispatcher.get("/v1/couriers").json["items"]}
    assert couriers["anna"]["shift"]["breaks"] == [now_on]


def test_count_task_is_listed_until_it_is_closed(api: Api) -> None:
    with api.context.store.writing() as uow:
        open_count_task(uow, "depot", PUMP, "One is missing.", NOW)
        uow.commit()
    bench = api.signed_in("bench")
    (task,) = bench.get("/v1/count-tasks").json["items"]
    assert (task["location_name"], task["part_number"], task["closed_at"]) == ("Depot Vaduz", PUMP, None)
    closed = bench.post(f"/v1/count-tasks/{task['task_id']}/close")
    assert (closed.status_code, closed.json["task_id"]) == (200, task["task_id"])
    assert closed.json["closed_at"] is not None
    assert bench.get("/v1/count-tasks").json["items"] == []
    assert bench.post("/v1/count-tasks/none/close").status_code == 404


def test_fault_of_a_compartment_is_shown_until_it_is_cleared(api: Api) -> None:
    with api.context.store.writing() as uow:
        mark_faulty(uow, uow.locations.require("locker-schaan-c2"), "The door is bent.", NOW)
        uow.commit()
    dispatcher = api.signed_in("dispatcher")
    (locker,) = dispatcher.get("/v1/lockers").json["items"]
    assert [c["fault"] for c in locker["compartments"]] == [None, "The door is bent."]
    cleared = dispatcher.post("/v1/lockers/locker-schaan/compartments/2/clear-fault")
    assert (cleared.status_code, cleared.json["fault"]) == (200, None)
    assert dispatcher.post("/v1/lockers/locker-schaan/compartments/9/clear-fault").status_code == 404


def test_location_is_added_and_listed(api: Api) -> None:
    admin = api.signed_in("admin")
    body = {"location_id": "clinic", "name": "Clinic", "kind": "customer_site", "coordinate": VADUZ}
    assert admin.post("/v1/locations", json=body).status_code == 201
    assert admin.post("/v1/locations", json=body).json["code"] == "already_exists"
    sites = admin.get("/v1/locations?kind=customer_site").json["items"]
    assert [site["location_id"] for site in sites] == ["clinic", "hospital"]
    unplaced = admin.post("/v1/locations", json=body | {"location_id": "nowhere", "coordinate": None})
    assert (unplaced.status_code, unplaced.json["code"]) == (422, "invalid_value")
