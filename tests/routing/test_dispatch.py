from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from routing.check.violation import Violation
from routing.dispatch.dispatcher import DispatchConfig, Dispatcher, Round
from routing.dispatch.snapshot import take_snapshot
from routing.travel.geodesic import GeodesicTravelTimes
from tests.world import BUCHS, NOW, PUMP, VADUZ, build_world, order_pump, stock_up
from tracking.fleet.courier import CourierPosition
from tracking.fleet.reporting import receive_report
from tracking.fleet.reports import FailureReason, Report, ReportKind
from tracking.fleet.service import open_shift
from tracking.fleet.stops import StepKind, StopState, step_id
from tracking.lockers.service import connection_reported
from tracking.orders import service as orders
from tracking.orders.amending import amend
from tracking.orders.order import OrderState
from tracking.parts.location import Location, LocationKind
from tracking.parts.part import Part, PartKind
from tracking.parts.service import add_location, add_part
from tracking.returns import service as returns
from tracking.returns.rma import ReturnState
from tracking.store.leases import Lease
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.coordinates import Coordinate
from tracking.values.errors import LeaseLost
from tracking.values.ids import new_id

ZURICH = ZoneInfo("Europe/Zurich")


class Planner:
    """A dispatcher on a store, with a clock that the test moves."""

    def __init__(self, store: Store, improve_couriers: int = 10) -> None:
        self.store = store
        self.now = NOW
        with store.writing() as uow:
            lease = uow.leases.acquire("planner", "test", 3_600_000)
            assert lease is not None
            self.lease: Lease = lease
            uow.commit()
        self.dispatcher = Dispatcher(
            store.reading,
            store.writing,
            GeodesicTravelTimes(),
            self._guard,
            lambda: self.now,
            DispatchConfig(improve_s=0.1, improve_couriers=improve_couriers, zone=ZURICH),
        )

    def run(self) -> Round:
        return self.dispatcher.run_round()

    def report(self, courier_id: str, kind: ReportKind, **details: object) -> None:
        report = Report(new_id(), courier_id, 1, kind, self.now, self.now, 0.0, **details)  # type: ignore[arg-type]
        verdict = receive_report(self.store.writing, report)
        assert verdict.kind == "applied", verdict

    def _guard(self, uow: object) -> int:
        assert isinstance(uow, SqlUnitOfWork)
        uow.leases.check(self.lease)
        return self.lease.token


@pytest.fixture
def planner(store: Store) -> Planner:
    with store.writing() as uow:
        build_world(uow)
        connection_reported(uow, "locker-schaan", True, "session-1", 1, NOW)
        stock_up(uow, "locker-schaan-c1", PUMP, 1, "P-1")
        stock_up(uow, "depot", PUMP, 1, "P-2")
        uow.commit()
    return Planner(store)


def _order(planner: Planner, *, expect_return: bool = False) -> str:
    with planner.store.writing() as uow:
        order = order_pump(uow, expect_return=expect_return)
        uow.commit()
    return order.order_id


def test_order_gets_a_courier_a_source_and_a_reservation(planner: Planner) -> None:
    order_id = _order(planner)
    assert planner.run().changed
    with planner.store.reading() as uow:
        order = uow.orders.require(order_id)
        assert (order.state, order.courier_id) == (OrderState.PLANNED, "anna")
        assert order.predicted_at is not None
        assert NOW < order.predicted_at < order.due_at
        (reservation,) = uow.reservations.find(released_at=None)
        assert reservation.location_id == order.source_id
        stops = sorted(uow.stops.find(courier_id="anna"), key=lambda stop: stop.position)
        assert [stop.place_id for stop in stops][-1] == "hospital"
        assert len(uow.publications.find()) == 1


def test_plan_that_changes_nothing_disturbs_nobody(planner: Planner) -> None:
    _order(planner)
    planner.run()
    with planner.store.reading() as uow:
        version = uow.couriers.require("anna").route_version
    planner.now += timedelta(seconds=30)
    assert not planner.run().changed
    with planner.store.reading() as uow:
        assert uow.couriers.require("anna").route_version == version


def test_two_orders_never_get_the_same_piece(planner: Planner) -> None:
    ids = [_order(planner) for _ in range(3)]
    planner.run()
    with planner.store.reading() as uow:
        found = [uow.orders.require(order_id) for order_id in ids]
        serials = [serial for order in found for serial in order.serials]
        assert sorted(serials) == ["P-1", "P-2"]
        left = [order for order in found if order.state is OrderState.OPEN]
        assert [order.unserved_code for order in left] == ["no_stock"]
        assert left[0].unserved_reason


