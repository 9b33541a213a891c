from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from tests.world import NOW, build_world, order_pump
from tracking.store.leases import Lease
from tracking.store.unit_of_work import Store
from tracking.values.errors import Conflict, LeaseLost, NotFound
from tracking.values.events import DomainEvent


def _event(store: Store, subject: str) -> None:
    with store.writing() as uow:
        uow.outbox.add(DomainEvent("thing.happened", subject, NOW))
        uow.commit()


def _acquire(store: Store, holder: str, lasts_ms: int) -> Lease | None:
    with store.writing() as uow:
        lease = uow.leases.acquire("planner", holder, lasts_ms)
        uow.commit()
    return lease


def test_what_is_not_committed_never_happened(store: Store) -> None:
    with store.writing() as uow:
        build_world(uow)
    with store.reading() as uow:
        assert uow.parts.find() == []


def test_record_comes_back_as_it_was(store: Store) -> None:
    with store.writing() as uow:
        build_world(uow)
        order = order_pump(uow, expect_return=True)
        uow.commit()
    with store.reading() as uow:
        assert uow.orders.require(order.order_id) == order
        with pytest.raises(NotFound, match="no order 'none'"):
            uow.orders.require("none")


def test_second_writer_of_the_same_version_is_told(store: Store) -> None:
    with store.writing() as uow:
        build_world(uow)
        order = order_pump(uow)
        uow.orders.save(replace(order, note="first"))
        with pytest.raises(Conflict):
            uow.orders.save(replace(order, note="second"))


def test_events_are_numbered_after_the_commit_and_read_by_that_number(store: Store) -> None:
    for subject in ("a", "b", "c"):
        _event(store, subject)
    with store.writing() as uow:
        assert uow.outbox.read(0, 10) == []
        assert uow.outbox.has_unstamped()
        assert uow.outbox.stamp() == 3
        uow.commit()
    with store.reading() as uow:
        assert not uow.outbox.has_unstamped()
        assert [(s.position, s.event.subject) for s in uow.outbox.read(1, 10)] == [(2, "b"), (3, "c")]
        assert (uow.outbox.oldest(), uow.outbox.newest()) == (1, 3)


def test_transaction_that_commits_late_gets_a_late_position(postgres_url: str) -> None:
    store = Store(postgres_url, b"key")
    store.migrate()
    with store.writing() as early:
        early.outbox.add(DomainEvent("thing.happened", "early", NOW))
        _event(store, "late")
        with store.writing() as relay:
            relay.outbox.stamp()
            relay.commit()
        early.commit()
    with store.writing() as relay:
        relay.outbox.stamp()
        relay.commit()
    with store.reading() as uow:
        assert [s.event.subject for s in uow.outbox.read(0, 10)] == ["late", "early"]
    store.close()


def test_pruning_forgets_old_events_and_keeps_the_newest(store: Store) -> None:
    for subject in ("a", "b"):
        _event(store, subject)
    with store.writing() as uow:
        uow.outbox.stamp()
        assert uow.outbox.prune(NOW.replace(year=2100)) == 1
        uow.commit()
    with store.reading() as uow:
        assert uow.outbox.newest() == 2


def test_lease_is_held_by_one_and_moves_when_it_runs_out(store: Store) -> None:
    first = _acquire(store, "a", 60_000)
    assert first is not None
    assert _acquire(store, "b", 150) is None
    renewed = _acquire(store, "a", 150)
    assert renewed is not None
    assert renewed.token == first.token
    time.sleep(0.25)
    second = _acquire(store, "b", 10_000)
    assert second is not None
    assert second.token > first.token
    with store.writing() as uow, pytest.raises(LeaseLost):
        uow.leases.check(first)


def test_released_lease_is_free_at_once(store: Store) -> None:
    lease = _acquire(store, "a", 60_000)
    assert lease is not None
    with store.writing() as uow:
        uow.leases.release(lease)
        uow.commit()
    assert _acquire(store, "b", 1000) is not None


def test_commit_of_another_connection_wakes_a_waiting_process(store: Store) -> None:
    wake = store.wake()
    wake.wait(0.2)
    assert not wake.wait(0.1)
    woken: list[bool] = []
    thread = threading.Thread(target=lambda: woken.append(wake.wait(20)))
    thread.start()
    time.sleep(0.1)
    _event(store, "a")
    thread.join(30)
    assert woken == [True]
    wake.close()


def test_numbers_that_people_say_are_dealt_once(store: Store) -> None:
    dealt: list[int] = []

    def deal() -> None:
        for _ in range(5):
            with store.writing() as uow:
                dealt.append(uow.next_number("order"))
                uow.commit()

    threads = [threading.Thread(target=deal) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(dealt) == list(range(1001, 1021))
