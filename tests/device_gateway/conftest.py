"""Fixtures of the gateway's tests: a real Mosquitto on a free port, accounts, journals, running gateways."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from device_gateway.broker import Broker, BrokerConfig
from device_gateway.connection import BrokerAddress
from device_gateway.credentials import AccountKind, BrokerAccount
from device_gateway.gateway import Gateway, GatewayConfig
from device_gateway.inbox import Inbox
from device_gateway.lines import Lines
from device_gateway.link import LinkConfig, Subscriptions
from device_gateway.metrics import Metrics
from device_gateway.simulator.device import Device
from tests.ports import free_port
from tracking.identity.secrets import device_secret
from tracking.telemetry.journal import Journal
from tracking.values.times import system_clock

GATEWAY = "gateway-1"


def password_of(name: str) -> str:
    return f"the secret of {name}"


def account(name: str, kind: AccountKind) -> BrokerAccount:
    return BrokerAccount(name, kind, device_secret(password_of(name)).broker_verifier)


COURIERS = [f"courier-{i}" for i in range(8)]
LOCKERS = ["locker-1", "locker-2"]
ACCOUNTS = [
    account(GATEWAY, AccountKind.SERVER),
    account("gateway-2", AccountKind.SERVER),
    *(account(name, AccountKind.COURIER) for name in COURIERS),
    *(account(name, AccountKind.LOCKER) for name in LOCKERS),
    account("phone-1", AccountKind.OWNTRACKS_PHONE),
]


class RunningBroker:
    """A broker with everybody's account, and how to reach it as one of them."""

    def __init__(self, broker: Broker, port: int, directory: Path) -> None:
        self.broker = broker
        self.port = port
        self.directory = directory

    def address(self, name: str, password: str | None = None, *, keepalive_s: int = 30) -> BrokerAddress:
        return BrokerAddress(
            "127.0.0.1", self.port, name, password or password_of(name), keepalive_s=keepalive_s
        )


@pytest.fixture
def broker() -> Iterator[RunningBroker]:
    directory = Path(tempfile.mkdtemp(prefix="fieldstock-broker-"))
    directory.chmod(0o755)
    port = free_port()
    broker = Broker(BrokerConfig(directory / "broker", port=port))
    broker.start(ACCOUNTS)
    yield RunningBroker(broker, port, directory)
    broker.stop()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.sqlite")
    yield journal
    journal.close()


@pytest.fixture
def device(broker: RunningBroker) -> Iterator[Callable[..., Device]]:
    """Connect a device by its account's name; it is disconnected after the test."""
    connected: list[Device] = []

    def connect(name: str, **options: object) -> Device:
        device = Device(broker.address(name), **options)  # type: ignore[arg-type]
        device.connect()
        connected.append(device)
        return device

    yield connect
    for device in connected:
        device.close()


class RunningGateway:
    """A gateway on a thread of its own."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self._stop = threading.Event()
        self._thread = threading.Thread(target=gateway.run, args=(self._stop,))

    def begin(self, subscriptions: Subscriptions | None = None) -> None:
        self.gateway.hold(subscriptions=subscriptions)
        self._thread.start()

    def start(self) -> RunningGateway:
        self.begin()
        wait_until(self.gateway.is_hearing)
        return self

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(30)


@pytest.fixture
def gateway(broker: RunningBroker) -> Iterator[Callable[..., RunningGateway]]:
    """Start a gateway on a journal; it is stopped after the test."""
    running: list[RunningGateway] = []

    def start(journal: Journal, commands: object = None, **settings: object) -> RunningGateway:
        config = GatewayConfig(broker.address(GATEWAY), **settings)  # type: ignore[arg-type]
        running.append(RunningGateway(Gateway(config, journal, commands)))  # type: ignore[arg-type]
        return running[-1].start()

    yield start
    for item in running:
        item.stop()


def wait_until(condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline_s:
            raise AssertionError(f"Not within {timeout_s} s.")
        time.sleep(0.02)


def received(journal: Journal) -> int:
    return sum(row["received"] for row in journal.counters().values())


@pytest.fixture
def inbox() -> Inbox:
    return Inbox(100, 100_000)


@pytest.fixture
def lines(broker: RunningBroker, inbox: Inbox) -> Iterator[Lines]:
    """The lines of a gateway that holds its session, without a gateway."""
    lines = Lines(LinkConfig(), inbox, Metrics(), system_clock)
    lines.hold(broker.address(GATEWAY), Subscriptions())
    wait_until(lines.is_up)
    yield lines
    lines.stop()
