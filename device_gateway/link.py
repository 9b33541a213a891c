"""The link: keeps one connection standing, watches that it truly hears, and fills the inbox from it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from device_gateway.connection import Arrival, BrokerAddress, BrokerRefused, Connection, Sent
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

    filters: tuple[str, ...] = topics.GATEWAY_FILTERS
    receive_maximum: int = 5_000
    heartbeat_s: float = 5.0
    stall_s: float = 20.0

    def __post_init__(self) -> None:
        if not 1 <= self.receive_maximum <= 65_535:
            raise InvalidValue(f"receive_maximum must lie in [1, 65535], not {self.receive_maximum}.")
        if not 0 < self.heartbeat_s < self.stall_s:
            raise InvalidValue("heartbeat_s must be positive and less than stall_s.")


class Link:
    """Connects, and connects again: after each end, with backoff, and not before the inbox is half empty."""

    def __init__(
        self,
        address: BrokerAddress,
        config: LinkConfig,
        inbox: Inbox,
        metrics: Metrics,
        clock: Callable[[], datetime] = system_clock,
    ) -> None:
        self._address = address
        self._config = config
        self._inbox = inbox
        self._metrics = metrics
        self._clock = clock
        self._heartbeat_topic = topics.heartbeat(address.user)
        self._connection: Connection | None = None
        self._generation = 0
        self._taking = True
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="gateway-link", daemon=True)
        self._next_heartbeat_s = 0.0

    def start(self) -> None:
        """Begin to connect, on a thread of its own."""
        self._thread.start()

    def stop_taking(self) -> None:
        """Take in nothing more; what arrives stays unacknowledged, and the session keeps it."""
        self._taking = False

    def stop(self) -> None:
        """Send what is queued, disconnect and join."""
        self._stop.set()
        self._thread.join()

    def ack(self, delivery: Delivery) -> None:
        """Acknowledge a delivery, unless its connection has ended: the broker then delivers it again."""
        connection = self._connection
        is_late = connection is None or connection.generation != delivery.generation
        if is_late or (connection and delivery.qos > 0 and not connection.ack(delivery.mid, delivery.qos)):
            self._metrics.add("late_acks_discarded")

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 0, expiry_s: int | None = None
    ) -> Sent | None:
        """Publish over the current connection; None where there is none."""
        connection = self._connection
        if connection is None or not connection.is_up():
            return None
        return connection.publish(topic, payload, qos=qos, expiry_s=expiry_s)

    def is_up(self) -> bool:
        """Tell whether a connection stands and is subscribed."""
        connection = self._connection
        return connection is not None and connection.is_up()

    def silent_s(self) -> float:
        """Return the seconds since anything arrived on the current connection; 0 without one."""
        connection = self._connection
        return 0.0 if connection is None else time.monotonic() - connection.last_heard_s

    def _keep(self) -> None:
        backoff_s = MIN_BACKOFF_S
        while not self._stop.is_set():
            if self._connection is not None:
                self._look_after(self._connection)
                self._stop.wait(TICK_S)
            elif not self._inbox.is_half_empty():
                self._stop.wait(TICK_S)
            elif self._connect():
                backoff_s = MIN_BACKOFF_S
            else:
                self._stop.wait(backoff_s)
                backoff_s = min(2 * backoff_s, MAX_BACKOFF_S)
        if self._connection is not None:
            self._connection.close()

    def _connect(self) -> bool:
        self._generation += 1
        connection = Connection(
            self._address,
            self._generation,
            (*self._config.filters, self._heartbeat_topic),
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
        log.info("Hearing as %s, connection %d.", self._address.user, self._generation)
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
        heard = Heard(arrival.topic, arrival.payload, self._clock(), arrival.properties)
        delivery = Delivery(heard, connection.generation, arrival.mid, arrival.qos)
        if self._inbox.put(delivery, self._address.keepalive_s / 3):
            self._metrics.add("messages_heard")
            return
        self._metrics.add("inbox_full")
        log.warning("The inbox stayed full; disconnecting until it is half empty.")
        connection.hang_up()
