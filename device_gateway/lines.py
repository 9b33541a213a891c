"""The lines: the links of one gateway, one for each session that it holds."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from device_gateway.connection import BrokerAddress, Sent, Sweep
from device_gateway.inbox import Delivery, Inbox
from device_gateway.link import Link, LinkConfig, Subscriptions
from device_gateway.metrics import Metrics


class Lines:
    """Links by the name of their session, which is the broker's user; threads may share it."""

    def __init__(
        self, config: LinkConfig, inbox: Inbox, metrics: Metrics, clock: Callable[[], datetime]
    ) -> None:
        self._config = config
        self._inbox = inbox
        self._metrics = metrics
        self._clock = clock
        self._links: dict[str, Link] = {}
        self._lock = threading.Lock()
        self._generations: Iterator[int] = itertools.count(1)

    def hold(self, address: BrokerAddress, subscriptions: Subscriptions) -> None:
        """Hear in the session of `address.user` from now on; one that is held already stays as it is."""
        with self._lock:
            if address.user in self._links:
                return
            link = Link(
                address,
                subscriptions,
                self._config,
                self._inbox,
                self._metrics,
                self._generations,
                self._clock,
            )
            self._links = {
                **self._links,
                address.user: link,
            }  # readers go through a mapping that never changes
        link.start()

    def let_go(self, user: str, *, forget: bool = False) -> None:
        """Leave a session to others, or let the broker `forget` it.

        What was not acknowledged in it is delivered again to whoever holds it next.
        """
        with self._lock:
            link = self._links.get(user)
            self._links = {name: each for name, each in self._links.items() if name != user}
        if link is not None:
            link.stop_taking()
            link.stop(forget=forget)

    def held(self) -> list[str]:
        """Return the sessions that are held."""
        return list(self._links)

    def quiet_s(self, user: str) -> float:
        """Return the seconds since a device was heard in a session whose link is up; 0 without one."""
        link = self._links.get(user)
        return link.quiet_s() if link is not None else 0.0

    def ack_all(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge deliveries, but those whose connection has ended: the broker delivers them again."""
        late = sum(item.qos > 0 for item in deliveries)
        for link in self._links.values():
            late -= link.ack_all(deliveries)
        if late:
            self._metrics.add("late_acks_discarded", late)

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 0, expiry_s: int | None = None
    ) -> Sent | None:
        """Publish over a connection that stands; None where there is none."""
        for link in self._links.values():
            if link.is_up():
                return link.publish(topic, payload, qos=qos, expiry_s=expiry_s)
        return None

    def sweep(self, topic_filter: str) -> Sweep | None:
        """Let the broker forget what it retains on the topics of a filter; None without a connection."""
        found = (link.sweep(topic_filter) for link in self._links.values())
        return next((sweep for sweep in found if sweep is not None), None)

    def is_up(self) -> bool:
        """Tell whether at least one session is held, and every one of them stands and is subscribed."""
        links = self._links.values()
        return bool(links) and all(link.is_up() for link in links)

    def silent_s(self) -> float:
        """Return the longest time in which nothing at all arrived on a connection; 0 without one."""
        return max((link.silent_s() for link in self._links.values()), default=0.0)

    def stop_taking(self) -> None:
        """Take in nothing more; what arrives stays unacknowledged, and the sessions keep it."""
        for link in self._links.values():
            link.stop_taking()

    def stop(self) -> None:
        """Leave every session."""
        for user in self.held():
            self.let_go(user)
