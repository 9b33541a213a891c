"""What a gateway counts of itself, as plain numbers for whoever exports them."""

from __future__ import annotations

import threading
from collections import Counter


class Metrics:
    """Counters that any thread may raise."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._seconds: Counter[str] = Counter()

    def add(self, name: str, count: int = 1) -> None:
        """Raise a counter."""
        with self._lock:
            self._counts[name] += count

    def add_s(self, name: str, duration_s: float) -> None:
        """Add to a sum of seconds."""
        with self._lock:
            self._seconds[name] += duration_s  # type: ignore[assignment]

    def snapshot(self) -> dict[str, int | float]:
        """Return every counter and sum by name."""
        with self._lock:
            return {**self._counts, **self._seconds}
