"""A Mosquitto elsewhere is told of devices, and we forget their secrets once it has been."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from api.device_accounts import broker_seal
from api.processes.broker import AccountsElsewhere, run_broker
from api.secrets import load_secrets
from api.settings import BrokerAuth, Settings
from device_gateway.connection import BrokerRefused
from device_gateway.simulator.device import Device
from tests.device_gateway.conftest import wait_until
from tests.device_gateway.dynamic_mosquitto import (
    ADMIN,
    ADMIN_PASSWORD,
    DynamicMosquitto,
    running_dynamic_mosquitto,
)
from tests.ports import free_port
from tests.world import NOW
from tracking.identity.devices import DeviceKind
from tracking.identity.rotation import finish_rotation, start_rotation
from tracking.identity.service import add_device, revoke_device
from tracking.store.unit_of_work import Store


def connects(elsewhere: DynamicMosquitto, name: str, password: str) -> bool:
    device = Device(elsewhere.address(name, password))
    try:
        device.connect()
    except BrokerRefused:
        return False
    device.close()
    return True


@pytest.mark.parametrize(("name", "kind"), [("anna", DeviceKind.COURIER), ("locker-1", DeviceKind.LOCKER)])
def test_broker_elsewhere_follows_a_device_through_its_life(
    tmp_path: Path, name: str, kind: DeviceKind
) -> None:
    with running_dynamic_mosquitto() as elsewhere:
        user, password = ADMIN, ADMIN_PASSWORD.replace(" ", "%20")
        settings = Settings(
            data_dir=tmp_path,
            broker_url=f"mqtt://{user}:{password}@127.0.0.1:{elsewhere.port}",
            broker_auth=BrokerAuth.DYNAMIC_SECURITY,
            health_port=free_port(),
        )
        secrets = load_secrets(tmp_path)
        store, seal = Store(settings.relational_url, secrets.custody_key), broker_seal(settings, secrets)
        store.migrate()
        stop = threading.Event()
        process = threading.Thread(target=run_broker, args=(settings, stop), daemon=True)
        process.start()
        try:
            wait_until(lambda: "gateway-1" in elsewhere.clients())
            assert connects(elsewhere, "gateway-1", secrets.gateway_password)
            with store.writing() as uow:
                _, old = add_device(uow, name, kind, NOW, seal=seal)
                uow.commit()
            wait_until(lambda: name in elsewhere.clients() and connects(elsewhere, name, old))
            wait_until(lambda: sealed(store, name) is None)
            with store.writing() as uow:
                new = start_rotation(uow, name, NOW, seal=seal)
                finish_rotation(uow, name, NOW, keep_sealed=True)
                uow.commit()
            wait_until(lambda: connects(elsewhere, name, new))
            assert not connects(elsewhere, name, old)
            wait_until(lambda: sealed(store, name) is None)
            with store.writing() as uow:
                revoke_device(uow, name, NOW)
                uow.commit()
            wait_until(lambda: name not in elsewhere.clients(), 5)
        finally:
            stop.set()
            process.join(20)
            store.close()


def sealed(store: Store, name: str) -> str | None:
    with store.reading() as uow:
        return uow.devices.require(name).secret_sealed


def test_process_without_accounts_to_keep_says_so(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, broker_url="mqtt://h", broker_auth=BrokerAuth.HTTP)
    with pytest.raises(AccountsElsewhere):
        run_broker(settings, threading.Event())
