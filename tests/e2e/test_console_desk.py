"""The desk in the console: it promises, pauses the clock of an order, and prints a return's label."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.api_server import PASSWORD
from tests.e2e.conftest import World
from tests.world import PUMP, stock_up
from tracking.parts.machine import Machine
from tracking.parts.service import add_machine
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
