from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import NOW, PUMP, build_world, order_pump, stock_up
from tracking.fleet.publishing import PlannedStep, PlannedStop, replace_route
from tracking.fleet.reporting import receive_report
from tracking.fleet.reports import FailureReason, Report, ReportKind, VerdictKind
from tracking.fleet.stops import StepKind, StopState, step_id
from tracking.fleet.visits import Visit
from tracking.orders import clock
from tracking.orders import service as orders
from tracking.orders.causes import Cause, OrderMark, divided
from tracking.orders.order import Order
from tracking.orders.sla import Pause, PauseReason
from tracking.store.unit_of_work import Store
from tracking.values.ids import new_id

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(store: Store) -> Store:
    with store.writing() as uow:
        build_world(uow)
        stock_up(uow, "depot", PUMP, 1, "P-1")
        uow.commit()
    return store


def _at(minutes: float) -> datetime:
    return NOW + minutes * MINUTE


def _ordered(store: Store) -> Order:
    with store.writing() as uow:
        order = order_pump(uow)
        uow.commit()
    return order


def _plan(store: Store, order: Order, minute: float, *, on_board: bool = False) -> None:
    steps = [PlannedStep(StepKind.DELIVERY, order.order_id, "hospital")]
    with store.writing() as uow:
        if not on_board:
            orders.assign(uow, order.order_id, "anna", "depot", _at(110), _at(minute))
            steps.insert(0, PlannedStep(StepKind.PICKUP, order.order_id, "depot"))
        stops = [PlannedStop(step.location_id, _at(0), _at(0), (step,)) for step in steps]
        replace_route(uow, "anna", stops, _at(minute))
        uow.commit()


def _sent(store: Store, kind: ReportKind, minute: float, order: Order, **changes: object) -> None:
    with store.reading() as uow:
        stops = [stop for stop in uow.stops.find(courier_id="anna") if stop.state is not StopState.DONE]
        stop = min(stops, key=lambda stop: stop.position)
    report = Report(new_id(), "anna", 1, kind, _at(minute), _at(minute), 0.0, stop_id=stop.stop_id)
    if kind not in (ReportKind.EN_ROUTE, ReportKind.ARRIVED):
        job = StepKind.PICKUP if kind is ReportKind.PICKED_UP else StepKind.DELIVERY
        serials = () if kind is ReportKind.FAILED else ("P-1",)
        report = replace(report, stop_id=None, step_id=step_id(job, order.order_id), serials=serials)
    verdict = receive_report(store.writing, replace(report, **changes))  # type: ignore[arg-type]
    assert verdict.kind is VerdictKind.APPLIED, verdict


def _minutes(store: Store, order: Order, now: float = 0) -> dict[str, float]:
    with store.reading() as uow:
        spent = clock.causes_of(uow, uow.orders.require(order.order_id), _at(now))
    return {str(cause): time / MINUTE for cause, time in spent.items() if time}


def _delivered(store: Store) -> Order:
    """Have an order handed over after 60 minutes: planned at 5, under way from 10, there from 40 on."""
    order = _ordered(store)
    _plan(store, order, 5)
    _sent(store, ReportKind.EN_ROUTE, 10, order)
    _sent(store, ReportKind.PICKED_UP, 20, order)
    _sent(store, ReportKind.EN_ROUTE, 22, order)
    _sent(store, ReportKind.ARRIVED, 40, order)
    _sent(store, ReportKind.DELIVERED, 60, order)
    return order


def test_time_goes_to_dispatch_then_travel_then_the_site(world: Store) -> None:
    assert _minutes(world, _delivered(world)) == {"dispatch": 10, "travel": 30, "site_wait": 20}


def test_running_order_is_divided_until_now(world: Store) -> None:
    order = _ordered(world)
    assert _minutes(world, order, 7) == {"dispatch": 7}


