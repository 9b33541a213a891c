"""How sure the published times are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.routing.test_dispatch import Planner
from tests.world import NOW, PUMP, build_world, order_pump, stock_up
from tracking.fleet.reports import ReportKind
from tracking.fleet.stops import Stop
from tracking.store.unit_of_work import Store


@pytest.fixture
def planner(sqlite_store: Store) -> Planner:
    with sqlite_store.writing() as uow:
        build_world(uow)
        stock_up(uow, "depot", PUMP, 1, "P-1")
        order_pump(uow)
        uow.commit()
    return Planner(sqlite_store)


def published(planner: Planner) -> tuple[Stop, Stop]:
    planner.run()
    with planner.store.reading() as uow:
        depot, hospital = sorted(uow.stops.find(courier_id="anna"), key=lambda stop: stop.position)
    return depot, hospital


def test_every_planned_stop_has_a_range_around_its_arrival_that_grows_on_the_way(planner: Planner) -> None:
    depot, hospital = published(planner)
    widths = []
    for stop in (depot, hospital):
        assert stop.eta_early_at is not None
        assert stop.eta_late_at is not None
        assert stop.eta_early_at <= stop.eta_at <= stop.eta_late_at
        widths.append(stop.eta_late_at - stop.eta_early_at)
    assert widths[0] < widths[1]


def test_a_hand_over_says_how_likely_it_is_late_and_a_pickup_does_not(planner: Planner) -> None:
    depot, hospital = published(planner)
    assert depot.late_probability is None
    assert hospital.late_probability == 0.0  # of the promise of two hours, whatever the wait is said to cost


def test_a_courier_running_late_makes_the_hand_over_likely_late(planner: Planner) -> None:
    depot, hospital = published(planner)
    planner.report("anna", ReportKind.EN_ROUTE, stop_id=depot.stop_id)
    early = hospital.eta_late_at
    planner.now = NOW + timedelta(hours=2)
    _, late = published(planner)
    assert late.late_probability == 1.0
    assert early is not None
    assert late.eta_early_at is not None
    assert late.eta_early_at > early