def test_locker_that_is_not_connected_is_no_source(planner: Planner) -> None:
    with planner.store.writing() as uow:
        connection_reported(uow, "locker-schaan", False, "session-1", 1, NOW)
        uow.commit()
    order_id = _order(planner)
    planner.run()
    with planner.store.reading() as uow:
        assert uow.orders.require(order_id).source_id == "depot"


def test_missing_part_sends_the_order_to_another_source(planner: Planner) -> None:
    order_id = _order(planner)
    planner.run()
    with planner.store.reading() as uow:
        first = uow.orders.require(order_id).source_id
    step = step_id(StepKind.PICKUP, order_id)
    planner.report("anna", ReportKind.FAILED, step_id=step, reason=FailureReason.PART_MISSING)
    planner.run()
    with planner.store.reading() as uow:
        order = uow.orders.require(order_id)
        assert order.state is OrderState.PLANNED
        assert order.source_id != first


def test_nobody_on_shift_is_said_and_mended_by_a_shift(planner: Planner) -> None:
    planner.now = NOW + timedelta(hours=9)
    order_id = _order(planner)
    planner.run()
    with planner.store.reading() as uow:
        assert uow.orders.require(order_id).unserved_code == "no_courier"
    with planner.store.writing() as uow:
        open_shift(uow, "ben", planner.now, planner.now + timedelta(hours=8), planner.now)
        uow.commit()
    planner.run()
    with planner.store.reading() as uow:
        order = uow.orders.require(order_id)
        assert (order.courier_id, order.unserved_code) == ("ben", None)


def test_stop_under_way_stays_first_with_its_courier(planner: Planner) -> None:
    order_id = _order(planner)
    planner.run()
    with planner.store.reading() as uow:
        first = min(uow.stops.find(courier_id="anna"), key=lambda stop: stop.position)
    planner.report("anna", ReportKind.EN_ROUTE, stop_id=first.stop_id)
    with planner.store.writing() as uow:
        open_shift(uow, "ben", NOW, NOW + timedelta(hours=8), NOW)
        uow.positions.add(CourierPosition("ben", BUCHS, NOW, NOW))
        uow.commit()
    planner.now += timedelta(seconds=20)
    planner.run()
    with planner.store.reading() as uow:
        kept = uow.stops.require(first.stop_id)
        assert (kept.state, kept.courier_id, kept.position) == (StopState.EN_ROUTE, "anna", 0)
        assert uow.orders.require(order_id).courier_id == "anna"


def test_swap_is_planned_at_the_hand_over_and_ends_at_the_bench(planner: Planner) -> None:
    order_id = _order(planner, expect_return=True)
    planner.run()
    planner.report("anna", ReportKind.PICKED_UP, step_id=step_id(StepKind.PICKUP, order_id))
    planner.run()
    with planner.store.reading() as uow:
        stops = sorted(
            (s for s in uow.stops.find(courier_id="anna") if s.state is not StopState.DONE),
            key=lambda stop: stop.position,
        )
        kinds = [
            [step.kind for step in sorted(uow.steps.find(stop_id=s.stop_id), key=lambda step: step.position)]
            for s in stops
        ]
        assert [stop.place_id for stop in stops] == ["hospital", "bench"]
        assert kinds == [[StepKind.DELIVERY, StepKind.RETURN_PICKUP], [StepKind.RETURN_DROPOFF]]
        (rma,) = uow.returns.find()
        assert (rma.state, rma.courier_id) == (ReturnState.PLANNED, "anna")


def test_cancelled_order_leaves_the_route(planner: Planner) -> None:
    order_id = _order(planner)
    planner.run()
    with planner.store.writing() as uow:
        orders.cancel(uow, order_id, "Not needed", "desk", NOW)
        uow.commit()
    assert planner.run().changed
    with planner.store.reading() as uow:
        assert uow.stops.find(courier_id="anna") == []
        assert uow.reservations.find(released_at=None) == []


def test_return_without_an_order_is_picked_up(planner: Planner) -> None:
    with planner.store.writing() as uow:
        returns.announce(
            uow,
            site_id="hospital",
            part_number=PUMP,
            serial="P-9",
            destination_id=None,
            requested_by="desk",
            reason="",
            at=NOW,
        )
        uow.commit()
    planner.run()
    with planner.store.reading() as uow:
        stops = sorted(uow.stops.find(courier_id="anna"), key=lambda stop: stop.position)
        assert [stop.place_id for stop in stops] == ["hospital", "bench"]