@pytest.mark.parametrize(
    ("arrived", "departed", "expected"),
    [
        (35, None, {"dispatch": 10, "travel": 25, "site_wait": 25}),
        (45, 62, {"dispatch": 10, "travel": 35, "site_wait": 15}),
        (30, 38, {"dispatch": 10, "travel": 30, "site_wait": 20}),
    ],
    ids=["earlier than reported", "later than reported", "a visit before is none of the hand-over"],
)
def test_arrival_at_the_site_is_the_one_that_fixes_show(
    world: Store, arrived: int, departed: int | None, expected: dict[str, float]
) -> None:
    order = _delivered(world)
    with world.writing() as uow:
        left_at = None if departed is None else _at(departed)
        uow.visits.add(Visit(new_id(), "anna", "hospital", _at(arrived), left_at))
        uow.commit()
    assert _minutes(world, order) == expected


def test_order_without_a_source_waits_for_stock(world: Store) -> None:
    order = _ordered(world)
    with world.writing() as uow:
        orders.leave_out(uow, order.order_id, "no_stock", "None.", _at(1))
        orders.leave_out(uow, order.order_id, "no_stock", "None at all.", _at(2))
        orders.leave_out(uow, order.order_id, "shift", "Nobody.", _at(16))
        uow.commit()
    _plan(world, order, 20)
    assert _minutes(world, order, 30) == {"dispatch": 15, "stock": 15}


def test_customer_who_is_absent_costs_time_until_somebody_sets_out_again(world: Store) -> None:
    order = _ordered(world)
    _plan(world, order, 5)
    _sent(world, ReportKind.EN_ROUTE, 10, order)
    _sent(world, ReportKind.PICKED_UP, 20, order)
    _sent(world, ReportKind.ARRIVED, 40, order)
    _sent(world, ReportKind.FAILED, 45, order, reason=FailureReason.CUSTOMER_ABSENT)
    _plan(world, order, 50, on_board=True)
    _sent(world, ReportKind.EN_ROUTE, 75, order)
    _sent(world, ReportKind.DELIVERED, 90, order)
    assert _minutes(world, order) == {"dispatch": 10, "travel": 45, "site_wait": 5, "customer": 30}


def test_part_that_is_not_there_costs_time_until_another_source_is_found(world: Store) -> None:
    order = _ordered(world)
    _plan(world, order, 5)
    _sent(world, ReportKind.EN_ROUTE, 10, order)
    name = step_id(StepKind.PICKUP, order.order_id)
    _sent(world, ReportKind.FAILED, 20, order, reason=FailureReason.PART_MISSING, step_id=name)
    with world.writing() as uow:
        stock_up(uow, "depot", PUMP, 1, "P-2")
        uow.commit()
    _plan(world, order, 35)
    assert _minutes(world, order, 40) == {"dispatch": 15, "travel": 10, "stock": 15}


def test_pause_goes_before_what_else_happened(world: Store) -> None:
    order = _ordered(world)
    with world.writing() as uow:
        clock.pause(uow, order.order_id, PauseReason.SITE_CLOSED, "", "desk", _at(10))
        orders.leave_out(uow, order.order_id, "no_stock", "None.", _at(20))
        clock.resume(uow, order.order_id, "desk", _at(30))
        uow.commit()
    assert _minutes(world, order, 40) == {"dispatch": 10, "pause": 20, "stock": 10}


MOMENTS = st.integers(-100, 500).map(lambda n: NOW + timedelta(seconds=7.001 * n))


@given(
    until=st.integers(0, 400).map(lambda n: NOW + timedelta(seconds=7.001 * n)),
    marks=st.lists(st.tuples(MOMENTS, st.sampled_from(list(Cause))), max_size=12),
    pauses=st.lists(st.tuples(MOMENTS, st.none() | MOMENTS), max_size=4),
)
def test_causes_sum_up_to_the_time_that_passed_whatever_happened(
    until: datetime, marks: list[tuple[datetime, Cause]], pauses: list[tuple[datetime, datetime | None]]
) -> None:
    spent = divided(
        NOW,
        until,
        [OrderMark(str(n), "order", at, cause) for n, (at, cause) in enumerate(marks)],
        [
            Pause(str(n), "order", begun, PauseReason.OTHER, "", "desk", ended)
            for n, (begun, ended) in enumerate(pauses)
        ],
    )
    assert sum(spent.values(), timedelta(0)) == until - NOW
    assert set(spent) == set(Cause)
    assert min(spent.values()) >= timedelta(0)
