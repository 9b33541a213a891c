"""Couriers whom an order or a promise names: who has to bring it, and who must not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from routing.check import violations
from routing.dispatch.snapshot import take_snapshot
from tests.routing.test_dispatch import Planner, _amend, _order, planner
from tests.routing.test_quoting import asked, redeemed, stocked
from tests.routing.test_quoting import planner as asking
from tests.world import NOW, PUMP
from tracking.fleet.reports import ReportKind
from tracking.fleet.service import open_shift
from tracking.fleet.stops import OPEN, StepKind, step_id
from tracking.orders.order import OrderState
from tracking.orders.promise import PromiseState

__all__ = ["asking", "planner"]


def _both_on_shift(planner: Planner) -> None:
    with planner.store.writing() as uow:
        open_shift(uow, "ben", NOW - timedelta(hours=1), NOW + timedelta(hours=8), NOW)
        uow.commit()


@pytest.mark.parametrize(
    ("wish", "who"),
    [
        ({"required_courier_id": "ben"}, "ben"),
        ({"required_courier_id": "anna"}, "anna"),
        ({"forbidden_courier_ids": ("anna",)}, "ben"),
        ({"forbidden_courier_ids": ("ben",)}, "anna"),
    ],
)
def test_order_goes_to_the_courier_who_is_required_and_to_none_who_is_forbidden(
    planner: Planner, wish: dict[str, object], who: str
) -> None:
    _both_on_shift(planner)
    order_id = _order(planner)
    planner.run()
    _amend(planner, order_id, **wish)
    planner.run()
    with planner.store.reading() as uow:
        order = uow.orders.require(order_id)
        assert (order.state, order.courier_id) == (OrderState.PLANNED, who)
        assert {stop.courier_id for stop in uow.stops.find_in(state=OPEN)} == {who}


def test_courier_on_the_way_to_fetch_it_loses_an_order_that_another_has_to_bring(planner: Planner) -> None:
    order_id = _order(planner)
    planner.run()
    with planner.store.reading() as uow:
        first, *_ = sorted(uow.stops.find(courier_id="anna"), key=lambda stop: stop.position)
    planner.report("anna", ReportKind.EN_ROUTE, stop_id=first.stop_id)
    _both_on_shift(planner)
    _amend(planner, order_id, required_courier_id="ben")
    planner.run()
    with planner.store.reading() as uow:
        assert uow.orders.require(order_id).courier_id == "ben"
        assert uow.stops.find_in(courier_id=["anna"], state=OPEN) == []


def test_what_is_on_board_stays_with_who_has_it_though_another_was_required_when_it_was_reported(
    planner: Planner,
) -> None:
    order_id = _order(planner)
    planner.run()
    _both_on_shift(planner)
    _amend(planner, order_id, required_courier_id="ben")
    planner.report("anna", ReportKind.PICKED_UP, step_id=step_id(StepKind.PICKUP, order_id))
    planner.run()
    with planner.store.reading() as uow:
        order = uow.orders.require(order_id)
        assert (order.state, order.courier_id, order.unserved_code) == (OrderState.PICKED_UP, "anna", None)
        (stop,) = uow.stops.find_in(state=OPEN)
        assert (stop.courier_id, stop.place_id) == ("anna", "hospital")


def test_unserved_order_says_who_has_to_bring_it_and_goes_when_the_shift_opens(planner: Planner) -> None:
    order_id = _order(planner)
    planner.run()
    _amend(planner, order_id, required_courier_id="ben")
    planner.run()
    with planner.store.reading() as uow:
        order = uow.orders.require(order_id)
        assert (order.state, order.unserved_code) == (OrderState.OPEN, "courier_off_duty")
        assert order.unserved_reason == (
            "ORD-1001 has to be brought by Ben, who is not on shift: open a shift, or let another courier "
            "bring it."
        )
        assert uow.reservations.find(released_at=None) == []
    _both_on_shift(planner)
    planner.run()
    with planner.store.reading() as uow:
        assert uow.orders.require(order_id).courier_id == "ben"


def test_unserved_order_says_that_everybody_on_shift_is_forbidden(planner: Planner) -> None:
    order_id = _order(planner)
    _amend(planner, order_id, forbidden_courier_ids=("anna",))
    planner.run()
    with planner.store.reading() as uow:
        order = uow.orders.require(order_id)
        assert order.unserved_code == "courier_forbidden"
        assert order.unserved_reason is not None
        assert "is excluded: Anna." in order.unserved_reason


@pytest.mark.parametrize(
    ("wish", "rule"),
    [
        ({"required_courier_id": "ben"}, "courier_not_allowed"),
        ({"forbidden_courier_ids": ("anna",)}, "courier_forbidden"),
    ],
)
def test_checker_refuses_a_plan_that_gives_an_order_to_another_courier(
    planner: Planner, wish: dict[str, object], rule: str
) -> None:
    _both_on_shift(planner)
    order_id = _order(planner)
    _amend(planner, order_id, required_courier_id="anna")
    planner.run()
    in_force = planner.dispatcher.in_force
    assert in_force is not None
    taken = {"required_courier_id": None, "forbidden_courier_ids": ()} | wish
    _amend(planner, order_id, **taken)
    with planner.store.reading() as uow:
        now = planner.dispatcher.modeller.model(take_snapshot(uow, planner.now))
    assert rule in {found.rule for found in violations(now.problem, in_force.plan)}


@pytest.mark.parametrize("wish", [{"required_courier_id": "ben"}, {"forbidden_courier_ids": ("anna",)}])
def test_plan_made_before_another_courier_was_required_is_not_published_over_it(
    planner: Planner, wish: dict[str, object]
) -> None:
    order_id = _order(planner)
    with planner.store.reading() as uow:
        before = take_snapshot(uow, planner.now)
    _amend(planner, order_id, **wish)
    with planner.store.reading() as uow:
        assert take_snapshot(uow, planner.now).signature != before.signature


def test_a_promise_is_made_for_the_courier_who_is_required_and_its_order_keeps_to_that(
    asking: Planner,
) -> None:
    _both_on_shift(asking)
    stocked(asking, "depot", PUMP, "P-1", "P-2")
    asking.run()
    assert asked(asking, required_courier_id="ben").courier_id == "ben"
    promise = asked(asking, forbidden_courier_ids=("anna",))
    assert promise.courier_id == "ben"
    order_id = redeemed(asking, promise)
    asking.run()
    with asking.store.reading() as uow:
        order = uow.orders.require(order_id)
        assert (order.courier_id, order.forbidden_courier_ids) == ("ben", ("anna",))


def test_a_promise_says_that_who_has_to_bring_it_is_not_on_shift(asking: Planner) -> None:
    stocked(asking, "depot", PUMP, "P-1")
    asking.run()
    promise = asked(asking, required_courier_id="ben")
    assert promise.state is PromiseState.REFUSED
    assert promise.reason == "It has to be brought by Ben, who is not on shift."
    assert [option["reason"] for option in promise.options] == [promise.reason]


def test_a_part_in_the_van_of_a_forbidden_courier_is_not_offered(asking: Planner) -> None:
    with asking.store.reading() as uow:
        van_id = uow.couriers.require("anna").van_id
    stocked(asking, van_id, PUMP, "P-2")
    asking.run()
    promise = asked(asking, forbidden_courier_ids=("anna",))
    assert promise.state is PromiseState.REFUSED
    assert [option["reason"] for option in promise.options] == ["Its courier is not allowed to bring it."]


def test_a_source_that_only_forbidden_couriers_could_serve_says_so(asking: Planner) -> None:
    stocked(asking, "depot", PUMP, "P-1")
    asking.run()
    promise = asked(asking, forbidden_courier_ids=("anna",))
    assert promise.state is PromiseState.REFUSED
    (option,) = promise.options
    assert "is excluded: Anna." in option["reason"]


def test_who_only_finishes_after_the_shift_is_promised_to_nobody(asking: Planner) -> None:
    stocked(asking, "depot", PUMP, "P-1", "P-2")
    order_id = _order(asking)
    asking.run()
    asking.report("anna", ReportKind.PICKED_UP, step_id=step_id(StepKind.PICKUP, order_id))
    asking.now = NOW + timedelta(hours=8, minutes=5)
    asking.run()
    promise = asked(asking)
    assert promise.state is PromiseState.REFUSED
    assert any("Anna" in str(option["reason"]) for option in promise.options)
    required = asked(asking, required_courier_id="anna")
    assert required.reason == "It has to be brought by Anna, who is not on shift."
    stocked(asking, "van-anna", PUMP, "P-3")
    in_the_van = next(o for o in asked(asking).options if o["source_id"] == "van-anna")
    assert in_the_van["reason"] == "Its courier is not on shift."
