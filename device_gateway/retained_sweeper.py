"""The sweeper: takes from the broker what phones let it retain, of those whose positions are to be erased."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from device_gateway.connection import Sweep
from device_gateway.lines import Lines
from device_gateway.metrics import Metrics
from device_gateway.protocol import topics

log = logging.getLogger(__name__)

POLL_S = 1.0
"""The pause between two looks for what is to be swept."""
SWEEP_S = 1.5
"""How long the broker has to show what it retains; it shows it at once."""
MAX_SWEEPS = 20
"""The most phones that are swept at once."""
FAILURE_PAUSE_S = 5.0
"""The pause after the source of erasures failed."""


class ErasureSource(Protocol):
    """Whose retained messages are to go; one is due until it is marked."""

    def due(self) -> Sequence[str]:
        """Return the devices."""

    def mark_swept(self, device: str) -> None:
        """Record that the broker retains nothing more of a device."""


class RetainedSweeper:
    """Sweeps the topics of each device that is due, until a sweep finds nothing, while it `leads`."""

    def __init__(
        self, source: ErasureSource, lines: Lines, metrics: Metrics, leads: Callable[[], bool]
    ) -> None:
        self._source = source
        self._lines = lines
        self._metrics = metrics
        self._leads = leads
        self._under_way: dict[str, tuple[Sweep, float]] = {}

    def run(self, stop: threading.Event, poll_s: float = POLL_S) -> None:
        """Look for what is to be swept every `poll_s` until `stop` is set."""
        while not stop.wait(poll_s):
            try:
                self.step()
            except Exception:  # the source is another's; its failure must not end the sweeping
                log.exception("Looking for erasures failed; again in %.0f s.", FAILURE_PAUSE_S)
                stop.wait(FAILURE_PAUSE_S)

    def step(self) -> None:
        """End the sweeps that have had their time, and begin those that are due."""
        for device, (sweep, began_s) in list(self._under_way.items()):
            if sweep.is_lost():
                del self._under_way[device]
            elif time.monotonic() - began_s >= SWEEP_S:
                del self._under_way[device]
                sweep.end()
                self._metrics.add("retained_swept", sweep.found)
                if sweep.found == 0:
                    self._source.mark_swept(device)
        if not self._lines.is_up() or not self._leads():
            return
        for device in self._source.due():
            if device not in self._under_way and len(self._under_way) < MAX_SWEEPS:
                self._begin(device)

    def _begin(self, device: str) -> None:
        sweep = self._lines.sweep(topics.owntracks(device, "#"))
        if sweep is not None:
            self._under_way[device] = (sweep, time.monotonic())
