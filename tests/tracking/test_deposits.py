from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.world import FUSE, NOW, PUMP, SCHAAN, build_world, stock_up
from tracking.lockers.depositing import (
    cancel_deposit,
    expire_deposits,
    open_deposit,
    placed_reported,
    reserve_deposit,
    scan_reported,
)
from tracking.lockers.deposits import (
    DEPOSIT_VALID,
    TRANSITIONS,
    CompartmentTaken,
    Deposit,
    DepositState,
    OpeningUnderWay,
    learned,
)
from tracking.lockers.locker import COMMAND_LOST, CompartmentSize, DoorState, LockerOffline
from tracking.lockers.service import (
    add_locker,
    connection_reported,
    door_reported,
    jam_reported,
    reply_reported,
)
from tracking.parts.location import Location, LocationKind
from tracking.parts.service import close_count_task
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.errors import InvalidValue, NotFound, TransitionRefused

LOCKER = "locker-sizes"
SIZES = {"1": CompartmentSize.LARGE, "2": CompartmentSize.SMALL, "3": CompartmentSize.MEDIUM}
PLACE = f"{LOCKER}-c2"


@pytest.fixture
def world(sqlite_store: Store) -> Store:
    return _built(sqlite_store)


def _built(store: Store) -> Store:
    with store.writing() as uow:
        build_world(uow)
        place = Location(LOCKER, LocationKind.LOCKER, "Locker with sizes", SCHAAN)
        add_locker(uow, place, ["1", "2", "3"], NOW, sizes=SIZES)
        connection_reported(uow, LOCKER, True, "session-1", 1, NOW)
        stock_up(uow, "depot", PUMP, 1, "P-1")
        uow.commit()
    return store


def _at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def _reserve(uow: SqlUnitOfWork, deposit_id: str = "d-1", size: str = "small", **goods: object) -> Deposit:
    return reserve_deposit(uow, deposit_id, LOCKER, CompartmentSize(size), "anna", NOW, **goods)  # type: ignore[arg-type]


def _with_pump(uow: SqlUnitOfWork) -> Deposit:
    return _reserve(uow, part_number=PUMP, quantity=1, serials=("P-1",), from_id="depot")


def _lay_in(uow: SqlUnitOfWork, deposit: Deposit, code: str | None) -> Deposit:
    return _report_laid_in(uow, open_deposit(uow, deposit.deposit_id, NOW), code)


def _report_laid_in(uow: SqlUnitOfWork, opened: Deposit, code: str | None) -> Deposit:
    where = opened.locker_id, opened.compartment
    door_reported(uow, *where, DoorState.OPEN, opened.command_id, _at(1))
    placed_reported(uow, *where, opened.command_id, _at(2))
    door_reported(uow, *where, DoorState.CLOSED, opened.command_id, _at(3))
    scan_reported(uow, *where, opened.command_id, code, _at(4))
    return uow.deposits.require(opened.deposit_id)


def _causes(uow: SqlUnitOfWork) -> list[str]:
    uow.outbox.stamp()
    events = [stamped.event for stamped in uow.outbox.read(0, 1000)]
    return [str(event.data["cause"]) for event in events if event.kind == "alert.raised"]


def test_deposit_goes_from_reserved_to_scanned_and_moves_what_it_names(store: Store) -> None:
    with _built(store).writing() as uow:
        deposit = _with_pump(uow)
        assert (deposit.state, deposit.compartment) == (DepositState.RESERVED, "2")
        done = _lay_in(uow, deposit, "P-1")
        assert (done.state, done.failure) == (DepositState.SCANNED, None)
        assert (done.opened_at, done.placed_at, done.closed_at, done.scanned_at) == tuple(
            map(_at, (1, 2, 3, 4))
        )
        assert uow.ledger.whereabouts("P-1") == PLACE
        assert uow.count_tasks.find() == []
        uow.commit()


def test_deposit_that_names_nothing_leaves_the_ledger_alone(world: Store) -> None:
    with world.writing() as uow:
        assert _lay_in(uow, _reserve(uow), "P-1").state is DepositState.SCANNED
        assert uow.ledger.whereabouts("P-1") == "depot"


def test_scan_of_something_else_moves_nothing_and_asks_for_a_count(world: Store) -> None:
    with world.writing() as uow:
        done = _lay_in(uow, _with_pump(uow), "P-9")
        assert (done.state, done.failure) == (DepositState.SCANNED, "P-9 was scanned, P-1 was announced")
        assert uow.ledger.whereabouts("P-1") == "depot"
        assert [task.location_id for task in uow.count_tasks.find()] == [PLACE]
        assert len(_causes(uow)) == 1


def test_consumable_is_scanned_by_its_part_number(world: Store) -> None:
    with world.writing() as uow:
        stock_up(uow, "depot", FUSE, 20)
        _lay_in(uow, _reserve(uow, part_number=FUSE, quantity=12, from_id="depot"), FUSE)
        assert uow.ledger.balance(PLACE, FUSE).on_hand == 12


