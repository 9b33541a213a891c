"""The gateway on a real broker: durable before acknowledged, nothing lost, nothing doubled."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from device_gateway.connection import BrokerAddress
from device_gateway.gateway import Gateway, GatewayConfig
from device_gateway.link import LinkConfig, Subscriptions
from device_gateway.protocol import topics
from device_gateway.protocol.commands import LockerCommand, decode_command
from device_gateway.simulator.device import Device
from tests.device_gateway.conftest import (
    ACCOUNTS,
    GATEWAY,
    RunningBroker,
    RunningGateway,
    received,
    wait_until,
)
from tracking.telemetry.fixes import Fix
from tracking.telemetry.journal import Journal
from tracking.telemetry.sqlite import sqlite
from tracking.values.errors import InvalidValue

Connect = Callable[..., Device]
Start = Callable[..., RunningGateway]
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def fixes_message(first_seq: int, count: int, boot_id: str = "boot") -> bytes:
    fixes = [
        {"fix_at": (NOW + timedelta(seconds=first_seq + i)).isoformat(), "lat_deg": 47.1, "lon_deg": 9.5}
        for i in range(count)
    ]
    return json.dumps({"boot_id": boot_id, "first_seq": first_seq, "fixes": fixes}).encode()


def seqs(journal: Journal) -> list[int | None]:
    return sorted(entry.value.seq for entry in journal.read(0, 100_000) if isinstance(entry.value, Fix))


def test_fixes_become_durable_and_the_phone_hears_exactly_which(
    gateway: Start, device: Connect, journal: Journal
) -> None:
    running = gateway(journal)
    acks: list[dict[str, object]] = []
    phone = device(
        "courier-0",
        filters=(topics.ack("courier-0"),),
        on_message=lambda _, body: acks.append(json.loads(body)),
    )
    phone.publish(topics.fix("courier-0"), fixes_message(0, 3))
    phone.publish(topics.fix("courier-0"), fixes_message(7, 2))
    wait_until(lambda: received(journal) == 5)
    wait_until(lambda: sum(len(ack["ranges"]) for ack in acks) >= 2)
    assert {tuple(pair) for ack in acks for pair in ack["ranges"]} == {(0, 2), (7, 8)}
    assert {ack["boot_id"] for ack in acks} == {"boot"}
    assert seqs(journal) == [0, 1, 2, 7, 8]
    assert running.gateway.snapshot()["stored"] == 5


def test_a_message_sent_twice_is_stored_once_and_acknowledged_twice(
    gateway: Start, device: Connect, journal: Journal
) -> None:
    gateway(journal)
    acks: list[bytes] = []
    phone = device(
        "courier-0", filters=(topics.ack("courier-0"),), on_message=lambda _, body: acks.append(body)
    )
    for count in (1, 2):
        phone.publish(topics.fix("courier-0"), fixes_message(0, 4))
        wait_until(lambda expected=count: len(acks) == expected)
    assert journal.counters()["fix"] == {
        "received": 8,
        "stored": 4,
        "duplicate": 4,
        "dead_letter": 0,
        "declined": 0,
    }


def test_an_unreadable_body_is_kept_and_acknowledged_by_its_properties(
    gateway: Start, device: Connect, journal: Journal
) -> None:
    gateway(journal)
    acks: list[bytes] = []
    phone = device(
        "courier-0", filters=(topics.ack("courier-0"),), on_message=lambda _, body: acks.append(body)
    )
    phone.publish(topics.fix("courier-0"), b"{broken", properties={"boot_id": "boot", "seq_range": "10-19"})
    wait_until(lambda: bool(acks))
    assert json.loads(acks[0]) == {"boot_id": "boot", "ranges": [[10, 19]]}
    [(_, letter)] = journal.dead_letters()
    assert (letter.device, letter.payload) == ("courier-0", b"{broken")
    assert letter.reason.startswith("malformed_json")


def test_what_is_sent_while_no_gateway_runs_is_heard_later(
    gateway: Start, device: Connect, journal: Journal
) -> None:
    gateway(journal).stop()
    phone = device("courier-0")
    for i in range(50):
        phone.publish(topics.fix("courier-0"), fixes_message(i, 1))
    assert phone.flush(10)
    gateway(journal)
    wait_until(lambda: received(journal) == 50)
    assert seqs(journal) == list(range(50))


def test_a_stop_commits_what_is_in_the_inbox_and_nothing_is_delivered_again(
    gateway: Start, device: Connect, journal: Journal
) -> None:
    running = gateway(journal)
    phone = device("courier-0")
    for i in range(300):
        phone.publish(topics.fix("courier-0"), fixes_message(i, 1))
    running.stop()
    assert running.gateway.snapshot()["inbox_depth"] == 0
    assert phone.flush(10)
    gateway(journal)
    wait_until(lambda: len(seqs(journal)) == 300)
    assert journal.counters()["fix"]["duplicate"] == 0


def test_the_broker_may_restart_and_nothing_is_lost(
    gateway: Start, device: Connect, journal: Journal, broker: RunningBroker
) -> None:
    gateway(journal)
    phone = device("courier-0")
    for i in range(100):
        phone.publish(topics.fix("courier-0"), fixes_message(i, 1))
        if i == 50:
            broker.broker.stop()
            broker.broker.start(ACCOUNTS)
    assert phone.flush(30)
    wait_until(lambda: len(seqs(journal)) == 100)


def test_a_locked_journal_withholds_the_acknowledgement_until_it_is_free(
    gateway: Start, device: Connect, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "locked.sqlite", busy_s=0.05)
    running = gateway(journal)
    acks: list[bytes] = []
    phone = device(
        "courier-0", filters=(topics.ack("courier-0"),), on_message=lambda _, body: acks.append(body)
    )
    other = sqlite.connect(journal.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    phone.publish(topics.fix("courier-0"), fixes_message(0, 2))
    wait_until(lambda: running.gateway.snapshot().get("journal_retries", 0) >= 2)
    assert not acks
    other.execute("ROLLBACK")
    other.close()
    wait_until(lambda: bool(acks))
    assert seqs(journal) == [0, 1]


def test_a_full_disk_loses_nothing_once_there_is_room(
    gateway: Start, device: Connect, journal: Journal
) -> None:
    pages = journal.file.rows("PRAGMA page_count")[0][0]
    journal.file.rows(f"PRAGMA max_page_count = {pages + 2}")
    running = gateway(journal)
    phone = device("courier-0")
    for i in range(40):
        phone.publish(topics.fix("courier-0"), fixes_message(100 * i, 100))
    wait_until(lambda: running.gateway.snapshot().get("journal_retries", 0) >= 2)
    journal.file.rows("PRAGMA max_page_count = 1000000")
    wait_until(lambda: len(seqs(journal)) == 4000)
    assert journal.counters()["fix"]["received"] == 4000


def test_a_stop_ends_in_time_although_the_journal_refuses(
    gateway: Start, device: Connect, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "locked.sqlite", busy_s=0.05)
    running = gateway(journal, drain_s=0.5)
    other = sqlite.connect(journal.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    phone = device("courier-0")
    phone.publish(topics.fix("courier-0"), fixes_message(0, 2))
    wait_until(lambda: running.gateway.snapshot().get("journal_retries", 0) >= 1)
    running.stop()
    other.close()
    gateway(journal)
    wait_until(lambda: seqs(journal) == [0, 1])


def test_a_full_inbox_hangs_up_and_comes_back_without_loss(
    gateway: Start, device: Connect, broker: RunningBroker, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "locked.sqlite", busy_s=0.05)
    running = gateway(journal)
    running.stop()
    config = GatewayConfig(broker.address("gateway-1", keepalive_s=3), inbox_messages=10)
    small = RunningGateway(Gateway(config, journal)).start()
    try:
        other = sqlite.connect(journal.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        phone = device("courier-0")
        for i in range(60):
            phone.publish(topics.fix("courier-0"), fixes_message(i, 1))
        wait_until(lambda: small.gateway.snapshot().get("inbox_full", 0) >= 1)
        other.close()
        wait_until(lambda: len(seqs(journal)) == 60)
        wait_until(lambda: small.gateway.snapshot()["connections"] >= 2)
    finally:
        small.stop()


def test_a_gateway_hears_its_own_heartbeat(gateway: Start, journal: Journal) -> None:
    running = gateway(journal, link=LinkConfig(heartbeat_s=0.1, stall_s=15))
    wait_until(lambda: running.gateway.snapshot().get("heartbeats_heard", 0) >= 3)
    assert running.gateway.snapshot().get("stalls", 0) == 0


def test_a_connection_that_hears_nothing_any_more_is_made_anew(
    gateway: Start, device: Connect, journal: Journal, broker: RunningBroker
) -> None:
    running = gateway(journal, link=LinkConfig(heartbeat_s=0.2, stall_s=10.5))
    connection = running.gateway._lines._links[GATEWAY]._connection
    assert connection is not None
    connection._client.on_message = None  # paho goes on, stays connected, and tells nobody
    connection.last_heard_s -= 10
    wait_until(lambda: running.gateway.snapshot().get("stalls", 0) == 1)
    wait_until(running.gateway.is_hearing)
    device("courier-0").publish(topics.fix("courier-0"), fixes_message(0, 1))
    wait_until(lambda: seqs(journal) == [0])


def test_an_exception_while_taking_in_is_survived_and_the_message_comes_again(
    gateway: Start, device: Connect, journal: Journal
) -> None:
    running = gateway(journal)
    link = running.gateway._lines._links[GATEWAY]
    clock, calls = link._clock, iter([ValueError("once")])

    def fails_once() -> datetime:
        error = next(calls, None)
        if error is not None:
            raise error
        return clock()

    link._clock = fails_once
    device("courier-0").publish(topics.fix("courier-0"), fixes_message(0, 1))
    wait_until(lambda: seqs(journal) == [0])
    assert running.gateway.snapshot()["connections"] == 2


def test_a_session_that_persists_takes_up_other_subscriptions(
    gateway: Start, device: Connect, journal: Journal, broker: RunningBroker
) -> None:
    gateway(journal).stop()  # subscribed to everything, and the session stays
    fixes_only, rest = topics.GATEWAY_FILTERS[:1], topics.GATEWAY_FILTERS[1:]
    changed = RunningGateway(Gateway(GatewayConfig(broker.address(GATEWAY)), journal))
    changed.begin(Subscriptions(fixes_only, rest))
    try:
        wait_until(changed.gateway.is_hearing)
        phone = device("phone-1")
        phone.publish("owntracks/phone-1/phone", b'{"_type":"location","lat":1,"lon":2,"tst":3}')
        assert phone.flush(20)
        device("courier-0").publish(topics.fix("courier-0"), fixes_message(0, 1))
        wait_until(lambda: received(journal) == 1)
        assert seqs(journal) == [0]
    finally:
        changed.stop()


def test_a_phone_whose_clock_is_ahead_is_heard_at_our_time(
    gateway: Start, device: Connect, journal: Journal
) -> None:
    gateway(journal)
    ahead = datetime.now(UTC) + timedelta(minutes=10)
    fixes = [{"fix_at": (ahead - timedelta(seconds=5)).isoformat(), "lat_deg": 47.1, "lon_deg": 9.5}]
    body = {"boot_id": "b", "first_seq": 0, "sent_at": ahead.isoformat(), "fixes": fixes}
    device("courier-0").publish(topics.fix("courier-0"), json.dumps(body).encode())
    wait_until(lambda: received(journal) == 1)
    [heard] = [entry.value for entry in journal.read(0) if isinstance(entry.value, Fix)]
    assert heard.said_at is not None
    assert abs(heard.said_at - heard.fix_at - timedelta(minutes=10)) < timedelta(seconds=5)


class Commands:
    """Commands that wait in a list."""

    def __init__(self, *commands: LockerCommand) -> None:
        self.waiting = {command.command_id: command for command in commands}
        self.sent: list[str] = []
        self.expired: list[str] = []

    def pending(self) -> list[LockerCommand]:
        return list(self.waiting.values())

    def mark_sent(self, command_id: str) -> None:
        self.sent.append(command_id)
        del self.waiting[command_id]

    def mark_expired(self, command_id: str) -> None:
        self.expired.append(command_id)
        del self.waiting[command_id]


def command(command_id: str, issued_at: datetime, key: bytes = b"key") -> LockerCommand:
    return LockerCommand(
        locker="locker-1",
        command_id=command_id,
        session="s1",
        action="open",
        compartment="A1",
        issued_at=issued_at,
        valid_for_s=30,
        key=key,
    )


def test_a_locker_gets_its_command_signed_and_a_stale_one_is_never_sent(
    gateway: Start, device: Connect, journal: Journal
) -> None:
    heard: list[tuple[str, bytes]] = []
    device(
        "locker-1",
        filters=(topics.command("locker-1"),),
        on_message=lambda topic, body: heard.append((topic, body)),
    )
    now = datetime.now(UTC)
    commands = Commands(command("old", now - timedelta(minutes=1)), command("new", now))
    gateway(journal, commands)
    wait_until(lambda: not commands.waiting and bool(heard))
    assert (commands.sent, commands.expired) == (["new"], ["old"])
    [(topic, body)] = heard
    assert topic == "fieldstock/v1/lockers/locker-1/command"
    message = decode_command(body, b"key")
    assert (message.command_id, message.session, message.valid_for_s) == ("new", "s1", 30)


def test_a_locker_that_comes_later_does_not_get_an_expired_command(
    gateway: Start, device: Connect, journal: Journal
) -> None:
    heard: list[bytes] = []
    first = device("locker-1", filters=(topics.command("locker-1"),))
    first.close()
    now = datetime.now(UTC)
    commands = Commands(
        LockerCommand(
            locker="locker-1",
            command_id="c",
            session="s1",
            action="open",
            compartment="A1",
            issued_at=now,
            valid_for_s=2,
            key=b"key",
        )
    )
    gateway(journal, commands)
    wait_until(lambda: commands.sent == ["c"])
    time.sleep(2.5)  # the locker's session stays; the broker drops the command when it expires
    device("locker-1", filters=(topics.command("locker-1"),), on_message=lambda _, body: heard.append(body))
    time.sleep(0.5)
    assert heard == []


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: BrokerAddress("h", 0, "g", "p"), "port"),
        (lambda: BrokerAddress("h", 1883, "g", "p", keepalive_s=1), "keepalive_s"),
        (lambda: LinkConfig(receive_maximum=0), "receive_maximum"),
        (lambda: LinkConfig(heartbeat_s=20, stall_s=20), "heartbeat_s"),
        (
            lambda: GatewayConfig(BrokerAddress("h", 1883, "g", "p", keepalive_s=90), LinkConfig(stall_s=20)),
            "stall_s",
        ),
    ],
)
def test_impossible_settings_are_refused(make: Callable[[], object], reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason):
        make()
