"""The bench in the console: a return is inspected, its unit tested, repaired, and let go into stock."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api_server import PASSWORD
from tests.e2e.conftest import World
from tests.e2e.installation import Installation

WITHIN_MS = 15_000
SHOTS = os.environ.get("FIELDSTOCK_TEST_SHOTS")
STEPS = [
    {"name": "Flow", "quantity": "flow rate", "unit": "ml/h", "lower": 98, "upper": 102},
    {"name": "Leakage", "quantity": "leakage current", "unit": "uA", "upper": 100},
]


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)], ids=["desktop", "phone"])
def test_unit_goes_from_the_box_over_the_bench_into_stock(
    world: World, browser: Browser, width: int, height: int
) -> None:
    here = world.installation
    _received(here)
    page = browser.new_page(viewport={"width": width, "height": height})
    _sign_in(page, f"{here.url}/console")
    _inspect_and_open(page)
    detail = page.get_by_test_id("work-order-detail")
    expect(detail).to_have_attribute("data-state", "triage", timeout=WITHIN_MS)
    expect(page.get_by_test_id("work-to-no_fault_found")).to_have_count(0)
    page.get_by_test_id("work-to-testing").click()
    _measure(page, "90,5", "40")
    expect(page.get_by_test_id("work-done")).to_contain_text("Failed", timeout=WITHIN_MS)
    _shoot(page, f"bench-testing-{width}")
    page.get_by_test_id("work-to-no_fault_found").click()
    expect(page.get_by_test_id("trouble")).to_contain_text("Flow test v1 failed", timeout=WITHIN_MS)
    page.get_by_test_id("work-finding").fill("Fuse blown")
    page.get_by_test_id("work-to-repairing").click()
    page.get_by_test_id("part-quantity").fill("2")
    page.get_by_test_id("part-submit").click()
    expect(page.get_by_test_id("work-done")).to_contain_text("FUSE-10A", timeout=WITHIN_MS)
    page.get_by_test_id("labour-minutes").fill("25")
    page.get_by_test_id("labour-submit").click()
    expect(page.get_by_test_id("work-done")).to_contain_text("25 minutes of bench", timeout=WITHIN_MS)
    _measure(page, "100", "40")
    expect(page.get_by_test_id("work-done")).to_contain_text("Passed", timeout=WITHIN_MS)
    _shoot(page, f"bench-repairing-{width}")
    page.get_by_test_id("work-to-repaired").click()
    page.get_by_test_id("close-place").select_option("depot")
    _shoot(page, f"bench-closing-{width}")
    page.get_by_test_id("close-submit").click()
    expect(detail).to_have_attribute("data-state", "closed", timeout=WITHIN_MS)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()
    unit = here.get("bench", "/v1/units/OLD-1")
    assert (unit["location_id"], unit["condition"]) == ("depot", "refurbished")
    (order,) = here.get("bench", "/v1/repairs")["items"]
    assert (order["outcome"], order["finding"]) == ("repaired", "Fuse blown")
    assert order["warranty_until"] is not None


def test_unit_is_recycled_against_the_table_and_its_certificate_printed(
    world: World, browser: Browser
) -> None:
    here = world.installation
    _received(here)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    _sign_in(page, f"{here.url}/console")
    _inspect(page)
    page.get_by_test_id("disposition-decide").click()
    options = page.get_by_test_id("disposition-options")
    expect(options.locator("[data-chosen=true]")).to_contain_text("Repair", timeout=WITHIN_MS)
    expect(options).to_contain_text("No vendor's warranty holds.")
    page.get_by_test_id("override-open").click()
    page.get_by_test_id("override-option").select_option("recycle")
    page.get_by_test_id("override-reason").fill("Was under water")
    _shoot(page, "disposition-1280")
    page.get_by_test_id("override-submit").click()
    page.get_by_test_id("recycler").fill("Metal Ltd")
    page.get_by_test_id("disposition-execute").click()
    disposition = page.get_by_test_id("disposition")
    expect(disposition).to_have_attribute("data-state", "executed", timeout=WITHIN_MS)
    with page.expect_download(timeout=WITHIN_MS) as download:
        page.get_by_test_id("certificate").click()
    assert download.value.suggested_filename == "MC-1001.pdf"
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    page.close()
    (made,) = here.get("bench", "/v1/dispositions")["items"]
    assert (made["best"], made["chosen"], made["reason"]) == ("repair", "recycle", "Was under water")
    assert here.get("bench", "/v1/units/OLD-1")["location_id"] == "scrap"


def _received(here: Installation) -> None:
    """Let a pump come in, and what its repair will need."""
    scrap = {"location_id": "scrap", "name": "Scrap", "kind": "scrap"}
    procedure = {"part_number": "PUMP-1", "name": "Flow test", "steps": STEPS}
    fuses = {"location_id": "bench", "part_number": "FUSE-10A", "quantity": 5}
    for path, body in (
        ("/v1/locations", scrap),
        ("/v1/test-procedures", procedure),
        ("/v1/stock/receipts", fuses),
    ):
        assert here.call("bench", "POST", path, body).status_code == 201
    body = {"site_id": "hospital", "part_number": "PUMP-1", "serial": "OLD-1"}
    rma = here.call("desk", "POST", "/v1/returns", body).json()
    assert here.call("bench", "POST", f"/v1/returns/{rma['return_id']}/receive", {}).status_code == 200


def _sign_in(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_test_id("sign-in-login").fill("bench")
    page.get_by_test_id("sign-in-password").fill(PASSWORD)
    page.get_by_test_id("sign-in-submit").click()


def _inspect_and_open(page: Page) -> None:
    _inspect(page)
    page.get_by_test_id("work-order-open").click()


def _inspect(page: Page) -> None:
    page.get_by_test_id("tab-returns").click(timeout=WITHIN_MS)
    page.get_by_test_id("return-row").first.click()
    page.get_by_test_id("inspect-damage").fill("Case cracked")
    page.get_by_test_id("inspect-submit").click()
    expect(page.get_by_test_id("return-detail")).to_contain_text("Case cracked", timeout=WITHIN_MS)


def _measure(page: Page, flow: str, leakage: str) -> None:
    page.get_by_test_id("reading-Flow").fill(flow)
    page.get_by_test_id("reading-Leakage").fill(leakage)
    page.get_by_test_id("test-submit").click()


def _shoot(page: Page, name: str) -> None:
    """Keep a picture, where somebody wants to look."""
    if SHOTS:
        page.wait_for_timeout(400)
        page.screenshot(path=Path(SHOTS) / f"{name}.png")
