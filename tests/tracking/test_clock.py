from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from routing.dispatch.snapshot import take_snapshot
from tests.world import NOW, PUMP, build_world, order_pump, stock_up
from tracking.fleet.publishing import PlannedStep, PlannedStop, replace_route
from tracking.fleet.reporting import receive_report
from tracking.fleet.reports import Report, ReportKind
from tracking.fleet.stops import StepKind
from tracking.orders import clock
from tracking.orders import service as orders
from tracking.orders.calendar import ServiceCalendar
from tracking.orders.contracts import add_calendar, add_contract
from tracking.orders.order import Order, OrderState, Urgency
from tracking.orders.risk import warn_of_late_orders
from tracking.orders.sla import Contract, PauseReason
from tracking.store.unit_of_work import Store
from tracking.values.errors import AlreadyExists, InvalidValue, NotFound, TransitionRefused
from tracking.values.ids import new_id

HOUR = timedelta(hours=1)
OFFICE = ServiceCalendar("office", "Office hours", "Europe/Vaduz", "Mo-Fr 08:00-17:00", "LI")
IN_OFFICE_HOURS = Contract("office-two-hours", "Two office hours", 7200, calendar_id="office")


@pytest.fixture
def world(store: Store) -> Store:
    with store.writing() as uow:
        build_world(uow)
        stock_up(uow, "depot", PUMP, 1, "P-1")
        add_calendar(uow, OFFICE)
        add_contract(uow, IN_OFFICE_HOURS)
        uow.commit()
    return store


def _order(store: Store) -> Order:
    with store.writing() as uow:
        order = order_pump(uow)
        uow.commit()
    return order


def _pause(store: Store, order: Order, at: datetime) -> Order:
    with store.writing() as uow:
        changed = clock.pause(uow, order.order_id, PauseReason.SITE_CLOSED, "", "desk", at)
        uow.commit()
    return changed


def _resume(store: Store, order: Order, at: datetime) -> Order:
    with store.writing() as uow:
        changed = clock.resume(uow, order.order_id, "dispatcher", at)
        uow.commit()
    return changed


def test_order_is_due_by_the_calendar_of_its_contract(world: Store) -> None:
    friday = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)
    with world.writing() as uow:
        order = orders.place(
            uow,
            site_id="hospital",
            part_number=PUMP,
            quantity=1,
            contract_id="office-two-hours",
            urgency=Urgency.CRITICAL,
            requested_by="desk",
            at=friday,
        )
    assert order.due_at == datetime(2026, 3, 9, 8, 0, tzinfo=UTC)


def test_contract_needs_a_calendar_that_exists_and_a_name_of_its_own(world: Store) -> None:
    with world.writing() as uow:
        with pytest.raises(NotFound, match="nowhere"):
            add_contract(uow, replace(IN_OFFICE_HOURS, contract_id="other", calendar_id="nowhere"))
        with pytest.raises(AlreadyExists):
            add_contract(uow, IN_OFFICE_HOURS)
        with pytest.raises(AlreadyExists):
            add_calendar(uow, OFFICE)


def test_pause_and_resumption_are_kept_with_who_and_why_and_postpone_the_due_time(world: Store) -> None:
    order = _order(world)
    _pause(world, order, NOW + HOUR)
    resumed = _resume(world, order, NOW + 3 * HOUR)
    assert (resumed.due_at, resumed.paused_at) == (order.due_at + 2 * HOUR, None)
    with world.reading() as uow:
        (pause,) = uow.pauses.find(order_id=order.order_id)
        assert uow.orders.require(order.order_id).due_at == order.due_at + 2 * HOUR
    assert (pause.from_at, pause.to_at) == (NOW + HOUR, NOW + 3 * HOUR)
    assert (pause.reason, pause.paused_by, pause.resumed_by) == ("site_closed", "desk", "dispatcher")


def test_clock_is_paused_once_and_resumed_once(world: Store) -> None:
    order = _order(world)
    with pytest.raises(TransitionRefused, match="not paused"):
        _resume(world, order, NOW)
    _pause(world, order, NOW)
    with pytest.raises(TransitionRefused, match="paused"):
        _pause(world, order, NOW)
    _resume(world, order, NOW)
    with pytest.raises(TransitionRefused, match="not paused"):
        _resume(world, order, NOW)


