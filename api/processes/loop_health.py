"""The health of a process that is a loop: it turns, and it does not fail again and again."""

from __future__ import annotations

import time

import structlog

from api.processes.process import Health

log = structlog.get_logger()

STALLED_AFTER_S = 60.0
FAILURES_TOLERATED = 2


class LoopHealth:
    """What a loop tells of itself: `done` after a good turn, `failed` after a bad one."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._turned_at = time.monotonic()
        self._failures = 0
        self.health = Health(self.fault)

    def done(self) -> None:
        """Note a good turn."""
        self._turned_at = time.monotonic()
        self._failures = 0

    def failed(self, error: Exception) -> None:
        """Note, and log, a bad turn."""
        self._turned_at = time.monotonic()
        self._failures += 1
        log.error(f"{self._name} failed; it tries again", failures=self._failures, exc_info=error)

    def fault(self) -> str | None:
        """Return what is wrong, or None."""
        if self._failures > FAILURES_TOLERATED:
            return f"failed {self._failures} times in a row"
        if time.monotonic() - self._turned_at > STALLED_AFTER_S:
            return f"has not turned for {STALLED_AFTER_S:.0f} s"
        return None
