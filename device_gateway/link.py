"""The link: keeps one connection standing, watches that it truly hears, and fills the inbox from it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from device_gateway.connection import Arrival, BrokerAddress, BrokerRefused, Connection, Sent, Sweep
from device_gateway.inbox import Delivery, Inbox
from device_gateway.metrics import Metrics
from device_gateway.protocol import topics
from device_gateway.protocol.decoded import Heard
from tracking.values.errors import InvalidValue
from tracking.values.times import system_clock

log = logging.getLogger(__name__)

TICK_S = 0.1
"""How often the link looks after its connection."""

MIN_BACKOFF_S = 0.2
MAX_BACKOFF_S = 15.0
"""Bounds of the wait between two attempts to connect, which doubles each time."""


@dataclass(frozen=True, slots=True)
class LinkConfig:
    """How the link listens.

    A heartbeat goes out every `heartbeat_s`; a connection on which nothing at all arrives for `stall_s`
    is given up although it seems to stand. `receive_maximum` in [1, 65535] is what the broker may send
    before an acknowledgement.
    """

    receive_maximum: int = 5_000
    heartbeat_s: float = 2.0
    stall_s: float = 12.0

    def __post_init__(self) -> None:
        if not 1 <= self.receive_maximum <= 65_535:
            raise InvalidValue(f"receive_maximum must lie in [1, 65535], not {self.receive_maximum}.")
        if not 0 < self.heartbeat_s < self.stall_s:
            raise InvalidValue("heartbeat_s must be positive and less than stall_s.")


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """What a session subscribes to: `filters`; `dropped` is what it may have been subscribed to before.

    `done` is told, on the link's thread, each time the session is as it should be.
    """

    filters: tuple[str, ...] = topics.GATEWAY_FILTERS
    dropped: tuple[str, ...] = ()
    done: Callable[[], None] = field(default=lambda: None)


class Link:
    """Connects, and connects again: after each end, with backoff, and not before the inbox is half empty."""

    def __init__(
        self,
        address: BrokerAddress,
        subscriptions: Subscriptions,
        config: LinkConfig,
        inbox: Inbox,
        metrics: Metrics,
        generations: Iterator[int],
        clock: Callable[[], datetime] = system_clock,
    ) -> None:
        self._address = address
        self._subscriptions = subscriptions
        self._config = config
        self._inbox = inbox
        self._metrics = metrics
        self._clock = clock
        self._heartbeat_topic = topics.heartbeat(address.user)
        self._connection: Connection | None = None
        self._generations = generations
        self._taking = True
        self._forget = False
        self._delivered_s = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="gateway-link", daemon=True)
        self._next_heartbeat_s = 0.0

    def start(self) -> None:
        """Begin to connect, on a thread of its own."""
        self._thread.start()

    def stop_taking(self) -> None:
        """Take in nothing more; what arrives stays unacknowledged, and the session keeps it."""
        self._taking = False

    def stop(self, *, forget: bool = False) -> None:
        """Send what is queued, disconnect and join; with `forget` the broker ends the session."""
        self._forget = forget
        self._stop.set()
        self._thread.join()

    def ack_all(self, deliveries: Sequence[Delivery]) -> int:
        """Acknowledge those deliveries of QoS 1 that came on the present connection; return how many."""
        connection = self._connection
        if connection is None:
            return 0
        mids = [item.mid for item in deliveries if item.generation == connection.generation and item.qos > 0]
        return len(mids) if mids and connection.ack_all(mids) else 0

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 0, expiry_s: int | None = None
    ) -> Sent | None:
        """Publish over the current connection; None where there is none."""
        connection = self._connection
        if connection is None or not connection.is_up():
            return None
        return connection.publish(topic, payload, qos=qos, expiry_s=expiry_s)

    def sweep(self, topic_filter: str) -> Sweep | None:
        """Let the broker forget what it retains on the topics of a filter; None without a connection."""
        connection = self._connection
        return connection.sweep(topic_filter) if connection is not None and connection.is_up() else None

    def is_up(self) -> bool:
        """Tell whether a connection stands and is subscribed."""
        connection = self._connection
        return connection is not None and connection.is_up()

    def silent_s(self) -> float:
        """Return the seconds since anything arrived on the current connection; 0 without one."""
        connection = self._connection
        return 0.0 if connection is None else time.monotonic() - connection.last_heard_s

    def quiet_s(self) -> float:
        """Return the seconds since a device was heard over a connection that is up; 0 without one."""
        connection = self._connection
        if connection is None or not connection.is_up():
            return 0.0
        return time.monotonic() - max(self._delivered_s, connection.opened_s)

    def _keep(self) -> None:
        backoff_s = MIN_BACKOFF_S
        while not self._stop.is_set():
            try:
                is_well = self._turn()
            except Exception:  # certificates that cannot be read, or whatever: the link must come back
                log.exception("Looking after the connection failed; trying again in %.1f s.", backoff_s)
                is_well = False
            self._stop.wait(TICK_S if is_well else backoff_s)
            backoff_s = MIN_BACKOFF_S if is_well else min(2 * backoff_s, MAX_BACKOFF_S)
        if self._connection is not None:
            self._connection.close(forget=self._forget)

    def _turn(self) -> bool:
        """Look after the connection, or make one; tell whether there was nothing to complain of."""
        if self._connection is not None:
            self._look_after(self._connection)
            return True
        return not self._inbox.is_half_empty() or self._connect()

    def _connect(self) -> bool:
        connection = Connection(
            self._address,
            next(self._generations),
            (*self._subscriptions.filters, self._heartbeat_topic),
            self._subscriptions.dropped,
            self._config.receive_maximum,
            lambda arrival: self._take_in(connection, arrival),
        )
        self._connection = connection  # before it opens: what arrives at once must find it to be acknowledged
        try:
            connection.open()
        except BrokerRefused as error:
            self._connection = None
            self._metrics.add("connection_failures")
            log.warning("%s %s", error.cause, error.action)
            return False
        self._metrics.add("connections")
        self._next_heartbeat_s = 0.0
        log.info("Hearing as %s, connection %d.", self._address.user, connection.generation)
        self._subscriptions.done()
        return True

    def _look_after(self, connection: Connection) -> None:
        now_s = time.monotonic()
        if connection.ended.is_set():
            self._give_up(connection, "The connection to the broker ended; connecting anew.")
        elif now_s - connection.last_heard_s > self._config.stall_s:
            self._metrics.add("stalls")
            self._give_up(
                connection, "The connection stands and hears nothing, not even itself; connecting anew."
            )
        elif now_s >= self._next_heartbeat_s:
            connection.publish(self._heartbeat_topic, b"")
            self._next_heartbeat_s = now_s + self._config.heartbeat_s

    def _give_up(self, connection: Connection, why: str) -> None:
        log.warning(why)
        connection.close()
        self._connection = None

    def _take_in(self, connection: Connection, arrival: Arrival) -> None:
        """Put a message in the inbox, on the network thread.

        It may hold that thread for a third of the keep-alive: longer, and the broker thinks the gateway dead.
        """
        if arrival.topic == self._heartbeat_topic:
            self._metrics.add("heartbeats_heard")
            return
        if not self._taking:
            return
        self._delivered_s = time.monotonic()
        heard = Heard(arrival.topic, arrival.payload, self._clock(), arrival.properties)
        delivery = Delivery(heard, connection.generation, arrival.mid, arrival.qos)
        if self._inbox.put(delivery, self._address.keepalive_s / 3):
            self._metrics.add("messages_heard")
            return
        self._metrics.add("inbox_full")
        log.warning("The inbox stayed full; disconnecting until it is half empty.")
        connection.hang_up()
