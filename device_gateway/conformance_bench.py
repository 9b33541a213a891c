"""The bench on which a real locker is checked: a broker of its own, and a server by the book or not.

The locker connects here with its own account as it would to its operator's broker; nothing of the operator's
is touched.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from device_gateway.broker import Broker, BrokerConfig
from device_gateway.conformance_wire import Wire, free_port
from device_gateway.connection import BrokerAddress
from device_gateway.credentials import AccountKind, BrokerAccount
from device_gateway.protocol import topics
from device_gateway.protocol.commands import LockerCommand, encode_command
from device_gateway.protocol.decode import decode
from device_gateway.protocol.decoded import Heard
from device_gateway.protocol.messages import AckMessage, encode
from device_gateway.simulator.device import Device
from tracking.identity.secrets import device_secret
from tracking.values.times import system_clock

SERVER, WITNESS = "check-server", "check-witness"
MAX_SAID = 100_000
"""Messages kept of one check; a locker that says more is stopped being listened to."""
LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Said:
    """Something that the locker published: when by the monotonic clock, where, and what."""

    at_s: float
    leaf: str
    body: dict[str, Any]
    payload: bytes


class Bench:
    """A broker with the accounts of the locker and of the check; the locker connects to `bind:port`.

    `key` is the locker's command key; the broker keeps its files in `directory`.
    """

    def __init__(
        self, locker: BrokerAccount, key: bytes, directory: Path, port: int, bind: str = "127.0.0.1"
    ) -> None:
        self.name = locker.name
        self._locker = locker
        self._key = key
        self._port = free_port()
        self._broker = Broker(BrokerConfig(directory, port=self._port))
        self._wire = Wire(bind, port, self._port)
        self._passwords = {name: secrets.token_hex(16) for name in (SERVER, WITNESS)}
        self._said: list[Said] = []
        self._lock = threading.Lock()
        self._server: Device | None = None
        self.acknowledges = False

    def start(self) -> None:
        """Start the broker and listen. Raises `BrokerFailed`, `BrokerRefused`."""
        self._broker.start([self._locker, *self._own_accounts()])
        leaves = ("state", "event", "connection", "reply")
        self._wire.start()
        self._server = self._device(SERVER, tuple(topics.locker(self.name, leaf) for leaf in leaves))

    def stop(self) -> None:
        """Disconnect and stop the broker."""
        if self._server is not None:
            self._server.close()
        self._wire.close()
        self._broker.stop()

    def cut(self) -> None:
        """End the locker's connection as a fault of the network does; it may connect again at once."""
        self._wire.cut()

    def said(self, leaf: str, since: int = 0) -> list[Said]:
        """Return what was published on one topic, after the first `since` of all messages."""
        with self._lock:
            return [item for item in self._said[since:] if item.leaf == leaf]

    def mark(self) -> int:
        """Return how many messages there were so far."""
        with self._lock:
            return len(self._said)

    def wait(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until something is so; tell whether it was in time."""
        deadline_s = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline_s:
                return False
            time.sleep(LOOK_S)
        return True

    def retained_connection(self, timeout_s: float) -> dict[str, Any] | None:
        """Return what the broker has retained on the connection topic, as who comes later finds it."""
        found: list[dict[str, Any]] = []
        topic = topics.locker(self.name, "connection")
        witness = self._device(WITNESS, (topic,), lambda _, payload: found.append(_parsed(payload)))
        self.wait(lambda: bool(found), timeout_s)
        witness.close()
        return found[0] if found else None

    def unreadable(self) -> list[str]:
        """Return why messages of the locker could not be read, by our own decoders."""
        with self._lock:
            said = list(self._said)
        reasons = []
        for item in said:
            decoded = decode(Heard(topics.locker(self.name, item.leaf), item.payload, system_clock()))
            reasons += [f"{item.leaf}: {letter.reason}" for letter in decoded.unreadable]
        return reasons

    def send(self, command_id: str, *, forged: bool = False, **changes: Any) -> bytes:
        """Send a command, signed with another key where it is forged, and return it as it went out."""
        values: dict[str, Any] = {"action": "open", "issued_at": system_clock(), "valid_for_s": 30}
        key = bytes(reversed(self._key)) + b"?" if forged else self._key
        command = LockerCommand(locker=self.name, command_id=command_id, key=key, **{**values, **changes})
        payload = encode_command(command)
        self.send_again(payload)
        return payload

    def send_again(self, payload: bytes) -> None:
        """Send a recorded command once more."""
        if self._server is not None:
            self._server.publish(topics.command(self.name), payload)

    def acknowledge(self, boot_id: str, first: int, last: int) -> None:
        """Say that counters are durable."""
        if self._server is not None:
            self._server.publish(topics.ack(self.name), encode(AckMessage(boot_id, [(first, last)])))

    def _hear(self, topic: str, payload: bytes) -> None:
        body = _parsed(payload)
        with self._lock:
            if len(self._said) < MAX_SAID:
                self._said.append(Said(time.monotonic(), topic.rpartition("/")[2], body, payload))
        if self.acknowledges and isinstance(body.get("seq"), int) and isinstance(body.get("boot_id"), str):
            self.acknowledge(body["boot_id"], body["seq"], body["seq"])

    def _device(
        self, name: str, filters: tuple[str, ...], hear: Callable[[str, bytes], None] | None = None
    ) -> Device:
        address = BrokerAddress("127.0.0.1", self._port, name, self._passwords[name])
        device = Device(address, filters=filters, on_message=hear or self._hear)
        device.connect()
        return device

    def _own_accounts(self) -> list[BrokerAccount]:
        return [
            BrokerAccount(name, AccountKind.SERVER, device_secret(password).broker_verifier)
            for name, password in self._passwords.items()
        ]


def _parsed(payload: bytes) -> dict[str, Any]:
    """Return a body as an object, an empty one for what is none."""
    try:
        body = json.loads(payload)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def issued_ago(seconds: float) -> datetime:
    """Return a time of issue that lies in the past."""
    return datetime.fromtimestamp(system_clock().timestamp() - seconds, tz=system_clock().tzinfo)
