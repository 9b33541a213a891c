"""The inbox between the broker's thread and the hearing: bounded in messages and in bytes."""

from __future__ import annotations

import threading
from collections import deque
from typing import NamedTuple

from device_gateway.protocol.decoded import Heard
from tracking.values.errors import InvalidValue


class Delivery(NamedTuple):
    """A message with what its acknowledgement needs: the connection's generation, its mid and QoS there."""

    message: Heard
    generation: int
    mid: int
    qos: int


class Inbox:
    """Holds at most `capacity` deliveries and `capacity_bytes` of them (one larger message fits alone)."""

    def __init__(self, capacity: int, capacity_bytes: int) -> None:
        if capacity < 1 or capacity_bytes < 1:
            raise InvalidValue("An inbox holds at least one message and one byte.")
        self._capacity = capacity
        self._capacity_bytes = capacity_bytes
        self._items: deque[Delivery] = deque()
        self._bytes = 0
        self._lock = threading.Lock()
        self._room = threading.Condition(self._lock)
        self._enough = threading.Condition(self._lock)
        self._wanted = 1

    def put(self, delivery: Delivery, wait_s: float) -> bool:
        """Add a delivery, waiting up to `wait_s` for room; tell whether it was added."""
        size = _bytes_of(delivery.message)
        with self._lock:
            if not self._has_room(size) and not self._room.wait_for(lambda: self._has_room(size), wait_s):
                return False
            self._items.append(delivery)
            self._bytes += size
            if self._is_enough():
                self._enough.notify_all()
            return True

    def _has_room(self, size: int) -> bool:
        fits = self._bytes + size <= self._capacity_bytes or not self._items
        return fits and len(self._items) < self._capacity

    def take(self, limit: int, wait_s: float, linger_s: float) -> list[Delivery]:
        """Return up to `limit` deliveries, oldest first; none after `wait_s` without any.

        Once there is one, wait `linger_s` at most for a fuller batch.
        """
        with self._lock:
            if not self._wait_for(1, wait_s):
                return []
            self._wait_for(min(limit, self._capacity), linger_s)
            batch = [self._items.popleft() for _ in range(min(limit, len(self._items)))]
            self._bytes -= sum(_bytes_of(delivery.message) for delivery in batch)
            self._room.notify_all()
            return batch

    def _wait_for(self, wanted: int, wait_s: float) -> bool:
        """Wait until `wanted` deliveries are here, or no more fit; only then is the taker woken."""
        self._wanted = wanted
        return self._enough.wait_for(self._is_enough, wait_s)

    def _is_enough(self) -> bool:
        return len(self._items) >= self._wanted or (bool(self._items) and self._bytes >= self._capacity_bytes)

    def is_half_empty(self) -> bool:
        """Tell whether a connection that was given up for want of room may come back."""
        with self._lock:
            return 2 * len(self._items) <= self._capacity and 2 * self._bytes <= self._capacity_bytes

    def __len__(self) -> int:
        with self._lock:
            return len(self._items)


def _bytes_of(message: Heard) -> int:
    """Return what a message takes: its properties and its topic may be larger than its payload."""
    properties = sum(len(name) + len(value) for name, value in message.properties)
    return len(message.payload) + len(message.topic) + properties
