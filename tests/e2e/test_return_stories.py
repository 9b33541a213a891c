"""Returns over real interfaces: a customer's link and locker drop, and a unit without a fault."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Browser, Page, expect

from device_gateway.connection import BrokerAddress
from device_gateway.simulator.cabinet import Content
from device_gateway.simulator.locker import SimulatedLocker
from tests.api_server import PASSWORD
from tests.e2e.conftest import World
from tests.e2e.installation import Installation, wait_for
from tests.photos import picture
from tests.world import PUMP, SCHAAN
from tracking.lockers.offline_opening import offline_keys

WITHIN_MS = 20_000
SHOTS = os.environ.get("FIELDSTOCK_TEST_SHOTS")


@pytest.fixture
def locker(world: World) -> Iterator[SimulatedLocker]:
    """The locker of Schaan, connected and empty, with the keys of its codes."""
    store = world.installation.store()
    with store.writing() as uow:
        keys = offline_keys(uow, "locker-schaan")
        uow.commit()
    store.close()
    address = BrokerAddress(
        "127.0.0.1", world.installation.settings.mqtt_port, "locker-schaan", world.locker_secret
    )
    locker = SimulatedLocker(
        address,
        world.locker_key,
        {"1": Content(), "2": Content()},
        door_open_s=14.0,
        code_keys={name: bytes.fromhex(key) for name, key in keys.items()},
    )
    locker.start()
    yield locker
    locker.stop()


def test_customer_returns_by_link_and_locker_with_a_printed_label(
    world: World, locker: SimulatedLocker, browser: Browser, tmp_path: Path
) -> None:
    here = world.installation

    def rma() -> dict[str, Any]:
        return dict(here.get("desk", "/v1/returns")["items"][0])

    _deliver(here, "P-1")
    wait_for(lambda: here.get("desk", "/v1/lockers")["items"][0]["online"], 20)
    url = _make_link(here, browser)

    phone = browser.new_page(viewport={"width": 390, "height": 844}, accept_downloads=True)
    complaints: list[str] = []
    phone.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    phone.on("pageerror", lambda error: complaints.append(str(error)))
    phone.goto(url)
    expect(phone.get_by_test_id("return-form")).to_be_visible(timeout=WITHIN_MS)
    _shoot(phone, "return-form-phone")
    phone.get_by_test_id("serial").fill("P-9")
    expect(phone.get_by_test_id("trouble")).to_have_attribute(
        "data-code", "serial_unknown", timeout=WITHIN_MS
    )
    _shoot(phone, "return-serial-unknown-phone")
    phone.get_by_test_id("serial").fill("P-1")
    expect(phone.get_by_test_id("warranty")).to_have_attribute(
        "data-state", "not_recorded", timeout=WITHIN_MS
    )
    phone.get_by_test_id("reason").first.click()
    phone.get_by_test_id("reason-words").fill("<img src=x onerror=alert(1)> does not pump")
    _add_photos(phone, tmp_path)
    phone.get_by_test_id("way-locker").check()
    _shoot(phone, "return-filled-phone")
    phone.get_by_test_id("send").dblclick()
    status = phone.get_by_test_id("return-status")
    expect(status).to_have_attribute("data-state", "awaited", timeout=WITHIN_MS)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    _shoot(phone, "return-code-phone")
    assert len(here.get("desk", "/v1/returns")["items"]) == 1
    assert (rma()["way"], rma()["serial"], len(rma()["photos"])) == ("locker", "P-1", 1)

    with phone.expect_download(timeout=WITHIN_MS) as download:
        phone.get_by_test_id("label").click()
    pdf = Path(download.value.path()).read_bytes()
    image = pypdfium2.PdfDocument(pdf)[0].render(scale=300 / 72).to_pil()
    (label,) = zxingcpp.read_barcodes(image)
    assert label.text == f"(91){rma()['number']}"

    digits = phone.get_by_test_id("drop-digits").inner_text().replace(" ", "")
    assert not locker.type_code("2", digits)
    assert locker.type_code("1", digits)
    expect(phone.get_by_test_id("drop-note")).to_have_attribute("data-drop", "open", timeout=WITHIN_MS)
    locker.put("1", Content(PUMP, "P-1", 1))
    locker.scan("1", label.text)
    expect(status).to_have_attribute("data-state", "dropped", timeout=30_000)
    assert not locker.type_code("1", digits)
    _shoot(phone, "return-dropped-phone")
    assert here.get("desk", "/v1/units/P-1")["location_id"] == "locker-schaan-c1"
    assert rma()["dropped_in_id"] == "locker-schaan-c1"

    _collect(here, browser, locker)
    wait_for(lambda: rma()["state"] == "received", 20)
    expect(status).to_have_attribute("data-state", "received", timeout=WITHIN_MS)
    unit = here.get("desk", "/v1/units/P-1")
    assert (unit["location_id"], unit["condition"]) == ("bench", "defective")
    kinds = [entry["kind"] for entry in unit["custody"]]
    assert kinds == ["received", "transferred", "dropped", "picked_up", "received"]
    store = here.store()
    with store.reading() as uow:
        assert uow.custody.faults("P-1") == []
        assert uow.count_tasks.find() == []
    store.close()
    assert [said for said in complaints if "status of 422" not in said] == []
    phone.close()
    _look_at_the_other_pages(here, browser, url)


def test_unit_without_a_fault_goes_back_to_stock(world: World) -> None:
    here = world.installation
    _deliver(here, "P-1")
    body = {"site_id": "hospital", "part_number": PUMP, "serial": "P-1", "reason": "Not needed"}
    rma = _done(here, "desk", "/v1/returns", body)
    path = f"/v1/returns/{rma['return_id']}"
    assert _done(here, "desk", f"{path}/way", {"way": "location", "place_id": "bench"})["state"] == "awaited"
    assert _done(here, "bench", f"{path}/receive", {"code": f"91{rma['number']}"})["state"] == "received"
    found = {"part_number": PUMP, "serial": "P-1", "quantity": 1, "unopened": True}
    _done(here, "bench", f"{path}/inspect", found)
    order = _done(here, "bench", "/v1/repairs", {"return_id": rma["return_id"]})
    work = f"/v1/repairs/{order['work_order_id']}"
    _done(here, "bench", f"{work}/state", {"state": "no_fault_found", "finding": "Packing closed"})
    closing = {"grade": "new", "to_location_id": "depot"}
    assert _done(here, "bench", f"{work}/close", closing)["outcome"] == "no_fault_found"
    assert _done(here, "desk", f"{path}/settle", {"decision": "none"})["state"] == "closed"
    unit = here.get("desk", "/v1/units/P-1")
    assert (unit["location_id"], unit["condition"]) == ("depot", "new")
    (line,) = here.get("desk", f"/v1/stock?location_id=depot&part_number={PUMP}")["items"]
    assert (line["on_hand"], line["available"]) == (1, 1)


def _done(here: Installation, login: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = here.call(login, "POST", path, body)
    assert answer.is_success, answer.text
    return dict(answer.json())


def _deliver(here: Installation, serial: str) -> None:
    """Let a pump be at the hospital."""
    receipt = {"location_id": "depot", "part_number": PUMP, "serials": [serial]}
    _done(here, "bench", "/v1/stock/receipts", receipt)
    transfer = {
        "from_location_id": "depot",
        "to_location_id": "hospital",
        "part_number": PUMP,
        "serials": [serial],
    }
    _done(here, "bench", "/v1/stock/transfers", transfer)


def _make_link(here: Installation, browser: Browser) -> str:
    """Let the desk make a link in the console, one more, and take that one back; return the first."""
    console = browser.new_page(viewport={"width": 1440, "height": 900})
    _sign_in(console, f"{here.url}/console", "desk")
    console.get_by_test_id("tab-returns").click(timeout=WITHIN_MS)
    console.get_by_test_id("return-links").click()
    console.get_by_test_id("return-link-site").click()
    console.locator('[data-testid="return-link-site-option"][data-value="hospital"]').click()
    console.get_by_test_id("return-link-submit").click()
    field = console.get_by_test_id("return-link-url")
    expect(field).to_be_visible(timeout=WITHIN_MS)
    url = field.input_value()
    console.get_by_test_id("return-link-submit").click()
    expect(field).not_to_have_value(url, timeout=WITHIN_MS)
    other = field.input_value()
    links = console.get_by_test_id("return-link")
    expect(links).to_have_count(2, timeout=WITHIN_MS)
    links.first.get_by_test_id("return-link-revoke").click()
    expect(links.first).to_have_attribute("data-state", "revoked", timeout=WITHIN_MS)
    _shoot(console, "return-links-console")
    console.goto(other)
    closed = console.get_by_test_id("link-closed")
    expect(closed).to_have_attribute("data-code", "link_revoked", timeout=WITHIN_MS)
    console.close()
    return url


def _add_photos(phone: Page, folder: Path) -> None:
    """Add a photo, and one that is none, which is told at once."""
    photo, text = folder / "pump.png", folder / "note.png"
    photo.write_bytes(picture())
    text.write_text("this is no picture")
    phone.get_by_test_id("photo-input").set_input_files(photo)
    expect(phone.get_by_test_id("photo")).to_have_attribute("data-state", "kept", timeout=WITHIN_MS)
    phone.get_by_test_id("photo-input").set_input_files(text)
    expect(phone.get_by_test_id("photo-trouble")).to_contain_text("no JPEG", timeout=WITHIN_MS)


def _collect(here: Installation, browser: Browser, locker: SimulatedLocker) -> None:
    """Let the courier fetch the part from the locker, and hand it in at the bench."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        geolocation={"latitude": SCHAAN.lat_deg, "longitude": SCHAAN.lon_deg, "accuracy": 8},
        permissions=["geolocation"],
    )
    courier = context.new_page()
    _sign_in(courier, f"{here.url}/driver", "anna")
    expect(courier.get_by_test_id("next-stop")).to_contain_text("Locker Schaan", timeout=30_000)
    _drive(courier)
    courier.get_by_test_id("step-open-compartment").click()
    expect(courier.get_by_test_id("withdrawal")).to_have_attribute("data-state", "opened", timeout=WITHIN_MS)
    locker.take("1")
    expect(courier.get_by_test_id("withdrawal")).to_have_attribute("data-state", "closed", timeout=WITHIN_MS)
    courier.get_by_test_id("step-scan").click()
    courier.get_by_test_id("scan-input").fill("P-1")
    courier.get_by_test_id("scan-submit").click()
    courier.get_by_test_id("step-return-pickup").press("Enter")
    expect(courier.get_by_test_id("next-stop")).to_contain_text("Repair bench", timeout=WITHIN_MS)
    _drive(courier)
    courier.get_by_test_id("step-return-dropoff").press("Enter")
    expect(courier.get_by_test_id("no-stops")).to_be_visible(timeout=WITHIN_MS)
    expect(courier.get_by_test_id("unsent")).to_have_count(0, timeout=WITHIN_MS)  # closed, it sends no more
    context.close()


