"""The commander: publishes what lockers are to do, signed, short-lived, never retained."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from device_gateway.connection import Sent
from device_gateway.lines import Lines
from device_gateway.metrics import Metrics
from device_gateway.protocol import topics
from device_gateway.protocol.commands import LockerCommand, encode_command
from tracking.values.times import system_clock

log = logging.getLogger(__name__)

MAX_UNDER_WAY = 1_000
"""The most commands that wait for the broker at once."""

FAILURE_PAUSE_S = 1.0
"""The pause after the source of commands failed."""


class CommandSource(Protocol):
    """Where commands wait; a command is pending until it is marked."""

    def pending(self) -> Sequence[LockerCommand]:
        """Return the commands to send, oldest first."""

    def mark_sent(self, command_id: str) -> None:
        """Record that the broker has taken a command."""

    def mark_expired(self, command_id: str) -> None:
        """Record that a command was not sent within its time and never will be."""


class Commander:
    """Sends each pending command at least once; a locker executes a `command_id` once.

    It sends only while it `leads`, so that of several gateways one does.
    """

    def __init__(
        self,
        source: CommandSource,
        lines: Lines,
        metrics: Metrics,
        clock: Callable[[], datetime] = system_clock,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        self._source = source
        self._lines = lines
        self._metrics = metrics
        self._clock = clock
        self._leads = leads
        self._under_way: dict[str, Sent] = {}

    def run(self, stop: threading.Event, poll_s: float) -> None:
        """Look for commands every `poll_s` until `stop` is set."""
        while not stop.wait(poll_s):
            try:
                self.step()
            except Exception:  # the source is another's; its failure must not end the commands
                log.exception("Looking for commands failed; trying again in %.0f s.", FAILURE_PAUSE_S)
                stop.wait(FAILURE_PAUSE_S)

    def step(self) -> None:
        """Settle what the broker has taken, and send what is pending."""
        self._settle()
        if not self._lines.is_up() or not self._leads():
            return
        for command in self._source.pending():
            if command.command_id not in self._under_way and len(self._under_way) < MAX_UNDER_WAY:
                self._send(command)

    def _settle(self) -> None:
        for command_id, sent in list(self._under_way.items()):
            if sent.is_taken():
                self._source.mark_sent(command_id)
                self._metrics.add("commands_sent")
                del self._under_way[command_id]
            elif sent.is_lost():
                del self._under_way[command_id]

    def _send(self, command: LockerCommand) -> None:
        left_s = (command.issued_at + timedelta(seconds=command.valid_for_s) - self._clock()).total_seconds()
        if left_s < 1:
            self._source.mark_expired(command.command_id)
            self._metrics.add("commands_expired")
            return
        topic = topics.command(command.locker)
        sent = self._lines.publish(topic, encode_command(command), qos=1, expiry_s=int(left_s))
        if sent is not None:
            self._under_way[command.command_id] = sent
