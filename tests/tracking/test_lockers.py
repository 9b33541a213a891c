from __future__ import annotations

from datetime import timedelta

import pytest

from tests.world import NOW, PUMP, build_world, order_pump, stock_up
from tracking.fleet.publishing import PlannedStep, PlannedStop, replace_route
from tracking.fleet.stops import StepKind
from tracking.lockers.locker import (
    Compartment,
    CompartmentFaulty,
    DoorState,
    Locker,
    LockerOffline,
    NothingToWithdraw,
    WithdrawalState,
)
from tracking.lockers.service import (
    authorise_withdrawal,
    clear_fault,
    connection_reported,
    door_reported,
    expire_withdrawals,
    finish_withdrawal,
    jam_reported,
    reply_reported,
    state_reported,
)
from tracking.orders import service as orders
from tracking.store.unit_of_work import SqlUnitOfWork, Store

LOCKER = "locker-schaan"


@pytest.fixture
def world(store: Store) -> Store:
    with store.writing() as uow:
        build_world(uow)
        stock_up(uow, "locker-schaan-c1", PUMP, 1, "P-1")
        connection_reported(uow, LOCKER, True, "session-1", 1, NOW)
        order = order_pump(uow)
        orders.assign(uow, order.order_id, "anna", "locker-schaan-c1", NOW, NOW)
        step = PlannedStep(StepKind.PICKUP, order.order_id, "locker-schaan-c1")
        replace_route(uow, "anna", [PlannedStop(LOCKER, NOW, NOW, (step,))], NOW)
        uow.commit()
    return store


def _step(store: Store) -> str:
    with store.reading() as uow:
        (order,) = uow.orders.find()
    return f"pickup:{order.order_id}"


def _state(store: Store) -> WithdrawalState:
    with store.reading() as uow:
        (withdrawal,) = uow.withdrawals.find()
    return withdrawal.state


def _alerts(uow: SqlUnitOfWork) -> list[str]:
    uow.outbox.stamp()
    events = [stamped.event for stamped in uow.outbox.read(0, 100)]
    return [str(event.data["cause"]) for event in events if event.kind == "alert.raised"]


def test_withdrawal_goes_from_authorised_over_opened_to_closed(world: Store) -> None:
    step = _step(world)
    with world.writing() as uow:
        first = authorise_withdrawal(uow, "w-1", "anna", step, NOW)
        again = authorise_withdrawal(uow, "w-1", "anna", step, NOW)
        assert first == again
        (command,) = uow.locker_commands.find()
        assert (command.session, command.compartment, command.action) == ("session-1", "1", "open")
        door_reported(uow, LOCKER, "1", DoorState.OPEN, command.command_id, NOW)
        assert uow.withdrawals.require("w-1").state is WithdrawalState.OPENED
        door_reported(uow, LOCKER, "1", DoorState.CLOSED, None, NOW + timedelta(seconds=5))
        uow.commit()
    assert _state(world) is WithdrawalState.CLOSED


def test_close_that_comes_before_its_open_still_counts(world: Store) -> None:
    with world.writing() as uow:
        authorise_withdrawal(uow, "w-1", "anna", _step(world), NOW)
        door_reported(uow, LOCKER, "1", DoorState.CLOSED, None, NOW + timedelta(seconds=5))
        door_reported(uow, LOCKER, "1", DoorState.OPEN, None, NOW)
        uow.commit()
        assert uow.compartments.require(LOCKER, "1").door is DoorState.CLOSED
    assert _state(world) is WithdrawalState.CLOSED


def test_door_that_nobody_may_open_becomes_a_count_task_and_an_alert(world: Store) -> None:
    with world.writing() as uow:
        door_reported(uow, LOCKER, "2", DoorState.OPEN, None, NOW)
        uow.outbox.stamp()
        assert [task.location_id for task in uow.count_tasks.find()] == ["locker-schaan-c2"]
        assert "alert.raised" in [s.event.kind for s in uow.outbox.read(0, 100)]


def test_every_door_that_nobody_may_open_is_an_alert_although_one_count_is_enough(world: Store) -> None:
    with world.writing() as uow:
        for minute in range(3):
            at = NOW + timedelta(minutes=minute)
            door_reported(uow, LOCKER, "2", DoorState.OPEN, None, at)
        assert len(uow.count_tasks.find()) == 1
        assert _alerts(uow) == ["Door 2 opened without an authorisation."] * 3


