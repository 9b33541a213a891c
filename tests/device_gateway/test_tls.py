"""TLS on a real Mosquitto: who is trusted, and who a certificate says one is."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
import trustme
from paho.mqtt.enums import CallbackAPIVersion

from device_gateway.broker import Broker, BrokerConfig, TlsListener
from device_gateway.connection import BrokerAddress, BrokerRefused, Connection
from device_gateway.credentials import AccountKind
from device_gateway.protocol import topics
from device_gateway.simulator.device import Device
from tests.device_gateway.conftest import ACCOUNTS, account, password_of, wait_until
from tests.ports import free_port
from tracking.values.errors import InvalidValue


@dataclass
class Pem:
    """PEM files of a certificate, its key, and who signed it."""

    cert: Path
    key: Path
    ca: Path


def issue(folder: Path, ca: trustme.CA, name: str, *, common_name: str | None = None, ends: int = 30) -> Pem:
    """Write the certificate of a host or, with `common_name`, of a device; `ends` is in days from now."""
    not_after = datetime.now(UTC) + timedelta(days=ends)
    not_before = min(datetime.now(UTC), not_after) - timedelta(days=1)
    made = ca.issue_cert(name, common_name=common_name, not_after=not_after, not_before=not_before)
    pem = Pem(folder / f"{name}-cert.pem", folder / f"{name}-key.pem", folder / f"{name}-ca.pem")
    pem.cert.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    pem.key.write_bytes(made.private_key_pem.bytes())
    ca.cert_pem.write_to_path(str(pem.ca))
    return pem


class TlsBroker:
    """A broker with a TLS listener; `device_ca` signs devices' certificates where it asks for them."""

    def __init__(self, folder: Path, host: Pem, device_ca: Path | None) -> None:
        self.host = host
        self.tls_port, self.plain_port = free_port(), free_port()
        listener = TlsListener(self.tls_port, "127.0.0.1", host.cert, host.key, device_ca)
        self.broker = Broker(BrokerConfig(folder / "broker", self.plain_port, "0.0.0.0", tls=listener))
        self.broker.start(ACCOUNTS)

    def address(self, name: str, **changes: object) -> BrokerAddress:
        return replace(
            BrokerAddress(
                "localhost", self.tls_port, name, password_of(name), tls=True, ca_file=self.host.ca
            ),
            **changes,  # type: ignore[arg-type]
        )


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="fieldstock-tls-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


Start = Callable[..., TlsBroker]


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    started: list[TlsBroker] = []

    def make(host: Pem, device_ca: Path | None = None) -> TlsBroker:
        started.append(TlsBroker(folder, host, device_ca))
        return started[-1]

    yield make
    for each in started:
        each.broker.stop()


def connection_of(address: BrokerAddress, *filters: str) -> Connection:
    """Return the gateway's own kind of connection."""
    return Connection(address, 1, filters=filters, dropped=(), receive_maximum=10, on_arrival=lambda _: None)


def is_refused(address: BrokerAddress) -> str:
    """Return why the gateway's own kind of connection is refused."""
    connection = connection_of(address, "x")
    with pytest.raises(BrokerRefused) as refusal:
        connection.open()
    return refusal.value.cause


def test_client_that_trusts_the_authority_connects(folder: Path, start: Start) -> None:
    broker = start(issue(folder, trustme.CA(), "localhost"))
    device = Device(broker.address("courier-0"))
    device.connect()
    device.publish(topics.fix("courier-0"), b"x")
    assert device.flush(20)
    device.close()
    gateway = connection_of(broker.address("gateway-1"), *topics.GATEWAY_FILTERS)
    gateway.open()
    assert gateway.is_up()
    gateway.close()


