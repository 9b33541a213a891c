from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.world import FUSE, NOW, PUMP, build_world, order_pump, stock_up
from tracking.orders.service import assign
from tracking.parts.location import UNACCOUNTED
from tracking.parts.part import Condition
from tracking.parts.service import (
    Movement,
    close_count_task,
    expire_reservations,
    move,
    move_reported,
    open_count_task,
    release,
    reserve,
)
from tracking.parts.stock import OutOfStock, SerialElsewhere
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.errors import Conflict, FieldstockError, InvalidValue, NotFound


@pytest.fixture
def world(store: Store) -> Store:
    with store.writing() as uow:
        build_world(uow)
        stock_up(uow, "depot", PUMP, 2, "P-1", "P-2")
        stock_up(uow, "depot", FUSE, 100)
        uow.commit()
    return store


def _on_hand(uow: SqlUnitOfWork, location_id: str, part_number: str) -> int:
    return uow.ledger.balance(location_id, part_number).on_hand


def _move(part_number: str, quantity: int, from_id: str, to_id: str, *serials: str) -> Movement:
    return Movement(part_number, quantity, from_id, to_id, "transfer", "test", NOW, NOW, serials=serials)


def test_balance_is_the_sum_of_moves(world: Store) -> None:
    with world.writing() as uow:
        move(uow, _move(FUSE, 30, "depot", "van-anna"))
        move(uow, _move(FUSE, 10, "van-anna", "hospital"))
        assert _on_hand(uow, "depot", FUSE) == 70
        assert _on_hand(uow, "van-anna", FUSE) == 20
        assert _on_hand(uow, "hospital", FUSE) == 10
        assert _on_hand(uow, "supplier", FUSE) == -100


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (_move(FUSE, 101, "depot", "bench"), OutOfStock),
        (_move(PUMP, 1, "depot", "bench"), InvalidValue),
        (_move(PUMP, 2, "depot", "bench", "P-1"), InvalidValue),
        (_move(FUSE, 1, "depot", "bench", "F-1"), InvalidValue),
        (_move(PUMP, 1, "depot", "bench", "P-9"), NotFound),
        (_move(PUMP, 1, "bench", "depot", "P-1"), OutOfStock),
        (_move(FUSE, 1, "nowhere", "depot"), NotFound),
        (_move("NO-PART", 1, "depot", "bench"), NotFound),
        (_move(FUSE, 0, "depot", "bench"), InvalidValue),
        (_move(FUSE, 1, "depot", "depot"), InvalidValue),
    ],
)
def test_move_that_the_ledger_does_not_allow_is_refused(
    world: Store, wrong: Movement, error: type[FieldstockError]
) -> None:
    with world.writing() as uow:
        before = uow.ledger.balances()
        with pytest.raises(error):
            move(uow, wrong)
        assert uow.ledger.balances() == before


def test_serial_is_taken_only_from_where_it_lies(world: Store) -> None:
    with world.writing() as uow:
        move(uow, _move(PUMP, 1, "depot", "bench", "P-1"))
        assert uow.ledger.whereabouts("P-1") == "bench"
        with pytest.raises(SerialElsewhere):
            move(uow, _move(PUMP, 1, "depot", "van-anna", "P-1"))


@pytest.mark.parametrize("place", ["depot", "bench"])
def test_serial_that_is_in_stock_is_not_received_again(world: Store, place: str) -> None:
    with world.writing() as uow:
        with pytest.raises(SerialElsewhere):
            stock_up(uow, place, PUMP, 1, "P-1")
        assert _on_hand(uow, "depot", PUMP) == 2
        assert uow.ledger.whereabouts("P-1") == "depot"


def test_serial_at_a_site_comes_back_from_there_and_not_from_the_supplier(world: Store) -> None:
    with world.writing() as uow:
        move(uow, _move(PUMP, 1, "depot", "hospital", "P-1"))
        with pytest.raises(SerialElsewhere):
            stock_up(uow, "depot", PUMP, 1, "P-1")
        move(uow, _move(PUMP, 1, "hospital", "depot", "P-1"))
        assert uow.ledger.whereabouts("P-1") == "depot"


def test_transfer_leaves_what_is_set_aside_unless_it_is_for_that_order(world: Store) -> None:
    with world.writing() as uow:
        reserve(uow, "order-1", "depot", FUSE, 95, NOW)
        assert reserve(uow, "order-1", "depot", PUMP, 1, NOW).serials == ("P-1",)
        for wrong in (_move(FUSE, 6, "depot", "bench"), _move(PUMP, 1, "depot", "bench", "P-1")):
            with pytest.raises(OutOfStock):
                move(uow, wrong)
        move(uow, _move(PUMP, 1, "depot", "bench", "P-2"))
        move(uow, _move(FUSE, 5, "depot", "bench"))
        for right in (_move(FUSE, 95, "depot", "bench"), _move(PUMP, 1, "depot", "bench", "P-1")):
            move(uow, replace(right, reference="order-1"))
        assert uow.ledger.balance("depot", FUSE).on_hand == 0


