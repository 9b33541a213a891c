"""The MQTT side of a simulated device: its own account, QoS 1, a bound on what is not acknowledged.

It tries its new secret first and then the one before, each time it connects.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from device_gateway.connection import BrokerAddress, BrokerRefused
from device_gateway.simulator.credentials import Credentials
from device_gateway.tls import use_tls

log = logging.getLogger(__name__)

CONNECT_S = 10.0
SESSION_S = 3_600
"""How long the broker keeps a simulated device's session after it is gone."""


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says, retained, when the device goes without a farewell."""

    topic: str
    payload: bytes


class Device:
    """A device that publishes, and hears `filters`; `on_message` gets topic and payload.

    It connects again by itself, and what was not acknowledged goes out again then. `on_connected` and
    `on_disconnected` are told each time; the latter may `replace_will`. `window` bounds the messages without
    acknowledgement: `publish` waits for room. `credentials` take the place of the address's password.
    """

    def __init__(
        self,
        address: BrokerAddress,
        *,
        filters: tuple[str, ...] = (),
        on_message: Callable[[str, bytes], None] | None = None,
        on_connected: Callable[[], None] | None = None,
        on_disconnected: Callable[[], None] | None = None,
        will: Will | None = None,
        window: int = 200,
        credentials: Credentials | None = None,
    ) -> None:
        self._address = address
        self._filters = filters
        self._hear = on_message
        self._on_connected = on_connected
        self._on_disconnected = on_disconnected
        self._room = threading.Semaphore(window)
        self._changed = threading.Condition()
        self._outstanding = 0
        self._is_ready = False
        self.refused = 0
        self._refusal: str | None = None
        self.credentials = credentials or Credentials(address.password)
        self._tried = 0
        self._used = self.credentials.secrets()[0]
        self._client = self._new_client(window, will)

    def _new_client(self, window: int, will: Will | None) -> mqtt.Client:
        address = self._address
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=address.user, protocol=mqtt.MQTTv5)
        client.username_pw_set(address.user, self._used)
        use_tls(client, address)
        if will is not None:
            client.will_set(will.topic, will.payload, qos=1, retain=True)
        client.max_inflight_messages_set(window)
        client.reconnect_delay_set(1, 10)
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_publish = self._acknowledged
        client.on_message = self._arrived
        client.on_disconnect = self._disconnected
        return client

    def connect(self) -> None:
        """Connect, and subscribe: what is sent to the device from now on arrives. Raises `BrokerRefused`."""
        wishes = _properties(PacketTypes.CONNECT)
        wishes.SessionExpiryInterval = SESSION_S
        address = self._address
        try:
            self._client.connect(
                address.host, address.port, address.keepalive_s, clean_start=False, properties=wishes
            )
        except OSError as error:
            raise BrokerRefused(f"The broker cannot be reached: {error}.") from error
        self._refusal = None
        self._tried = 0
        self._client.loop_start()
        with self._changed:
            self._changed.wait_for(lambda: self._is_ready or self._refusal is not None, CONNECT_S)
        if not self._is_ready:
            self.close()
            raise BrokerRefused(f"The broker refused {address.user}: {self._refusal or 'no answer'}.")

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        properties: Mapping[str, str] | None = None,
        wait_s: float = 30.0,
    ) -> None:
        """Send a message at QoS 1. Raises `BrokerRefused` when the window stays full for `wait_s`."""
        if not self._room.acquire(timeout=wait_s):
            raise BrokerRefused(
                f"The broker acknowledged nothing of {self._address.user} for {wait_s:.0f} s."
            )
        with self._changed:
            self._outstanding += 1
        wishes = _properties(PacketTypes.PUBLISH)
        if properties:
            wishes.UserProperty = list(properties.items())
        self._client.publish(topic, payload, qos=1, retain=retain, properties=wishes)

    def flush(self, timeout_s: float) -> bool:
        """Wait until the broker has acknowledged everything; tell whether it did in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._outstanding == 0, timeout_s)

    def close(self) -> None:
        """Say farewell and disconnect: the will is not published."""
        self._client.disconnect()
        self._client.loop_stop()

    def replace_will(self, will: Will) -> None:
        """Take another will from the next connection on."""
        self._client.will_set(will.topic, will.payload, qos=1, retain=True)

    def drop(self) -> None:
        """Break the connection off without a farewell: the broker publishes the will."""
        socket = self._client.socket()
        self._client.loop_stop()
        if socket is not None:
            socket.close()

    def _connected(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._try_next_secret(str(reason))
            return
        self._tried = 0
        self.credentials.worked(self._used)
        if self._filters:
            client.subscribe([(topic_filter, 1) for topic_filter in self._filters])
        if self._on_connected is not None:
            self._on_connected()
        if not self._filters:
            self._become_ready()

    def _subscribed(self, *_answer: Any) -> None:
        self._become_ready()

    def _become_ready(self) -> None:
        with self._changed:
            self._is_ready = True
            self._changed.notify_all()

    def _try_next_secret(self, refusal: str) -> None:
        """Use the next secret at the next attempt, which follows by itself; all refused is an answer."""
        choices = self.credentials.secrets()
        self._tried += 1
        self._choose(choices[self._tried % len(choices)])
        if self._tried >= len(choices):
            with self._changed:
                self._refusal = refusal
                self._changed.notify_all()

    def _choose(self, secret: str) -> None:
        self._used = secret
        self._client.username_pw_set(self._address.user, secret)

    def _acknowledged(
        self, _client: mqtt.Client, _data: Any, _mid: int, reason: Any, _properties: Any
    ) -> None:
        self._room.release()
        with self._changed:
            self.refused += reason.is_failure
            self._outstanding -= 1
            self._changed.notify_all()

    def _arrived(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        if self._hear is None:
            return
        try:
            self._hear(message.topic, bytes(message.payload))
        except Exception:  # an exception that left here would end paho's thread in silence
            log.exception("The simulated device %s failed on a message.", self._address.user)

    def _disconnected(self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _p: Any) -> None:
        log.debug("The simulated device %s is disconnected: %s", self._address.user, reason)
        if self._tried == 0:  # a connection that stood has ended: begin with the new secret again
            self._choose(self.credentials.secrets()[0])
        if self._on_disconnected is not None:
            self._on_disconnected()


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]