def test_smallest_free_compartment_that_is_large_enough_is_reserved(world: Store) -> None:
    with world.writing() as uow:
        assert _reserve(uow, "d-1", "medium").compartment == "3"
        assert _reserve(uow, "d-2", "medium").compartment == "1"
        with pytest.raises(CompartmentTaken):
            _reserve(uow, "d-3", "medium")
        assert _reserve(uow, "d-4", "small").compartment == "2"
        assert _reserve(uow, "d-4", "small").deposit_id == "d-4"
        with pytest.raises(CompartmentTaken):
            _reserve(uow, "d-5", "small")
        cancel_deposit(uow, "d-2", NOW)
        assert _reserve(uow, "d-6", "small").compartment == "1"


def test_compartment_that_is_full_jammed_or_open_is_not_reserved(world: Store) -> None:
    with world.writing() as uow:
        stock_up(uow, PLACE, FUSE, 1)
        jam_reported(uow, LOCKER, "3", NOW)
        door_reported(uow, LOCKER, "1", DoorState.OPEN, None, NOW)
        with pytest.raises(CompartmentTaken):
            _reserve(uow)
        door_reported(uow, LOCKER, "1", DoorState.CLOSED, None, _at(1))
        compartment = uow.compartments.require(LOCKER, "1")
        uow.compartments.save(replace(compartment, part_number=FUSE, quantity=3))
        with pytest.raises(CompartmentTaken):
            _reserve(uow)


WRONG_GOODS = [
    (
        "a serialised part without serials",
        {"part_number": PUMP, "quantity": 1, "from_id": "depot"},
        InvalidValue,
    ),
    (
        "serials of a consumable",
        {"part_number": FUSE, "quantity": 1, "serials": ("F",), "from_id": "depot"},
        InvalidValue,
    ),
    ("no place it comes from", {"part_number": FUSE, "quantity": 1}, InvalidValue),
    ("an unknown part", {"part_number": "X", "quantity": 1, "from_id": "depot"}, NotFound),
    ("an unknown place", {"part_number": FUSE, "quantity": 1, "from_id": "nowhere"}, NotFound),
    ("no pieces", {"part_number": FUSE, "quantity": 0, "from_id": "depot"}, InvalidValue),
    (
        "a serial too many",
        {"part_number": PUMP, "quantity": 1, "serials": ("A", "B"), "from_id": "depot"},
        InvalidValue,
    ),
]


@pytest.mark.parametrize(("goods", "refusal"), [c[1:] for c in WRONG_GOODS], ids=[c[0] for c in WRONG_GOODS])
def test_goods_that_cannot_be_reserve_nothing(
    world: Store, goods: dict[str, object], refusal: type[Exception]
) -> None:
    with world.writing() as uow:
        with pytest.raises(refusal):
            _reserve(uow, **goods)
        assert uow.deposits.find() == []


def test_opening_twice_issues_one_command_until_it_is_lost_or_answered(world: Store) -> None:
    with world.writing() as uow:
        deposit = _reserve(uow)
        first = open_deposit(uow, "d-1", NOW)
        assert open_deposit(uow, "d-1", _at(0.5)) == first
        assert open_deposit(uow, "d-1", _at(2)).command_id != first.command_id
        again = open_deposit(uow, "d-1", _at(2))
        reply_reported(uow, LOCKER, str(again.command_id), "failed", "motor", _at(2))
        refused = uow.deposits.require("d-1")
        assert (refused.state, refused.failure) == (DepositState.RESERVED, "motor")
        third = open_deposit(uow, "d-1", _at(2.1))
        assert (third.failure, third.command_id != again.command_id) == (None, True)
        assert {c.compartment for c in uow.locker_commands.find()} == {deposit.compartment}


def test_locker_that_is_away_opens_for_no_deposit(world: Store) -> None:
    with world.writing() as uow:
        _reserve(uow)
        connection_reported(uow, LOCKER, False, "session-1", 1, NOW)
        with pytest.raises(LockerOffline):
            open_deposit(uow, "d-1", NOW)


def test_refused_transition_names_state_wish_and_what_is_allowed(world: Store) -> None:
    with world.writing() as uow:
        _lay_in(uow, _reserve(uow), "x")
        with pytest.raises(TransitionRefused) as refusal:
            cancel_deposit(uow, "d-1", NOW)
        assert "scanned and cannot become cancelled" in refusal.value.cause
        assert "nothing: this state is final" in refusal.value.action


def test_deposit_that_nobody_finishes_expires_and_one_that_was_opened_is_counted(world: Store) -> None:
    with world.writing() as uow:
        _reserve(uow, "d-1")
        _reserve(uow, "d-2")
        opened = open_deposit(uow, "d-2", NOW)
        door_reported(uow, LOCKER, opened.compartment, DoorState.OPEN, opened.command_id, NOW)
        assert expire_deposits(uow, NOW + DEPOSIT_VALID - timedelta(seconds=1)) == 0
        assert expire_deposits(uow, NOW + DEPOSIT_VALID) == 2
        assert expire_deposits(uow, NOW + DEPOSIT_VALID) == 0
        assert {d.state for d in uow.deposits.find()} == {DepositState.EXPIRED}
        assert [task.location_id for task in uow.count_tasks.find()] == [f"{LOCKER}-c{opened.compartment}"]


