"""The broker process: keeps a broker's accounts in step with the devices; our own Mosquitto it also runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from urllib.parse import unquote, urlsplit

import structlog

from api.processes.process import Health, give_signs_of_life, serve_health
from api.secrets import InstallationSecrets, load_secrets
from api.settings import BrokerAuth, Settings
from device_gateway.broker import Broker, BrokerConfig, TlsListener
from device_gateway.connection import BrokerAddress
from device_gateway.credentials import AccountKind, BrokerAccount, BrokerAccounts
from device_gateway.dynamic_security import DynamicSecurity
from tracking.identity.devices import SERVER_PREFIX, Device, DeviceKind
from tracking.identity.secrets import SecretSeal, device_secret, locker_seal
from tracking.store.unit_of_work import Store
from tracking.values.errors import FieldstockError, InvalidValue
from tracking.values.times import system_clock

log = structlog.get_logger()

GATEWAY_USER = "gateway-1"
KINDS = {DeviceKind.COURIER: AccountKind.COURIER, DeviceKind.LOCKER: AccountKind.LOCKER}
GATHER_S = 0.2
"""Many devices that are added one by one are one change."""
GATEWAYS_AWAITED_S = 20.0
"""How long devices wait for gateways after the broker's start, where several share the hearing."""
RETRY_S = 5.0
"""The pause after a broker elsewhere did not take a change."""


class BrokerLost(FieldstockError):
    """Mosquitto ended by itself."""

    code = "broker_lost"
    action = "Nothing: the supervisor starts it again; its log says why it ended."


class AccountsElsewhere(FieldstockError):
    """The broker asks us over HTTP who may connect, so there are no accounts to keep."""

    code = "accounts_elsewhere"
    action = "Do not start this process with FIELDSTOCK_BROKER_AUTH=http."


def run_broker(settings: Settings, stop: threading.Event) -> None:
    """Keep accounts in step with the devices until `stop` is set, and run our own broker if it is that."""
    secrets = load_secrets(settings.data_dir)
    store = Store(settings.relational_url, secrets.custody_key)
    match settings.broker_auth:
        case BrokerAuth.HTTP:
            raise AccountsElsewhere("The broker asks POST /broker/auth and /broker/acl.")
        case BrokerAuth.DYNAMIC_SECURITY:
            _keep_elsewhere(settings, secrets, store, stop)
        case _:
            _run_own(settings, secrets, store, stop)


def _run_own(settings: Settings, secrets: InstallationSecrets, store: Store, stop: threading.Event) -> None:
    broker = Broker(broker_config(settings))
    health = Health(lambda: None if broker.is_running() else "Mosquitto is not running")
    server = server_accounts(settings, secrets, _recorded_slots(store))
    accounts = [*server, *device_accounts(store)]
    started_at = system_clock()
    broker.start(server if settings.gateways > 1 else accounts)
    if settings.gateways > 1:
        _await_gateways(settings, store, started_at, stop)
        broker.replace_accounts(accounts)
    log.info(
        "broker listens",
        port=settings.mqtt_tls_port or settings.mqtt_port,
        devices=len(accounts) - len(server),
    )
    _show_health(settings, store, health, stop)

    def look() -> None:
        if not broker.is_running():
            raise BrokerLost(f"Mosquitto ended; see {broker.log_path}.")

    try:
        _follow(broker, store, accounts, lambda: [*server, *device_accounts(store)], look, stop)
    finally:
        broker.stop()


def _keep_elsewhere(
    settings: Settings, secrets: InstallationSecrets, store: Store, stop: threading.Event
) -> None:
    seal = SecretSeal(secrets.device_seal_key)
    server = server_accounts(settings, secrets)
    elsewhere = DynamicSecurity(administrator(settings))
    keeper = _Telling(elsewhere, store)
    _show_health(settings, store, Health(lambda: keeper.fault), stop)
    log.info("accounts are kept in step", broker=settings.broker_address_url)
    _follow(keeper, store, [], lambda: [*server, *device_accounts(store, seal)], lambda: None, stop)


def _recorded_slots(store: Store) -> int:
    """Return the highest slot whose session may still hold messages, 0 for none."""
    with store.reading() as uow:
        return max((record.slot for record in uow.gateway_slots.find()), default=0)


def _await_gateways(settings: Settings, store: Store, started_at: datetime, stop: threading.Event) -> None:
    """Let devices in only once every slot has subscribed, or after a while.

    A Mosquitto that was restarted has forgotten shared subscriptions: it would acknowledge what devices
    publish and give it to nobody.
    """
    deadline_s = time.monotonic() + GATEWAYS_AWAITED_S
    while not stop.wait(0.1) and time.monotonic() < deadline_s:
        with store.reading() as uow:
            since = [r.slot for r in uow.gateway_slots.find() if r.subscribed_at >= started_at]
        if set(range(1, settings.gateways + 1)) <= set(since):
            return
    log.warning("devices are let in although not every gateway has subscribed")


