"""The embedded broker: who gets in, what each may touch, and what a change of accounts does."""

from __future__ import annotations

import os
import socket
import stat
import time
from collections.abc import Callable
from pathlib import Path
from queue import Queue

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from device_gateway.broker import Broker, BrokerConfig, BrokerFailed, BrokerMissing, find_mosquitto
from device_gateway.connection import BrokerAddress, BrokerRefused
from device_gateway.credentials import AccountKind, BrokerAccount
from device_gateway.protocol import topics
from device_gateway.session_ender import USER
from device_gateway.simulator.device import Device
from tests.device_gateway.conftest import (
    ACCOUNTS,
    COURIERS,
    GATEWAY,
    RunningBroker,
    account,
    password_of,
    wait_until,
)
from tests.ports import free_port
from tracking.identity.secrets import device_secret
from tracking.values.errors import InvalidValue

Connect = Callable[..., Device]
Heard = list[tuple[str, bytes]]


def listening(device: Connect, name: str, *filters: str) -> tuple[Device, Heard]:
    heard: Heard = []
    return device(name, filters=filters, on_message=lambda topic, body: heard.append((topic, body))), heard


def test_a_wrong_password_is_refused(broker: RunningBroker) -> None:
    with pytest.raises(BrokerRefused, match="Not authorized"):
        Device(broker.address("courier-0", "wrong")).connect()


def test_an_unknown_account_is_refused(broker: RunningBroker) -> None:
    with pytest.raises(BrokerRefused, match="Not authorized"):
        Device(broker.address("nobody")).connect()


@pytest.mark.parametrize("protocol", [mqtt.MQTTv31, mqtt.MQTTv311, mqtt.MQTTv5])
def test_nobody_connects_anonymously(broker: RunningBroker, protocol: int) -> None:
    answers: list[object] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="someone", protocol=protocol)  # type: ignore[arg-type]
    client.on_connect = lambda *arguments: answers.append(arguments[3])
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    wait_until(lambda: bool(answers))
    client.disconnect()
    client.loop_stop()
    assert answers[0].is_failure  # type: ignore[attr-defined]


def test_a_courier_hears_nothing_of_others_whatever_it_subscribes_to(
    broker: RunningBroker, device: Connect
) -> None:
    wide = (
        "#",
        "+/#",
        "+/+/+",
        "owntracks/#",
        "owntracks/+/+",
        "owntracks/+/+/event",
        "owntracks/+/+/info",
        "owntracks/courier-0/phone",
        "fieldstock/#",
        "fieldstock/v1/+/+/+",
        topics.fix("+"),
        topics.fix("courier-0"),
        topics.ack("+"),
        topics.command("+"),
        topics.locker("locker-1", "connection"),
        "$SYS/#",
        "$share/mine/#",
        f"$share/mine/{topics.fix('courier-0')}",
    )
    _, spied = listening(device, "courier-1", *wide)
    _, gateway_heard = listening(device, GATEWAY, *topics.GATEWAY_FILTERS)
    courier, locker, phone = device("courier-0"), device("locker-1"), device("phone-1")
    courier.publish(topics.fix("courier-0"), b"a fix")
    courier.publish("owntracks/courier-0/phone", b"a location")
    server = device("gateway-2")
    server.publish(topics.ack("courier-0"), b"an acknowledgement")
    server.publish(topics.command("locker-1"), b"a command")
    assert server.flush(20)
    phone.publish("owntracks/phone-1/pixel", b"another location")
    phone.publish("owntracks/phone-1/pixel/event", b"a transition")
    locker.publish(topics.locker("locker-1", "state"), b"a state")
    locker.publish(topics.locker("locker-1", "connection"), b"online", retain=True)
    wait_until(lambda: len(gateway_heard) == 6)
    _, spied_later = listening(device, "courier-2", *wide)  # a retained message tells nothing either
    time.sleep(0.3)
    assert (spied, spied_later) == ([], [])


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("courier-0", topics.fix("courier-1")),
        ("courier-0", "owntracks/courier-1/phone"),
        ("courier-0", "owntracks/courier-0/phone/cmd"),
        ("courier-0", topics.locker("courier-0", "state")),
        ("courier-0", topics.ack("courier-0")),
        ("courier-0", topics.command("locker-1")),
        ("locker-1", topics.locker("locker-2", "state")),
        ("locker-1", topics.command("locker-1")),
        ("locker-1", topics.fix("locker-1")),
        ("phone-1", topics.fix("phone-1")),
        ("phone-1", "owntracks/courier-0/phone"),
        ("courier-0", "$SYS/broker/uptime"),
        ("courier-0", "anything/else"),
        (GATEWAY, topics.fix("courier-0")),
        (GATEWAY, topics.locker("locker-1", "state")),
    ],
)
def test_nobody_writes_where_it_may_not(
    broker: RunningBroker, device: Connect, name: str, topic: str
) -> None:
    sender = device(name)
    sender.publish(topic, b"forged")
    assert sender.flush(10)
    assert sender.refused == 1


