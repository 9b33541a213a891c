"""A phone that keeps each fix until the server names it durable, as a device with a buffer should."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from device_gateway.connection import BrokerAddress, BrokerRefused
from device_gateway.protocol import topics
from device_gateway.simulator.device import Device

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
FIRST_RESEND_S = 1.0
LAST_RESEND_S = 16.0
"""Bounds of the wait before a fix is sent again; it doubles, or a loaded server would get ever more load."""
AT_ONCE = 2_000
"""Fixes under way at most."""


class AckingPhone:
    """Sends `count` fixes, one a message, and sends each again until an acknowledgement names it.

    `acked` is what it considers delivered; `sent` counts messages, repetitions included; `durable_s` are the
    seconds from the first sending of each fix until it was named.
    """

    def __init__(
        self,
        address: BrokerAddress,
        count: int,
        *,
        per_second: float | None = None,
        time_of: Callable[[int], datetime] = lambda seq: START + timedelta(seconds=seq),
    ) -> None:
        self.name = address.user
        self.acked: set[int] = set()
        self.sent = 0
        self.durable_s: list[float] = []
        self._sent_s: dict[int, float] = {}
        self._address = address
        self._count = count
        self._per_second = per_second
        self._time_of = time_of
        self._due_s: dict[int, float] = {}
        self._wait_s: dict[int, float] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._device: Device | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)
        if self._device is not None:
            self._device.close()

    def is_done(self) -> bool:
        return len(self.acked) == self._count

    def _work(self) -> None:
        following, began_s = 0, time.monotonic()
        while not self._stop.is_set() and not self.is_done():
            now_s = time.monotonic()
            allowed = self._count
            if self._per_second is not None:
                allowed = min(allowed, int((now_s - began_s) * self._per_second))
            with self._lock:
                due = [seq for seq, due_s in self._due_s.items() if due_s <= now_s]
                room = AT_ONCE - len(self._due_s)
            fresh = range(following, min(allowed, following + max(0, room)))
            try:
                for seq in (*due, *fresh):
                    following = max(following, seq + 1)
                    self._send(seq)
            except BrokerRefused:
                continue  # the broker is away; all that was not named goes out again
            self._stop.wait(0.02)

    def _send(self, seq: int) -> None:
        with self._lock:
            if seq in self.acked:
                return
            wait_s = min(LAST_RESEND_S, 2 * self._wait_s.get(seq, FIRST_RESEND_S / 2))
            self._wait_s[seq] = wait_s
            self._due_s[seq] = time.monotonic() + wait_s
            self._sent_s.setdefault(seq, time.monotonic())
        body = {"fix_at": self._time_of(seq).isoformat(), "lat_deg": 47.1, "lon_deg": 9.5}
        message = {"boot_id": "boot", "first_seq": seq, "fixes": [body]}
        self._connected().publish(topics.fix(self.name), json.dumps(message).encode(), wait_s=2.0)
        self.sent += 1

    def _connected(self) -> Device:
        if self._device is None:
            device = Device(
                self._address,
                filters=(topics.ack(self.name),),
                on_message=lambda _, body: self._forget(body),
                window=1_000,
            )
            device.connect()
            self._device = device
        return self._device

    def _forget(self, body: bytes) -> None:
        ack = json.loads(body)
        named = {seq for first, last in ack["ranges"] for seq in range(first, last + 1)}
        with self._lock:
            self.acked |= named
            now_s = time.monotonic()
            self.durable_s += [now_s - self._sent_s[seq] for seq in named if seq in self._due_s]
            for seq in named:
                self._due_s.pop(seq, None)
