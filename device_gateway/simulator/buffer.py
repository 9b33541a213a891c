"""The buffer of a simulated locker: reports under one counter, kept until the server has them."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from device_gateway.protocol.messages import AckMessage, EventMessage, ReplyMessage, StateMessage

Report = StateMessage | EventMessage | ReplyMessage

MAX_KEPT = 10_000
"""Reports kept at most; beyond it the oldest is given up, and counted."""


@dataclass(slots=True)
class Kept:
    """A report that no acknowledgement has named yet, to be sent at `due_s` of the monotonic clock."""

    seq: int
    leaf: str
    report: Report
    due_s: float = 0.0


class ReportBuffer:
    """Counts and keeps the reports of one boot; threads may share it."""

    def __init__(self, resend_after_s: float) -> None:
        self.boot_id = secrets.token_hex(8)
        self.given_up = 0
        self._resend_after_s = resend_after_s
        self._lock = threading.Lock()
        self._sequence = itertools.count()
        self._kept: dict[int, Kept] = {}

    def add(self, leaf: str, make: Callable[[str, int], Report]) -> None:
        """Keep the report that `make` returns for this boot and the next number; it is due at once."""
        with self._lock:
            seq = next(self._sequence)
            self._kept[seq] = Kept(seq, leaf, make(self.boot_id, seq))
            if len(self._kept) > MAX_KEPT:
                del self._kept[next(iter(self._kept))]
                self.given_up += 1

    def due(self, now_s: float) -> list[Kept]:
        """Return what is to be sent now, oldest first; it is due again unless it is acknowledged in time."""
        with self._lock:
            due = [kept for kept in self._kept.values() if kept.due_s <= now_s]
            for kept in due:
                kept.due_s = now_s + self._resend_after_s
            return due

    def next_due_s(self) -> float:
        """Return when something is to be sent next, infinity for never."""
        with self._lock:
            return min((kept.due_s for kept in self._kept.values()), default=float("inf"))

    def forget(self, ack: AckMessage) -> None:
        """Forget what the server has made durable of this boot."""
        if ack.boot_id == self.boot_id:
            with self._lock:
                for seq in _named(ack.ranges, list(self._kept)):
                    del self._kept[seq]

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)


def _named(ranges: Iterable[tuple[int, int]], numbers: list[int]) -> set[int]:
    return {seq for first, last in ranges for seq in numbers if first <= seq <= last}
