"""A dispatcher adds a courier's phone in the console, and the phone works with what is shown there, once."""

from __future__ import annotations

import base64
import json
import threading
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from device_gateway.connection import BrokerAddress, BrokerRefused
from device_gateway.simulator.device import Device
from tests.api_server import PASSWORD
from tests.e2e.conftest import World
from tests.e2e.installation import wait_for
from tests.world import SCHAAN

WITHIN_MS = 15_000
DARK_SHARE = """async (image) => {
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: 200, height: 200 });
  const paper = canvas.getContext("2d");
  paper.drawImage(image, 0, 0, 200, 200);
  const { data } = paper.getImageData(0, 0, 200, 200);
  let dark = 0;
  for (let at = 0; at < data.length; at += 4) if (data[at] < 96 && data[at + 3] > 200) dark += 1;
  return dark / (200 * 200);
}"""
"""The share of an image that is drawn dark."""


def test_a_phone_added_in_the_console_connects_with_the_secret_that_is_shown_once(
    world: World, browser: Browser
) -> None:
    here = world.installation
    page = browser.new_page(viewport={"width": 700, "height": 800})
    _open_devices(page, f"{here.url}/console")
    expect(page.get_by_test_id("device-row")).to_have_count(1, timeout=WITHIN_MS)

    page.get_by_test_id("add-device").click()
    page.get_by_test_id("new-device-name").click()
    page.locator('[data-testid="new-device-name-option"][data-value="anna"]').click()
    page.get_by_test_id("new-device-submit").click()
    for app in ("traccar", "owntracks_http", "owntracks_mqtt"):
        page.get_by_test_id(f"app-{app}").check()
        code = page.get_by_test_id("device-qr")
        expect(code).to_have_attribute("data-app", app)
        assert 0.2 < code.evaluate(DARK_SHARE) < 0.7
    configuration = _configuration(page.get_by_test_id("device-link").input_value())
    page.get_by_test_id("by-hand").click()
    secret = page.get_by_test_id("device-secret-value").input_value()
    assert (configuration["username"], configuration["password"]) == ("anna", secret)
    assert configuration["port"] == here.settings.mqtt_port
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("first-sign")).to_have_attribute("data-works", "false")

    address = BrokerAddress(configuration["host"], configuration["port"], "anna", secret)
    gone = threading.Event()
    phone = wait_for(lambda: _connected(address, gone), 20)
    phone.publish("owntracks/anna/phone", json.dumps(_location()).encode())
    assert phone.flush(20)
    expect(page.get_by_test_id("first-sign")).to_have_attribute("data-works", "true", timeout=WITHIN_MS)

    page.get_by_test_id("device-done").click()
    row = page.locator('[data-testid="device-row"][data-device-id="anna"]')
    expect(row).to_contain_text("heard")
    assert secret not in page.content()
    row.click()
    page.get_by_test_id("revoke-open").click()
    page.get_by_test_id("revoke-dialog-submit").click()
    expect(row).to_have_count(0, timeout=WITHIN_MS)
    assert gone.wait(5)
    with pytest.raises(BrokerRefused):
        Device(address).connect()
    phone.close()
    page.close()


def _open_devices(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_test_id("sign-in-login").fill("dispatcher")
    page.get_by_test_id("sign-in-password").fill(PASSWORD)
    page.get_by_test_id("sign-in-submit").click()
    page.get_by_test_id("tab-devices").click()


def _configuration(link: str) -> dict[str, Any]:
    """Return what OwnTracks reads from its link."""
    inline = parse_qs(urlsplit(link).query)["inline"][0]
    return dict(json.loads(base64.b64decode(inline)))


def _connected(address: BrokerAddress, gone: threading.Event) -> Device | None:
    """Return a phone that is connected, and tells when it is no more; None where the broker refuses it."""
    phone = Device(address, on_disconnected=gone.set)
    try:
        phone.connect()
    except BrokerRefused:
        gone.clear()
        return None
    return phone


def _location() -> dict[str, Any]:
    return {
        "_type": "location",
        "lat": SCHAAN.lat_deg,
        "lon": SCHAAN.lon_deg,
        "tst": int(time.time()),
        "acc": 8,
        "t": "u",
    }
