"""The inbox is bounded, and wakes who waits."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import pytest

from device_gateway.inbox import Delivery, Inbox
from device_gateway.protocol.decoded import Heard
from tracking.values.errors import InvalidValue


def delivery(number: int, payload: bytes = b"x") -> Delivery:
    return Delivery(Heard(f"t/{number}", payload, datetime(2026, 1, 1, tzinfo=UTC)), 1, number, 1)


def test_deliveries_come_out_in_order_and_in_bounded_batches() -> None:
    inbox = Inbox(10, 1000)
    for number in range(5):
        assert inbox.put(delivery(number), 0)
    assert [d.mid for d in inbox.take(3, 0, 0)] == [0, 1, 2]
    assert [d.mid for d in inbox.take(3, 0, 0)] == [3, 4]
    assert inbox.take(3, 0.01, 0) == []


@pytest.mark.parametrize(("capacity", "capacity_bytes"), [(2, 1000), (100, 26)])
def test_a_full_inbox_refuses_after_the_wait(capacity: int, capacity_bytes: int) -> None:
    inbox = Inbox(capacity, capacity_bytes)
    assert inbox.put(delivery(0, b"0123456789"), 0)
    assert inbox.put(delivery(1, b"0123456789"), 0)
    started_s = time.monotonic()
    assert not inbox.put(delivery(2, b"0123456789"), 0.1)
    assert time.monotonic() - started_s >= 0.1
    assert not inbox.is_half_empty()
    inbox.take(1, 0, 0)
    assert inbox.is_half_empty()


def test_a_message_larger_than_the_bound_passes_alone() -> None:
    inbox = Inbox(10, 5)
    assert inbox.put(delivery(0, b"0123456789"), 0)
    assert not inbox.put(delivery(1), 0)


def test_a_waiting_put_goes_on_when_there_is_room() -> None:
    inbox = Inbox(1, 1000)
    inbox.put(delivery(0), 0)
    results: list[bool] = []
    waiting = threading.Thread(target=lambda: results.append(inbox.put(delivery(1), 30)))
    waiting.start()
    inbox.take(1, 0, 0)
    waiting.join(30)
    assert results == [True]
    assert len(inbox) == 1


def test_a_take_lingers_for_a_fuller_batch_but_not_beyond_its_limit() -> None:
    inbox = Inbox(10, 1000)
    inbox.put(delivery(0), 0)
    later = threading.Timer(0.05, lambda: inbox.put(delivery(1), 0))
    later.start()
    started_s = time.monotonic()
    assert len(inbox.take(2, 1, 60)) == 2
    assert time.monotonic() - started_s < 30


@pytest.mark.parametrize(("capacity", "capacity_bytes"), [(0, 10), (10, 0)])
def test_an_inbox_for_nothing_is_refused(capacity: int, capacity_bytes: int) -> None:
    with pytest.raises(InvalidValue):
        Inbox(capacity, capacity_bytes)
