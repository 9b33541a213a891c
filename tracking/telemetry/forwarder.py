"""The forwarder: carries accepted fixes from the journal to another store, in order, losing none."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tracking.telemetry.journal import Journal
from tracking.telemetry.journal_file import JournalUnavailable
from tracking.telemetry.releases import RefusedRelease, Releases
from tracking.telemetry.store import FixStore, StoreUnavailable
from tracking.values.errors import InvalidValue
from tracking.values.times import system_clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ForwarderConfig:
    """`batch_fixes` in [1, 5000]; a batch not full waits `linger_s`; a retry at most `max_backoff_s`."""

    reader: str = "forwarder"
    batch_fixes: int = 5_000
    linger_s: float = 1.0
    first_backoff_s: float = 0.5
    max_backoff_s: float = 5.0

    def __post_init__(self) -> None:
        if not 1 <= self.batch_fixes <= 5_000:
            raise InvalidValue(f"batch_fixes must lie in [1, 5000], not {self.batch_fixes}.")
        if not 0 < self.first_backoff_s <= self.max_backoff_s:
            raise InvalidValue("first_backoff_s must be positive and at most max_backoff_s.")


class Forwarder:
    """Writes a batch, then commits its offset: a kill in between repeats a write that changes nothing."""

    def __init__(
        self,
        journal: Journal,
        store: FixStore,
        config: ForwarderConfig | None = None,
        clock: Callable[[], datetime] = system_clock,
    ) -> None:
        self._config = config or ForwarderConfig()
        self._store = store
        self._clock = clock
        self._releases = Releases(journal, self._config.reader)
        self.forwarded = 0
        self.refused = 0
        self.failures = 0
        self._turned_s = time.monotonic()

    def step(self) -> int:
        """Carry on one batch and return how many releases it held, 0 when nothing waits.

        Raises `StoreUnavailable` or `JournalUnavailable`; the batch waits then.
        """
        offset = self._releases.offset()
        releases, reached = self._releases.after(offset, self._config.batch_fixes)
        if reached == offset:
            return 0
        refusals = self._store.write([release.fix for release in releases]) if releases else []
        refused = [RefusedRelease(releases[refusal.index], refusal.reason) for refusal in refusals]
        self._releases.commit(reached, refused, self._clock())
        self.forwarded += len(releases) - len(refused)
        self.refused += len(refused)
        return reached - offset

    def run(self, stop: threading.Event) -> None:
        """Carry on whatever is released until `stop` is set; wait out every failure of the store."""
        backoff_s = self._config.first_backoff_s
        while not stop.is_set():
            try:
                moved = self.step()
            except Exception as error:  # whatever it is, what was released must be carried on
                self.failures += 1
                log.warning("Forwarding waits %.1f s: %s", backoff_s, error, exc_info=_is_unforeseen(error))
                stop.wait(backoff_s)
                backoff_s = min(backoff_s * 2, self._config.max_backoff_s)
                continue
            finally:
                self._turned_s = time.monotonic()
            backoff_s = self._config.first_backoff_s
            if moved < self._config.batch_fixes:
                stop.wait(self._config.linger_s)

    def still_s(self) -> float:
        """Return the seconds since `run` last finished a step, well or badly."""
        return time.monotonic() - self._turned_s

    def snapshot(self) -> dict[str, int]:
        """Return the counters since the start, and the backlog."""
        return {
            "forwarded": self.forwarded,
            "refused": self.refused,
            "failures": self.failures,
            "backlog": self._releases.backlog(),
        }


def _is_unforeseen(error: Exception) -> bool:
    return not isinstance(error, StoreUnavailable | JournalUnavailable)