class _Telling:
    """Tells a broker elsewhere, remembers what went wrong, and forgets secrets that it has been told."""

    def __init__(self, accounts: BrokerAccounts, store: Store) -> None:
        self._accounts = accounts
        self._store = store
        self.fault: str | None = "the broker has not been told of the accounts yet"

    def replace_accounts(self, accounts: Iterable[BrokerAccount]) -> None:
        chosen = list(accounts)
        try:
            self._accounts.replace_accounts(chosen)
        except FieldstockError as error:
            self.fault = error.cause
            raise
        self.fault = None
        self._forget(chosen)

    def _forget(self, told: list[BrokerAccount]) -> None:
        verifiers = {account.name: account.verifier for account in told if account.password is not None}
        with self._store.writing() as uow:
            for device in uow.devices.find_in(device_id=verifiers):
                if device.secret_sealed and device.broker_verifier == verifiers[device.device_id]:
                    locked = uow.devices.require(device.device_id, lock=True)
                    uow.devices.save(replace(locked, secret_sealed=None))
            uow.commit()


def _follow(
    broker: BrokerAccounts,
    store: Store,
    accounts: list[BrokerAccount],
    read: Callable[[], list[BrokerAccount]],
    look: Callable[[], None],
    stop: threading.Event,
) -> None:
    """Put each change of the devices in force, within about a second, until `stop` is set."""
    wake = store.wake()
    try:
        while not stop.is_set():
            look()
            if (now := read()) != accounts:
                try:
                    broker.replace_accounts(now)
                except FieldstockError as error:
                    log.warning("accounts were not taken", cause=error.cause, action=error.action)
                    stop.wait(RETRY_S)
                    continue
                log.info("accounts changed", accounts=len(now))
                accounts = now
            wake.wait(1.0)
            stop.wait(GATHER_S)
    finally:
        wake.close()


def _show_health(settings: Settings, store: Store, health: Health, stop: threading.Event) -> None:
    port = serve_health(settings.bind, settings.health_port, health)
    give_signs_of_life(store, "broker", port, health, stop)


def broker_config(settings: Settings) -> BrokerConfig:
    """Return how our own broker listens."""
    return BrokerConfig(
        settings.data_dir.resolve() / "broker",
        port=settings.mqtt_port,
        bind=settings.bind,
        tls=_tls_listener(settings),
    )


def _tls_listener(settings: Settings) -> TlsListener | None:
    cert = settings.mqtt_tls_cert or settings.tls_cert
    key = settings.mqtt_tls_key or settings.tls_key
    if not settings.mqtt_tls_port or cert is None or key is None:
        return None
    return TlsListener(settings.mqtt_tls_port, settings.bind, cert, key, settings.mqtt_client_ca)


def administrator(settings: Settings) -> BrokerAddress:
    """Return where a Mosquitto elsewhere is, as the administrator that FIELDSTOCK_BROKER_URL names."""
    url = urlsplit(settings.broker_url or "")
    tls = url.scheme == "mqtts"
    return BrokerAddress(
        url.hostname or "",
        url.port or (8883 if tls else 1883),
        unquote(url.username or ""),
        unquote(url.password or ""),
        tls=tls,
        ca_file=settings.mqtt_ca,
    )


def server_accounts(
    settings: Settings, secrets: InstallationSecrets, recorded_slots: int = 0
) -> list[BrokerAccount]:
    """Return the account of each gateway's slot, and of those that are still to be drained.

    To be made once: a verifier is salted anew each time.
    """
    password = secrets.gateway_password
    verifier = device_secret(password).broker_verifier
    return [
        BrokerAccount(f"{SERVER_PREFIX}{slot}", AccountKind.SERVER, verifier, password)
        for slot in range(1, max(settings.gateways, recorded_slots) + 1)
    ]


def device_accounts(store: Store, seal: SecretSeal | None = None) -> list[BrokerAccount]:
    """Return the accounts of the devices that are not revoked, with the secrets that `seal` can open."""
    with store.reading() as uow:
        devices = uow.devices.find(revoked_at=None)
    return [BrokerAccount(d.device_id, KINDS[d.kind], d.broker_verifier, _opened(d, seal)) for d in devices]


def _opened(device: Device, seal: SecretSeal | None) -> str | None:
    """Return the secret that a broker must still be told: sealed by us, or for the locker itself."""
    if seal is None or device.secret_sealed is None:
        return None
    seals = [seal, *([locker_seal(bytes.fromhex(device.command_key_hex))] if device.command_key_hex else [])]
    for each in seals:
        try:
            return each.open(device.secret_sealed)
        except InvalidValue:
            continue
    log.warning("a sealed secret cannot be opened", device=device.device_id)
    return None
