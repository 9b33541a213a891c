"""What a phone let the broker retain goes for good, its own topics' alone, and nothing is heard twice."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from device_gateway.inbox import Inbox
from device_gateway.lines import Lines
from device_gateway.metrics import Metrics
from device_gateway.retained_sweeper import RetainedSweeper
from device_gateway.simulator.device import Device
from tests.device_gateway.conftest import RunningBroker, wait_until

Connect = Callable[..., Device]
PLACE = json.dumps({"_type": "location", "lat": 47.1, "lon": 9.5, "tst": 1_700_000_000}).encode()


class Due:
    """Erasures in memory."""

    def __init__(self, *devices: str) -> None:
        self.devices = list(devices)

    def due(self) -> list[str]:
        return list(self.devices)

    def mark_swept(self, device: str) -> None:
        self.devices.remove(device)


@pytest.fixture
def sweep(lines: Lines) -> Iterator[Callable[..., Metrics]]:
    stop, threads = threading.Event(), []

    def start(source: Due, leads: bool = True) -> Metrics:
        metrics = Metrics()
        sweeper = RetainedSweeper(source, lines, metrics, lambda: leads)
        threads.append(threading.Thread(target=sweeper.run, args=(stop, 0.05)))
        threads[-1].start()
        return metrics

    yield start
    stop.set()
    for thread in threads:
        thread.join(10)


def retain(device: Connect, name: str, *topics: str) -> None:
    phone = device(name)
    for topic in topics:
        phone.publish(topic, PLACE, retain=True)
    assert phone.flush(10)


def retained(broker: RunningBroker, *names: str) -> list[str]:
    """What a server that comes later is shown."""
    shown: list[str] = []
    other = Device(
        broker.address("gateway-2"),
        filters=tuple(f"owntracks/{name}/#" for name in names),
        on_message=lambda topic, _: shown.append(topic),
    )
    other.connect()
    time.sleep(0.4)
    other.close()
    return sorted(shown)


def test_what_a_phone_retained_goes_and_what_others_retained_stays(
    broker: RunningBroker, device: Connect, sweep: Callable[..., Metrics], inbox: Inbox, lines: Lines
) -> None:
    retain(device, "courier-0", "owntracks/courier-0/phone", "owntracks/courier-0/old-one/waypoint")
    retain(device, "courier-1", "owntracks/courier-1/phone")
    wait_until(lambda: len(inbox) == 3)
    source = Due("courier-0")
    metrics = sweep(source)
    wait_until(lambda: not source.devices)
    assert metrics.snapshot()["retained_swept"] == 2
    assert retained(broker, "courier-0", "courier-1") == ["owntracks/courier-1/phone"]
    heard = [(each.message.topic, each.message.payload) for each in inbox.take(100, 1.0, 0.1)]
    assert [topic for topic, payload in heard if payload].count("owntracks/courier-0/phone") == 1
    assert lines.is_up()


def test_a_phone_that_retains_nothing_is_done_after_one_look(
    sweep: Callable[..., Metrics], device: Connect
) -> None:
    source = Due("courier-0")
    sweep(source)
    wait_until(lambda: not source.devices)


def test_a_gateway_that_does_not_lead_leaves_it_to_the_one_that_does(
    broker: RunningBroker, device: Connect, sweep: Callable[..., Metrics]
) -> None:
    retain(device, "courier-0", "owntracks/courier-0/phone")
    sweep(Due("courier-0"), leads=False)
    time.sleep(0.3)
    assert retained(broker, "courier-0") == ["owntracks/courier-0/phone"]


def test_positions_are_heard_once_again_after_a_sweep(
    sweep: Callable[..., Metrics], device: Connect, inbox: Inbox
) -> None:
    source = Due("courier-0")
    sweep(source)
    wait_until(lambda: not source.devices)
    phone = device("courier-0")
    phone.publish("owntracks/courier-0/phone", PLACE)
    assert phone.flush(10)
    wait_until(lambda: len(inbox) > 0)
    time.sleep(0.2)
    assert len(inbox) == 1