def _drive(phone: Page) -> None:
    phone.get_by_test_id("step-en-route").click()
    phone.get_by_test_id("step-arrived").click()


def _look_at_the_other_pages(here: Installation, browser: Browser, url: str) -> None:
    """See the return on a desktop, and in the console with its way and photo; nothing of it is markup."""
    desktop = browser.new_page(viewport={"width": 1280, "height": 800})
    desktop.goto(url)
    status = desktop.get_by_test_id("return-status")
    expect(status).to_contain_text("<img src=x onerror=alert(1)>", timeout=WITHIN_MS)
    assert desktop.locator("main img").count() == 0
    _shoot(desktop, "return-status-desktop")
    desktop.goto(f"{here.url}/r/{'A' * 43}")
    closed = desktop.get_by_test_id("link-closed")
    expect(closed).to_have_attribute("data-code", "link_unknown", timeout=WITHIN_MS)
    _shoot(desktop, "return-unknown-desktop")
    _deliver(here, "P-2")
    link = _done(here, "desk", "/v1/return-links", {"site_id": "hospital"})
    desktop.goto(link["url"])
    desktop.get_by_test_id("reason").first.click(timeout=WITHIN_MS)
    desktop.get_by_test_id("serial").fill("P-2")
    desktop.get_by_test_id("way-locker").check()
    _shoot(desktop, "return-form-desktop")
    _sign_in(desktop, f"{here.url}/console", "desk")
    desktop.get_by_test_id("tab-returns").click(timeout=WITHIN_MS)
    desktop.get_by_test_id("return-row").first.click()
    expect(desktop.get_by_test_id("return-detail")).to_contain_text("Dropped in a locker", timeout=WITHIN_MS)
    expect(desktop.get_by_test_id("customer-photos").locator("img")).to_have_count(1, timeout=WITHIN_MS)
    _shoot(desktop, "return-detail-console")
    desktop.close()


def _sign_in(page: Page, url: str, login: str) -> None:
    page.goto(url)
    page.get_by_test_id("sign-in-login").fill(login)
    page.get_by_test_id("sign-in-password").fill(PASSWORD)
    page.get_by_test_id("sign-in-submit").click()


def _shoot(page: Page, name: str) -> None:
    """Keep a picture, where somebody wants to look."""
    if SHOTS:
        page.wait_for_timeout(400)
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
