"""The gateway process: hears devices into the journal, folds it into state, and forwards fixes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import structlog

from api.processes.broker import GATEWAY_USER
from api.processes.process import Health, give_signs_of_life, serve_health, show_metrics
from api.secrets import load_secrets
from api.settings import Settings
from device_gateway.connection import BrokerAddress
from device_gateway.gateway import Gateway, GatewayConfig
from device_gateway.protocol.commands import LockerCommand
from tracking.store.unit_of_work import Store
from tracking.telemetry.fold import Fold
from tracking.telemetry.forwarder import Forwarder
from tracking.telemetry.influx_store import InfluxFixStore
from tracking.telemetry.journal import Journal
from tracking.values.times import system_clock

log = structlog.get_logger()

FOLD = "fold"
FOLD_BACKLOG = 5_000
"""A fold that failed and is this far behind makes the process unhealthy."""


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
        return [
            LockerCommand(
                locker=command.locker_id,
                command_id=command.command_id,
                session=command.session,
                action=command.action,
                compartment=command.compartment,
                issued_at=command.issued_at,
                valid_for_s=command.valid_for_s,
                key=bytes.fromhex(key),
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


def run_gateway(settings: Settings, stop: threading.Event) -> None:
    """Hear until `stop` is set, then commit and acknowledge what has come, and leave."""
    secrets = load_secrets(settings.data_dir)
    store = Store(settings.relational_url, secrets.custody_key)
    settings.journal_path.parent.mkdir(parents=True, exist_ok=True)
    journal = Journal(settings.journal_path)
    config = GatewayConfig(broker_address(settings, secrets.gateway_password))
    gateway = Gateway(config, journal, StoredCommands(store))
    # A journal connection of its own: sharing one, commits would wait for the fold to have read.
    fold = Fold(Journal(settings.journal_path), store.writing, FOLD, open_reading=store.reading)
    health = Health(lambda: _fault(gateway, fold))
    show_metrics("fieldstock_gateway", gateway.snapshot)
    show_metrics("fieldstock_journal", lambda: _journal_numbers(journal))
    port = serve_health(settings.bind, settings.health_port + 1, health)
    give_signs_of_life(store, "gateway", port, health, stop)
    helpers = [_start("fold", fold.run, stop)]
    if settings.telemetry_url:
        forwarder = Forwarder(Journal(settings.journal_path), InfluxFixStore(settings.telemetry_url))
        show_metrics("fieldstock_forwarder", lambda: dict(forwarder.snapshot()))
        helpers.append(_start("forwarder", forwarder.run, stop))
    log.info("gateway listens", broker=f"{config.broker.host}:{config.broker.port}")
    try:
        gateway.run(stop)
    finally:
        stop.set()
        for helper in helpers:
            helper.join(10)
        journal.close()


def _fault(gateway: Gateway, fold: Fold) -> str | None:
    if not gateway.is_hearing():
        return "not connected to the broker"
    if fold.failures and fold.backlog() > FOLD_BACKLOG:
        return f"the fold failed {fold.failures} times and is {fold.backlog()} entries behind"
    return None


def broker_address(settings: Settings, gateway_password: str) -> BrokerAddress:
    """Return where the broker is: the one that we start, unless another is set."""
    if settings.broker_url is None:
        host = "127.0.0.1" if settings.bind in ("0.0.0.0", "::") else settings.bind  # noqa: S104
        return BrokerAddress(host, settings.mqtt_port, GATEWAY_USER, gateway_password)
    url = urlsplit(settings.broker_url)
    tls = url.scheme == "mqtts"
    user = unquote(url.username or GATEWAY_USER)
    password = unquote(url.password or gateway_password)
    return BrokerAddress(url.hostname or "", url.port or (8883 if tls else 1883), user, password, tls=tls)


def _journal_numbers(journal: Journal) -> dict[str, int | float]:
    return {
        f"{kind}_{outcome}": count
        for kind, outcomes in journal.counters().items()
        for outcome, count in outcomes.items()
    }


def _start(name: str, work: Callable[[threading.Event], None], stop: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=work, args=(stop,), name=name, daemon=True)
    thread.start()
    return thread
