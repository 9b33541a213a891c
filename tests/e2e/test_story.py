"""The whole story over real interfaces: from the desk's order to the broken part on the bench."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from device_gateway.connection import BrokerAddress
from device_gateway.simulator.cabinet import Content
from device_gateway.simulator.locker import SimulatedLocker
from tests.api_server import PASSWORD
from tests.e2e.conftest import World
from tests.e2e.installation import wait_for
from tests.world import PUMP, SCHAAN
from tracking.values.geodesy import destination

WITHIN_MS = 20_000


@pytest.fixture
def locker(world: World) -> Iterator[SimulatedLocker]:
    """The locker of Schaan, connected, with one pump in its first compartment."""
    receipt = {"location_id": "locker-schaan-c1", "part_number": PUMP, "serials": ["P-1"]}
    assert world.installation.call("bench", "POST", "/v1/stock/receipts", receipt).status_code == 201
    address = BrokerAddress(
        "127.0.0.1", world.installation.settings.mqtt_port, "locker-schaan", world.locker_secret
    )
    contents = {"1": Content(PUMP, "P-1", 1), "2": Content()}
    locker = SimulatedLocker(address, world.locker_key, contents, door_open_s=3.0)
    locker.start()
    yield locker
    locker.stop()


def _sign_in(page: Page, url: str, login: str) -> None:
    page.goto(url)
    page.get_by_test_id("sign-in-login").fill(login)
    page.get_by_test_id("sign-in-password").fill(PASSWORD)
    page.get_by_test_id("sign-in-submit").click()


def _choose(page: Page, test_id: str, value: str) -> None:
    page.get_by_test_id(test_id).click()
    page.locator(f'[data-testid="{test_id}-option"][data-value="{value}"]').click()


def _scan(phone: Page, serial: str) -> None:
    phone.get_by_test_id("step-scan").click()
    phone.get_by_test_id("scan-input").fill(serial)
    phone.get_by_test_id("scan-submit").click()


def _drive(phone: Page) -> None:
    phone.get_by_test_id("step-en-route").click()
    phone.get_by_test_id("step-arrived").click()


def test_part_goes_from_the_locker_to_the_hospital_and_the_broken_one_to_the_bench(
    world: World, locker: SimulatedLocker, browser: Browser
) -> None:
    here = world.installation

    def order() -> dict[str, Any]:
        return dict(here.get("desk", "/v1/orders")["items"][0])

    def place_of(serial: str) -> str:
        return str(here.get("desk", f"/v1/units/{serial}")["location_id"])

    wait_for(lambda: here.get("desk", "/v1/lockers")["items"][0]["online"], 20)
    console = browser.new_page(viewport={"width": 1440, "height": 900})
    _sign_in(console, f"{here.url}/console", "desk")
    expect(console.get_by_test_id("connection")).to_have_attribute("data-state", "live", timeout=WITHIN_MS)

    console.get_by_test_id("new-order").click()
    _choose(console, "new-order-site", "hospital")
    _choose(console, "new-order-part", PUMP)
    console.get_by_test_id("new-order-contract").select_option("two-hours")
    console.get_by_test_id("new-order-return").check()
    console.get_by_test_id("new-order-submit").click()
    row = console.get_by_test_id("order-row").first
    expect(row).to_have_attribute("data-state", "planned", timeout=WITHIN_MS)
    planned = order()
    assert (planned["courier_id"], planned["source_id"]) == ("anna", "locker-schaan-c1")
    assert (planned["serials"], planned["sla"]["response_s"]) == (["P-1"], 7200)
    lines = here.get("desk", "/v1/stock?location_id=locker-schaan-c1")["items"]
    assert [(line["on_hand"], line["available"]) for line in lines] == [(1, 0)]

    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        geolocation={"latitude": SCHAAN.lat_deg, "longitude": SCHAAN.lon_deg, "accuracy": 8},
        permissions=["geolocation"],
    )
    phone = context.new_page()
    _sign_in(phone, f"{here.url}/driver", "anna")
    expect(phone.get_by_test_id("next-stop")).to_contain_text("Locker Schaan", timeout=WITHIN_MS)
    expect(console.get_by_test_id("map")).to_have_attribute("data-couriers", "1", timeout=WITHIN_MS)
    first_seen = console.get_by_test_id("map").get_attribute("data-last-position-at")

    _drive(phone)
    phone.get_by_test_id("step-open-compartment").click()
    expect(phone.get_by_test_id("withdrawal")).to_have_attribute("data-state", "opened", timeout=WITHIN_MS)
    locker.take("1")
    expect(phone.get_by_test_id("withdrawal")).to_have_attribute("data-state", "closed", timeout=WITHIN_MS)
    doors = here.get("desk", "/v1/lockers")["items"][0]["compartments"]
    assert doors[0]["door"] == "closed"
    _scan(phone, "P-1")
    phone.get_by_test_id("step-pickup").press("Enter")
    expect(row).to_have_attribute("data-state", "picked_up", timeout=WITHIN_MS)
    assert place_of("P-1") == "van-anna"

    away = destination(SCHAAN, 270, 300)
    context.set_geolocation({"latitude": away.lat_deg, "longitude": away.lon_deg, "accuracy": 8})
    expect(phone.get_by_test_id("next-stop")).to_contain_text("Hospital Buchs", timeout=WITHIN_MS)
    _drive(phone)
    expect(phone.get_by_test_id("step-delivery")).to_be_disabled()
    _scan(phone, "P-9")
    expect(phone.get_by_test_id("scan-wrong")).to_contain_text("P-9 is not the part for")
    context.set_offline(True)
    phone.get_by_test_id("scan-again").click()
    phone.get_by_test_id("scan-input").fill("p-1")
    phone.get_by_test_id("scan-submit").click()
    phone.get_by_test_id("step-delivery").press("Enter")
    expect(phone.locator('[data-testid="step-over"]')).to_contain_text("Delivered", timeout=WITHIN_MS)
    assert order()["state"] == "picked_up"
    context.set_offline(False)
    wait_for(lambda: order()["state"] == "delivered", 20)
    done = order()
    assert done["sla"]["stopped_at"] is not None
    assert not done["sla"]["breached"]
    assert place_of("P-1") == "hospital"

    _scan(phone, "OLD-7")
    phone.get_by_test_id("step-return-pickup").press("Enter")
    wait_for(lambda: here.get("desk", "/v1/returns")["items"][0]["state"] == "picked_up", 20)
    assert place_of("OLD-7") == "van-anna"
    expect(phone.get_by_test_id("next-stop")).to_contain_text("Repair bench", timeout=WITHIN_MS)
    _drive(phone)
    phone.get_by_test_id("step-return-dropoff").press("Enter")
    wait_for(lambda: here.get("desk", "/v1/returns")["items"][0]["state"] == "received", 20)
    expect(phone.get_by_test_id("no-stops")).to_be_visible(timeout=WITHIN_MS)

    assert place_of("OLD-7") == "bench"
    kinds = [entry["kind"] for entry in here.get("desk", "/v1/units/P-1")["custody"]]
    assert kinds == ["received", "picked_up", "delivered"]
    proofs = [entry["proof"]["kind"] for entry in here.get("desk", "/v1/units/P-1")["custody"][1:]]
    assert proofs == ["scan", "scan"]
    store = here.store()
    with store.reading() as uow:
        assert uow.custody.faults("P-1") == uow.custody.faults("OLD-7") == []
        assert uow.count_tasks.find() == []
        assert uow.reservations.find(released_at=None) == []
    store.close()
    newest = console.get_by_test_id("map")
    wait_for(lambda: newest.get_attribute("data-last-position-at") != first_seen, 20)
    console.get_by_test_id("chip-delivered").click()
    expect(console.get_by_test_id("order-row").first).to_have_attribute("data-state", "delivered")
    console.get_by_test_id("order-row").first.click()
    expect(console.get_by_test_id("order-time")).to_contain_text("Under way", timeout=WITHIN_MS)
    spent = here.get("desk", f"/v1/orders/{done['order_id']}/time")
    assert sum(spent.values()) == 2 * spent["elapsed_ms"]
    context.close()
    console.close()
