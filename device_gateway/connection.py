"""One connection to the broker, and with its client the only modules of the gateway that know paho.

A connection is used once: after it ends, a new one with a higher generation takes its place, so that an
acknowledgement of an earlier connection can never acknowledge a message of a later one.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from device_gateway.paho_client import BufferedSocket, PahoClient
from device_gateway.tls import use_tls
from tracking.values.errors import FieldstockError, InvalidValue

log = logging.getLogger(__name__)

NEVER_EXPIRES = 0xFFFFFFFF
"""MQTT 5, 3.1.2.11.2: a session that does not expire."""

CONNECT_TIMEOUT_S = 5.0
RETAINED_ALWAYS = 0
"""MQTT 5, 3.8.3.1: retained messages come with every subscription."""
RETAINED_IF_NEW = 1
"""MQTT 5, 3.8.3.1: retained messages come only with a subscription that the session did not have yet."""


class BrokerRefused(FieldstockError):
    """The broker answered a connection attempt with a refusal, or did not answer."""

    code = "broker_refused"
    action = "Check the broker's address, the account and its password."


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is and who connects: `user` is also the client id, and thereby the session.

    With `tls`, `ca_file` holds the authorities to trust (None: the system's); `cert_file` and `key_file` are
    the client's own, where the broker asks for them.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: bool = False
    keepalive_s: int = 30
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65_535:
            raise InvalidValue(f"port must lie in [1, 65535], not {self.port}.")
        if not 3 <= self.keepalive_s <= 3_600:
            raise InvalidValue(f"keepalive_s must lie in [3, 3600], not {self.keepalive_s}.")


class Arrival(NamedTuple):
    """A message as the broker delivered it, free of paho's types."""

    topic: str
    payload: bytes
    mid: int
    qos: int
    properties: tuple[tuple[str, str], ...]


