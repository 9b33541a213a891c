"""The quarantine: messages of devices that nobody knows, kept for the operator within a bound."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from tracking.telemetry.reports import DeadLetter

WINDOW = timedelta(hours=1)
KEPT_IN_WINDOW = 1_000
"""The most messages of unknown devices that are kept in one `WINDOW`; the rest is counted and forgotten."""
KEPT_BYTES = 16 * 1024
"""What is kept of one message."""


class Quarantine:
    """Says for each message of an unknown device whether it is kept; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window_ends_at: datetime | None = None
        self._kept = 0

    def admit(self, topic: str, payload: bytes, reason: str, at: datetime) -> DeadLetter | None:
        """Return the dead letter to keep, None where enough was kept in this window."""
        with self._lock:
            if self._window_ends_at is None or at >= self._window_ends_at:
                self._window_ends_at, self._kept = at + WINDOW, 0
            if self._kept >= KEPT_IN_WINDOW:
                return None
            self._kept += 1
        return DeadLetter(
            topic=topic, kind="fix", reason=reason, received_at=at, payload=payload[:KEPT_BYTES]
        )
