"""A browser, and a running installation of the small world with people and devices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.api_server import PASSWORD
from tests.e2e.installation import Installation, new_installation
from tests.world import build_world
from tracking.identity.devices import DeviceKind
from tracking.identity.passwords import hash_password
from tracking.identity.roles import Role
from tracking.identity.service import add_device, add_person
from tracking.values.times import system_clock

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


@dataclass
class World:
    """A running installation with the secrets of its locker."""

    installation: Installation
    locker_secret: str
    locker_key: bytes


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield browser
        browser.close()


def start_world(installation: Installation) -> World:
    """Build the small world in an installation, with people and a locker's credentials, and start it."""
    now = system_clock()
    store = installation.store()
    with store.writing() as uow:
        build_world(uow, now)
        for role in Role:
            if role is not Role.COURIER:
                add_person(uow, str(role), str(role).title(), role, hash_password(PASSWORD), now)
        add_person(uow, "anna", "Anna", Role.COURIER, hash_password(PASSWORD), now, courier_id="anna")
        device, secret = add_device(uow, "locker-schaan", DeviceKind.LOCKER, now)
        uow.commit()
    store.close()
    installation.start()
    return World(installation, secret, bytes.fromhex(device.command_key_hex or ""))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    installation = new_installation(tmp_path / "var")
    yield start_world(installation)
    assert installation.stop() == 0
