"""A secret is exchanged without a gap, and a revocation takes hold: on the real broker and gateway."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.processes.broker import GATEWAY_USER, run_broker
from api.processes.gateway import StoredCommands
from api.secrets import load_secrets
from api.settings import Settings
from device_gateway.connection import BrokerAddress, BrokerRefused
from device_gateway.gateway import Gateway, GatewayConfig
from device_gateway.protocol import topics
from device_gateway.simulator.cabinet import EMPTY
from device_gateway.simulator.credentials import Credentials
from device_gateway.simulator.device import Device
from device_gateway.simulator.locker import SimulatedLocker
from tests.device_gateway.conftest import wait_until
from tests.ports import free_port
from tests.world import build_world
from tracking.identity.devices import DeviceKind
from tracking.identity.rotation import advance_rotations, finish_rotation, is_secret_of, start_rotation
from tracking.identity.service import add_device, revoke_device
from tracking.store.unit_of_work import Store
from tracking.telemetry.fold import Fold
from tracking.telemetry.journal import Journal
from tracking.values.times import system_clock

LOCKER = "locker-schaan"


@contextmanager
def running(*bodies: object) -> Iterator[None]:
    """Run each body with a stop event on a thread of its own."""
    stop = threading.Event()
    threads = [threading.Thread(target=body, args=(stop,), daemon=True) for body in bodies]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)


@dataclass
class Installation:
    """A store with its broker process, in the test's own process."""

    store: Store
    settings: Settings

    def address(self, name: str, password: str) -> BrokerAddress:
        return BrokerAddress("127.0.0.1", self.settings.mqtt_port, name, password)

    def connects(self, name: str, password: str) -> bool:
        device = Device(self.address(name, password))
        try:
            device.connect()
        except BrokerRefused:
            return False
        device.close()
        return True

    def is_in_force(self, name: str, secret: str) -> bool:
        with self.store.reading() as uow:
            device = uow.devices.require(name)
        return is_secret_of(device, secret) and device.pending_sha256 is None


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    settings = Settings(data_dir=tmp_path / "var", mqtt_port=free_port(), health_port=free_port())
    settings.data_dir.mkdir()
    store = Store(settings.relational_url, load_secrets(settings.data_dir).custody_key)
    store.migrate()
    with store.writing() as uow:
        build_world(uow, system_clock())
        uow.commit()
    gateway_password = load_secrets(settings.data_dir).gateway_password
    here = Installation(store, settings)
    with running(lambda stop: run_broker(settings, stop)):
        wait_until(lambda: here.connects(GATEWAY_USER, gateway_password))
        yield here
    store.close()


def add(here: Installation, name: str, kind: DeviceKind) -> tuple[str, bytes]:
    with here.store.writing() as uow:
        device, secret = add_device(uow, name, kind, system_clock())
        uow.commit()
    wait_until(lambda: here.connects(name, secret))
    return secret, bytes.fromhex(device.command_key_hex or "")


def test_locker_takes_its_new_secret_and_nothing_it_says_is_lost(
    installation: Installation, tmp_path: Path
) -> None:
    here = installation
    old, key = add(here, LOCKER, DeviceKind.LOCKER)
    journal = Journal(tmp_path / "journal.sqlite")
    password = load_secrets(here.settings.data_dir).gateway_password
    gateway = Gateway(
        GatewayConfig(here.address(GATEWAY_USER, password)), journal, StoredCommands(here.store)
    )
    gateway.hold()
    fold = Fold(Journal(tmp_path / "journal.sqlite"), here.store.writing, "fold")
    with running(gateway.run, fold.run):
        wait_until(gateway.is_hearing)
        locker = SimulatedLocker(
            here.address(LOCKER, old), key, {"1": EMPTY, "2": EMPTY}, state_every_s=0.1, resend_after_s=0.5
        )
        locker.start()
        wait_until(lambda: is_online(here))
        with here.store.writing() as uow:
            new = start_rotation(uow, LOCKER, system_clock())
            uow.commit()
        wait_until(lambda: advanced(here, new))
        wait_until(lambda: not here.connects(LOCKER, old))
        time.sleep(0.5)
        wait_until(lambda: is_online(here) and locker.unacknowledged < 3)
        locker.stop()
        wait_until(lambda: len(locker._buffer) == 0 or not is_online(here))
    said = sorted(seqs(journal))
    assert said == list(range(len(said)))
    assert len(said) > 5
    journal.close()


def is_online(here: Installation) -> bool:
    with here.store.reading() as uow:
        return uow.lockers.require(LOCKER).online


def advanced(here: Installation, new: str) -> bool:
    """Do the worker's chore, and tell whether the new secret is in force."""
    with here.store.writing() as uow:
        advance_rotations(uow, system_clock())
        uow.commit()
    return here.is_in_force(LOCKER, new)


def seqs(journal: Journal) -> set[int]:
    return {seq for (seq,) in journal.file.rows("SELECT seq FROM entries WHERE seq IS NOT NULL")}


def test_phone_that_has_both_secrets_sends_on_while_the_new_one_comes_in_force(
    installation: Installation, tmp_path: Path
) -> None:
    here = installation
    old, _ = add(here, "anna", DeviceKind.COURIER)
    with here.store.writing() as uow:
        new = start_rotation(uow, "anna", system_clock())
        uow.commit()
    pair = Credentials(old)
    pair.learn(new)
    phone = Device(here.address("anna", old), credentials=pair)
    phone.connect()
    phone.publish(topics.fix("anna"), b"x")
    assert phone.flush(10)
    assert pair.secrets() == (new, old)
    with here.store.writing() as uow:
        finish_rotation(uow, "anna", system_clock())
        uow.commit()
    wait_until(lambda: pair.secrets() == (new,))
    phone.publish(topics.fix("anna"), b"y")
    assert phone.flush(10)
    assert phone.refused == 0
    assert not here.connects("anna", old)
    phone.close()


def test_revoked_device_is_disconnected_within_five_seconds(installation: Installation) -> None:
    here = installation
    secret, _ = add(here, "anna", DeviceKind.COURIER)
    other_secret, _ = add(here, "ben", DeviceKind.COURIER)
    ends: dict[str, float] = {}
    phones = [
        Device(
            here.address(name, password),
            on_disconnected=lambda name=name: ends.setdefault(name, time.monotonic()),  # type: ignore[misc]
        )
        for name, password in (("anna", secret), ("ben", other_secret))
    ]
    for phone in phones:
        phone.connect()
    asked_s = time.monotonic()
    with here.store.writing() as uow:
        revoke_device(uow, "anna", system_clock())
        uow.commit()
    wait_until(lambda: "anna" in ends, 5)
    assert ends["anna"] - asked_s < 5
    assert not here.connects("anna", secret)
    assert "ben" not in ends
    for phone in phones:
        phone.close()


def test_pair_keeps_the_secret_that_worked_until_a_new_one_has() -> None:
    pair = Credentials("old")
    pair.learn("newer")
    pair.learn("newest")
    assert pair.secrets() == ("newest", "old")
    pair.worked("old")
    assert pair.secrets() == ("newest", "old")
    pair.worked("newest")
    assert pair.secrets() == ("newest",)