class Connection:
    """One MQTT 5 connection with manual acknowledgement in a session that persists.

    It subscribes to `filters` first, and only then leaves those that are `dropped`: nothing falls in between.
    `on_arrival` is called on the network thread for each message; what it raises ends the connection and
    nothing else. `ended` is set once the connection is over, however it ended.
    """

    def __init__(
        self,
        address: BrokerAddress,
        generation: int,
        filters: tuple[str, ...],
        dropped: tuple[str, ...],
        receive_maximum: int,
        on_arrival: Callable[[Arrival], None],
    ) -> None:
        self.generation = generation
        self.ended = threading.Event()
        self.last_heard_s = self.opened_s = time.monotonic()
        self._address = address
        self._filters = filters
        self._dropped = dropped
        self._receive_maximum = receive_maximum
        self._on_arrival = on_arrival
        self._answered = threading.Event()
        self._refusal: str | None = None
        self._asked_mid: int | None = None
        self._subscribed = False
        self._closing = False
        self._sweeps: tuple[Sweep, ...] = ()
        self._client = self._new_client()

    def _new_client(self) -> PahoClient:
        client = PahoClient(
            CallbackAPIVersion.VERSION2,
            client_id=self._address.user,
            protocol=mqtt.MQTTv5,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        client.username_pw_set(self._address.user, self._address.password)
        use_tls(client, self._address)
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.on_connect = self._connected
        client.on_subscribe = self._granted
        client.on_unsubscribe = self._left
        client.on_message = self._arrived
        client.on_publish = self._taken
        client.on_disconnect = self._disconnected
        return client

    def open(self) -> None:
        """Connect and subscribe. Raises `BrokerRefused`, and is over then."""
        wishes = _properties(PacketTypes.CONNECT)
        wishes.SessionExpiryInterval = NEVER_EXPIRES
        wishes.ReceiveMaximum = self._receive_maximum
        try:
            self._client.connect(
                self._address.host,
                self._address.port,
                self._address.keepalive_s,
                clean_start=False,
                properties=wishes,
            )
        except (OSError, ValueError) as error:
            self.ended.set()
            raise BrokerRefused(f"The broker cannot be reached: {error}.") from error
        self._client.loop_start()
        answered = self._answered.wait(2 * CONNECT_TIMEOUT_S)
        if not answered or not self._subscribed:
            self.close()
            raise BrokerRefused(f"The broker refused {self._address.user}: {self._refusal or 'no answer'}.")

    def ack_all(self, mids: Sequence[int]) -> bool:
        """Acknowledge messages of QoS 1 of this connection; tell whether the connection still stood."""
        if self.ended.is_set():
            return False
        return self._client.ack_all(mids) == MQTTErrorCode.MQTT_ERR_SUCCESS

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, expiry_s: int | None = None) -> Sent:
        """Publish a message that is never retained; `expiry_s` bounds how long the broker keeps it."""
        wishes = _properties(PacketTypes.PUBLISH)
        if expiry_s is not None:
            wishes.MessageExpiryInterval = expiry_s
        info = self._client.publish(topic, payload, qos=qos, retain=False, properties=wishes)
        return Sent(info, self.ended)

    def sweep(self, topic_filter: str) -> Sweep:
        """Let the broker forget what it retains on the topics of a filter, until the sweep is ended."""

        def leave(sweep: Sweep) -> None:
            self._sweeps = tuple(each for each in self._sweeps if each is not sweep)
            self._client.unsubscribe(topic_filter)

        sweep = Sweep(topic_filter, self.ended, leave)
        self._sweeps = (*self._sweeps, sweep)
        self._client.subscribe(topic_filter, options=SubscribeOptions(qos=1, retainHandling=RETAINED_ALWAYS))
        return sweep

    def is_up(self) -> bool:
        """Tell whether the connection stands and is subscribed."""
        return self._subscribed and not self._closing and not self.ended.is_set()

    def hang_up(self, *, forget: bool = False) -> None:
        """Ask for the connection's end from whatever thread, its own included; `ended` follows."""
        self._closing = True
        farewell = _properties(PacketTypes.DISCONNECT)
        if forget:
            farewell.SessionExpiryInterval = 0
        self._client.disconnect(properties=farewell)

    def close(self, *, forget: bool = False) -> None:
        """End the connection, send what is queued if the broker still takes it, and join its thread.

        Bounded: where the farewell is not taken within a second, the socket is shut. With `forget` the
        broker ends the session too.
        """
        self.hang_up(forget=forget)
        if not self.ended.wait(1.0):
            self._shut_socket()
        self._client.loop_stop()
        self.ended.set()

    def _shut_socket(self) -> None:
        try:
            open_socket = self._client.socket()
            if isinstance(open_socket, BufferedSocket):
                open_socket.shutdown(socket.SHUT_RDWR)
        except OSError as error:
            log.debug("The socket was shut already: %s", error)

    def _connected(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._refusal = str(reason)
            self._answered.set()
            return
        options = SubscribeOptions(qos=1, retainHandling=RETAINED_IF_NEW)
        _, self._asked_mid = client.subscribe([(topic_filter, options) for topic_filter in self._filters])

    def _granted(self, client: mqtt.Client, _data: Any, mid: int, reasons: Any, _properties: Any) -> None:
        if mid != self._asked_mid:
            return  # a sweep's, which is no part of what the session hears
        refused = [str(reason) for reason in reasons if reason.is_failure]
        self._refusal = f"a subscription: {refused[0]}" if refused else None
        self.last_heard_s = self.opened_s = time.monotonic()
        if refused or not self._dropped:
            self._finish_opening(is_subscribed=not refused)
        else:
            client.unsubscribe(list(self._dropped))

    def _left(self, _client: mqtt.Client, _data: Any, _mid: int, _reasons: Any, _properties: Any) -> None:
        if not self._answered.is_set():
            self._finish_opening(is_subscribed=True)

    def _finish_opening(self, *, is_subscribed: bool) -> None:
        self._subscribed = is_subscribed
        self._answered.set()

    def _arrived(self, client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        self.last_heard_s = time.monotonic()
        if self._closing:
            return  # unacknowledged, so the session keeps it for the next connection
        try:
            if message.retain and self._is_swept(client, message):
                return
            self._on_arrival(_arrival(message))
        except Exception:  # an exception that left here would end paho's thread in silence
            log.exception("Taking in a message failed; the connection is given up and made anew.")
            self.hang_up()
        self.last_heard_s = time.monotonic()

    def _is_swept(self, client: mqtt.Client, message: mqtt.MQTTMessage) -> bool:
        """Let the broker forget a retained message that is being swept; tell whether it is."""
        for sweep in self._sweeps:
            if mqtt.topic_matches_sub(sweep.topic_filter, message.topic):
                sweep.found += 1
                client.publish(message.topic, b"", qos=1, retain=True)
                client.ack(message.mid, message.qos)
                return True
        return False

    def _taken(self, _client: mqtt.Client, _data: Any, _mid: int, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            log.warning("The broker did not take a message of %s: %s.", self._address.user, reason)

    def _disconnected(self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _p: Any) -> None:
        self._refusal = self._refusal or str(reason)
        self.ended.set()
        self._answered.set()


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was handed to the network thread of a connection."""

    info: mqtt.MQTTMessageInfo = field(repr=False)
    connection_ended: threading.Event = field(repr=False)

    def is_taken(self) -> bool:
        """Tell whether the broker has taken it (QoS 1: acknowledged it)."""
        try:
            return bool(self.info.is_published())
        except (RuntimeError, ValueError):  # not connected, or paho's queue was full
            return False

    def is_lost(self) -> bool:
        """Tell whether nobody will ever know that the broker took it."""
        return not self.is_taken() and (self.connection_ended.is_set() or self.info.rc > 0)


@dataclass
class Sweep:
    """The sweeping of what the broker retains on some topics; `found` counts what it was."""

    topic_filter: str
    connection_ended: threading.Event = field(repr=False)
    leave: Callable[[Sweep], None] = field(repr=False)
    found: int = 0

    def is_lost(self) -> bool:
        """Tell whether the connection ended meanwhile, and the sweep says nothing."""
        return self.connection_ended.is_set()

    def end(self) -> None:
        """Hear no more of these topics than before."""
        self.leave(self)


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]


def _arrival(message: mqtt.MQTTMessage) -> Arrival:
    pairs = vars(message.properties).get("UserProperty", ()) if message.properties else ()
    try:
        topic = message.topic
    except UnicodeDecodeError:
        topic = ""
    return Arrival(topic, bytes(message.payload), message.mid, message.qos, tuple(pairs))
