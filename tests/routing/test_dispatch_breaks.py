"""Breaks in the plan in force: they come inside their windows, and what is promised leaves room for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from routing.check import violations
from tests.routing.test_dispatch import Planner
from tests.world import NOW, PUMP, build_world, order_pump, stock_up
from tracking.fleet.breaks import Break, BreakTimes
from tracking.fleet.reports import ReportKind
from tracking.fleet.service import end_shift, open_shift
from tracking.fleet.stops import StepKind, step_id
from tracking.lockers.service import connection_reported
from tracking.store.unit_of_work import Store

HALF_HOUR = timedelta(minutes=30)


def _planner(store: Store, *breaks: tuple[int, int], **limits: int) -> Planner:
    """Return a planner with an order, and with Ben alone, who rests for half an hour in these minutes."""
    minutes = timedelta(minutes=1)
    with store.writing() as uow:
        build_world(uow)
        connection_reported(uow, "locker-schaan", True, "session-1", 1, NOW)
        stock_up(uow, "locker-schaan-c1", PUMP, 1, "P-1")
        end_shift(uow, "anna", NOW)
        times = [BreakTimes(NOW + a * minutes, NOW + b * minutes, 1_800) for a, b in breaks]
        open_shift(uow, "ben", NOW, NOW + timedelta(hours=8), NOW, times, **limits)
        order_pump(uow)
        uow.commit()
    return Planner(store)


def _break(planner: Planner) -> Break:
    with planner.store.reading() as uow:
        return uow.breaks.find()[0]


def _predicted(planner: Planner) -> datetime:
    planner.run()
    in_force = planner.dispatcher.in_force
    assert in_force is not None
    assert list(violations(in_force.modelled.problem, in_force.plan)) == []
    with planner.store.reading() as uow:
        (order,) = uow.orders.find()
    assert order.predicted_at is not None, order.unserved_reason
    return order.predicted_at


def _minutes(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_break_is_planned_in_its_window_and_delays_what_comes_after(store: Store) -> None:
    planner = _planner(store, (5, 15))
    predicted = _predicted(planner)
    planned_at = _break(planner).planned_at
    assert planned_at is not None
    assert _minutes(5) <= planned_at <= _minutes(15)
    assert predicted >= planned_at + HALF_HOUR
    with planner.store.reading() as uow:
        stops = uow.stops.find(courier_id="ben")
    assert all(stop.departs_at <= planned_at or stop.departs_at >= planned_at + HALF_HOUR for stop in stops)


def test_break_after_the_end_of_the_route_is_not_planned(store: Store) -> None:
    planner = _planner(store, (240, 300))
    assert _predicted(planner) < _minutes(60)
    assert _break(planner).planned_at is None


def test_courier_who_takes_the_break_drives_on_when_it_is_over(store: Store) -> None:
    planner = _planner(store, (5, 60))
    without = _predicted(planner)
    assert without < _minutes(60)
    planner.now = _minutes(6)
    planner.report("ben", ReportKind.BREAK_STARTED, break_id=_break(planner).break_id)
    during = _predicted(planner)
    assert during >= _minutes(36)
    planner.now = _minutes(12)
    planner.report("ben", ReportKind.BREAK_ENDED, break_id=_break(planner).break_id)
    assert _predicted(planner) == during - timedelta(minutes=24)


def test_break_that_is_overdue_comes_at_once_until_it_is_missed(store: Store) -> None:
    planner = _planner(store, (0, 10))
    planner.now = _minutes(20)
    assert _predicted(planner) >= _minutes(50)
    assert _break(planner).planned_at == planner.now
    planner.now = _minutes(41)
    assert _predicted(planner) < _minutes(41 + 30)
    assert _break(planner).planned_at == _minutes(20)


def test_overdue_break_pushes_the_next_one_back(store: Store) -> None:
    planner = _planner(store, (0, 5), (10, 40))
    planner.now = _minutes(30)
    assert _predicted(planner) >= _minutes(60)
    with planner.store.reading() as uow:
        first, second = sorted(uow.breaks.find(), key=lambda each: each.earliest_at)
    assert first.planned_at == planner.now
    assert second.planned_at is None or second.planned_at >= planner.now + HALF_HOUR


def test_break_that_outlasts_a_shift_that_was_ended_early_stops_nobody(store: Store) -> None:
    planner = _planner(store, (60, 70))
    _predicted(planner)
    with planner.store.reading() as uow:
        (order,) = uow.orders.find()
    planner.report("ben", ReportKind.PICKED_UP, step_id=step_id(StepKind.PICKUP, order.order_id))
    planner.report("ben", ReportKind.BREAK_STARTED, break_id=_break(planner).break_id)
    planner.now = _minutes(5)
    with planner.store.writing() as uow:
        end_shift(uow, "ben", planner.now)
        uow.commit()
    planner.now = _minutes(6)
    assert _predicted(planner) >= _minutes(30)


def test_break_is_taken_before_it_is_owed_where_nobody_may_drive_on(store: Store) -> None:
    planner = _planner(store, (0, 240), max_stretch_s=3_600)
    _predicted(planner)
    assert _break(planner).planned_at is None
    planner.now = _minutes(2)
    with store.writing() as uow:
        (shift,) = uow.shifts.find(courier_id="ben")
        uow.shifts.save(replace(shift, max_stretch_s=600))
        uow.commit()
    _predicted(planner)
    planned_at = _break(planner).planned_at
    assert planned_at is not None
    assert planned_at < _minutes(30)


def test_driving_so_far_counts_against_the_limits_of_the_shift(store: Store) -> None:
    planner = _planner(store, max_driving_s=3_600)
    _predicted(planner)
    with store.reading() as uow:
        first = min(uow.stops.find(courier_id="ben"), key=lambda stop: stop.position)
    planner.report("ben", ReportKind.EN_ROUTE, stop_id=first.stop_id)
    planner.now = _minutes(50)
    planner.report("ben", ReportKind.ARRIVED, stop_id=first.stop_id)
    planner.run()
    assert planner.dispatcher.in_force is not None
    (ben,) = planner.dispatcher.in_force.modelled.problem.vehicles
    assert (ben.max_driving_s, ben.driven_s) == (600, 3_000)
    planner.now = _minutes(51)
    with store.writing() as uow:
        (shift,) = uow.shifts.find(courier_id="ben")
        uow.shifts.save(replace(shift, max_driving_s=3_010))
        order_pump(uow)
        stock_up(uow, "depot", PUMP, 1, "P-2")
        uow.commit()
    planner.run()
    with store.reading() as uow:
        codes = {order.unserved_code for order in uow.orders.find()}
    assert "driving_limit" in codes
