from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.world import NOW, PUMP, build_world, order_pump, stock_up
from tracking.fleet.publishing import PlannedStep, PlannedStop, replace_route
from tracking.fleet.stops import StepKind
from tracking.orders import service as orders
from tracking.orders.order import Order
from tracking.orders.risk import late_probabilities, warn_of_late_orders
from tracking.store.tables import outbox
from tracking.store.unit_of_work import Store
from tracking.unit_of_work import UnitOfWork

VADUZ = ZoneInfo("Europe/Vaduz")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(store: Store) -> Store:
    with store.writing() as uow:
        build_world(uow)
        stock_up(uow, "depot", PUMP, 2, "P-1", "P-2")
        uow.commit()
    return store


def _planned(store: Store, late_probability: float | None, predicted_after: timedelta = MINUTE) -> Order:
    """Plan an order, whose hand-over comes late with this probability."""
    with store.writing() as uow:
        order = order_pump(uow)
        at = NOW + predicted_after
        orders.assign(uow, order.order_id, "anna", "depot", at, NOW)
        _publish(uow, order.order_id, late_probability)
        uow.commit()
        return order


def _publish(uow: UnitOfWork, order_id: str, late_probability: float | None) -> None:
    pickup = PlannedStep(StepKind.PICKUP, order_id, "depot")
    delivery = PlannedStep(StepKind.DELIVERY, order_id, "hospital")
    stops = [
        PlannedStop("depot", NOW, NOW, (pickup,)),
        replace(PlannedStop("hospital", NOW, NOW, (delivery,)), late_probability=late_probability),
    ]
    replace_route(uow, "anna", stops, NOW)


def _warned(store: Store, minutes: float) -> list[str]:
    """Return what dispatchers are told at a moment."""
    with store.writing() as uow:
        warn_of_late_orders(uow, NOW + minutes * MINUTE, VADUZ)
        rows = uow.connection.execute(outbox.select().where(outbox.c.kind == "alert.raised")).mappings()
        causes = [row["data"]["cause"] for row in rows]
        uow.commit()
        return causes


def test_risky_order_raises_one_alert_before_it_is_late(world: Store) -> None:
    order = _planned(world, 0.4)
    told = [f"{order.number} may miss its time, with 40% probability: it is due at 12:00."]
    assert _warned(world, 1) == told
    assert _warned(world, 2) == told
    assert _warned(world, 130) == told


def test_order_with_little_risk_raises_none(world: Store) -> None:
    _planned(world, 0.29)
    assert _warned(world, 1) == []


def test_order_that_became_safe_raises_another_alert_when_it_is_risky_again(world: Store) -> None:
    order = _planned(world, 0.4)
    assert len(_warned(world, 1)) == 1
    for minute, probability, alerts in ((2, 0.2, 1), (3, 0.05, 1), (4, 0.6, 2)):
        with world.writing() as uow:
            _publish(uow, order.order_id, probability)
            uow.commit()
        assert len(_warned(world, minute)) == alerts


@pytest.mark.parametrize(
    ("predicted_after", "minutes", "sentence"),
    [
        (timedelta(hours=3), 1, "will miss its time: it is due at 12:00."),
        (MINUTE, 121, "is late: it was due at 12:00."),
    ],
)
def test_alert_says_what_is_certain(
    world: Store, predicted_after: timedelta, minutes: int, sentence: str
) -> None:
    order = _planned(world, None, predicted_after)
    assert _warned(world, minutes) == [f"{order.number} {sentence}"]


def test_due_time_of_another_day_is_told_with_its_day(world: Store) -> None:
    with world.writing() as uow:
        order = order_pump(uow)
        uow.orders.save(replace(uow.orders.require(order.order_id), due_at=NOW + timedelta(hours=20)))
        orders.predict(uow, order.order_id, NOW + timedelta(hours=21))
        uow.commit()
    assert _warned(world, 1) == [f"{order.number} will miss its time: it is due at Tue 06:00."]


def test_only_planned_orders_have_a_probability(world: Store) -> None:
    planned = _planned(world, 0.25)
    with world.writing() as uow:
        unplanned = order_pump(uow)
        assert late_probabilities(uow, [planned, unplanned]) == {planned.order_id: 0.25}