def test_second_request_for_the_same_order_opens_nothing_while_the_first_is_pending(world: Store) -> None:
    with world.writing() as uow:
        first = authorise_withdrawal(uow, "w-1", "anna", _step(world), NOW)
        assert authorise_withdrawal(uow, "w-2", "anna", _step(world), NOW) == first
        door_reported(uow, LOCKER, "1", DoorState.OPEN, first.command_id, NOW)
        later = NOW + timedelta(minutes=5)
        assert authorise_withdrawal(uow, "w-3", "anna", _step(world), later).withdrawal_id == "w-1"
        assert len(uow.locker_commands.find()) == 1


def test_request_after_a_lost_command_opens_again(world: Store) -> None:
    with world.writing() as uow:
        authorise_withdrawal(uow, "w-1", "anna", _step(world), NOW)
        again = authorise_withdrawal(uow, "w-2", "anna", _step(world), NOW + timedelta(minutes=1))
        assert again.withdrawal_id == "w-2"
        assert uow.withdrawals.require("w-1").state is WithdrawalState.EXPIRED


def test_door_moves_the_pending_withdrawal_and_none_that_is_over(world: Store) -> None:
    with world.writing() as uow:
        old = authorise_withdrawal(uow, "a-1", "anna", _step(world), NOW)
        finish_withdrawal(uow, "locker-schaan-c1", old.order_id, NOW)
        new = authorise_withdrawal(uow, "b-1", "anna", _step(world), NOW)
        door_reported(uow, LOCKER, "1", DoorState.CLOSED, old.command_id, NOW)
        assert uow.withdrawals.require("a-1").state is WithdrawalState.SCANNED
        door_reported(uow, LOCKER, "1", DoorState.OPEN, None, NOW)
        assert uow.withdrawals.require("b-1").state is WithdrawalState.OPENED
        assert new.withdrawal_id == "b-1"
        assert _alerts(uow) == []


def test_withdrawal_left_open_expires_with_an_alert(world: Store) -> None:
    with world.writing() as uow:
        withdrawal = authorise_withdrawal(uow, "w-1", "anna", _step(world), NOW)
        door_reported(uow, LOCKER, "1", DoorState.OPEN, withdrawal.command_id, NOW)
        assert expire_withdrawals(uow, NOW + timedelta(minutes=15)) == 1
        assert uow.withdrawals.require("w-1").state is WithdrawalState.EXPIRED
        assert len(_alerts(uow)) == 1
        assert expire_withdrawals(uow, NOW + timedelta(minutes=16)) == 0


@pytest.mark.parametrize("result", ["refused", "failed"])
def test_locker_that_cannot_open_fails_the_withdrawal(world: Store, result: str) -> None:
    with world.writing() as uow:
        withdrawal = authorise_withdrawal(uow, "w-1", "anna", _step(world), NOW)
        reply_reported(uow, LOCKER, withdrawal.command_id, result, "jammed", NOW)
        failed = uow.withdrawals.require("w-1")
        assert (failed.state, failed.failure) == (WithdrawalState.FAILED, "jammed")


def test_reply_of_another_locker_changes_nothing(world: Store) -> None:
    with world.writing() as uow:
        withdrawal = authorise_withdrawal(uow, "w-1", "anna", _step(world), NOW)
        reply_reported(uow, "locker-elsewhere", withdrawal.command_id, "failed", "jammed", NOW)
        assert uow.withdrawals.require("w-1") == withdrawal
        assert uow.locker_commands.require(withdrawal.command_id).result is None


