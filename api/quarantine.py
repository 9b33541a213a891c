"""The quarantine: messages of devices that nobody knows, kept for the operator within a bound."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from tracking.telemetry.dead_letters import DeadLetters
from tracking.telemetry.journal import Journal
from tracking.telemetry.reports import DeadLetter

WINDOW = timedelta(hours=1)
"""How often it is looked up how many are in the journal: from then on there is room for what has gone."""
KEPT = 1_000
"""The most messages of unknown devices in the journal at a time; the rest is counted and forgotten."""
KEPT_BYTES = 2 * 1024
"""What is kept of one message."""


class Quarantine:
    """Says for each message of an unknown device whether it is kept; any thread may ask."""

    def __init__(self, journal: Journal) -> None:
        self._letters = DeadLetters(journal)
        self._lock = threading.Lock()
        self._window_ends_at: datetime | None = None
        self._kept = 0

    def admit(self, topic: str, payload: bytes, reason: str, at: datetime) -> DeadLetter | None:
        """Return the dead letter to keep, None where enough are kept. Raises `JournalUnavailable`."""
        with self._lock:
            if self._window_ends_at is None or at >= self._window_ends_at:
                self._kept = self._letters.count(reason.partition(":")[0], limit=KEPT)
                self._window_ends_at = at + WINDOW
            if self._kept >= KEPT:
                return None
            self._kept += 1
        return DeadLetter(
            topic=topic, kind="fix", reason=reason, received_at=at, payload=payload[:KEPT_BYTES]
        )