def test_late_order_is_served_late_and_shown_not_dropped(planner: Planner) -> None:
    with planner.store.writing() as uow:
        far = Location("far-away", LocationKind.CUSTOMER_SITE, "Geneva", Coordinate(46.2, 6.15))
        add_location(uow, far, NOW)
        order = orders.place(
            uow,
            site_id="far-away",
            part_number=PUMP,
            quantity=1,
            contract_id="two-hours",
            urgency=orders.Urgency.CRITICAL,
            requested_by="desk",
            at=NOW,
        )
        open_shift(uow, "ben", NOW, NOW + timedelta(hours=20), NOW)
        uow.commit()
    planner.run()
    with planner.store.reading() as uow:
        planned = uow.orders.require(order.order_id)
        assert planned.state is OrderState.PLANNED
        assert planned.predicted_at is not None
        assert planned.predicted_at > planned.due_at


def test_plan_of_a_planner_that_lost_its_lease_is_not_published(planner: Planner) -> None:
    _order(planner)
    with planner.store.writing() as uow:
        uow.leases.release(planner.lease)
        assert uow.leases.acquire("planner", "another", 10_000) is not None
        uow.commit()
    with pytest.raises(LeaseLost):
        planner.run()
    with planner.store.reading() as uow:
        assert uow.stops.find() == []


