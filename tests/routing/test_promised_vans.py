"""Parts in vans: what is on board for an order, or on its way back, is promised to nobody else."""

from __future__ import annotations

import pytest

from tests.routing.test_dispatch import Planner, _order
from tests.routing.test_quoting import asked, available, planner, redeemed, stocked
from tests.world import PUMP
from tracking.fleet.reports import ReportKind
from tracking.fleet.stops import StepKind, step_id
from tracking.orders.order import OrderState
from tracking.orders.promise import PromiseState
from tracking.orders.service import cancel
from tracking.parts.service import Movement, move
from tracking.parts.stock import OutOfStock

__all__ = ["planner"]


@pytest.fixture
def loaded(planner: Planner) -> str:
    """An order whose pump, P-1, is on board of anna; no other pump is anywhere."""
    stocked(planner, "depot", PUMP, "P-1")
    order_id = _order(planner)
    planner.run()
    planner.report("anna", ReportKind.PICKED_UP, step_id=step_id(StepKind.PICKUP, order_id))
    planner.run()
    return order_id


def test_what_is_on_board_for_an_order_is_promised_to_nobody_else(planner: Planner, loaded: str) -> None:
    assert available(planner, "van-anna") == 0
    assert asked(planner).state is PromiseState.REFUSED


def test_what_lies_beside_it_is_promised_and_stays_promised_when_the_first_is_handed_over(
    planner: Planner, loaded: str
) -> None:
    stocked(planner, "van-anna", PUMP, "P-3")
    promise = asked(planner)
    assert (promise.state, promise.source_id) == (PromiseState.OFFERED, "van-anna")
    assert asked(planner).state is PromiseState.REFUSED
    step = step_id(StepKind.DELIVERY, loaded)
    planner.report("anna", ReportKind.DELIVERED, step_id=step, serials=("P-1",))
    order_id = redeemed(planner, promise)
    with planner.store.reading() as uow:
        assert uow.orders.require(order_id).serials == ("P-3",)
    assert available(planner, "van-anna") == 0
    assert asked(planner).state is PromiseState.REFUSED


def test_what_goes_back_is_promised_to_nobody(planner: Planner, loaded: str) -> None:
    with planner.store.writing() as uow:
        cancel(uow, loaded, "Runs again", "desk", planner.now)
        uow.commit()
    assert available(planner, "van-anna") == 0
    assert asked(planner).state is PromiseState.REFUSED


def test_what_stays_as_stock_of_the_van_is_promised_again(planner: Planner, loaded: str) -> None:
    with planner.store.writing() as uow:
        cancel(uow, loaded, "Runs again", "desk", planner.now, leave_in_van=True)
        uow.commit()
    assert available(planner, "van-anna") == 1
    assert asked(planner).source_id == "van-anna"


def test_nobody_moves_by_hand_what_is_on_board_for_an_order(planner: Planner, loaded: str) -> None:
    at = planner.now
    by_hand = Movement(PUMP, 1, "van-anna", "depot", "transferred", "desk", at, at, serials=("P-1",))
    with planner.store.writing() as uow, pytest.raises(OutOfStock):
        move(uow, by_hand)
    with planner.store.reading() as uow:
        assert uow.orders.require(loaded).state is OrderState.PICKED_UP
        assert uow.ledger.serials_at("van-anna", PUMP) == ["P-1"]
