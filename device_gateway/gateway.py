"""The gateway: lines, inbox, hearing and commander of one process, composed, run and drained."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from device_gateway.commander import Commander, CommandSource
from device_gateway.connection import BrokerAddress
from device_gateway.hearing import Hearing, HearingConfig
from device_gateway.inbox import Inbox
from device_gateway.lines import Lines
from device_gateway.link import LinkConfig, Subscriptions
from device_gateway.metrics import Metrics
from device_gateway.phone_commander import PhoneCommander, PhoneCommandSource
from device_gateway.protocol.owntracks_encryption import Keys, no_keys
from device_gateway.retained_sweeper import ErasureSource, RetainedSweeper
from tracking.telemetry.journal import Journal
from tracking.values.errors import InvalidValue
from tracking.values.times import system_clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """All of one gateway's settings; its bounds on memory are `inbox_messages` and `inbox_bytes`.

    `broker` says where the broker is, and names the session that `hold` takes unless told of another. A
    hearing that stays with one batch for longer than `stuck_s` is a fault. `command_poll_s` is the pause
    between two looks for commands, `drain_s` how long a stop may take to commit what is in the inbox.
    """

    broker: BrokerAddress
    link: LinkConfig = field(default_factory=LinkConfig)
    hearing: HearingConfig = field(default_factory=HearingConfig)
    inbox_messages: int = 10_000
    inbox_bytes: int = 64 * 1024 * 1024
    command_poll_s: float = 0.05
    drain_s: float = 10.0
    stuck_s: float = 8.0

    def __post_init__(self) -> None:
        if self.broker.keepalive_s / 3 >= self.link.stall_s:
            raise InvalidValue("stall_s must exceed a third of keepalive_s, which a full inbox may take.")


class Gateway:
    """Hears devices into a journal, in the sessions that it holds, and sends lockers their commands.

    Of several gateways one sends commands: the one that `leads`.
    """

    def __init__(
        self,
        config: GatewayConfig,
        journal: Journal,
        commands: CommandSource | None = None,
        clock: Callable[[], datetime] = system_clock,
        *,
        leads: Callable[[], bool] = lambda: True,
        phone_commands: PhoneCommandSource | None = None,
        keys: Keys = no_keys,
        erasures: ErasureSource | None = None,
    ) -> None:
        self._config = config
        self._metrics = Metrics()
        self._inbox = Inbox(config.inbox_messages, config.inbox_bytes)
        self._lines = Lines(config.link, self._inbox, self._metrics, clock)
        self._hearing = Hearing(self._inbox, journal, self._lines, config.hearing, self._metrics, keys)
        self._commander = (
            None if commands is None else Commander(commands, self._lines, self._metrics, clock, leads)
        )
        self._phone_commander = (
            None
            if phone_commands is None
            else PhoneCommander(phone_commands, self._lines, self._metrics, leads)
        )
        self._sweeper = (
            None if erasures is None else RetainedSweeper(erasures, self._lines, self._metrics, leads)
        )
        self._turned_s = time.monotonic()

    def hold(self, user: str | None = None, subscriptions: Subscriptions | None = None) -> None:
        """Hear in the session of `user`, by default the configured one, whether `run` has begun or not."""
        address = self._config.broker if user is None else replace(self._config.broker, user=user)
        self._lines.hold(address, subscriptions or Subscriptions())

    def let_go(self, user: str, *, forget: bool = False) -> None:
        """Leave a session to others; with `forget` the broker ends it."""
        self._lines.let_go(user, forget=forget)

    def held(self) -> list[str]:
        """Return the users whose sessions are held."""
        return self._lines.held()

    def is_drained(self, user: str, quiet_s: float) -> bool:
        """Tell whether a session has nothing left: silent for `quiet_s`, and all that came is durable."""
        is_settled = self._hearing.is_idle and len(self._inbox) == 0
        return is_settled and self.fault() is None and self._lines.quiet_s(user) > quiet_s

    def run(self, stop: threading.Event) -> None:
        """Hear until `stop` is set; then take in nothing more, commit and acknowledge the rest, and leave."""
        self._start(self._guard_drain, stop)
        commanding = self._start_commanders(stop)
        try:
            while not stop.is_set():
                self._hearing.hear()
                self._turned_s = time.monotonic()
        finally:
            stop.set()
            self._lines.stop_taking()
            self._drain()
            self._hearing.abandon.set()
            for thread in commanding:
                thread.join()
            self._lines.stop()

    def _start_commanders(self, stop: threading.Event) -> list[threading.Thread]:
        threads = []
        if self._commander is not None:
            threads.append(self._start(self._commander.run, stop, self._config.command_poll_s))
        if self._phone_commander is not None:
            threads.append(self._start(self._phone_commander.run, stop))
        if self._sweeper is not None:
            threads.append(self._start(self._sweeper.run, stop))
        return threads

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
        """Tell whether a connection to the broker stands for every session that is held, one at least."""
        return self._lines.is_up()

    def fault(self) -> str | None:
        """Return what keeps this gateway from hearing now, None when it hears or is a stand-by."""
        if self._lines.held() and not self._lines.is_up():
            return "not connected to the broker"
        if (silent_s := self._lines.silent_s()) > 2.5 * self._config.link.heartbeat_s:
            return f"the connection to the broker has been silent for {silent_s:.0f} s"
        if (stuck_s := time.monotonic() - self._turned_s) > self._config.stuck_s:
            return f"nothing was made durable for {stuck_s:.0f} s: look at the disk of the journal"
        return None

    def snapshot(self) -> dict[str, int | float]:
        """Return this process's counters since its start, and how it is now.

        received = stored + duplicates + dead_letters + in_flight, in fixes and reports.
        """
        counts = self._metrics.snapshot()
        settled = sum(counts.get(name, 0) for name in ("stored", "duplicates", "dead_letters"))
        return {
            **counts,
            "in_flight": counts.get("received", 0) - settled,
            "inbox_depth": len(self._inbox),
            "sessions": len(self._lines.held()),
            "connected": int(self._lines.is_up()),
            "silent_s": self._lines.silent_s(),
        }