def test_plan_is_held_against_what_changed_while_it_was_made(
    planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = _order(planner)
    published = planner.dispatcher._publish

    def cancelled_meanwhile(candidate: object) -> Round:
        with planner.store.writing() as uow:
            if uow.orders.require(order_id).state is not OrderState.CANCELLED:
                orders.cancel(uow, order_id, "Not needed", "desk", NOW)
                uow.commit()
        return published(candidate)  # type: ignore[arg-type]

    monkeypatch.setattr(planner.dispatcher, "_publish", cancelled_meanwhile)
    planner.run()
    with planner.store.reading() as uow:
        assert uow.stops.find() == []
        assert uow.orders.require(order_id).state is OrderState.CANCELLED


def test_last_piece_goes_to_the_critical_order_and_the_other_gives_it_back(planner: Planner) -> None:
    with planner.store.writing() as uow:
        first, second = (
            orders.place(
                uow,
                site_id="hospital",
                part_number=PUMP,
                quantity=1,
                contract_id="two-hours",
                urgency=orders.Urgency.PLANNED,
                requested_by="desk",
                at=NOW,
            )
            for _ in range(2)
        )
        uow.commit()
    planner.run()
    urgent = _order(planner)
    for _ in range(2):
        planner.now += timedelta(seconds=20)
        assert planner.run().refused is None
    with planner.store.reading() as uow:
        assert uow.orders.require(urgent).state is OrderState.PLANNED
        states = sorted(uow.orders.require(o.order_id).state for o in (first, second))
        assert states == [OrderState.OPEN, OrderState.PLANNED]
        reserved = [s for r in uow.reservations.find(released_at=None) for s in r.serials]
        assert sorted(reserved) == ["P-1", "P-2"]


def test_courier_under_way_finishes_after_the_shift_and_gets_nothing_new(planner: Planner) -> None:
    order_id = _order(planner)
    planner.run()
    planner.report("anna", ReportKind.PICKED_UP, step_id=step_id(StepKind.PICKUP, order_id))
    planner.run()
    with planner.store.reading() as uow:
        (stop,) = uow.stops.find(courier_id="anna", place_id="hospital")
    planner.report("anna", ReportKind.EN_ROUTE, stop_id=stop.stop_id)
    planner.now = NOW + timedelta(hours=8, seconds=1)
    later = _order(planner)
    planner.run()
    with planner.store.reading() as uow:
        kept = uow.stops.require(stop.stop_id)
        assert (kept.state, kept.courier_id) == (StopState.EN_ROUTE, "anna")
        assert uow.orders.require(order_id).unserved_code is None
        assert uow.orders.require(later).state is OrderState.OPEN
        assert uow.orders.require(later).unserved_code is not None
    planner.report("anna", ReportKind.ARRIVED, stop_id=stop.stop_id)


def test_return_to_a_place_without_a_coordinate_is_said_and_stops_nobody(planner: Planner) -> None:
    with planner.store.writing() as uow:
        rma = returns.announce(
            uow,
            site_id="hospital",
            part_number=PUMP,
            serial="P-9",
            destination_id=None,
            requested_by="desk",
            reason="",
            at=NOW,
        )
        uow.returns.save(replace(rma, destination_id="supplier"))
        uow.commit()
    order_id = _order(planner)
    planner.run()
    with planner.store.reading() as uow:
        assert uow.returns.require(rma.return_id).unserved_code == "unplaced"
        assert uow.orders.require(order_id).state is OrderState.PLANNED


def test_refused_plan_leaves_the_earlier_one_and_tells_the_dispatchers_once(
    planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = _order(planner)
    planner.run()
    broken = Violation("capacity", "Too much on board.")
    monkeypatch.setattr("routing.dispatch.publishing.violations", lambda *_: [broken])
    for _ in range(2):
        assert planner.run().refused is not None
    with planner.store.writing() as uow:
        assert uow.orders.require(order_id).state is OrderState.PLANNED
        uow.outbox.stamp()
        alerts = [s.event for s in uow.outbox.read(0, 1000) if s.event.kind == "alert.raised"]
        assert len(alerts) == 1


def _amend(planner: Planner, order_id: str, **wishes: object) -> None:
    with planner.store.writing() as uow:
        known = uow.orders.require(order_id).version
        amend(uow, order_id, known, wishes, "The customer called", "desk", planner.now)
        uow.commit()


@pytest.mark.parametrize("on_board", [False, True])
def test_amended_site_is_where_the_part_is_brought_even_when_the_courier_is_on_the_way(
    planner: Planner, on_board: bool
) -> None:
    with planner.store.writing() as uow:
        add_location(uow, Location("clinic", LocationKind.CUSTOMER_SITE, "Clinic", VADUZ), NOW)
        uow.commit()
    order_id = _order(planner)
    planner.run()
    if on_board:
        planner.report("anna", ReportKind.PICKED_UP, step_id=step_id(StepKind.PICKUP, order_id))
        planner.run()
        with planner.store.reading() as uow:
            (stop,) = uow.stops.find(courier_id="anna", place_id="hospital")
        planner.report("anna", ReportKind.EN_ROUTE, stop_id=stop.stop_id)
    _amend(planner, order_id, site_id="clinic")
    assert planner.run().changed
    with planner.store.reading() as uow:
        (step,) = uow.steps.find(step_id=step_id(StepKind.DELIVERY, order_id), state="planned")
        assert uow.stops.require(step.stop_id).place_id == "clinic"
        assert uow.stops.find(courier_id="anna", place_id="hospital") == []
        assert uow.orders.require(order_id).predicted_at is not None


def test_amended_part_is_planned_from_where_there_is_one(planner: Planner) -> None:
    with planner.store.writing() as uow:
        add_part(uow, Part("PUMP-2", "Other pump", PartKind.REPAIRABLE, 2500, 6000, 120_000), NOW)
        stock_up(uow, "depot", "PUMP-2", 1, "N-1")
        uow.commit()
    order_id = _order(planner)
    planner.run()
    _amend(planner, order_id, part_number="PUMP-2")
    planner.run()
    with planner.store.reading() as uow:
        order = uow.orders.require(order_id)
        assert (order.state, order.source_id, order.serials) == (OrderState.PLANNED, "depot", ("N-1",))
        (held,) = uow.reservations.find(released_at=None)
        assert (held.location_id, held.part_number) == ("depot", "PUMP-2")


def test_order_is_not_brought_before_the_customer_wants_it(planner: Planner) -> None:
    order_id = _order(planner)
    planner.run()
    _amend(planner, order_id, not_before_at=NOW + timedelta(minutes=80))
    planner.run()
    with planner.store.reading() as uow:
        predicted_at = uow.orders.require(order_id).predicted_at
        assert predicted_at is not None
        assert predicted_at >= NOW + timedelta(minutes=80)


def test_plan_made_before_an_amendment_is_not_published_over_it(planner: Planner) -> None:
    order_id = _order(planner)
    with planner.store.reading() as uow:
        before = take_snapshot(uow, planner.now)
    _amend(planner, order_id, quantity=2)
    with planner.store.reading() as uow:
        assert take_snapshot(uow, planner.now).signature != before.signature


def test_part_of_a_cancelled_order_is_brought_to_the_one_that_waited(planner: Planner) -> None:
    for _ in range(3):
        _order(planner)
    planner.run()
    with planner.store.reading() as uow:
        waiting = next(o.order_id for o in uow.orders.find(state=OrderState.OPEN))
        first = next(o.order_id for o in uow.orders.find(state=OrderState.PLANNED))
    planner.report("anna", ReportKind.PICKED_UP, step_id=step_id(StepKind.PICKUP, first))
    with planner.store.writing() as uow:
        orders.cancel(uow, first, "Runs again", "desk", planner.now)
        uow.commit()
    planner.run()
    with planner.store.reading() as uow:
        order = uow.orders.require(waiting)
        assert (order.state, order.unserved_code) == (OrderState.PICKED_UP, None)
        (step,) = uow.steps.find(step_id=step_id(StepKind.DELIVERY, waiting), state="planned")
        assert uow.stops.require(step.stop_id).courier_id == "anna"
