"""A courier's break: planned, begun on the phone, seen by the dispatcher, and over."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import World
from tests.e2e.installation import wait_for
from tests.e2e.test_story import _sign_in
from tests.world import PUMP, stock_up
from tracking.fleet.breaks import BreakTimes
from tracking.fleet.resting import add_breaks
from tracking.fleet.service import shift_at
from tracking.values.times import system_clock

WITHIN_MS = 20_000
SHOTS = os.environ.get("FIELDSTOCK_TEST_SHOTS")
ORDER = {"site_id": "hospital", "part_number": PUMP, "contract_id": "two-hours"}


def test_courier_rests_and_the_dispatcher_and_the_plan_know(world: World, browser: Browser) -> None:
    here, now = world.installation, system_clock()
    store = here.store()
    with store.writing() as uow:
        stock_up(uow, "depot", PUMP, 1, "P-1")
        shift = shift_at(uow, "anna", now)
        assert shift is not None
        add_breaks(uow, shift, [BreakTimes(now, now + timedelta(minutes=5), 1_800)])
        uow.commit()
    store.close()
    here.call("desk", "POST", "/v1/orders", ORDER)

    phone = browser.new_page(viewport={"width": 390, "height": 844})
    _sign_in(phone, f"{here.url}/driver", "anna")
    card = phone.get_by_test_id("break")
    expect(card).to_contain_text("Planned", timeout=WITHIN_MS)
    expect(phone.get_by_test_id("next-stop")).to_be_visible(timeout=WITHIN_MS)
    _shoot(phone, "break-due-phone")
    phone.get_by_test_id("break-start").click()
    expect(card).to_have_attribute("data-state", "under_way", timeout=WITHIN_MS)
    expect(phone.get_by_test_id("unsent")).to_have_count(0, timeout=WITHIN_MS)
    _shoot(phone, "break-now-phone")

    console = browser.new_page(viewport={"width": 1440, "height": 900})
    _sign_in(console, f"{here.url}/console", "desk")
    console.get_by_test_id("tab-couriers").click(timeout=WITHIN_MS)
    anna = console.get_by_test_id("courier-row").filter(has_text="Anna")
    expect(anna).to_contain_text("On a break", timeout=WITHIN_MS)
    anna.click()
    expect(console.get_by_test_id("courier-detail")).to_contain_text(", now", timeout=WITHIN_MS)
    _shoot(console, "break-console")

    def predicted() -> str:
        return str(here.get("desk", "/v1/orders")["items"][0]["sla"]["predicted_at"])

    resting = (now + timedelta(minutes=30)).isoformat()
    wait_for(lambda: predicted() > resting, 20)
    phone.get_by_test_id("break-end").click()
    expect(card).to_have_attribute("data-state", "due", timeout=WITHIN_MS)  # it was begun by mistake
    phone.close()
    console.close()


def _shoot(page: Page, name: str) -> None:
    """Keep a picture, where somebody wants to look."""
    if SHOTS:
        page.wait_for_timeout(400)
        page.screenshot(path=Path(SHOTS) / f"{name}.png")
