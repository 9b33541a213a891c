"""The gateway: link, inbox, hearing and commander of one process, composed, run and drained."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from device_gateway.commander import Commander, CommandSource
from device_gateway.connection import BrokerAddress
from device_gateway.hearing import Hearing, HearingConfig
from device_gateway.inbox import Inbox
from device_gateway.link import Link, LinkConfig
from device_gateway.metrics import Metrics
from tracking.telemetry.journal import Journal
from tracking.values.errors import InvalidValue
from tracking.values.times import system_clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """All of one gateway's settings; its bounds on memory are `inbox_messages` and `inbox_bytes`.

    `command_poll_s` is the pause between two looks for commands, `drain_s` how long a stop may take to
    commit what is in the inbox.
    """

    broker: BrokerAddress
    link: LinkConfig = field(default_factory=LinkConfig)
    hearing: HearingConfig = field(default_factory=HearingConfig)
    inbox_messages: int = 10_000
    inbox_bytes: int = 64 * 1024 * 1024
    command_poll_s: float = 0.05
    drain_s: float = 10.0

    def __post_init__(self) -> None:
        if self.broker.keepalive_s / 3 >= self.link.stall_s:
            raise InvalidValue("stall_s must exceed a third of keepalive_s, which a full inbox may take.")


class Gateway:
    """Hears devices into a journal and sends lockers their commands."""

    def __init__(
        self,
        config: GatewayConfig,
        journal: Journal,
        commands: CommandSource | None = None,
        clock: Callable[[], datetime] = system_clock,
    ) -> None:
        self._config = config
        self._metrics = Metrics()
        self._inbox = Inbox(config.inbox_messages, config.inbox_bytes)
        self._link = Link(config.broker, config.link, self._inbox, self._metrics, clock)
        self._hearing = Hearing(self._inbox, journal, self._link, config.hearing, self._metrics)
        self._commander = None if commands is None else Commander(commands, self._link, self._metrics, clock)

    def run(self, stop: threading.Event) -> None:
        """Hear until `stop` is set; then take in nothing more, commit and acknowledge the rest, and leave."""
        self._start(self._guard_drain, stop)
        commanding = self._start_commander(stop)
        self._link.start()
        try:
            while not stop.is_set():
                self._hearing.hear()
        finally:
            stop.set()
            self._link.stop_taking()
            self._drain()
            self._hearing.abandon.set()
            if commanding is not None:
                commanding.join()
            self._link.stop()

    def _start_commander(self, stop: threading.Event) -> threading.Thread | None:
        if self._commander is None:
            return None
        return self._start(self._commander.run, stop, self._config.command_poll_s)

    @staticmethod
    def _start(work: Callable[..., None], *arguments: object) -> threading.Thread:
        thread = threading.Thread(target=work, args=arguments, name=f"gateway-{work.__name__}", daemon=True)
        thread.start()
        return thread

    def _guard_drain(self, stop: threading.Event) -> None:
        """Bound the time from a stop to the last commit, also where the journal refuses every commit."""
        stop.wait()
        self._hearing.abandon.wait(self._config.drain_s)
        self._hearing.abandon.set()

    def _drain(self) -> None:
        """Empty the inbox; what is abandoned stays with the broker, unacknowledged."""
        while len(self._inbox) and not self._hearing.abandon.is_set():
            self._hearing.hear()

    def is_hearing(self) -> bool:
        """Tell whether a connection to the broker stands."""
        return self._link.is_up()

    def snapshot(self) -> dict[str, int | float]:
        """Return this process's counters since its start, and how it is now."""
        return {
            **self._metrics.snapshot(),
            "inbox_depth": len(self._inbox),
            "connected": int(self._link.is_up()),
            "silent_s": self._link.silent_s(),
        }
