"""The catalogue's further fields and the installed base over HTTP."""

from __future__ import annotations

import pytest

from tests.api_server import Api
from tests.world import PUMP

BATTERY = {
    "part_number": "BAT-7",
    "name": "Battery pack",
    "kind": "repairable",
    "weight_g": 900,
    "volume_cm3": 1200,
    "value_cents": 30_000,
    "substitutes": [PUMP],
    "revision": "C",
    "hazards": ["lithium_battery"],
    "customs_code": "850760",
    "fits_models": ["X-Ray 7"],
}
MACHINE = {"machine_id": "ct-1", "site_id": "hospital", "model": "X-Ray 7", "serial": "4711"}
PLACE = {
    "location_id": "shelf",
    "name": "Shelf",
    "kind": "stocking_location",
    "coordinate": {"lat_deg": 47.1, "lon_deg": 9.5},
    "opening_hours": "Mo-Fr 08:00-17:00",
    "zone": "Europe/Vaduz",
}


def test_part_is_shown_as_it_was_added(api: Api) -> None:
    planner = api.signed_in("planner")
    assert planner.post("/v1/parts", json=BATTERY).json == BATTERY
    assert planner.get("/v1/parts/BAT-7").json == BATTERY
    assert planner.get(f"/v1/parts/{PUMP}").json["hazards"] == []


def test_place_is_shown_with_its_hours(api: Api) -> None:
    planner = api.signed_in("planner")
    added = planner.post("/v1/locations", json=PLACE)
    assert PLACE.items() <= added.json.items()
    wrong = planner.post("/v1/locations", json=PLACE | {"location_id": "other", "opening_hours": "always"})
    assert (wrong.status_code, wrong.json["code"]) == (422, "invalid_value")


def test_machines_are_added_once_listed_in_pages_and_filtered(api: Api) -> None:
    planner = api.signed_in("planner")
    assert planner.post("/v1/machines", json=MACHINE).json == MACHINE
    planner.post("/v1/machines", json=MACHINE | {"machine_id": "ct-2", "model": "X-Ray 8"})
    again = planner.post("/v1/machines", json=MACHINE)
    assert (again.status_code, again.json["code"]) == (409, "already_exists")
    first = planner.get("/v1/machines?limit=1").json
    second = planner.get(f"/v1/machines?limit=1&cursor={first['next_cursor']}").json
    assert [m["machine_id"] for m in first["items"] + second["items"]] == ["ct-1", "ct-2"]
    assert second["next_cursor"] is None
    assert [m["machine_id"] for m in planner.get("/v1/machines?model=X-Ray 8").json["items"]] == ["ct-2"]
    assert planner.get("/v1/machines?site_id=depot").json["items"] == []
    assert api.signed_in("desk").post("/v1/machines", json=MACHINE).status_code == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/parts", BATTERY | {"hazards": ["sharp"]}),
        ("/v1/parts", BATTERY | {"customs_code": "85.07"}),
        ("/v1/parts", BATTERY | {"fits_models": ["a|b"]}),
        ("/v1/parts", BATTERY | {"revision": "x" * 65}),
        ("/v1/machines", MACHINE | {"serial": "47 11"}),
        ("/v1/machines", MACHINE | {"model": " X"}),
        ("/v1/machines", MACHINE | {"site_id": "depot"}),
    ],
)
def test_bad_part_or_machine_is_refused(api: Api, path: str, body: dict[str, object]) -> None:
    assert api.signed_in("planner").post(path, json=body).status_code == 422