def test_defective_part_is_on_hand_and_never_promised(world: Store) -> None:
    with world.writing() as uow:
        uow.units.save(replace(uow.units.require("P-1"), condition=Condition.DEFECTIVE))
        balance = uow.ledger.balance("depot", PUMP)
        assert (balance.on_hand, balance.sound, balance.available) == (2, 1, 1)
        assert (balance.serials, balance.defective) == (("P-2",), ("P-1",))
        assert reserve(uow, "order-1", "depot", PUMP, 1, NOW).serials == ("P-2",)
        with pytest.raises(OutOfStock):
            reserve(uow, "order-2", "depot", PUMP, 1, NOW)
        move(uow, _move(PUMP, 1, "depot", "bench", "P-1"))
        assert uow.ledger.balance("bench", PUMP).defective == ("P-1",)


def test_count_task_is_closed_once_and_may_be_opened_again(world: Store) -> None:
    with world.writing() as uow:
        assert open_count_task(uow, "depot", FUSE, "A shelf fell down.", NOW)
        assert not open_count_task(uow, "depot", FUSE, "A shelf fell down.", NOW)
        (task,) = uow.count_tasks.find()
        closed = close_count_task(uow, task.task_id, "bench", NOW)
        assert closed == close_count_task(uow, task.task_id, "bench", NOW)
        assert closed.closed_at == NOW
        uow.outbox.stamp()
        kinds = [stamped.event.kind for stamped in uow.outbox.read(0, 100)]
        assert kinds.count("count_task.closed") == 1
        assert open_count_task(uow, "depot", FUSE, "And again.", NOW)


def test_reported_shortage_is_posted_against_unaccounted_and_counted(world: Store) -> None:
    with world.writing() as uow:
        move_reported(uow, _move(FUSE, 130, "depot", "van-anna"))
        assert _on_hand(uow, "van-anna", FUSE) == 130
        assert _on_hand(uow, "depot", FUSE) == 0
        assert _on_hand(uow, UNACCOUNTED, FUSE) == -30
        assert [task.location_id for task in uow.count_tasks.find()] == ["depot"]


def test_serial_reported_from_another_place_is_corrected_and_both_places_counted(world: Store) -> None:
    with world.writing() as uow:
        move(uow, _move(PUMP, 1, "depot", "bench", "P-1"))
        move_reported(uow, _move(PUMP, 1, "depot", "van-anna", "P-1"))
        assert uow.ledger.whereabouts("P-1") == "van-anna"
        assert _on_hand(uow, "bench", PUMP) == 0
        assert _on_hand(uow, "depot", PUMP) == 1
        assert {task.location_id for task in uow.count_tasks.find()} == {"depot", "bench"}
        assert uow.custody.faults("P-1") == []


def test_unknown_serial_that_is_reported_becomes_known(world: Store) -> None:
    with world.writing() as uow:
        move_reported(uow, _move(PUMP, 1, "depot", "van-anna", "P-77"))
        assert uow.ledger.whereabouts("P-77") == "van-anna"
        assert _on_hand(uow, "depot", PUMP) == 2


def test_reserved_pieces_are_not_promised_again(world: Store) -> None:
    with world.writing() as uow:
        reserve(uow, "order-1", "depot", PUMP, 1, NOW)
        second = reserve(uow, "order-2", "depot", PUMP, 1, NOW)
        assert second.serials == ("P-2",)
        with pytest.raises(OutOfStock):
            reserve(uow, "order-3", "depot", PUMP, 1, NOW)
        release(uow, "order-1", NOW)
        assert reserve(uow, "order-3", "depot", PUMP, 1, NOW).serials == ("P-1",)


def test_expired_reservation_comes_back(world: Store) -> None:
    with world.writing() as uow:
        reserve(uow, "order-1", "depot", FUSE, 100, NOW, expires_at=NOW)
        assert uow.ledger.balance("depot", FUSE).available == 0
        assert expire_reservations(uow, NOW) == 1
        assert uow.ledger.balance("depot", FUSE).available == 100


