"""The buffer of a simulated locker: reports under one counter, kept until the server has them."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from device_gateway.protocol.messages import AckMessage, EventMessage, ReplyMessage, StateMessage, encode
from device_gateway.simulator.memory import LockerMemory

Report = StateMessage | EventMessage | ReplyMessage

MAX_KEPT = 10_000
"""Reports kept at most; beyond it the oldest is given up, and counted."""

_TYPES: dict[str, type[Report]] = {"state": StateMessage, "event": EventMessage, "reply": ReplyMessage}


@dataclass(slots=True)
class Kept:
    """A report that no acknowledgement has named yet, to be sent at `due_s` of the monotonic clock.

    `made_s` is when it was made by that clock, None when that was before a power cut.
    """

    seq: int
    leaf: str
    report: Report
    due_s: float = 0.0
    made_s: float | None = None


class ReportBuffer:
    """Counts and keeps reports; threads may share it.

    The counter goes on where the memory left it and is never renumbered: `boot_id` is new only when the
    counter was lost.
    """

    def __init__(self, resend_after_s: float, memory: LockerMemory | None = None) -> None:
        self._memory = memory or LockerMemory()
        self.boot_id = self._known_boot_id()
        self.given_up = 0
        self._resend_after_s = resend_after_s
        self._lock = threading.Lock()
        following = self._memory.fact("next_seq")
        self._next_seq = following if isinstance(following, int) else 0
        self._kept = {
            seq: Kept(seq, leaf, msgspec.json.decode(body, type=_TYPES[leaf]))
            for seq, leaf, body in self._memory.kept()
        }

    def _known_boot_id(self) -> str:
        known = self._memory.fact("boot_id")
        if isinstance(known, str):
            return known
        boot_id = secrets.token_hex(8)
        self._memory.remember("boot_id", boot_id)
        return boot_id

    def add(self, leaf: str, make: Callable[[str, int], Report]) -> None:
        """Keep the report that `make` returns for this boot and the next number; it is due at once."""
        with self._lock:
            seq, self._next_seq = self._next_seq, self._next_seq + 1
            report = make(self.boot_id, seq)
            self._memory.keep(seq, leaf, encode(report))
            self._kept[seq] = Kept(seq, leaf, report, made_s=time.monotonic())
            if len(self._kept) > MAX_KEPT:
                oldest = next(iter(self._kept))
                del self._kept[oldest]
                self._memory.forget([oldest])
                self.given_up += 1

    def due(self, now_s: float) -> list[Kept]:
        """Return what is to be sent now, oldest first; it is due again unless it is acknowledged in time."""
        with self._lock:
            due = [kept for kept in self._kept.values() if kept.due_s <= now_s]
            for kept in due:
                kept.due_s = now_s + self._resend_after_s
            return due

    def send_all_again(self) -> None:
        """Let everything be due now, as after a connection was lost with what was under way on it."""
        with self._lock:
            for kept in self._kept.values():
                kept.due_s = 0.0

    def next_due_s(self) -> float:
        """Return when something is to be sent next, infinity for never."""
        with self._lock:
            return min((kept.due_s for kept in self._kept.values()), default=float("inf"))

    def forget(self, ack: AckMessage) -> None:
        """Forget what the server has made durable of this boot."""
        if ack.boot_id == self.boot_id:
            with self._lock:
                named = _named(ack.ranges, list(self._kept))
                self._memory.forget(named)
                for seq in named:
                    del self._kept[seq]

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)


def _named(ranges: Iterable[tuple[int, int]], numbers: list[int]) -> set[int]:
    return {seq for first, last in ranges for seq in numbers if first <= seq <= last}
