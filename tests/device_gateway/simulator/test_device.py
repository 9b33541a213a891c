"""The connection of a simulated device, against a real broker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from device_gateway.protocol import topics
from device_gateway.simulator.device import Device
from tests.device_gateway.conftest import GATEWAY, RunningBroker, wait_until
from tests.device_gateway.cutting_proxy import CuttingProxy

NEVER = (2**40, 2**40)


def test_what_is_sent_after_connecting_arrives_over_a_slow_network_too(
    broker: RunningBroker, device: Callable[..., Device]
) -> None:
    sender = device(GATEWAY)
    slow = CuttingProxy(broker.port, seed=1, cut_after=NEVER, hold_s=0.3)
    heard: list[bytes] = []
    filters = (topics.command("locker-1"),)
    locker = Device(
        replace(broker.address("locker-1"), port=slow.port),
        filters=filters,
        on_message=lambda _, payload: heard.append(payload),
    )
    try:
        locker.connect()
        sender.publish(topics.command("locker-1"), b"first")
        sender.publish(topics.command("locker-1"), b"second")
        wait_until(lambda: len(heard) == 2)
        assert heard == [b"first", b"second"]
    finally:
        locker.close()
        slow.close()
