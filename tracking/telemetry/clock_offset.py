"""The clock of a device: how far it is off, measured from when its messages were sent and received.

For each message `received_at - sent_at` is the delay on the way, which is never negative, plus what the clock
is behind. So a clock that is ahead shows at once. One that is behind looks like a delay; it is believed when
the difference stays the same for a while, as no backlog's does. What is decided is written down with each
fix, so that nothing later depends on the order in which messages came.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from tracking.telemetry.fixes import Fix
from tracking.values.errors import InvalidValue

SMALLEST = timedelta(seconds=30)
"""A clock that is off by less is left alone: networks delay by as much."""

MEASUREMENTS = 20
"""How many messages of a device are remembered."""

AGREE = timedelta(seconds=5)
"""Differences within this are the same."""

STEADY = timedelta(seconds=60)
"""For so long a difference must stay the same to be believed of a clock that seems behind."""

JUMP = 3
"""So many messages that agree with each other, and with none before, show that the clock was set."""

MAX_DEVICES = 10_000
NO_OFFSET = timedelta(0)

Value = TypeVar("Value")


class Measurement(NamedTuple):
    """One message: how much later than sent it was received, and when that was."""

    difference: timedelta
    received_at: datetime


def offset_of(measured: Iterable[Measurement]) -> timedelta:
    """Return what to add to the device's times, zero where its clock is right or nobody can tell."""
    found = list(measured)
    least = min((each.difference for each in found), default=NO_OFFSET)
    if least < -SMALLEST:
        return least
    most = max((each.difference for each in found), default=NO_OFFSET)
    lasted = found[-1].received_at - found[0].received_at if found else NO_OFFSET
    return least if least > SMALLEST and most - least <= AGREE and lasted >= STEADY else NO_OFFSET


class ClockOffsets:
    """Measures the clocks of devices, and corrects their fixes; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._measured: OrderedDict[str, deque[Measurement]] = OrderedDict()
        self._ahead: set[str] = set()

    def settled(self, values: tuple[Value, ...]) -> tuple[Value, ...]:
        """Return the values of one message, fixes at the times at which they were made by our clock."""
        first = next((value for value in values if isinstance(value, Fix) and value.sent_at), None)
        if first is None or first.sent_at is None:
            return values
        offset = self._measure(
            first.device, Measurement(first.received_at - first.sent_at, first.received_at)
        )
        return values if offset == NO_OFFSET else tuple(_corrected(value, offset) for value in values)

    def _measure(self, device: str, measurement: Measurement) -> timedelta:
        with self._lock:
            measured = self._measured.pop(device, None)
            if measured is None:
                measured = deque(maxlen=MEASUREMENTS)
            self._measured[device] = measured  # the devices heard last stand last
            if len(self._measured) > MAX_DEVICES:
                forgotten, _ = self._measured.popitem(last=False)
                self._ahead.discard(forgotten)
            measured.append(measurement)
            if _is_surely_right(measured, measurement) and device not in self._ahead:
                return NO_OFFSET  # of most messages, and cheap to see
            _forget_before_jump(measured)
            offset = offset_of(measured)
            (self._ahead.add if offset < NO_OFFSET else self._ahead.discard)(device)
            return offset


def _is_surely_right(measured: deque[Measurement], newest: Measurement) -> bool:
    """Tell that the newest message shows no clock that is off: small, or unlike the first remembered."""
    difference = newest.difference
    if difference < -SMALLEST:
        return False
    return difference <= SMALLEST or abs(difference - measured[0].difference) > AGREE


def _forget_before_jump(measured: deque[Measurement]) -> None:
    newest = [each.difference for each in list(measured)[-JUMP:]]
    before = [each.difference for each in list(measured)[:-JUMP]]
    if before and max(newest) - min(newest) <= AGREE and min(newest) - min(before) > SMALLEST:
        for _ in before:
            measured.popleft()


def _corrected(value: Value, offset: timedelta) -> Value:
    """Return a fix at our time of it, with what the device said beside it; what cannot be stays as it is."""
    if not isinstance(value, Fix):
        return value
    try:
        return replace(value, fix_at=value.fix_at + offset, said_at=value.fix_at)
    except (OverflowError, InvalidValue):
        return value
