from __future__ import annotations

from datetime import timedelta

import pytest

from tests.world import NOW, PUMP, build_world, order_pump, stock_up
from tracking.fleet.publishing import PlannedStep, PlannedStop, replace_route
from tracking.fleet.stops import StepKind
from tracking.lockers.locker import DoorState, NothingToWithdraw, WithdrawalState
from tracking.lockers.offline_codes import CODE_WINDOW, NoOfflineKey, OfflineCodesExhausted
from tracking.lockers.offline_opening import code_locked, code_used, issue_offline_code, offline_keys
from tracking.lockers.service import authorise_by_code, door_reported, expire_withdrawals
from tracking.orders import service as orders
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.errors import InvalidValue

LOCKER = "locker-schaan"
LATER = NOW + timedelta(hours=3)


@pytest.fixture
def world(sqlite_store: Store) -> Store:
    with sqlite_store.writing() as uow:
        build_world(uow)
        stock_up(uow, "locker-schaan-c1", PUMP, 1, "P-1")
        order = order_pump(uow)
        orders.assign(uow, order.order_id, "anna", "locker-schaan-c1", NOW, NOW)
        step = PlannedStep(StepKind.PICKUP, order.order_id, "locker-schaan-c1")
        replace_route(uow, "anna", [PlannedStop(LOCKER, NOW, NOW, (step,))], NOW)
        offline_keys(uow, LOCKER)
        uow.commit()
    return sqlite_store


def _issue(uow: SqlUnitOfWork, courier_id: str = "anna", compartment: str = "1") -> int:
    code, _ = issue_offline_code(uow, LOCKER, compartment, courier_id, "no radio", "dispatcher", NOW)
    return code.counter


def _events(uow: SqlUnitOfWork) -> list[str]:
    uow.outbox.stamp()
    return [stamped.event.kind for stamped in uow.outbox.read(0, 1000)]


def _step(uow: SqlUnitOfWork) -> str:
    return f"pickup:{uow.orders.find()[0].order_id}"


def test_every_compartment_gets_a_key_of_its_own_and_keeps_it(world: Store) -> None:
    with world.writing() as uow:
        keys = offline_keys(uow, LOCKER)
        assert [len(bytes.fromhex(key)) for key in keys.values()] == [20, 20]
        assert len(set(keys.values())) == 2
        assert offline_keys(uow, LOCKER) == keys
        assert keys["1"] not in repr(uow.compartments.require(LOCKER, "1"))


def test_codes_count_upwards_and_the_same_courier_gets_the_same_until_it_is_used(world: Store) -> None:
    with world.writing() as uow:
        assert [_issue(uow), _issue(uow), _issue(uow, "ben"), _issue(uow, "ben", "2")] == [0, 0, 1, 0]
        code_used(uow, LOCKER, "1", "0", LATER)
        assert _issue(uow) == 2
        (used,) = [code for code in uow.offline_codes.find() if code.used_at]
        assert (used.courier_id, used.counter, used.used_at) == ("anna", 0, LATER)
        kinds = _events(uow)
        assert (kinds.count("locker.offline_code_issued"), kinds.count("locker.offline_code_used")) == (4, 1)


def test_using_a_later_code_spends_the_earlier_ones(world: Store) -> None:
    with world.writing() as uow:
        assert [_issue(uow), _issue(uow, "ben")] == [0, 1]
        code_used(uow, LOCKER, "1", "1", LATER)
        code_used(uow, LOCKER, "1", "1", LATER)
        assert uow.compartments.require(LOCKER, "1").offline_used == 2
        assert _issue(uow) == 2


def test_code_that_was_never_given_out_is_an_alert_and_moves_the_counter(world: Store) -> None:
    with world.writing() as uow:
        code_used(uow, LOCKER, "1", "7", LATER)
        assert "alert.raised" in _events(uow)
        assert _issue(uow) == 8


def test_no_more_codes_are_out_than_the_locker_looks_ahead(world: Store) -> None:
    with world.writing() as uow:
        for number in range(CODE_WINDOW):
            assert _issue(uow, f"courier-{number}") == number
        with pytest.raises(OfflineCodesExhausted):
            _issue(uow)
        code_used(uow, LOCKER, "1", "3", LATER)
        assert _issue(uow) == CODE_WINDOW


def test_locker_without_keys_gets_no_codes(world: Store) -> None:
    with world.writing() as uow:
        for name in ("1", "2"):
            uow.compartments.save(type(uow.compartments.require(LOCKER, name))(LOCKER, name))
        with pytest.raises(NoOfflineKey):
            _issue(uow)


def test_opening_by_code_belongs_to_its_withdrawal_however_late_we_hear_of_it(world: Store) -> None:
    with world.writing() as uow:
        code, key = authorise_by_code(uow, "anna", _step(uow), "no radio", "dispatcher", NOW)
        assert key.hex() == uow.compartments.require(LOCKER, "1").offline_key_hex
        assert authorise_by_code(uow, "anna", _step(uow), "no radio", "dispatcher", NOW)[0] == code
        assert expire_withdrawals(uow, NOW + timedelta(hours=1)) == 1
        at = NOW + timedelta(minutes=2)
        door_reported(uow, LOCKER, "1", DoorState.CLOSED, None, at + timedelta(seconds=9), "0")
        code_used(uow, LOCKER, "1", "0", at)
        door_reported(uow, LOCKER, "1", DoorState.OPEN, None, at, "0")
        (withdrawal,) = uow.withdrawals.find()
        assert withdrawal.state is WithdrawalState.CLOSED
        assert uow.count_tasks.find() == []
        assert uow.locker_commands.find() == []


def test_other_couriers_step_gets_no_code(world: Store) -> None:
    with world.writing() as uow:
        with pytest.raises(NothingToWithdraw):
            authorise_by_code(uow, "ben", _step(uow), "no radio", "dispatcher", NOW)
        assert uow.offline_codes.find() == []


@pytest.mark.parametrize("counter", [None, "", "-1", "x", "1e3", "9" * 16, "²"])
def test_used_code_without_a_counter_is_refused(world: Store, counter: str | None) -> None:
    with world.writing() as uow, pytest.raises(InvalidValue):
        code_used(uow, LOCKER, "1", counter, NOW)


def test_door_that_names_something_else_than_a_code_of_ours_is_unauthorised(world: Store) -> None:
    with world.writing() as uow:
        for code in ("nonsense", "99"):
            door_reported(uow, LOCKER, "2", DoorState.OPEN, None, NOW, code)
        assert len(uow.count_tasks.find()) == 1


def test_compartment_that_is_locked_after_wrong_codes_is_an_alert(world: Store) -> None:
    with world.writing() as uow:
        code_locked(uow, LOCKER, "1", NOW)
        assert "alert.raised" in _events(uow)