def test_concurrent_requests_never_reserve_a_piece_twice(world: Store) -> None:
    with world.writing() as uow:
        stock_up(uow, "depot", PUMP, 8, *(f"R-{n}" for n in range(8)))
        orders = [order_pump(uow).order_id for _ in range(24)]
        uow.commit()
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def compete(mine: list[str]) -> None:
        start.wait()
        for order_id in mine:
            with world.writing() as uow:
                try:
                    assign(uow, order_id, "anna", "depot", NOW, NOW)
                    uow.commit()
                    outcomes.append("reserved")
                except OutOfStock:
                    outcomes.append("refused")

    threads = [threading.Thread(target=compete, args=(orders[n::8],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 14 + ["reserved"] * 10
    with world.reading() as uow:
        reserved = [s for r in uow.reservations.find(released_at=None) for s in r.serials]
        assert len(reserved) == len(set(reserved)) == 10
        assert uow.ledger.balance("depot", PUMP).available == 0


def test_piece_that_was_taken_by_another_is_set_aside_no_more(world: Store) -> None:
    with world.writing() as uow:
        reserve(uow, "order-1", "depot", PUMP, 1, NOW)
        reserve(uow, "order-2", "depot", FUSE, 60, NOW)
        reserve(uow, "order-3", "depot", FUSE, 40, NOW + timedelta(minutes=1))
        move_reported(uow, _move(PUMP, 1, "depot", "van-anna", "P-1"))
        move_reported(uow, _move(FUSE, 20, "depot", "van-anna"))
        assert [r.order_id for r in uow.reservations.find(released_at=None)] == ["order-2"]
        assert uow.ledger.balance("depot", PUMP).serials == ("P-2",)
        assert uow.ledger.balance("depot", FUSE).available == 20


def test_who_took_what_was_set_aside_for_it_leaves_the_others_theirs(world: Store) -> None:
    with world.writing() as uow:
        reserve(uow, "order-1", "depot", FUSE, 60, NOW)
        reserve(uow, "order-2", "depot", FUSE, 40, NOW + timedelta(minutes=1))
        move_reported(uow, replace(_move(FUSE, 60, "depot", "van-anna"), reference="order-1"))
        assert [r.order_id for r in uow.reservations.find(released_at=None)] == ["order-2"]


def test_unscanned_piece_is_taken_for_a_free_one_before_one_that_is_set_aside(world: Store) -> None:
    with world.writing() as uow:
        assert reserve(uow, "order-1", "depot", PUMP, 1, NOW).serials == ("P-1",)
        assert move_reported(uow, _move(PUMP, 1, "depot", "van-anna")).serials == ("P-2",)


def test_unit_that_went_back_to_its_supplier_is_known_to_be_there(world: Store) -> None:
    with world.writing() as uow:
        move(uow, _move(PUMP, 1, "depot", "supplier", "P-1"))
        assert uow.ledger.whereabouts("P-1") == "supplier"
        move_reported(uow, _move(PUMP, 1, "bench", "van-anna", "P-1"))
        assert _on_hand(uow, "supplier", PUMP) == -2
        assert {task.location_id for task in uow.count_tasks.find()} == {"supplier", "bench"}


def test_report_and_transfer_of_one_serial_at_the_same_moment_move_it_once_each(world: Store) -> None:
    serials = tuple(f"R-{n}" for n in range(12))
    with world.writing() as uow:
        stock_up(uow, "depot", PUMP, len(serials), *serials)
        uow.commit()
    start = threading.Barrier(2)

    def do(way: Callable[[SqlUnitOfWork, Movement], object], from_id: str, to_id: str) -> None:
        start.wait()
        for serial in serials:
            with world.writing() as uow, contextlib.suppress(SerialElsewhere, OutOfStock, Conflict):
                way(uow, _move(PUMP, 1, from_id, to_id, serial))
                uow.commit()

    threads = [
        threading.Thread(target=do, args=(move, "depot", "bench")),
        threading.Thread(target=do, args=(move_reported, "locker-schaan-c1", "van-anna")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with world.reading() as uow:
        assert _on_hand(uow, "depot", PUMP) >= 2
        assert all(_on_hand(uow, place, PUMP) >= 0 for place in ("bench", "van-anna", "locker-schaan-c1"))
        whole = [uow.ledger.balance(place, PUMP).on_hand for place in ("depot", "bench", "van-anna")]
        assert sum(whole) == len(serials) + 2
        assert all(uow.custody.faults(serial) == [] for serial in serials)


def test_balances_equal_the_sum_of_moves_after_many_random_operations(sqlite_store: Store) -> None:
    chance = random.Random(7)
    places = ["depot", "bench", "van-anna", "hospital"]
    expected = dict.fromkeys(places, 0)
    with sqlite_store.writing() as uow:
        build_world(uow)
        for _ in range(400):
            source, target = chance.sample(places, 2)
            quantity = chance.randint(1, 9)
            if chance.random() < 0.3:
                stock_up(uow, source, FUSE, quantity)
                expected[source] += quantity
                continue
            try:
                move(uow, _move(FUSE, quantity, source, target))
            except OutOfStock:
                assert expected[source] < quantity
                assert source != "hospital"
                continue
            expected[source] -= quantity
            expected[target] += quantity
        assert {place: _on_hand(uow, place, FUSE) for place in places} == expected
        assert sum(balance.on_hand for balance in uow.ledger.balances(part_number=FUSE)) == 0
