"""Faults on the way from device to journal: nothing of what a device was told is lost, and nothing doubles.

What devices consider acknowledged is compared with what is stored; `make soak` has the full counts.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from device_gateway.broker import Broker
from device_gateway.gateway import Gateway, GatewayConfig
from device_gateway.protocol import topics
from device_gateway.simulator.device import Device
from tests.device_gateway.acking_phone import AckingPhone
from tests.device_gateway.conftest import (
    ACCOUNTS,
    COURIERS,
    GATEWAY,
    RunningBroker,
    RunningGateway,
    received,
    wait_until,
)
from tests.device_gateway.cutting_proxy import CuttingProxy
from tests.device_gateway.test_gateway import fixes_message, seqs
from tests.device_gateway.test_kills import gateway_process, start_session
from tests.telemetry.samples import assert_balanced
from tracking.telemetry.fixes import Fix
from tracking.telemetry.journal import Journal

Start = Callable[..., RunningGateway]
Connect = Callable[..., Device]


@pytest.fixture
def phones(broker: RunningBroker) -> Iterator[Callable[..., list[AckingPhone]]]:
    """Start phones that share a number of fixes; they are stopped after the test."""
    with ExitStack() as stack:

        def start(total: int, **options: float) -> list[AckingPhone]:
            started = [
                AckingPhone(broker.address(name), total // len(COURIERS), **options) for name in COURIERS
            ]
            for phone in started:
                stack.callback(phone.stop)
                phone.start()
            return started

        yield start


def assert_exact(journal: Journal, phones: list[AckingPhone], total: int) -> None:
    """What is stored is what was sent, each once, and all that any phone was told is among it."""
    entries = journal.read(0, 10 * total)
    stored = [(e.value.device, e.value.seq) for e in entries if isinstance(e.value, Fix)]
    told = {(phone.name, seq) for phone in phones for seq in phone.acked}
    assert len(stored) == len(set(stored)) == total
    assert told == set(stored)
    assert_balanced(journal)


def kill_gateways(
    broker: RunningBroker, path: Path, journal: Journal, kills: int, is_over: Callable[[], bool]
) -> None:
    """Kill the gateway at random moments, each time once it has made something durable."""
    choice = random.Random(kills)
    for _ in range(kills):
        with gateway_process(broker, path) as process:
            before = journal.last_position()
            wait_until(lambda seen=before: journal.last_position() > seen, 60)
            time.sleep(choice.uniform(0.0, 0.3))
            assert not is_over(), "this kill came too late to hit anything"
            process.kill()
            process.wait()


def _gateway_kills(
    broker: RunningBroker, path: Path, phones: Callable[..., list[AckingPhone]], total: int, kills: int
) -> None:
    journal = Journal(path, busy_s=30)
    start_session(broker, journal)
    started = phones(total, per_second=total / len(COURIERS) / (kills * 1.2))
    kill_gateways(broker, path, journal, kills, lambda: all(phone.is_done() for phone in started))
    with gateway_process(broker, path):
        wait_until(lambda: all(phone.is_done() for phone in started), 300)
    assert_exact(journal, started, total)
    journal.close()


def test_killed_gateways_lose_and_double_nothing_that_phones_were_told_of(
    broker: RunningBroker, tmp_path: Path, phones: Callable[..., list[AckingPhone]]
) -> None:
    _gateway_kills(broker, tmp_path / "journal.sqlite", phones, total=4_000, kills=5)


@pytest.mark.soak
def test_a_hundred_killed_gateways_lose_and_double_nothing_of_a_hundred_thousand(
    broker: RunningBroker, tmp_path: Path, phones: Callable[..., list[AckingPhone]]
) -> None:
    _gateway_kills(broker, tmp_path / "journal.sqlite", phones, total=100_000, kills=100)


def _broker_kills(
    broker: RunningBroker, gateway: Start, journal: Journal, phones: Callable[..., list[AckingPhone]],
    total: int, kills: int,
) -> None:  # fmt: skip
    gateway(journal)
    started = phones(total, per_second=total / len(COURIERS) / (kills * 2.5))
    choice = random.Random(kills)
    for _ in range(kills):
        before = received(journal)
        wait_until(lambda seen=before: received(journal) > seen, 60)
        time.sleep(choice.uniform(0.0, 0.5))
        kill_broker(broker.broker)
        broker.broker.start(ACCOUNTS)
    wait_until(lambda: all(phone.is_done() for phone in started), 300)
    assert_exact(journal, started, total)


def kill_broker(broker: Broker) -> None:
    assert broker.pid is not None
    os.kill(broker.pid, signal.SIGKILL)
    broker.wait(5)


def test_killed_brokers_lose_nothing_of_devices_that_wait_for_the_servers_word(
    broker: RunningBroker, gateway: Start, journal: Journal, phones: Callable[..., list[AckingPhone]]
) -> None:
    _broker_kills(broker, gateway, journal, phones, total=2_400, kills=3)


@pytest.mark.soak
def test_fifty_killed_brokers_lose_nothing_of_devices_that_wait_for_the_servers_word(
    broker: RunningBroker, gateway: Start, journal: Journal, phones: Callable[..., list[AckingPhone]]
) -> None:
    _broker_kills(broker, gateway, journal, phones, total=50_000, kills=50)


def _cuts(broker: RunningBroker, journal: Journal, total: int, cuts: int, far_after: tuple[int, int]) -> None:
    """Phones and gateway both reach the broker through networks that are cut in the middle of packets."""
    near = CuttingProxy(broker.port, seed=1, cut_after=(300, 20_000))
    far = CuttingProxy(broker.port, seed=2, cut_after=far_after)
    through = RunningBroker(broker.broker, near.port, broker.directory)
    address = RunningBroker(broker.broker, far.port, broker.directory).address(GATEWAY)
    running = RunningGateway(Gateway(GatewayConfig(address), journal))
    started = [AckingPhone(through.address(name), total // 4, per_second=200) for name in COURIERS[:4]]
    try:
        running.begin()
        for phone in started:
            phone.start()
        wait_until(lambda: near.cuts + far.cuts >= cuts, 60 + 2 * cuts)
        near.calm = far.calm = True
        wait_until(lambda: all(phone.is_done() for phone in started), 240)
        assert min(near.cuts, far.cuts) > 0
        assert_exact(journal, started, total)
    finally:
        for phone in started:
            phone.stop()
        running.stop()
        near.close()
        far.close()


def test_a_network_that_is_cut_in_the_middle_of_packets_loses_and_doubles_nothing(
    broker: RunningBroker, journal: Journal
) -> None:
    _cuts(broker, journal, total=800, cuts=10, far_after=(2_000, 40_000))


@pytest.mark.soak
def test_a_network_that_is_cut_all_the_time_loses_and_doubles_nothing(
    broker: RunningBroker, journal: Journal
) -> None:
    _cuts(broker, journal, total=20_000, cuts=100, far_after=(20_000, 400_000))


def _replayed(device: Connect, journal: Journal, total: int) -> None:
    choice = random.Random(3)
    messages = list(range(total)) + choice.sample(range(total), round(0.3 * total))
    choice.shuffle(messages)
    phone = device("courier-0", window=500)
    for seq in messages:
        phone.publish(topics.fix("courier-0"), fixes_message(seq, 1))
    assert phone.flush(120)
    wait_until(lambda: received(journal) >= len(messages), 120)
    assert seqs(journal) == list(range(total))
    assert journal.counters()["fix"]["duplicate"] == round(0.3 * total)
    assert_balanced(journal)


def test_a_third_replayed_in_random_order_doubles_nothing(
    gateway: Start, device: Connect, journal: Journal
) -> None:
    gateway(journal)
    _replayed(device, journal, 3_000)


def _unparsable(device: Connect, journal: Journal, good: int, bad: int) -> None:
    choice = random.Random(4)
    kinds = [*(True,) * good, *(False,) * bad]
    choice.shuffle(kinds)
    phone = device("courier-0", window=500)
    made = 0
    for number, is_good in enumerate(kinds):
        body = fixes_message(made, 1) if is_good else JUNK[number % len(JUNK)] + str(number).encode()
        made += is_good
        phone.publish(topics.fix("courier-0"), body)
    assert phone.flush(300)
    wait_until(lambda: received(journal) >= good + bad, 300)
    counts = journal.counters()["fix"]
    assert (counts["stored"], counts["dead_letter"]) == (good, bad)
    letters = [letter for _, letter in journal.dead_letters(limit=bad + 1)]
    assert len(letters) == bad
    assert all(letter.reason for letter in letters)
    assert_balanced(journal)


JUNK = (
    b"{",
    b"\xff\xfe",
    b"[1,2",
    b'{"boot_id": 7}',
    b"null",
    b'{"boot_id":"b","first_seq":-1,"fixes":[]}',
    b"",
)


def test_of_messages_with_unparsable_ones_all_good_are_stored_and_all_bad_kept_with_reasons(
    gateway: Start, device: Connect, journal: Journal
) -> None:
    gateway(journal)
    _unparsable(device, journal, good=4_500, bad=500)


@pytest.mark.soak
def test_ten_thousand_unparsable_among_a_hundred_thousand_are_kept_and_hold_up_nothing(
    gateway: Start, device: Connect, journal: Journal
) -> None:
    gateway(journal)
    _unparsable(device, journal, good=90_000, bad=10_000)


def test_a_full_disk_withholds_the_acknowledgement_and_loses_nothing(
    gateway: Start, device: Connect, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "journal.sqlite", max_bytes=400_000)
    running = gateway(journal)
    acks: list[bytes] = []
    phone = device(
        "courier-0", filters=(topics.ack("courier-0"),), on_message=lambda _, body: acks.append(body)
    )
    for seq in range(0, 6_000, 100):
        phone.publish(topics.fix("courier-0"), fixes_message(seq, 100))
    wait_until(lambda: running.gateway.snapshot().get("journal_retries", 0) >= 2)
    told = {pair[0] for body in acks for pair in json.loads(body)["ranges"]}
    assert len(seqs(journal)) < 6_000
    assert told <= set(seqs(journal))
    wait_until(lambda: "disk" in (running.gateway.fault() or ""), 20)
    journal.file.bound(None)  # somebody makes room
    wait_until(lambda: seqs(journal) == list(range(6_000)), 30)
    wait_until(lambda: running.gateway.fault() is None)
    assert_balanced(journal)


def test_a_session_counts_as_drained_only_when_all_that_came_is_durable(
    gateway: Start, device: Connect, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "journal.sqlite", max_bytes=200_000)
    running = gateway(journal)
    wait_until(lambda: running.gateway.is_drained(GATEWAY, 0.2))
    phone = device("courier-0")
    for seq in range(0, 4_000, 100):
        phone.publish(topics.fix("courier-0"), fixes_message(seq, 100))
    wait_until(lambda: running.gateway.snapshot().get("journal_retries", 0) >= 2)
    time.sleep(0.5)
    assert not running.gateway.is_drained(GATEWAY, 0.2)
    journal.file.bound(None)
    wait_until(lambda: len(seqs(journal)) == 4_000, 30)
    wait_until(lambda: running.gateway.is_drained(GATEWAY, 0.2))


def test_a_stopped_broker_is_a_fault_within_15_s_and_heals_itself(
    gateway: Start, device: Connect, journal: Journal, broker: RunningBroker
) -> None:
    """The connection stands, and nothing comes: what a watchdog is for."""
    running = gateway(journal)
    assert running.gateway.fault() is None
    assert broker.broker.pid is not None
    os.kill(broker.broker.pid, signal.SIGSTOP)
    try:
        wait_until(lambda: running.gateway.fault() is not None, 15)
    finally:
        os.kill(broker.broker.pid, signal.SIGCONT)
    wait_until(lambda: running.gateway.fault() is None, 30)
    device("courier-0").publish(topics.fix("courier-0"), fixes_message(0, 1))
    wait_until(lambda: seqs(journal) == [0])