def test_door_that_opened_in_time_and_is_heard_of_late_is_its_withdrawals(world: Store) -> None:
    opened_at, closed_at = NOW + timedelta(seconds=20), NOW + timedelta(seconds=40)
    with world.writing() as uow:
        withdrawal = authorise_withdrawal(uow, "w-1", "anna", _step(world), NOW)
        assert expire_withdrawals(uow, NOW + timedelta(minutes=15)) == 1
        door_reported(uow, LOCKER, "1", DoorState.OPEN, withdrawal.command_id, opened_at)
        door_reported(uow, LOCKER, "1", DoorState.CLOSED, withdrawal.command_id, closed_at)
        known = uow.withdrawals.require("w-1")
        assert (known.state, known.opened_at, known.closed_at) == (
            WithdrawalState.CLOSED,
            opened_at,
            closed_at,
        )
        assert expire_withdrawals(uow, NOW + timedelta(minutes=30)) == 1
        assert (uow.withdrawals.require("w-1").closed_at, _alerts(uow)) == (closed_at, [])


def test_door_of_a_lost_command_moves_the_request_that_came_after_it(world: Store) -> None:
    with world.writing() as uow:
        lost = authorise_withdrawal(uow, "w-1", "anna", _step(world), NOW)
        authorise_withdrawal(uow, "w-2", "anna", _step(world), NOW + timedelta(minutes=1))
        door_reported(uow, LOCKER, "1", DoorState.OPEN, lost.command_id, NOW)
        assert uow.withdrawals.require("w-1").state is WithdrawalState.EXPIRED
        assert uow.withdrawals.require("w-2").state is WithdrawalState.OPENED


def test_withdrawal_expires_when_nobody_finishes_it(world: Store) -> None:
    with world.writing() as uow:
        authorise_withdrawal(uow, "w-1", "anna", _step(world), NOW)
        assert expire_withdrawals(uow, NOW + timedelta(minutes=14)) == 0
        assert expire_withdrawals(uow, NOW + timedelta(minutes=15)) == 1


def test_other_courier_or_other_step_opens_nothing(world: Store) -> None:
    with world.writing() as uow:
        for courier_id, step in (("ben", _step(world)), ("anna", "delivery:x"), ("anna", "pickup:x")):
            with pytest.raises(NothingToWithdraw):
                authorise_withdrawal(uow, "w-1", courier_id, step, NOW)
        assert uow.locker_commands.find() == []


def test_locker_that_is_away_gets_no_command(world: Store) -> None:
    with world.writing() as uow:
        connection_reported(uow, LOCKER, False, "session-1", 1, NOW)
        with pytest.raises(LockerOffline):
            authorise_withdrawal(uow, "w-1", "anna", _step(world), NOW)


def test_jammed_compartment_is_used_no_more(world: Store) -> None:
    with world.writing() as uow:
        jam_reported(uow, LOCKER, "1", NOW)
        with pytest.raises(CompartmentFaulty):
            authorise_withdrawal(uow, "w-1", "anna", _step(world), NOW)


def test_repaired_compartment_is_used_again(world: Store) -> None:
    with world.writing() as uow:
        jam_reported(uow, LOCKER, "1", NOW)
        assert clear_fault(uow, LOCKER, "1", NOW).fault is None
        assert clear_fault(uow, LOCKER, "1", NOW).fault is None
        authorise_withdrawal(uow, "w-1", "anna", _step(world), NOW)
        uow.outbox.stamp()
        kinds = [stamped.event.kind for stamped in uow.outbox.read(0, 100)]
        assert kinds.count("locker.fault_cleared") == 1


def test_will_of_an_older_connection_changes_nothing(world: Store) -> None:
    with world.writing() as uow:
        connection_reported(uow, LOCKER, True, "session-2", 2, NOW)
        connection_reported(uow, LOCKER, False, "session-1", 1, NOW)
        locker = uow.lockers.require(LOCKER)
        assert (locker.online, locker.session) == (True, "session-2")


def test_older_state_report_leaves_the_newer_one(world: Store) -> None:
    later = NOW + timedelta(minutes=1)
    with world.writing() as uow:
        for at, temperature, door in ((later, 20.0, DoorState.OPEN), (NOW, 5.0, DoorState.CLOSED)):
            report = Locker(LOCKER, last_heard_at=at, reported_at=at, temperature_c=temperature)
            state_reported(uow, report, [Compartment(LOCKER, "1", door, at)])
        locker = uow.lockers.require(LOCKER)
        assert (locker.temperature_c, locker.last_heard_at) == (20.0, later)
        assert uow.compartments.require(LOCKER, "1").door is DoorState.OPEN
