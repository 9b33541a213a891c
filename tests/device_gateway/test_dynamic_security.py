"""The accounts of a broker elsewhere, on a real Mosquitto with its dynamic-security plugin."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from device_gateway.connection import BrokerRefused
from device_gateway.credentials import AccountKind, BrokerAccount
from device_gateway.dynamic_security import AccountsRefused, DynamicSecurity, differences
from device_gateway.protocol import topics
from device_gateway.simulator.device import Device
from tests.device_gateway.conftest import account, password_of, wait_until
from tests.device_gateway.dynamic_mosquitto import (
    ADMIN,
    DynamicMosquitto,
    running_dynamic_mosquitto,
)
from tests.ports import free_port
from tracking.identity.secrets import device_secret
from tracking.values.errors import InvalidValue


def told(name: str, kind: AccountKind) -> BrokerAccount:
    return replace(account(name, kind), password=password_of(name))


COURIER = told("courier-0", AccountKind.COURIER)
OTHER = told("courier-1", AccountKind.COURIER)
LOCKER = told("locker-1", AccountKind.LOCKER)
SERVER = told("gateway-1", AccountKind.SERVER)
ALL = [SERVER, COURIER, OTHER, LOCKER]


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[DynamicMosquitto]:
    with running_dynamic_mosquitto() as broker:
        yield broker


@pytest.fixture
def accounts(elsewhere: DynamicMosquitto) -> DynamicSecurity:
    security = DynamicSecurity(elsewhere.admin())
    security.replace_accounts([])
    security.replace_accounts(ALL)
    return security


def device(elsewhere: DynamicMosquitto, name: str, password: str | None = None) -> Device:
    return Device(elsewhere.address(name, password or password_of(name)))


def connects(candidate: Device) -> bool:
    try:
        candidate.connect()
    except BrokerRefused:
        return False
    return True


class Probe:
    """A client that shows what the broker answers to a subscription."""

    def __init__(self, elsewhere: DynamicMosquitto, name: str, client_id: str | None = None) -> None:
        self.refused: list[bool] = []
        self.heard: list[str] = []
        self.ended_s: float | None = None
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id or name, protocol=mqtt.MQTTv5
        )
        self.client.username_pw_set(name, password_of(name))
        self.client.on_subscribe = lambda *a: self.refused.extend(r.is_failure for r in a[3])
        self.client.on_message = lambda *a: self.heard.append(a[2].topic)
        self.client.on_disconnect = lambda *_: setattr(self, "ended_s", time.monotonic())
        self.client.connect("127.0.0.1", elsewhere.port)
        self.client.loop_start()

    def subscribes(self, topic_filter: str) -> bool:
        answers = len(self.refused)
        self.client.subscribe(topic_filter, 1)
        wait_until(lambda: len(self.refused) > answers)
        return not self.refused[-1]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.mark.parametrize(
    ("name", "topic_filter", "granted"),
    [
        ("courier-0", topics.ack("courier-0"), True),
        ("courier-0", "owntracks/courier-0/phone/cmd", True),
        ("courier-0", "owntracks/courier-0/+/cmd", True),
        ("courier-0", "owntracks/courier-0/#", False),
        ("courier-0", "owntracks/+/+", False),
        ("courier-0", "#", False),
        ("courier-0", "+/#", False),
        ("courier-0", "$SYS/#", False),
        ("courier-0", topics.ack("courier-1"), False),
        ("courier-0", topics.fix("+"), False),
        ("courier-0", f"$share/gateways/{topics.fix('+')}", False),
        ("courier-0", "$share/gateways/owntracks/#", False),
        ("courier-0", f"$share/mine/{topics.ack('courier-0')}", False),
        ("courier-0", "$CONTROL/dynamic-security/v1/response", False),
        ("locker-1", topics.command("locker-1"), True),
        ("locker-1", topics.command("locker-2"), False),
        ("gateway-1", topics.fix("+"), True),
        ("gateway-1", "owntracks/#", True),
        ("gateway-1", f"$share/gateways/{topics.fix('+')}", True),
        ("gateway-1", "$share/gateways/owntracks/#", True),
    ],
)
def test_subscription_is_granted_only_for_what_the_account_may_hear(
    elsewhere: DynamicMosquitto, accounts: DynamicSecurity, name: str, topic_filter: str, granted: bool
) -> None:
    probe = Probe(elsewhere, name)
    assert probe.subscribes(topic_filter) is granted
    probe.close()


def test_device_publishes_its_own_topics_and_no_others(
    elsewhere: DynamicMosquitto, accounts: DynamicSecurity
) -> None:
    server = Probe(elsewhere, "gateway-1")
    for topic_filter in topics.GATEWAY_FILTERS:
        assert server.subscribes(topic_filter)
    sender = device(elsewhere, "courier-0")
    sender.connect()
    for topic in (topics.fix("courier-0"), topics.fix("courier-1"), "owntracks/courier-0/phone"):
        sender.publish(topic, b"x")
    assert sender.flush(20)
    assert sender.refused == 1
    wait_until(lambda: len(server.heard) == 2)
    assert sorted(server.heard) == [topics.fix("courier-0"), "owntracks/courier-0/phone"]
    sender.close()
    server.close()


def test_wrong_password_and_another_client_id_are_refused(
    elsewhere: DynamicMosquitto, accounts: DynamicSecurity
) -> None:
    assert not connects(device(elsewhere, "courier-0", "wrong"))
    intruder = Probe(elsewhere, "courier-1", client_id="courier-0")
    wait_until(lambda: intruder.ended_s is not None)
    assert not intruder.client.is_connected()
    intruder.close()


def test_revoked_account_is_disconnected_at_once_and_others_stay(
    elsewhere: DynamicMosquitto, accounts: DynamicSecurity
) -> None:
    revoked, stays = Probe(elsewhere, "courier-0"), Probe(elsewhere, "courier-1")
    wait_until(lambda: revoked.client.is_connected() and stays.client.is_connected())
    asked_s = time.monotonic()
    accounts.replace_accounts([SERVER, OTHER, LOCKER])
    wait_until(lambda: revoked.ended_s is not None, 5)
    assert (revoked.ended_s or asked_s) - asked_s < 5
    assert not connects(device(elsewhere, "courier-0"))
    assert stays.ended_s is None
    revoked.close()
    stays.close()


def test_rotated_account_takes_the_new_secret_alone(
    elsewhere: DynamicMosquitto, accounts: DynamicSecurity
) -> None:
    rotated = replace(COURIER, verifier=device_secret("new").broker_verifier, password="new")
    accounts.replace_accounts([SERVER, rotated, OTHER, LOCKER])
    assert not connects(device(elsewhere, "courier-0"))
    renewed = device(elsewhere, "courier-0", "new")
    assert connects(renewed)
    renewed.close()


def test_account_whose_secret_was_not_told_may_not_connect_until_it_is(
    elsewhere: DynamicMosquitto, accounts: DynamicSecurity
) -> None:
    untold = replace(COURIER, verifier=device_secret("new").broker_verifier, password=None)
    accounts.replace_accounts([SERVER, untold, OTHER, LOCKER, account("never-told", AccountKind.COURIER)])
    assert not connects(device(elsewhere, "courier-0"))
    assert "never-told" not in elsewhere.clients()
    accounts.replace_accounts([SERVER, replace(untold, password="new"), OTHER, LOCKER])
    renewed = device(elsewhere, "courier-0", "new")
    assert connects(renewed)
    renewed.close()


def test_nothing_is_sent_when_nothing_differs(elsewhere: DynamicMosquitto, accounts: DynamicSecurity) -> None:
    before = elsewhere.file.stat().st_mtime_ns
    time.sleep(0.02)
    accounts.replace_accounts([replace(each, password=None) for each in ALL])
    assert elsewhere.file.stat().st_mtime_ns == before
    assert ADMIN in elsewhere.clients()


def test_accounts_that_the_operator_made_stay(elsewhere: DynamicMosquitto, accounts: DynamicSecurity) -> None:
    accounts.replace_accounts([])
    assert set(elsewhere.clients()) == {ADMIN}


def test_name_that_the_operator_uses_already_is_refused(
    elsewhere: DynamicMosquitto, accounts: DynamicSecurity
) -> None:
    with pytest.raises(AccountsRefused, match="already exists"):
        accounts.replace_accounts([*ALL, replace(told("operator", AccountKind.COURIER), name=ADMIN)])


def test_account_that_is_refused_holds_up_no_other(
    elsewhere: DynamicMosquitto, accounts: DynamicSecurity
) -> None:
    taken = replace(told("operator", AccountKind.COURIER), name=ADMIN)
    accounts.replace_accounts([])
    with pytest.raises(AccountsRefused) as refusal:
        accounts.replace_accounts([taken, *ALL])
    assert refusal.value.names == {ADMIN}
    assert connects(device(elsewhere, "courier-0"))
    with pytest.raises(AccountsRefused):
        accounts.replace_accounts([taken, SERVER])
    assert not connects(device(elsewhere, "courier-0"))


def test_who_is_no_administrator_may_change_nothing(
    elsewhere: DynamicMosquitto, accounts: DynamicSecurity
) -> None:
    with pytest.raises(BrokerRefused, match="courier-0"):
        DynamicSecurity(elsewhere.address("courier-0", password_of("courier-0"))).replace_accounts([])
    with pytest.raises(BrokerRefused, match=ADMIN):
        DynamicSecurity(elsewhere.address(ADMIN, "wrong")).replace_accounts([])


def test_broker_that_is_away_is_named(elsewhere: DynamicMosquitto) -> None:
    away = replace(elsewhere.admin(), port=free_port())
    with pytest.raises(BrokerRefused, match="cannot be reached"):
        DynamicSecurity(away).replace_accounts([])


def test_two_accounts_of_one_name_are_refused(elsewhere: DynamicMosquitto) -> None:
    with pytest.raises(InvalidValue, match="courier-0"):
        DynamicSecurity(elsewhere.admin()).replace_accounts([COURIER, COURIER])


def test_role_of_an_earlier_version_is_changed_and_the_account_is_not() -> None:
    roles = {"fieldstock-courier-0": {"textdescription": "older grants"}}
    [made] = [c for c in differences({}, {"x": {}}, {}) if c["command"] == "deleteClient"]
    assert made["username"] == "x"
    [create_role, create] = differences({"courier-0": COURIER}, {}, {})
    assert (create_role["command"], create["command"]) == ("createRole", "createClient")
    known = {"courier-0": {"textdescription": create["textdescription"]}}
    [change] = differences({"courier-0": COURIER}, known, roles)
    assert (change["command"], change["rolename"]) == ("modifyRole", "fieldstock-courier-0")