def _expire(uow: SqlUnitOfWork) -> None:
    assert expire_deposits(uow, NOW + DEPOSIT_VALID) == 1


def _cancel(uow: SqlUnitOfWork) -> None:
    cancel_deposit(uow, "d-1", NOW + COMMAND_LOST)


def _jam(uow: SqlUnitOfWork) -> None:
    jam_reported(uow, LOCKER, "2", NOW)


ENDS = [
    (DepositState.EXPIRED, _expire),
    (DepositState.CANCELLED, _cancel),
    (DepositState.FAILED, _jam),
]


@pytest.mark.parametrize(("state", "end"), ENDS, ids=[str(state) for state, _ in ENDS])
def test_deposit_that_is_heard_of_after_its_end_is_counted_once(
    store: Store, state: DepositState, end: Callable[[SqlUnitOfWork], None]
) -> None:
    with _built(store).writing() as uow:
        opened = open_deposit(uow, _with_pump(uow).deposit_id, NOW)
        end(uow)
        late = _report_laid_in(uow, opened, "P-1")
        assert (late.state, late.opened_at, late.placed_at, late.closed_at) == (state, *map(_at, (1, 2, 3)))
        assert (late.scanned_at, late.code) == (_at(4), "P-1")
        assert uow.ledger.whereabouts("P-1") == "depot"
        (task,) = uow.count_tasks.find()
        assert (task.location_id, len(_causes(uow))) == (PLACE, 1)
        assert _reserve(uow, "d-2").compartment != "2"
        close_count_task(uow, task.task_id, "ben", _at(60))
        _report_laid_in(uow, opened, "P-1")
        assert len(uow.count_tasks.find()) == 1


def test_deposit_that_was_told_to_open_and_not_heard_of_is_counted_when_it_expires(world: Store) -> None:
    with world.writing() as uow:
        _reserve(uow)
        open_deposit(uow, "d-1", NOW)
        _expire(uow)
        assert [task.location_id for task in uow.count_tasks.find()] == [PLACE]


def test_deposit_is_not_cancelled_while_its_compartment_may_open(world: Store) -> None:
    with world.writing() as uow:
        _reserve(uow)
        opening = open_deposit(uow, "d-1", NOW)
        with pytest.raises(OpeningUnderWay):
            cancel_deposit(uow, "d-1", NOW + COMMAND_LOST - timedelta(seconds=1))
        reply_reported(uow, LOCKER, str(opening.command_id), "failed", "motor", _at(0.1))
        assert cancel_deposit(uow, "d-1", _at(0.2)).state is DepositState.CANCELLED


def test_jam_ends_what_was_reserved_in_the_compartment(world: Store) -> None:
    with world.writing() as uow:
        _reserve(uow)
        jam_reported(uow, LOCKER, "2", NOW)
        assert uow.deposits.require("d-1").state is DepositState.FAILED


def test_reserved_compartment_that_opens_without_a_command_is_nobodys_deposit(world: Store) -> None:
    with world.writing() as uow:
        _reserve(uow)
        door_reported(uow, LOCKER, "2", DoorState.OPEN, None, NOW)
        assert uow.deposits.require("d-1").state is DepositState.RESERVED
        assert _causes(uow) == ["Door 2 opened without an authorisation."]


FACTS = [
    (DepositState.OPENED, 1),
    (DepositState.PLACED, 2),
    (DepositState.CLOSED, 3),
    (DepositState.SCANNED, 4),
]


def test_order_in_which_reports_come_does_not_matter() -> None:
    blank = Deposit("d", LOCKER, "1", CompartmentSize.SMALL, DepositState.RESERVED, "anna", NOW, _at(30))
    ends = set()
    for order in itertools.permutations(FACTS):
        deposit = blank
        for fact, minutes in order:
            deposit = learned(deposit, fact, _at(minutes), "x" if fact is DepositState.SCANNED else None)
        ends.add(deposit)
    assert [end.state for end in ends] == [DepositState.SCANNED]


def test_door_that_is_opened_again_before_the_scan_must_be_closed_again() -> None:
    deposit = Deposit("d", LOCKER, "1", CompartmentSize.SMALL, DepositState.RESERVED, "anna", NOW, _at(30))
    for fact, minutes in [*FACTS[:3], (DepositState.OPENED, 5)]:
        deposit = learned(deposit, fact, _at(minutes))
    assert deposit.state is DepositState.PLACED
    assert learned(deposit, DepositState.CLOSED, _at(6)).state is DepositState.CLOSED


def test_every_state_has_its_row_and_only_known_states_follow() -> None:
    assert TRANSITIONS.keys() == set(DepositState)
    assert DepositState.RESERVED not in set().union(*TRANSITIONS.values())