def test_each_reads_what_is_meant_for_it(broker: RunningBroker, device: Connect) -> None:
    server = device(GATEWAY)
    for name, topic in [
        ("courier-0", topics.ack("courier-0")),
        ("locker-1", topics.ack("locker-1")),
        ("locker-1", topics.command("locker-1")),
        ("courier-0", "owntracks/courier-0/phone/cmd"),
        ("phone-1", "owntracks/phone-1/pixel/cmd"),
    ]:
        _, heard = listening(device, name, topic)
        time.sleep(0.1)
        server.publish(topic, b"for you")
        wait_until(lambda heard=heard: len(heard) == 1)


def test_another_client_id_does_not_take_over_a_session(broker: RunningBroker, device: Connect) -> None:
    victim, heard = listening(device, "courier-0", topics.ack("courier-0"))
    intruder = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="courier-0", protocol=mqtt.MQTTv5)
    intruder.username_pw_set("courier-1", password_of("courier-1"))
    intruder.connect("127.0.0.1", broker.port)
    intruder.loop_start()
    wait_until(intruder.is_connected)
    device(GATEWAY).publish(topics.ack("courier-0"), b"still there")
    wait_until(lambda: len(heard) == 1)
    assert victim._client.is_connected()
    intruder.disconnect()
    intruder.loop_stop()


def test_a_wrong_password_does_not_disturb_the_session_it_claims(
    broker: RunningBroker, device: Connect
) -> None:
    ends: list[object] = []
    victim = device("courier-0")
    victim._client.on_disconnect = lambda *arguments: ends.append(arguments)
    with pytest.raises(BrokerRefused):
        Device(broker.address("courier-0", "wrong")).connect()
    assert ends == []


def test_a_revoked_account_is_disconnected_and_stays_out_while_others_stay_in(
    broker: RunningBroker, device: Connect
) -> None:
    ends: list[str] = []
    for name in ("courier-0", "courier-1"):
        device(name)._client.on_disconnect = lambda *_, name=name: ends.append(name)
    broker.broker.replace_accounts([a for a in ACCOUNTS if a.name != "courier-0"])
    wait_until(lambda: ends[:1] == ["courier-0"])
    with pytest.raises(BrokerRefused):
        Device(broker.address("courier-0")).connect()
    assert "courier-1" not in ends


def test_a_rotated_secret_ends_the_old_ones_connection(broker: RunningBroker, device: Connect) -> None:
    ends: list[str] = []
    device("courier-0")._client.on_disconnect = lambda *_: ends.append("courier-0")
    others = [a for a in ACCOUNTS if a.name != "courier-0"]
    fresh = account("courier-0", AccountKind.COURIER)
    rotated = type(fresh)("courier-0", AccountKind.COURIER, device_secret("a new secret").broker_verifier)
    broker.broker.replace_accounts([*others, rotated])
    wait_until(lambda: bool(ends))
    renewed = Device(broker.address("courier-0", "a new secret"))
    wait_until(lambda: connects(renewed))
    renewed.close()


def test_whoever_is_away_while_the_secret_changes_finds_no_session_and_leaves_the_broker_sound(
    broker: RunningBroker,
) -> None:
    """Mosquitto 2.0.11 corrupts its memory at a changed account whose session waits."""
    for name in COURIERS:
        assert session_present(broker, name, password_of(name)) is False
        assert session_present(broker, name, password_of(name)) is True
    new = [BrokerAccount(n, AccountKind.COURIER, device_secret("new").broker_verifier) for n in COURIERS[1:]]
    for _ in range(3):
        broker.broker.replace_accounts([*(a for a in ACCOUNTS if a.kind is not AccountKind.COURIER), *new])
    wait_until(lambda: session_present(broker, COURIERS[1], "new") is not None)
    assert [session_present(broker, name, "new") for name in COURIERS] == [None, True, *[False] * 6]
    assert session_present(broker, "courier-0", password_of("courier-0")) is None
    assert broker.broker.is_running()


def test_a_device_that_takes_its_session_back_meanwhile_is_noticed(broker: RunningBroker) -> None:
    sessions = broker.broker._sessions
    assert sessions is not None
    names = ["courier-0", "courier-1"]
    assert sessions.end(names, lambda: None)
    assert not sessions.end(names, lambda: session_present(broker, "courier-1", password_of("courier-1")))
    assert sessions.end(names, lambda: session_present(broker, "courier-2", password_of("courier-2")))


def test_nobody_else_comes_in_by_that_door(broker: RunningBroker) -> None:
    sessions = broker.broker._sessions
    assert sessions is not None
    answers: Queue[bool] = Queue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="courier-0", transport="unix")
    client.username_pw_set(USER, "guessed")
    client.on_connect = lambda _c, _d, _f, reason, _p: answers.put(reason.is_failure)
    client.connect(str(sessions.socket))
    client.loop_start()
    assert answers.get(timeout=10)
    client.loop_stop()
    assert stat.S_IMODE(sessions.socket.parent.stat().st_mode) == 0o700


