"""The phone commander: publishes what OwnTracks apps are to do, short-lived, never retained."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from device_gateway.connection import Sent
from device_gateway.lines import Lines
from device_gateway.metrics import Metrics
from device_gateway.protocol import topics
from device_gateway.protocol.owntracks_commands import to_command
from device_gateway.protocol.owntracks_http import DEFAULT_PHONE
from tracking.fleet.phone_commands import VALID, DueCommand

log = logging.getLogger(__name__)

POLL_S = 1.0
"""The pause between two looks for commands."""
MAX_UNDER_WAY = 1_000
"""The most commands that wait for the broker at once."""
FAILURE_PAUSE_S = 5.0
"""The pause after the source of commands failed."""


class PhoneCommandSource(Protocol):
    """Where commands to phones wait; one is due until it is marked."""

    def due(self) -> Sequence[DueCommand]:
        """Return the commands to send."""

    def mark_sent(self, command: DueCommand) -> None:
        """Record that the broker has taken a command."""


class PhoneCommander:
    """Sends each command that is due at least once; an app that gets one twice does the same again.

    It sends only while it `leads`, so that of several gateways one does.
    """

    def __init__(
        self,
        source: PhoneCommandSource,
        lines: Lines,
        metrics: Metrics,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        self._source = source
        self._lines = lines
        self._metrics = metrics
        self._leads = leads
        self._under_way: dict[DueCommand, Sent] = {}

    def run(self, stop: threading.Event, poll_s: float = POLL_S) -> None:
        """Look for commands every `poll_s` until `stop` is set."""
        while not stop.wait(poll_s):
            try:
                self.step()
            except Exception:  # the source is another's; its failure must not end the commands
                log.exception("Looking for phones' commands failed; again in %.0f s.", FAILURE_PAUSE_S)
                stop.wait(FAILURE_PAUSE_S)

    def step(self) -> None:
        """Settle what the broker has taken, and send what is due."""
        self._settle()
        if not self._lines.is_up() or not self._leads():
            return
        for command in self._source.due():
            if command not in self._under_way and len(self._under_way) < MAX_UNDER_WAY:
                self._send(command)

    def _settle(self) -> None:
        for command, sent in list(self._under_way.items()):
            if sent.is_taken():
                self._source.mark_sent(command)
                self._metrics.add("phone_commands_sent")
                del self._under_way[command]
            elif sent.is_lost():
                del self._under_way[command]

    def _send(self, command: DueCommand) -> None:
        topic = f"{topics.owntracks(command.device_id, DEFAULT_PHONE)}/cmd"
        body = json.dumps(to_command(command), separators=(",", ":")).encode()
        sent = self._lines.publish(topic, body, qos=1, expiry_s=int(VALID.total_seconds()))
        if sent is not None:
            self._under_way[command] = sent
