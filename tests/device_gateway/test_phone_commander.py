"""Commands reach a phone over a real broker: on its own topic, never retained, within their time."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from device_gateway.lines import Lines
from device_gateway.metrics import Metrics
from device_gateway.phone_commander import PhoneCommander
from device_gateway.simulator.device import Device
from tests.device_gateway.conftest import wait_until
from tracking.fleet.phone_commands import DueCommand, PhoneAction

Connect = Callable[..., Device]


class Waiting:
    """Commands in memory."""

    def __init__(self, *commands: DueCommand) -> None:
        self.commands = list(commands)
        self.sent: list[DueCommand] = []
        self.failures = 0

    def due(self) -> list[DueCommand]:
        if self.failures > 0:
            self.failures -= 1
            raise OSError("the database is away")
        return list(self.commands)

    def mark_sent(self, command: DueCommand) -> None:
        self.commands.remove(command)
        self.sent.append(command)


@pytest.fixture
def command(lines: Lines) -> Iterator[Callable[..., Metrics]]:
    stop, threads = threading.Event(), []

    def start(source: Waiting, leads: bool = True) -> Metrics:
        metrics = Metrics()
        commander = PhoneCommander(source, lines, metrics, lambda: leads)
        threads.append(threading.Thread(target=commander.run, args=(stop, 0.05)))
        threads[-1].start()
        return metrics

    yield start
    stop.set()
    for thread in threads:
        thread.join(10)


def test_each_phone_gets_its_command_and_no_other_once(
    command: Callable[..., Metrics], device: Connect
) -> None:
    heard: dict[str, list[tuple[str, bytes]]] = {"courier-0": [], "courier-1": []}
    for name, messages in heard.items():
        device(
            name,
            filters=("owntracks/+/+", "owntracks/+/+/cmd"),
            on_message=lambda topic, body, into=messages: into.append((topic, body)),
        )
    asked = DueCommand("courier-0", PhoneAction.REPORT_LOCATION, 1)
    source = Waiting(asked)
    metrics = command(source)
    wait_until(lambda: bool(source.sent) and bool(heard["courier-0"]))
    time.sleep(0.3)
    assert heard["courier-0"] == [
        ("owntracks/courier-0/phone/cmd", b'{"_type":"cmd","action":"reportLocation"}')
    ]
    assert heard["courier-1"] == []
    assert metrics.snapshot()["phone_commands_sent"] == 1


def test_a_phone_that_comes_later_finds_nothing_retained(
    command: Callable[..., Metrics], device: Connect
) -> None:
    source = Waiting(DueCommand("courier-0", PhoneAction.REPORT_LOCATION, 1))
    command(source)
    wait_until(lambda: bool(source.sent))
    heard: list[bytes] = []
    device(
        "courier-0",
        filters=("owntracks/courier-0/phone/cmd",),
        on_message=lambda _, body: heard.append(body),
    )
    time.sleep(0.3)
    assert heard == []


def test_a_phone_whose_session_stands_gets_its_command_when_it_is_back(
    command: Callable[..., Metrics], device: Connect
) -> None:
    device("courier-0", filters=("owntracks/courier-0/phone/cmd",)).close()
    source = Waiting(DueCommand("courier-0", PhoneAction.SET_WAYPOINTS, 3))
    command(source)
    wait_until(lambda: bool(source.sent))
    heard: list[bytes] = []
    device(
        "courier-0",
        filters=("owntracks/courier-0/phone/cmd",),
        on_message=lambda _, body: heard.append(body),
    )
    wait_until(lambda: bool(heard))
    assert json.loads(heard[0])["action"] == "setWaypoints"


def test_a_source_that_fails_ends_nothing(
    command: Callable[..., Metrics], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device_gateway.phone_commander.FAILURE_PAUSE_S", 0.05)
    source = Waiting(DueCommand("courier-0", PhoneAction.REPORT_LOCATION, 1))
    source.failures = 2
    command(source)
    wait_until(lambda: bool(source.sent))


def test_a_gateway_that_does_not_lead_sends_nothing(command: Callable[..., Metrics]) -> None:
    source = Waiting(DueCommand("courier-0", PhoneAction.REPORT_LOCATION, 1))
    command(source, leads=False)
    time.sleep(0.3)
    assert source.sent == []
