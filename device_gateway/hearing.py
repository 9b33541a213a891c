"""The hearing: from the inbox to the journal, and only then back to broker and device.

1. take a batch from the inbox (bounded in messages and in wait);
2. decode it; what cannot be read is a dead letter with its reason;
3. commit it to the journal: durable, duplicates recognised, all of it counted;
4. acknowledge to the broker (PUBACK), and to devices the counters that are now durable.

A kill between any two of these repeats the batch, which changes nothing: the journal knows identities.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from device_gateway.acks import merge_acks
from device_gateway.inbox import Delivery, Inbox
from device_gateway.lines import Lines
from device_gateway.linger import Linger, LingerConfig
from device_gateway.metrics import Metrics
from device_gateway.protocol import topics
from device_gateway.protocol.decode import decode
from device_gateway.protocol.decoded import Decoded
from device_gateway.protocol.messages import encode
from device_gateway.protocol.owntracks_encryption import Keys, no_keys
from tracking.telemetry.clock_offset import ClockOffsets
from tracking.telemetry.journal import Journal
from tracking.telemetry.journal_file import JournalUnavailable
from tracking.values.errors import InvalidValue

log = logging.getLogger(__name__)

IDLE_WAIT_S = 0.2
"""How long one look into an empty inbox waits: the bound on how late a stop is noticed."""

BATCH_LINGER = LingerConfig(lone_s=0.005, first_s=0.01, busy_s=0.08, longest_s=0.16, messages=160)
"""A batch of a steady flow: 160 messages or a sixth of a second, more where they come faster than 2,000/s."""

MIN_RETRY_S = 0.1
MAX_RETRY_S = 5.0
"""Bounds of the wait between two tries of a commit that the disk refused, which doubles each time."""


@dataclass(frozen=True, slots=True)
class HearingConfig:
    """A batch closes at `batch_messages` messages or as `linger` says; a commit holds about `commit_items`.

    The waits of `linger` bound what a batch adds to the time until a device knows its message durable.
    """

    batch_messages: int = 1_000
    linger: LingerConfig = BATCH_LINGER
    commit_items: int = 5_000

    def __post_init__(self) -> None:
        if min(self.batch_messages, self.commit_items) < 1:
            raise InvalidValue("A batch holds at least one message, and a commit one item.")


class Hearing:
    """One worker between an inbox, a journal and the lines; `abandon` makes it leave a commit that fails.

    `is_idle` while all that it took is durable.
    """

    def __init__(
        self,
        inbox: Inbox,
        journal: Journal,
        lines: Lines,
        config: HearingConfig,
        metrics: Metrics,
        keys: Keys = no_keys,
    ) -> None:
        self._inbox = inbox
        self._journal = journal
        self._lines = lines
        self._config = config
        self._metrics = metrics
        self._keys = keys
        self._clocks = ClockOffsets()
        self.abandon = threading.Event()
        self.is_idle = True
        self._linger = Linger(config.linger)
        self._took_s = time.monotonic()

    def hear(self) -> int:
        """Carry one batch through and return how many messages it held."""
        deliveries = self._take()
        self.is_idle = not deliveries
        for part in self._parts([(item, self._read(item)) for item in deliveries]):
            decoded = [item for _, item in part]
            self._metrics.add("received", sum(_size(item) for item in decoded))
            if not self._commit(decoded):
                break
            self._lines.ack_all([delivery for delivery, _ in part])
            self._tell_devices(decoded)
        else:
            self.is_idle = True
        return len(deliveries)

    def _take(self) -> list[Delivery]:
        deliveries = self._inbox.take(self._config.batch_messages, IDLE_WAIT_S, self._linger.wait_s)
        before_s, self._took_s = self._took_s, time.monotonic()
        self._linger.turned(len(deliveries), self._took_s - before_s)
        return deliveries

    def _read(self, delivery: Delivery) -> Decoded:
        """Return what a message says, its fixes at the times at which they were made by our clock."""
        decoded = decode(delivery.message, self._keys)
        return decoded._replace(values=self._clocks.settled(decoded.values))

    def _parts(self, batch: list[tuple[Delivery, Decoded]]) -> Iterator[list[tuple[Delivery, Decoded]]]:
        """Yield the batch in order, in parts that one commit holds (one larger message fits alone)."""
        part: list[tuple[Delivery, Decoded]] = []
        size = 0
        for delivery, decoded in batch:
            items = _size(decoded)
            if part and size + items > self._config.commit_items:
                yield part
                part, size = [], 0
            part.append((delivery, decoded))
            size += items
        if part:
            yield part

    def _commit(self, batch: list[Decoded]) -> bool:
        """Make a batch durable, however long it takes; False only when abandoned."""
        items = list(chain.from_iterable((*decoded.values, *decoded.unreadable) for decoded in batch))
        retry_s = MIN_RETRY_S
        while True:
            started_s = time.monotonic()
            try:
                result = self._journal.append(items)
            except JournalUnavailable as error:
                self._metrics.add("journal_retries")
                log.error(
                    "Nothing is acknowledged; next try in %.1f s. %s %s", retry_s, error.cause, error.action
                )
                if self.abandon.wait(retry_s):
                    return False
                retry_s = min(2 * retry_s, MAX_RETRY_S)
                continue
            self._metrics.add_s("commit_s", time.monotonic() - started_s)
            self._metrics.add("commits")
            self._metrics.add("stored", result.stored)
            self._metrics.add("duplicates", result.duplicates)
            self._metrics.add("dead_letters", result.dead_letters)
            ignored = Counter(decoded.ignored for decoded in batch if decoded.ignored is not None)
            for kind, count in ignored.items():
                self._metrics.add(f"ignored_{kind}", count)
            return True

    def _tell_devices(self, batch: list[Decoded]) -> None:
        """Tell devices what they may forget; a device that misses this sends again and is told again."""
        messages = merge_acks(decoded.ack for decoded in batch if decoded.ack is not None)
        for device, acks in messages.items():
            for ack in acks:
                if self._lines.publish(topics.ack(device), encode(ack)) is not None:
                    self._metrics.add("device_acks")


def _size(decoded: Decoded) -> int:
    """Return how many fixes and reports a message counts for, those that could not be read among them."""
    return len(decoded.values) + len(decoded.unreadable)
