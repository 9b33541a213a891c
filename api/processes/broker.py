"""The broker process: keeps a broker's accounts in step with the devices; our own Mosquitto it also runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from urllib.parse import unquote, urlsplit

import structlog
from sqlalchemy.exc import DBAPIError

from api.processes.broker_accounts import ServerAccounts, device_accounts
from api.processes.process import Health, give_signs_of_life, serve_health
from api.secrets import InstallationSecrets, load_secrets
from api.settings import BrokerAuth, Settings
from device_gateway.broker import Broker, BrokerConfig, BrokerUnsound, TlsListener
from device_gateway.connection import BrokerAddress
from device_gateway.credentials import BrokerAccount, BrokerAccounts
from device_gateway.dynamic_security import AccountsRefused, DynamicSecurity
from tracking.identity.secrets import SecretSeal
from tracking.store.unit_of_work import Store
from tracking.store.wake import Wake
from tracking.values.errors import FieldstockError
from tracking.values.times import system_clock

log = structlog.get_logger()

GATEWAY_USER = "gateway-1"
GATHER_S = 0.2
"""Many devices that are added one by one are one change."""
GATEWAYS_AWAITED_S = 20.0
"""How long devices wait for gateways after the broker's start, where several share the hearing."""
RETRY_S = 5.0
"""The pause after a broker elsewhere did not take a change."""
AWAY_S = 1.0
"""The pause after the database could not be read."""


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
    server = ServerAccounts(settings.gateways, secrets.gateway_password)

    def read() -> list[BrokerAccount]:
        return [*server.recorded(store), *device_accounts(store)]

    def look() -> None:
        if not broker.is_running():
            raise BrokerLost(f"Mosquitto ended with the code {broker.wait(0)}; see {broker.log_path}.")
        broker.renew_certificates()

    health = Health(lambda: None if broker.is_running() else "Mosquitto is not running")
    is_shown = False
    while not stop.is_set():
        accounts = _first_accounts(broker, read)
        if settings.gateways > 1:
            accounts = server.known()
        started_at = system_clock()
        broker.start(accounts)
        try:
            if settings.gateways > 1:
                _await_gateways(settings, store, started_at, look, stop)
            log.info("broker listens", port=settings.mqtt_tls_port or settings.mqtt_port)
            if not is_shown:
                _show_health(settings, store, health, stop)
                is_shown = True
            _follow(broker, store, accounts, read, look, stop)
        except BrokerUnsound as error:
            log.warning("the broker starts again", cause=error.cause)
        finally:
            broker.stop()


def _first_accounts(broker: Broker, read: Callable[[], list[BrokerAccount]]) -> list[BrokerAccount] | None:
    """Return the accounts to start with; None, for those of an earlier start, while the database is away."""
    try:
        return read()
    except (DBAPIError, FieldstockError) as error:
        if not broker.has_accounts():
            raise
        log.warning("the accounts cannot be read: the broker starts with those it had", error=str(error))
        return None


def _keep_elsewhere(
    settings: Settings, secrets: InstallationSecrets, store: Store, stop: threading.Event
) -> None:
    seal = SecretSeal(secrets.device_seal_key)
    server = ServerAccounts(settings.gateways, secrets.gateway_password)
    keeper = _Telling(DynamicSecurity(administrator(settings)), store)
    _show_health(settings, store, Health(lambda: keeper.fault), stop)
    log.info("accounts are kept in step", broker=settings.broker_address_url)

    def read() -> list[BrokerAccount]:
        return [*server.recorded(store), *device_accounts(store, seal)]

    _follow(keeper, store, [], read, lambda: None, stop)


def _await_gateways(
    settings: Settings,
    store: Store,
    started_at: datetime,
    look: Callable[[], None],
    stop: threading.Event,
) -> None:
    """Let devices in only once every slot has subscribed, or a while after the database could be read.

    A Mosquitto that was restarted has forgotten shared subscriptions: it would acknowledge what devices
    publish and give it to nobody.
    """
    deadline_s = time.monotonic() + GATEWAYS_AWAITED_S
    while not stop.wait(0.1) and time.monotonic() < deadline_s:
        look()
        try:
            with store.reading() as uow:
                since = [r.slot for r in uow.gateway_slots.find() if r.subscribed_at >= started_at]
        except (DBAPIError, FieldstockError):
            deadline_s = time.monotonic() + GATEWAYS_AWAITED_S
            continue
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
            if isinstance(error, AccountsRefused) and error.names:
                self._forget([account for account in chosen if account.name not in error.names])
            raise
        self.fault = None
        self._forget(chosen)

    def _forget(self, told: list[BrokerAccount]) -> None:
        verifiers = {account.name: account.verifier for account in told if account.password is not None}
        with self._store.writing() as uow:
            for device in uow.devices.find_in(device_id=verifiers):
                if device.secret_sealed is None:
                    continue
                locked = uow.devices.require(device.device_id, lock=True)
                if locked.broker_verifier == verifiers[locked.device_id]:  # no other came meanwhile
                    uow.devices.save(replace(locked, secret_sealed=None))
            uow.commit()


class _Reading:
    """Reads which accounts there should be, also across times in which the database is away."""

    def __init__(self, store: Store, read: Callable[[], list[BrokerAccount]]) -> None:
        self._store = store
        self._read = read
        self._is_away = False
        self._wake: Wake | None = None

    def accounts(self) -> list[BrokerAccount] | None:
        """Return the accounts that should be in force, None while nobody can say."""
        try:
            accounts = self._read()
        except (DBAPIError, FieldstockError) as error:
            if not self._is_away:
                log.warning("the accounts cannot be read; the last ones stay in force", error=str(error))
            self._is_away = True
            return None
        self._is_away = False
        return accounts

    def wait(self) -> None:
        """Return at the next commit, or after a while."""
        try:
            self._wake = self._wake or self._store.wake()
            self._wake.wait(AWAY_S)
        except (
            DBAPIError,
            self._store.engine.dialect.loaded_dbapi.Error,
        ):  # SQLite is asked without SQLAlchemy
            time.sleep(AWAY_S)

    def close(self) -> None:
        if self._wake is not None:
            self._wake.close()


def _follow(
    broker: BrokerAccounts,
    store: Store,
    accounts: list[BrokerAccount] | None,
    read: Callable[[], list[BrokerAccount]],
    look: Callable[[], None],
    stop: threading.Event,
) -> None:
    """Put each change of the devices in force, within about a second, until `stop` is set."""
    reading = _Reading(store, read)
    try:
        while not stop.is_set():
            look()
            now = reading.accounts()
            if now is None:
                stop.wait(AWAY_S)
                continue
            if now != accounts:
                try:
                    broker.replace_accounts(now)
                except BrokerUnsound:
                    raise
                except FieldstockError as error:
                    log.warning("accounts were not taken", cause=error.cause, action=error.action)
                    stop.wait(RETRY_S)
                    continue
                except DBAPIError as error:
                    log.warning("accounts were taken, their secrets not forgotten", error=str(error))
                    stop.wait(RETRY_S)
                    continue
                log.info("accounts changed", accounts=len(now))
                accounts = now
            reading.wait()
            stop.wait(GATHER_S)
    finally:
        reading.close()


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
