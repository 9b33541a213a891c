"""The broker process: it outlives a database that is away, and keeps what is still needed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from api.processes.broker import broker_config, run_broker
from api.processes.broker_accounts import ServerAccounts
from api.secrets import load_secrets
from api.settings import Settings
from device_gateway.broker import Broker
from device_gateway.connection import BrokerAddress, BrokerRefused
from device_gateway.credentials import AccountKind
from device_gateway.simulator.device import Device
from tests.device_gateway.conftest import account, password_of, wait_until
from tests.ports import free_port
from tests.world import NOW
from tracking.identity.devices import DeviceKind
from tracking.identity.service import add_device
from tracking.store.tables import GatewaySlot
from tracking.store.unit_of_work import Store


def make_settings(folder: Path) -> Settings:
    return Settings(data_dir=folder, mqtt_port=free_port(), health_port=free_port())


def open_store(settings: Settings) -> Store:
    return Store(settings.relational_url, load_secrets(settings.data_dir).custody_key)


def connects(settings: Settings, name: str, password: str) -> bool:
    device = Device(BrokerAddress("127.0.0.1", settings.mqtt_port, name, password))
    try:
        device.connect()
    except BrokerRefused:
        return False
    device.close()
    return True


@contextmanager
def running(settings: Settings) -> Iterator[threading.Thread]:
    stop = threading.Event()
    process = threading.Thread(target=run_broker, args=(settings, stop), daemon=True)
    process.start()
    try:
        yield process
    finally:
        stop.set()
        process.join(20)
        assert not process.is_alive()


def add(store: Store, name: str) -> str:
    with store.writing() as uow:
        _, secret = add_device(uow, name, DeviceKind.COURIER, NOW)
        uow.commit()
    return secret


def test_broker_outlives_a_database_that_goes_away(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    store = open_store(settings)
    store.migrate()
    anna = add(store, "anna")
    with running(settings) as process:
        wait_until(lambda: connects(settings, "anna", anna))
        with store.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE devices RENAME TO away")
        assert not process.join(3)
        assert process.is_alive()
        assert connects(settings, "anna", anna)
        with store.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE away RENAME TO devices")
        ben = add(store, "ben")
        wait_until(lambda: connects(settings, "ben", ben))
    store.close()


def test_broker_starts_with_the_accounts_it_had_while_the_database_is_away(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    with pytest.raises(OperationalError):
        run_broker(settings, threading.Event())
    store = open_store(settings)
    before = Broker(broker_config(settings))
    before.start([account("anna", AccountKind.COURIER)])
    before.stop()
    with running(settings):
        wait_until(lambda: connects(settings, "anna", password_of("anna")))
        store.migrate()
        ben = add(store, "ben")
        wait_until(lambda: connects(settings, "ben", ben))
        assert not connects(settings, "anna", password_of("anna"))
    store.close()


def test_slot_to_be_drained_keeps_its_account_and_every_account_its_verifier(sqlite_store: Store) -> None:
    server = ServerAccounts(1, "secret")
    (first,) = server.recorded(sqlite_store)
    with sqlite_store.writing() as uow:
        uow.gateway_slots.add(GatewaySlot(3, (), NOW))
        uow.commit()
    assert [each.name for each in server.recorded(sqlite_store)] == ["gateway-1", "gateway-2", "gateway-3"]
    with sqlite_store.writing() as uow:
        uow.gateway_slots.remove(3)
        uow.commit()
    assert len(server.recorded(sqlite_store)) == 3
    assert server.recorded(sqlite_store)[0] == first
    assert all(each.password == "secret" for each in server.known())
