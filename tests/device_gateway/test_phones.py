"""An OwnTracks app on a real broker, a gateway and a real store: encrypted positions in, commands out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

from api.device_keys import DeviceKeys
from api.processes.phone_commands import StoredPhoneCommands
from device_gateway.gateway import Gateway, GatewayConfig
from device_gateway.protocol.owntracks_encryption import encrypt
from device_gateway.simulator.device import Device
from tests.device_gateway.conftest import GATEWAY, RunningBroker, RunningGateway, received, wait_until
from tests.device_gateway.protocol import payloads
from tests.world import build_world
from tracking.fleet.courier import Courier
from tracking.fleet.phone_commanding import request_location
from tracking.fleet.service import add_courier
from tracking.identity.devices import DeviceKind
from tracking.identity.service import add_device
from tracking.store.unit_of_work import Store
from tracking.telemetry.journal import Journal

NAME = "courier-0"


def test_a_phone_is_heard_encrypted_and_told_what_to_do(
    broker: RunningBroker, device: Callable[..., Device], journal: Journal, sqlite_store: Store
) -> None:
    now = datetime.now(UTC)
    with sqlite_store.writing() as uow:
        build_world(uow)
        add_courier(uow, Courier(NAME, "Courier", 1, 1, (), "depot"), now)
        added, _ = add_device(uow, NAME, DeviceKind.COURIER, now, encrypted=True)
        uow.commit()
    assert added.encryption_key is not None
    gateway = Gateway(
        GatewayConfig(broker.address(GATEWAY)),
        journal,
        phone_commands=StoredPhoneCommands(sqlite_store),
        keys=DeviceKeys(sqlite_store),
    )
    running = RunningGateway(gateway).start()
    try:
        heard: list[bytes] = []
        own = f"owntracks/{NAME}/phone"
        phone = device(NAME, filters=(f"{own}/cmd",), on_message=lambda _, body: heard.append(body))
        data = encrypt(payloads.OWNTRACKS_ANDROID, added.encryption_key)
        phone.publish(own, json.dumps({"_type": "encrypted", "data": data}).encode())
        wait_until(lambda: received(journal) == 1)
        assert journal.counters()["fix"]["stored"] == 1
        with sqlite_store.writing() as uow:
            request_location(uow, NAME, now)
            uow.commit()
        wait_until(lambda: bool(heard))
        assert json.loads(heard[0]) == {"_type": "cmd", "action": "reportLocation"}
    finally:
        running.stop()
