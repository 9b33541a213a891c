"""The inbox between the broker's thread and the hearing: bounded in messages and in bytes."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

from device_gateway.protocol.decoded import Heard
from tracking.values.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message with what its acknowledgement needs: the connection's generation, its mid and QoS there."""

    message: Heard
    generation: int
    mid: int
    qos: int


class Inbox:
    """Holds at most `capacity` deliveries and `capacity_bytes` of payload (one larger message fits alone)."""

    def __init__(self, capacity: int, capacity_bytes: int) -> None:
        if capacity < 1 or capacity_bytes < 1:
            raise InvalidValue("An inbox holds at least one message and one byte.")
        self._capacity = capacity
        self._capacity_bytes = capacity_bytes
        self._items: deque[Delivery] = deque()
        self._bytes = 0
        self._changed = threading.Condition()

    def put(self, delivery: Delivery, wait_s: float) -> bool:
        """Add a delivery, waiting up to `wait_s` for room; tell whether it was added."""
        size = len(delivery.message.payload)
        with self._changed:
            if not self._changed.wait_for(lambda: self._has_room(size), wait_s):
                return False
            self._items.append(delivery)
            self._bytes += size
            self._changed.notify_all()
            return True

    def _has_room(self, size: int) -> bool:
        fits = self._bytes + size <= self._capacity_bytes or not self._items
        return fits and len(self._items) < self._capacity

    def take(self, limit: int, wait_s: float, linger_s: float) -> list[Delivery]:
        """Return up to `limit` deliveries, oldest first; none after `wait_s` without any.

        Once there is one, wait `linger_s` at most for a fuller batch.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: bool(self._items), wait_s):
                return []
            deadline_s = time.monotonic() + linger_s
            while len(self._items) < limit and (left_s := deadline_s - time.monotonic()) > 0:
                self._changed.wait(left_s)
            batch = [self._items.popleft() for _ in range(min(limit, len(self._items)))]
            self._bytes -= sum(len(delivery.message.payload) for delivery in batch)
            self._changed.notify_all()
            return batch

    def is_half_empty(self) -> bool:
        """Tell whether a connection that was given up for want of room may come back."""
        with self._changed:
            return 2 * len(self._items) <= self._capacity and 2 * self._bytes <= self._capacity_bytes

    def __len__(self) -> int:
        with self._changed:
            return len(self._items)
