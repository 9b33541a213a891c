"""The desk in the console: it promises, pauses the clock of an order, and prints a return's label."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.api_server import PASSWORD
from tests.e2e.conftest import World
from tests.e2e.installation import Installation
from tests.world import PUMP, SCHAAN, stock_up
from tracking.parts.location import Location, LocationKind
from tracking.parts.machine import Machine
from tracking.parts.service import add_location, add_machine
from tracking.values.ids import new_id
from tracking.values.times import system_clock

WITHIN_MS = 15_000
ORDER = {"site_id": "hospital", "part_number": "PUMP-1", "contract_id": "two-hours", "expect_return": True}


def test_desk_pauses_a_clock_and_prints_the_label_of_a_return(world: World, browser: Browser) -> None:
    here = world.installation
    order = here.call("desk", "POST", "/v1/orders", ORDER).json()
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    _open_order(page, f"{here.url}/console", order["number"])

    page.get_by_test_id("pause-open").click()
    page.get_by_test_id("pause-reason").select_option("other")
    page.get_by_test_id("pause-note").fill("Flood in the street")
    page.get_by_test_id("pause-submit").click()
    countdown = page.get_by_test_id("order-drawer").get_by_test_id("countdown")
    expect(countdown).to_have_attribute("data-risk", "paused", timeout=WITHIN_MS)
    expect(page.get_by_test_id("pauses")).to_contain_text("Flood in the street")
    expect(page.get_by_test_id("order-row").first).to_contain_text("Paused")

    page.get_by_test_id("resume-clock").click()
    expect(page.get_by_test_id("pause-open")).to_be_visible(timeout=WITHIN_MS)
    (pause,) = here.get("desk", f"/v1/orders/{order['order_id']}/pauses")["items"]
    running = here.get("desk", f"/v1/orders/{order['order_id']}")["sla"]
    assert (pause["reason"], pause["paused_by"], pause["resumed_by"]) == ("other", "desk", "desk")
    assert running["due_at"] > order["sla"]["due_at"]
    assert running["paused_at"] is None

    page.get_by_test_id("tab-returns").click()
    page.get_by_test_id("return-row").first.click()
    with page.expect_download(timeout=WITHIN_MS) as download:
        page.get_by_test_id("label-PDF A6").click()
    assert download.value.suggested_filename == "RMA-1001.pdf"
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    page.close()


def test_desk_promises_a_time_and_orders_as_promised(world: World, browser: Browser) -> None:
    here = world.installation
    store = here.store()
    with store.writing() as uow:
        stock_up(uow, "depot", PUMP, 2, "P-1", "P-2")
        stock_up(uow, "locker-schaan-c1", PUMP, 1, "P-3")
        add_machine(uow, Machine("ward-3", "hospital", "PX-1", "4711"), system_clock())
        uow.commit()
    store.close()
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    _sign_in(page, f"{here.url}/console")
    page.get_by_test_id("new-order").click()
    _choose(page, "new-order-site", "Hospital")
    _choose(page, "new-order-part", "Infusion")
    page.get_by_test_id("new-order-machine").select_option(label="PX-1, serial 4711")
    page.get_by_test_id("ask-promise").click()
    offer = page.get_by_test_id("promise")
    expect(offer).to_have_attribute("data-state", "offered", timeout=WITHIN_MS)
    expect(offer).to_contain_text("90 % sure")
    expect(page.get_by_test_id("new-order-submit")).to_have_text("Order as promised")

    page.get_by_test_id("new-order-quantity").fill("900")
    expect(offer).to_have_count(0)
    page.get_by_test_id("ask-promise").click()
    expect(offer).to_have_attribute("data-state", "refused", timeout=WITHIN_MS)
    expect(page.get_by_test_id("promise-option").first).to_contain_text("900 needed")

    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_test_id("new-order-quantity").fill("1")
    page.get_by_test_id("ask-promise").click()
    expect(offer).to_have_attribute("data-state", "offered", timeout=WITHIN_MS)
    page.get_by_test_id("new-order-submit").click()
    expect(page.get_by_test_id("order-drawer")).to_contain_text("Promised", timeout=WITHIN_MS)
    states = [promise["state"] for promise in here.get("desk", "/v1/promises")["items"]]
    assert states == ["redeemed", "refused", "lapsed"]
    (kept,) = here.get("desk", "/v1/promises?state=redeemed")["items"]
    assert kept["machine_id"] == "ward-3"
    assert here.get("desk", f"/v1/orders/{kept['order_id']}")["sla"]["promised_at"] == kept["promised_at"]
    page.close()


def test_desk_amends_an_order_and_cancels_it_with_the_part_on_board(world: World, browser: Browser) -> None:
    here = world.installation
    _build_clinic_and_stock(here)
    order = here.call("desk", "POST", "/v1/orders", ORDER).json()
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    _open_order(page, f"{here.url}/console", order["number"])

    page.get_by_test_id("amend-open").click()
    dialog = page.get_by_test_id("amend-dialog")
    expect(page.get_by_test_id("amend-submit")).to_be_disabled()
    _choose(page, "amend-site", "Clinic")
    page.get_by_test_id("amend-quantity").fill("900")
    page.get_by_test_id("amend-note").fill("Gate 2")
    page.get_by_test_id("amend-reason").fill("The machine stands in the clinic")
    page.get_by_test_id("amend-submit").click()
    expect(page.get_by_test_id("amend-refusal")).to_contain_text("No source has 900", timeout=WITHIN_MS)
    page.set_viewport_size({"width": 390, "height": 844})
    assert dialog.evaluate("element => element.scrollWidth <= element.clientWidth")
    page.get_by_test_id("amend-quantity").fill("1")
    page.get_by_test_id("amend-submit").click()
    expect(dialog).to_have_count(0, timeout=WITHIN_MS)
    changes = page.get_by_test_id("amendments")
    expect(changes).to_contain_text("The machine stands in the clinic", timeout=WITHIN_MS)
    expect(changes).to_contain_text("Hospital Buchs \u2192 Clinic Schaan")
    page.set_viewport_size({"width": 1280, "height": 900})

    step = _pick_up(here, order["order_id"])
    assert (step["note"], step["amendment"]["by"]) == ("Gate 2", "desk")
    expect(page.get_by_test_id("order-drawer")).to_have_attribute(
        "data-state", "picked_up", timeout=WITHIN_MS
    )
    page.get_by_test_id("amend-open").click()
    expect(page.get_by_test_id("amend-on-board")).to_be_visible()
    expect(page.get_by_test_id("amend-quantity")).to_have_count(0)
    dialog.get_by_label("Close").click()
    page.get_by_test_id("cancel-open").click()
    page.get_by_test_id("cancel-reason").fill("It runs again")
    page.get_by_test_id("cancel-van").check()
    page.get_by_test_id("cancel-submit").click()
    expect(page.get_by_test_id("order-drawer")).to_have_attribute(
        "data-state", "cancelled", timeout=WITHIN_MS
    )
    assert here.get("desk", f"/v1/orders/{order['order_id']}")["closed_reason"] == "It runs again"
    (van,) = here.get("desk", f"/v1/stock?location_id=van-anna&part_number={PUMP}")["items"]
    assert van["available"] == 1
    page.close()


def _build_clinic_and_stock(here: Installation) -> None:
    store = here.store()
    with store.writing() as uow:
        now = system_clock()
        add_location(uow, Location("clinic", LocationKind.CUSTOMER_SITE, "Clinic Schaan", SCHAAN), now)
        stock_up(uow, "depot", PUMP, 1, "P-1")
        uow.commit()
    store.close()


def _pick_up(here: Installation, order_id: str) -> dict[str, Any]:
    """Report the pickup as soon as it is on the route; return its step."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        stops = here.get("anna", "/v1/driver/route")["route"]["stops"]
        for step in (step for stop in stops for step in stop["steps"]):
            if step["step_id"] == f"pickup:{order_id}":
                now = system_clock().isoformat()
                event = {"event_id": new_id(), "seq": 1, "kind": "picked_up", "at": now, "base_version": 1}
                event |= {"step_id": step["step_id"], "serials": ["P-1"]}
                here.call("anna", "POST", "/v1/driver/events", {"sent_at": now, "events": [event]})
                return dict(step)
        time.sleep(0.2)
    raise TimeoutError("The order is on no route.")


def _choose(page: Page, test_id: str, text: str) -> None:
    page.get_by_test_id(test_id).fill(text)
    page.get_by_role("option").first.click()


def _open_order(page: Page, address: str, number: str) -> None:
    _sign_in(page, address)
    page.locator(f'[data-testid="order-row"][data-order-number="{number}"]').click(timeout=WITHIN_MS)


def _sign_in(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_test_id("sign-in-login").fill("desk")
    page.get_by_test_id("sign-in-password").fill(PASSWORD)
    page.get_by_test_id("sign-in-submit").click()