def test_another_reason_has_to_be_told(world: Store) -> None:
    order = _order(world)
    with world.writing() as uow:
        with pytest.raises(InvalidValue, match="needs a note"):
            clock.pause(uow, order.order_id, PauseReason.OTHER, " ", "desk", NOW)
        clock.pause(uow, order.order_id, PauseReason.OTHER, "Flood in the street", "desk", NOW)


def test_paused_order_does_not_run_late(world: Store) -> None:
    order = _order(world)
    _pause(world, order, NOW + HOUR)
    with world.writing() as uow:
        assert warn_of_late_orders(uow, NOW + 5 * HOUR, UTC) == 0
        uow.commit()
    _resume(world, order, NOW + 5 * HOUR)
    with world.writing() as uow:
        assert warn_of_late_orders(uow, NOW + 5 * HOUR, UTC) == 0
        assert warn_of_late_orders(uow, NOW + 6 * HOUR + timedelta(seconds=1), UTC) == 1


def test_order_that_was_reported_late_is_reported_anew_when_a_pause_has_given_it_time(world: Store) -> None:
    order = _order(world)
    with world.writing() as uow:
        orders.predict(uow, order.order_id, NOW + 3 * HOUR)
        assert warn_of_late_orders(uow, NOW, UTC) == 1
        uow.commit()
    _pause(world, order, NOW + HOUR)
    assert _resume(world, order, NOW + 3 * HOUR).alerted_at is None


def test_planning_counts_with_the_pause_until_now(world: Store) -> None:
    order = _order(world)
    _pause(world, order, NOW + HOUR)
    with world.reading() as uow:
        (seen,) = take_snapshot(uow, NOW + 2 * HOUR).orders
        assert seen.due_at == order.due_at + HOUR
        assert uow.orders.require(order.order_id).due_at == order.due_at


def test_cancelling_ends_the_pause(world: Store) -> None:
    order = _order(world)
    _pause(world, order, NOW)
    with world.writing() as uow:
        cancelled = orders.cancel(uow, order.order_id, "Runs again", "desk", NOW + HOUR)
        (pause,) = uow.pauses.find(order_id=order.order_id)
        uow.commit()
    assert (cancelled.paused_at, pause.to_at, pause.resumed_by) == (None, NOW + HOUR, "desk")
    with pytest.raises(TransitionRefused, match="cancelled"):
        _pause(world, order, NOW + HOUR)


def test_hand_over_ends_the_pause_at_the_time_of_the_hand_over(world: Store) -> None:
    order = _order(world)
    with world.writing() as uow:
        orders.assign(uow, order.order_id, "anna", "depot", NOW + HOUR, NOW)
        steps = (
            PlannedStep(StepKind.PICKUP, order.order_id, "depot"),
            PlannedStep(StepKind.DELIVERY, order.order_id, "hospital"),
        )
        stops = [PlannedStop(step.location_id, NOW, NOW, (step,)) for step in steps]
        replace_route(uow, "anna", stops, NOW)
        uow.commit()
    _pause(world, order, NOW + HOUR)
    handed_over_at, heard_at = NOW + 2.5 * HOUR, NOW + 4 * HOUR
    for kind in (ReportKind.PICKED_UP, ReportKind.DELIVERED):
        name = "pickup" if kind is ReportKind.PICKED_UP else "delivery"
        step_id = f"{name}:{order.order_id}"
        report = Report(new_id(), "anna", 1, kind, handed_over_at, heard_at, 0.0, step_id=step_id)
        receive_report(world.writing, replace(report, serials=("P-1",)))
    with world.reading() as uow:
        done = uow.orders.require(order.order_id)
        (pause,) = uow.pauses.find(order_id=order.order_id)
    assert (done.state, done.stopped_at, done.breached) == (OrderState.DELIVERED, handed_over_at, False)
    assert done.due_at == order.due_at + 1.5 * HOUR
    assert (pause.to_at, pause.resumed_by) == (handed_over_at, "anna")
