"""The gateway process: hears devices into the journal, and sends lockers their commands."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import unquote, urlsplit

import structlog

from api.device_keys import DeviceKeys
from api.journal_numbers import journal_numbers
from api.processes.broker import GATEWAY_USER
from api.processes.erasures import StoredErasures
from api.processes.phone_commands import StoredPhoneCommands
from api.processes.process import Health, give_signs_of_life, serve_health, show_metrics
from api.processes.slots import SlotKeeper
from api.secrets import load_secrets
from api.settings import BrokerAuth, Settings
from device_gateway.connection import BrokerAddress
from device_gateway.gateway import Gateway, GatewayConfig
from device_gateway.protocol.commands import LockerCommand
from tracking.identity.rotation import ROTATE
from tracking.store.unit_of_work import Store
from tracking.telemetry.journal import Journal
from tracking.values.times import system_clock

log = structlog.get_logger()


class StoredCommands:
    """The locker commands that wait in the database; see `device_gateway.commander.CommandSource`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def pending(self) -> Sequence[LockerCommand]:
        """Return the commands that were not sent yet, oldest first."""
        with self._store.reading() as uow:
            waiting = uow.locker_commands.find(sent_at=None, result=None)
            devices = uow.devices.find_in(device_id={command.locker_id for command in waiting})
        keys = {device.device_id: device.command_key_hex for device in devices}
        sealed = {device.device_id: device.pending_sealed for device in devices}
        return [
            LockerCommand(
                locker=command.locker_id,
                command_id=command.command_id,
                session=command.session,
                action=command.action,
                compartment=command.compartment or None,
                issued_at=command.issued_at,
                valid_for_s=command.valid_for_s,
                key=bytes.fromhex(key),
                sealed=sealed[command.locker_id] if command.action == ROTATE else None,
            )
            for command in waiting
            if (key := keys.get(command.locker_id))
        ]

    def mark_sent(self, command_id: str) -> None:
        """Record that the broker has taken a command."""
        with self._store.writing() as uow:
            command = uow.locker_commands.require(command_id, lock=True)
            uow.locker_commands.save(replace(command, sent_at=system_clock()))
            uow.commit()

    def mark_expired(self, command_id: str) -> None:
        """Record that a command was not sent within its time."""
        with self._store.writing() as uow:
            command = uow.locker_commands.require(command_id, lock=True)
            uow.locker_commands.save(replace(command, result="expired", reason="not sent in time"))
            uow.commit()


def run_gateway(settings: Settings, stop: threading.Event, number: int = 1) -> None:
    """Hear until `stop` is set, then commit and acknowledge what has come, and leave.

    `number` tells the gateways of one machine apart.
    """
    secrets = load_secrets(settings.data_dir)
    store = Store(settings.relational_url, secrets.custody_key)
    settings.journal_path.parent.mkdir(parents=True, exist_ok=True)
    journal = Journal(settings.journal_path, max_bytes=settings.journal_max_mb * 1_000_000)
    address = broker_address(settings, secrets.gateway_password)
    keeper: SlotKeeper
    gateway = Gateway(
        GatewayConfig(address),
        journal,
        StoredCommands(store),
        leads=lambda: keeper.leads(),
        phone_commands=StoredPhoneCommands(store),
        keys=DeviceKeys(store),
        erasures=StoredErasures(store),
    )
    keeper = SlotKeeper(
        store, gateway, settings.gateways, secrets.gateway_group, partial(slot_user, settings)
    )
    health = Health(lambda: gateway.fault() or keeper.fault())
    show_metrics("fieldstock_gateway", gateway.snapshot)
    show_metrics("fieldstock_journal", lambda: journal_numbers(journal))
    port = serve_health(settings.bind, _health_port(settings, number), health)
    give_signs_of_life(store, "gateway" if number == 1 else f"gateway-{number}", port, health, stop)
    keeping = threading.Thread(target=keeper.run, args=(stop,), name="slots", daemon=True)
    keeping.start()
    log.info("gateway listens", broker=f"{address.host}:{address.port}")
    try:
        gateway.run(stop)
    finally:
        stop.set()
        keeping.join(10)
        keeper.leave()
        journal.close()


def _health_port(settings: Settings, number: int) -> int:
    return settings.health_port + (1 if number == 1 else 3 + number)


def slot_user(settings: Settings, slot: int) -> str:
    """Return the broker's user whose session is a slot's.

    A broker elsewhere knows the user of its URL, or with several gateways that name with a number behind.
    """
    if settings.broker_url is None or settings.broker_auth is BrokerAuth.DYNAMIC_SECURITY:
        return f"gateway-{slot}"
    user = unquote(urlsplit(settings.broker_url).username or GATEWAY_USER)
    return user if settings.gateways == 1 and slot == 1 else f"{user}-{slot}"


def broker_address(settings: Settings, gateway_password: str) -> BrokerAddress:
    """Return where the broker is: the one that we start, unless another is set."""
    if settings.broker_url is None:
        is_everywhere = settings.bind in ("0.0.0.0", "::")  # noqa: S104
        # With a TLS listener for devices, the plain one is for us alone.
        host = "127.0.0.1" if settings.mqtt_tls_port or is_everywhere else settings.bind
        return BrokerAddress(host, settings.mqtt_port, GATEWAY_USER, gateway_password)
    url = urlsplit(settings.broker_url)
    tls = url.scheme == "mqtts"
    user, password = unquote(url.username or GATEWAY_USER), unquote(url.password or gateway_password)
    if settings.broker_auth is BrokerAuth.DYNAMIC_SECURITY:  # the user of the URL is its administrator
        user, password = GATEWAY_USER, gateway_password
    port = url.port or (8883 if tls else 1883)
    return BrokerAddress(url.hostname or "", port, user, password, tls=tls, ca_file=settings.mqtt_ca)