def session_present(broker: RunningBroker, name: str, password: str) -> bool | None:
    """Connect for a session that waits an hour, and go; tell whether it was there, None for a refusal."""
    answers: Queue[tuple[bool, bool]] = Queue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
    client.username_pw_set(name, password)
    client.on_connect = lambda _c, _d, flags, reason, _p: answers.put(
        (flags.session_present, reason.is_failure)
    )
    waits = Properties(PacketTypes.CONNECT)
    waits.SessionExpiryInterval = 3600
    client.connect("127.0.0.1", broker.port, clean_start=False, properties=waits)
    client.loop_start()
    present, refused = answers.get(timeout=10)
    client.disconnect()
    client.loop_stop()
    return None if refused else present


def connects(device: Device) -> bool:
    try:
        device.connect()
    except BrokerRefused:
        return False
    return True


def test_a_new_account_gets_in_at_once(broker: RunningBroker) -> None:
    broker.broker.replace_accounts([*ACCOUNTS, account("courier-99", AccountKind.COURIER)])
    late = Device(broker.address("courier-99"))
    wait_until(lambda: connects(late))
    late.publish(topics.fix("courier-99"), b"x")
    assert late.flush(20)
    assert late.refused == 0
    late.close()


def test_secrets_files_are_private(broker: RunningBroker) -> None:
    for name in ("passwords", "acl", "mosquitto.conf"):
        mode = (broker.directory / "broker" / name).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600
    assert password_of("courier-0") not in (broker.directory / "broker" / "passwords").read_text()


def test_broker_never_runs_as_root(broker: RunningBroker) -> None:
    status = Path(f"/proc/{broker.broker.pid}/status").read_text()
    uid = next(line.split()[1] for line in status.splitlines() if line.startswith("Uid:"))
    assert uid != "0"


def test_a_broker_that_was_killed_keeps_what_was_queued(broker: RunningBroker, device: Connect) -> None:
    away, _ = listening(device, "courier-0", topics.ack("courier-0"))
    away.close()
    server = device(GATEWAY)
    server.publish(topics.ack("courier-0"), b"kept")
    assert server.flush(20)
    kept = broker.directory / "broker" / "mosquitto.db"
    wait_until(lambda: kept.exists() and b"kept" in kept.read_bytes())  # autosave_interval 1
    pid = broker.broker.pid
    assert pid is not None
    os.kill(pid, 9)
    broker.broker.wait(20)
    broker.broker.start(ACCOUNTS)
    _, heard = listening(device, "courier-0", topics.ack("courier-0"))
    wait_until(lambda: [body for _, body in heard] == [b"kept"])


def test_a_missing_mosquitto_says_what_to_install() -> None:
    with pytest.raises(BrokerMissing) as caught:
        find_mosquitto(Path("/nowhere/mosquitto"))
    assert "apt-get install mosquitto" in caught.value.action


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(BrokerFailed, match=f"127.0.0.1:{port}"):
            Broker(BrokerConfig(tmp_path / "broker", port=port)).start([])


def test_a_broker_that_cannot_start_shows_its_last_words(tmp_path: Path) -> None:
    broken = tmp_path / "mosquitto"
    broken.write_text("#!/bin/sh\necho no such option >&2\nexit 3\n")
    broken.chmod(0o755)
    with pytest.raises(BrokerFailed, match="no such option"):
        Broker(BrokerConfig(tmp_path / "broker", port=free_port(), executable=broken)).start([])


def test_a_left_over_broker_is_replaced(tmp_path: Path) -> None:
    config = BrokerConfig(tmp_path / "broker", port=free_port())
    first, second = Broker(config), Broker(config)
    first.start(ACCOUNTS)
    try:
        second.start(ACCOUNTS)
        assert first.wait(20) is not None
        assert second.is_running()
    finally:
        first.stop()
        second.stop()


def test_a_directory_that_others_cannot_reach_still_works(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    broker = Broker(BrokerConfig(hidden / "broker", port=free_port()))
    broker.start(ACCOUNTS)
    assert broker.is_running()
    broker.stop()
    assert (hidden / "broker" / "mosquitto.db").exists()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: BrokerConfig(Path("x"), port=0), "port"),
        (lambda: BrokerConfig(Path("x"), max_queued_messages=0), "max_queued_messages"),
        (lambda: BrokerAddress("h", 70_000, "u", "p"), "port"),
    ],
)
def test_impossible_settings_are_refused(make: Callable[[], object], reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason):
        make()


def test_mosquitto_accepts_the_configuration_without_a_warning(broker: RunningBroker) -> None:
    assert broker.broker.log_path.read_text() == ""