@pytest.mark.parametrize(
    ("host", "ends", "other_ca", "reason"),
    [
        ("localhost", 30, True, "unable to get local issuer certificate|self-signed|self signed"),
        ("elsewhere.example", 30, False, "Hostname mismatch|not valid for"),
        ("localhost", -1, False, "expired"),
    ],
    ids=["wrong authority", "wrong host", "expired"],
)
def test_client_refuses_a_broker_that_it_cannot_trust(
    folder: Path, start: Start, host: str, ends: int, other_ca: bool, reason: str
) -> None:
    broker = start(issue(folder, trustme.CA(), host, ends=ends))
    address = broker.address("courier-0")
    if other_ca:
        stranger = folder / "stranger.pem"
        trustme.CA().cert_pem.write_to_path(str(stranger))
        address = replace(address, ca_file=stranger)
    refused = is_refused(address)
    assert any(word in refused for word in reason.split("|")), refused
    with pytest.raises(BrokerRefused):
        Device(address).connect()


def test_broker_of_a_private_authority_is_not_trusted_without_its_file(folder: Path, start: Start) -> None:
    broker = start(issue(folder, trustme.CA(), "localhost"))
    assert "certificate verify failed" in is_refused(broker.address("courier-0", ca_file=None))


def test_certificate_that_was_renewed_is_served_without_a_restart(folder: Path, start: Start) -> None:
    broker = start(issue(folder, trustme.CA(), "localhost", ends=1))
    pid, old = broker.broker.pid, Path(shutil.copy(broker.host.ca, folder / "old-ca.pem"))
    (folder / "new").mkdir()
    new = issue(folder / "new", trustme.CA(), "localhost")
    replaced = Pem(broker.host.cert, broker.host.key, new.ca)
    shutil.copy(new.cert, replaced.cert)  # half of the pair: nothing may change yet
    broker.broker.renew_certificates()
    assert trusts(broker.address("courier-0", ca_file=old))
    shutil.copy(new.key, replaced.key)
    broker.broker.renew_certificates()
    wait_until(lambda: trusts(broker.address("courier-0", ca_file=new.ca)))
    assert not trusts(broker.address("courier-0", ca_file=old))
    assert broker.broker.pid == pid
    assert broker.broker.is_running()


def trusts(address: BrokerAddress) -> bool:
    """Tell whether a device with this trust can connect."""
    device = Device(address)
    try:
        device.connect()
    except BrokerRefused:
        return False
    device.close()
    return True


def test_secret_never_leaves_a_client_for_a_listener_without_tls(folder: Path, start: Start) -> None:
    broker = start(issue(folder, trustme.CA(), "localhost"))
    assert is_refused(broker.address("courier-0", port=broker.plain_port))


def test_plain_listener_is_for_this_machine_alone(folder: Path, start: Start) -> None:
    broker = start(issue(folder, trustme.CA(), "localhost"))
    configured = (folder / "broker" / "mosquitto.conf").read_text()
    assert f"listener {broker.plain_port} 127.0.0.1\n" in configured
    assert (folder / "broker" / "keyfile.pem").stat().st_mode & 0o077 == 0


@pytest.fixture
def mutual(folder: Path, start: Start) -> tuple[TlsBroker, trustme.CA]:
    authority, devices = trustme.CA(), trustme.CA()
    device_ca = folder / "devices.pem"
    devices.cert_pem.write_to_path(str(device_ca))
    return start(issue(folder, authority, "localhost"), device_ca), devices


def with_certificate(broker: TlsBroker, user: str, pem: Pem) -> BrokerAddress:
    return broker.address(user, cert_file=pem.cert, key_file=pem.key)


def test_device_with_its_certificate_connects_and_touches_its_own_topics(
    folder: Path, mutual: tuple[TlsBroker, trustme.CA]
) -> None:
    broker, devices = mutual
    own = issue(folder, devices, "courier-0", common_name="courier-0")
    device = Device(with_certificate(broker, "courier-0", own))
    device.connect()
    for topic in (topics.fix("courier-0"), topics.fix("courier-1")):
        device.publish(topic, b"x")
    assert device.flush(20)
    assert device.refused == 1
    device.close()


def test_device_without_a_certificate_or_with_a_strangers_is_refused(
    folder: Path, mutual: tuple[TlsBroker, trustme.CA]
) -> None:
    broker, _ = mutual
    assert is_refused(broker.address("courier-0"))
    forged = issue(folder, trustme.CA(), "courier-0", common_name="courier-0")
    assert is_refused(with_certificate(broker, "courier-0", forged))


