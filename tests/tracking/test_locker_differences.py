from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.world import FUSE, NOW, PUMP, build_world, stock_up
from tracking.fleet.courier import van_id
from tracking.lockers.depositing import reserve_deposit
from tracking.lockers.locker import Compartment, CompartmentSize, DoorState, Locker
from tracking.lockers.service import state_reported
from tracking.parts.service import Movement, close_count_task, move
from tracking.store.unit_of_work import SqlUnitOfWork, Store

LOCKER = "locker-schaan"
PLACE = "locker-schaan-c1"


@pytest.fixture
def world(sqlite_store: Store) -> Store:
    with sqlite_store.writing() as uow:
        build_world(uow)
        stock_up(uow, PLACE, PUMP, 1, "P-1")
        uow.commit()
    return sqlite_store


def _at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def _report(
    uow: SqlUnitOfWork,
    minutes: float,
    part: str | None = None,
    quantity: int = 0,
    serial: str | None = None,
    *,
    door: DoorState = DoorState.CLOSED,
    unseen: tuple[str, ...] = (),
) -> None:
    at = _at(minutes)
    reading = Compartment(LOCKER, "1", door, at, part, serial, quantity)
    state_reported(uow, Locker(LOCKER, last_heard_at=at, reported_at=at), [reading], unseen)


def _alerts(uow: SqlUnitOfWork) -> list[str]:
    uow.outbox.stamp()
    events = [stamped.event for stamped in uow.outbox.read(0, 1000)]
    return [str(event.data["cause"]) for event in events if event.kind == "alert.raised"]


SEEN: list[tuple[str, tuple[str | None, int, str | None], str | None]] = [
    ("what the ledger has", (PUMP, 1, "P-1"), None),
    ("the right part without its serial", (PUMP, 1, None), None),
    ("nothing", (None, 0, None), f"Compartment 1 holds nothing; the ledger has 1 of {PUMP}."),
    ("too many", (PUMP, 2, None), f"Compartment 1 holds 2 of {PUMP}; the ledger has 1 of {PUMP}."),
    ("another part", (FUSE, 1, None), f"Compartment 1 holds 1 of {FUSE}; the ledger has 1 of {PUMP}."),
    ("another serial", (PUMP, 1, "P-2"), "Compartment 1 holds serial P-2; the ledger has others."),
]


@pytest.mark.parametrize(("seen", "cause"), [c[1:] for c in SEEN], ids=[c[0] for c in SEEN])
def test_difference_that_stands_becomes_one_count_task_and_alert(
    world: Store, seen: tuple[str | None, int, str | None], cause: str | None
) -> None:
    with world.writing() as uow:
        for minute in range(10):
            _report(uow, minute, *seen)
        assert [task.cause for task in uow.count_tasks.find()] == ([cause] if cause else [])
        assert _alerts(uow) == ([cause] if cause else [])


def test_difference_is_told_once_even_after_its_count_is_closed(world: Store) -> None:
    with world.writing() as uow:
        for minute in range(3):
            _report(uow, minute)
        close_count_task(uow, uow.count_tasks.find()[0].task_id, "ben", _at(3))
        for minute in range(4, 8):
            _report(uow, minute)
        assert len(_alerts(uow)) == 1


def test_difference_that_the_ledger_makes_up_for_in_time_is_nobodys_work(world: Store) -> None:
    with world.writing() as uow:
        _report(uow, 0)
        _report(uow, 1)
        taken = Movement(
            PUMP, 1, PLACE, van_id("anna"), "picked_up", "anna", _at(1), _at(1), serials=("P-1",)
        )
        move(uow, taken)
        _report(uow, 2)
        _report(uow, 3)
        assert uow.count_tasks.find() == []
        assert uow.compartments.require(LOCKER, "1").differs_since is None


def test_open_door_is_not_compared(world: Store) -> None:
    with world.writing() as uow:
        for minute in range(5):
            _report(uow, minute, door=DoorState.OPEN)
        assert _alerts(uow) == []


def test_compartment_where_somebody_deposits_is_not_compared(world: Store) -> None:
    with world.writing() as uow:
        empty = Compartment(LOCKER, "2", DoorState.CLOSED, NOW)
        deposit = reserve_deposit(uow, "d", LOCKER, CompartmentSize.MEDIUM, "anna", NOW)
        assert deposit.compartment == empty.compartment
        for minute in range(5):
            at = _at(minute)
            reading = Compartment(LOCKER, "2", DoorState.CLOSED, at, FUSE, None, 3)
            state_reported(uow, Locker(LOCKER, last_heard_at=at, reported_at=at), [reading])
        assert _alerts(uow) == []


def test_content_that_the_locker_cannot_see_is_not_compared(world: Store) -> None:
    with world.writing() as uow:
        _report(uow, 0, PUMP, 1, "P-1")
        for minute in range(1, 5):
            _report(uow, minute, unseen=("1",))
        assert _alerts(uow) == []
        assert uow.compartments.require(LOCKER, "1").serial == "P-1"
