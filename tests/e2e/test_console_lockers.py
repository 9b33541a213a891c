"""A dispatcher helps a locker without radio, reserves room in it, and clears away what it said in vain."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from device_gateway.connection import BrokerAddress
from device_gateway.protocol import topics
from device_gateway.protocol.offline_codes import CodeState, try_code
from device_gateway.simulator.device import Device
from tests.api_server import PASSWORD
from tests.e2e.conftest import World
from tests.e2e.installation import Installation
from tracking.lockers.locker import Locker
from tracking.lockers.offline_opening import offline_keys
from tracking.lockers.service import state_reported
from tracking.values.times import system_clock

LOCKER = "locker-schaan"
WITHIN_MS = 20_000


def test_codes_deposits_alarms_and_dead_letters_are_worked_off_in_the_console(
    world: World, browser: Browser
) -> None:
    keys = _lose_mains(world.installation)
    page = browser.new_page(viewport={"width": 900, "height": 900})
    _sign_in(page, f"{world.installation.url}/console")
    alerts = page.get_by_test_id("standing-alerts")
    alerts.get_by_role("button", name="runs on its battery").click(timeout=WITHIN_MS)
    expect(page.get_by_test_id("locker-alarm")).to_have_attribute("data-kind", "on_battery")
    _give_code(page, keys["2"])
    _reserve_and_cancel(page)
    _say_junk(world)
    _throw_away(page)
    page.close()


def _lose_mains(here: Installation) -> dict[str, str]:
    """Let the locker report that it runs on battery; return the keys of its compartments."""
    store, now = here.store(), system_clock()
    with store.writing() as uow:
        keys = offline_keys(uow, LOCKER)
        state_reported(uow, Locker(LOCKER, last_heard_at=now, reported_at=now, power="battery"), [])
        uow.commit()
    store.close()
    return keys


def _sign_in(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_test_id("sign-in-login").fill("dispatcher")
    page.get_by_test_id("sign-in-password").fill(PASSWORD)
    page.get_by_test_id("sign-in-submit").click()


def _give_code(page: Page, key_hex: str) -> None:
    """Ask for a code; what is shown opens that compartment, by the check that lockers make."""
    page.get_by_test_id("offline-code-open").click()
    page.get_by_test_id("code-courier").select_option("anna")
    page.get_by_test_id("code-opening").select_option("compartment:2")
    page.get_by_test_id("code-reason").fill("No mobile network at the locker")
    page.get_by_test_id("code-submit").click()
    digits = page.get_by_test_id("code-digits")
    expect(digits).to_be_visible(timeout=WITHIN_MS)
    code = digits.get_attribute("data-code") or ""
    assert try_code(bytes.fromhex(key_hex), code, CodeState(), 0.0).used == 0
    page.get_by_test_id("code-done").click()
    expect(page.get_by_test_id("offline-code-dialog")).to_be_hidden()
    assert code not in page.content()


def _reserve_and_cancel(page: Page) -> None:
    page.get_by_test_id("deposit-open").click()
    page.get_by_test_id("deposit-submit").click()
    deposit = page.get_by_test_id("deposit")
    expect(deposit).to_have_attribute("data-state", "reserved", timeout=WITHIN_MS)
    expect(page.get_by_test_id("deposit-dialog")).to_be_hidden()
    page.get_by_test_id("deposit-cancel").click()
    expect(deposit).to_have_attribute("data-state", "cancelled", timeout=WITHIN_MS)


def _say_junk(world: World) -> None:
    port = world.installation.settings.mqtt_port
    device = Device(BrokerAddress("127.0.0.1", port, LOCKER, world.locker_secret))
    device.connect()
    device.publish(topics.locker(LOCKER, "state"), b'{"broken')
    assert device.flush(20)
    device.close()


def _throw_away(page: Page) -> None:
    """Read the letter, try it again in vain, and throw it away."""
    page.get_by_test_id("tab-devices").click()
    page.get_by_test_id("devices-unreadable").click()
    page.get_by_test_id("letter-group").click(timeout=WITHIN_MS)
    letter = page.get_by_test_id("letter")
    expect(letter).to_contain_text(LOCKER, timeout=WITHIN_MS)
    page.get_by_test_id("letter-payload-open").click()
    expect(page.get_by_test_id("letter-payload")).to_contain_text('{"broken')
    page.get_by_test_id("letter-replay").click()
    expect(page.get_by_test_id("toast").last).to_have_attribute("data-tone", "note", timeout=WITHIN_MS)
    page.get_by_test_id("letter-discard").click()
    page.get_by_test_id("discard-dialog-submit").click()
    expect(page.get_by_test_id("letter-group")).to_have_count(0, timeout=WITHIN_MS)
