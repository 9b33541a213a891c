"""The broker process: Mosquitto, with accounts for the gateway and every device that is not revoked."""

from __future__ import annotations

import threading

import structlog

from api.processes.process import Health, give_signs_of_life, serve_health
from api.secrets import load_secrets
from api.settings import Settings
from device_gateway.broker import Broker, BrokerConfig
from device_gateway.credentials import AccountKind, BrokerAccount
from tracking.identity.devices import DeviceKind
from tracking.identity.secrets import device_secret
from tracking.store.unit_of_work import Store
from tracking.values.errors import FieldstockError

log = structlog.get_logger()

GATEWAY_USER = "gateway-1"
_KINDS = {DeviceKind.COURIER: AccountKind.COURIER, DeviceKind.LOCKER: AccountKind.LOCKER}


class BrokerLost(FieldstockError):
    """Mosquitto ended by itself."""

    code = "broker_lost"
    action = "Nothing: the supervisor starts it again; its log says why it ended."


def run_broker(settings: Settings, stop: threading.Event) -> None:
    """Run Mosquitto until `stop` is set, and keep its accounts in step with the devices."""
    secrets = load_secrets(settings.data_dir)
    store = Store(settings.relational_url, secrets.custody_key)
    broker = Broker(
        BrokerConfig(settings.data_dir.resolve() / "broker", port=settings.mqtt_port, bind=settings.bind)
    )
    health = Health(lambda: None if broker.is_running() else "Mosquitto is not running")
    accounts = _accounts(store, secrets.gateway_password)
    broker.start(accounts)
    log.info("broker listens", port=settings.mqtt_port, devices=len(accounts) - 1)
    port = serve_health(settings.bind, settings.health_port, health)
    give_signs_of_life(store, "broker", port, health, stop)
    wake = store.wake()
    try:
        while not stop.is_set():
            if not broker.is_running():
                raise BrokerLost(f"Mosquitto ended; see {broker.log_path}.")
            wake.wait(1.0)
            if (now := _accounts(store, secrets.gateway_password, accounts)) != accounts:
                log.info("devices changed", devices=len(now) - 1)
                broker.replace_accounts(now)
                accounts = now
            stop.wait(0.2)  # many devices that are added one by one are one change
    finally:
        broker.stop()
        wake.close()


def _accounts(
    store: Store, gateway_password: str, known: list[BrokerAccount] | None = None
) -> list[BrokerAccount]:
    if known:
        gateway = known[0]
    else:
        verifier = device_secret(gateway_password).broker_verifier
        gateway = BrokerAccount(GATEWAY_USER, AccountKind.SERVER, verifier)
    with store.reading() as uow:
        devices = uow.devices.find(revoked_at=None)
    return [gateway, *(BrokerAccount(d.device_id, _KINDS[d.kind], d.broker_verifier) for d in devices)]