def test_certificate_of_another_device_cannot_use_my_name(
    folder: Path, mutual: tuple[TlsBroker, trustme.CA]
) -> None:
    broker, devices = mutual
    mine = issue(folder, devices, "courier-0", common_name="courier-0")
    others = issue(folder, devices, "courier-1", common_name="courier-1")
    ends: list[object] = []
    heard: list[bytes] = []
    me = Device(
        with_certificate(broker, "courier-0", mine),
        filters=(topics.ack("courier-0"),),
        on_message=lambda _, body: heard.append(body),
    )
    me.connect()
    me._client.on_disconnect = lambda *arguments: ends.append(arguments)
    for secret in (password_of("courier-1"), "", "wrong"):
        assert is_refused(replace(with_certificate(broker, "courier-0", others), password=secret))
    server = Device(BrokerAddress("127.0.0.1", broker.plain_port, "gateway-1", password_of("gateway-1")))
    server.connect()
    server.publish(topics.ack("courier-0"), b"for me")
    wait_until(lambda: heard == [b"for me"])
    assert ends == []
    for device in (me, server):
        device.close()


def test_name_of_another_device_as_client_id_disturbs_nobody(folder: Path, start: Start) -> None:
    broker = start(issue(folder, trustme.CA(), "localhost"))
    ends: list[object] = []
    heard: list[bytes] = []
    me = Device(
        broker.address("courier-0"),
        filters=(topics.ack("courier-0"),),
        on_message=lambda _, body: heard.append(body),
        on_disconnected=lambda: ends.append(None),
    )
    me.connect()
    other = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="courier-0")
    other.username_pw_set("courier-1", password_of("courier-1"))
    other.tls_set(str(broker.host.ca))
    answers: list[object] = []
    other.on_connect = lambda *arguments: answers.append(arguments[3])
    other.connect("localhost", broker.tls_port)
    other.loop_start()
    wait_until(lambda: bool(answers))
    me.publish(topics.fix("courier-0"), b"x")
    assert me.flush(20)
    server = Device(broker.address("gateway-1"))
    server.connect()
    server.publish(topics.ack("courier-0"), b"for me")
    wait_until(lambda: heard == [b"for me"])
    assert ends == []
    other.disconnect()
    other.loop_stop()
    for device in (me, server):
        device.close()


def test_revoked_device_is_disconnected_although_its_certificate_is_valid(
    folder: Path, mutual: tuple[TlsBroker, trustme.CA]
) -> None:
    broker, devices = mutual
    own = issue(folder, devices, "courier-0", common_name="courier-0")
    ends: list[float] = []
    device = Device(
        with_certificate(broker, "courier-0", own), on_disconnected=lambda: ends.append(time.monotonic())
    )
    device.connect()
    asked_s = time.monotonic()
    broker.broker.replace_accounts([a for a in ACCOUNTS if a.name != "courier-0"])
    wait_until(lambda: bool(ends), 5)
    assert ends[0] - asked_s < 5
    assert "Not authorized" in is_refused(with_certificate(broker, "courier-0", own))
    device.close()


def test_gateway_uses_the_plain_listener_although_devices_need_certificates(
    mutual: tuple[TlsBroker, trustme.CA],
) -> None:
    broker, _ = mutual
    address = BrokerAddress("127.0.0.1", broker.plain_port, "gateway-1", password_of("gateway-1"))
    connection = connection_of(address, *topics.GATEWAY_FILTERS)
    connection.open()
    assert connection.is_up()
    connection.close()


def test_impossible_listener_is_refused() -> None:
    with pytest.raises(InvalidValue, match="TLS listener"):
        TlsListener(0, "127.0.0.1", Path("c"), Path("k"))


def test_new_account_is_let_in_through_tls(folder: Path, start: Start) -> None:
    broker = start(issue(folder, trustme.CA(), "localhost"))
    broker.broker.replace_accounts([*ACCOUNTS, account("courier-99", AccountKind.COURIER)])
    late = Device(broker.address("courier-99"))

    def connects() -> bool:
        try:
            late.connect()
        except BrokerRefused:
            return False
        return True

    wait_until(connects)
    late.close()
