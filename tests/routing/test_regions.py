"""Regions are planned each for itself: their work, couriers and stock do not mix."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from routing.dispatch.dispatcher import DispatchConfig, Dispatcher
from routing.dispatch.quoting import Quoter
from routing.dispatch.snapshot import take_snapshot
from routing.travel.geodesic import GeodesicTravelTimes
from tests.world import NOW, PUMP, build_world, order_pump, stock_up
from tracking.fleet.courier import Courier
from tracking.fleet.regions import regions
from tracking.fleet.service import add_courier, open_shift
from tracking.orders.order import OrderState, Urgency
from tracking.orders.promising import ask
from tracking.orders.service import place
from tracking.parts.location import MAIN_REGION, Location, LocationKind
from tracking.parts.service import add_location
from tracking.store.unit_of_work import Store
from tracking.unit_of_work import UnitOfWork
from tracking.values.coordinates import Coordinate

CHUR, ILANZ = Coordinate(46.853, 9.529), Coordinate(46.774, 9.205)


def dispatcher(store: Store, region: str) -> Dispatcher:
    """Return a planner of one region; who holds it is another test's matter."""
    config = DispatchConfig(improve_s=0.1, region=region)
    return Dispatcher(store.reading, store.writing, GeodesicTravelTimes(), lambda _: 1, lambda: NOW, config)


@pytest.fixture
def two(store: Store) -> Store:
    """The world of the tests in the main region, with a pump there, and the south beside it with none."""
    with store.writing() as uow:
        build_world(uow)
        stock_up(uow, "depot", PUMP, 1, "P-1")
        for name, kind, point in (
            ("depot-chur", LocationKind.DEPOT, CHUR),
            ("clinic-ilanz", LocationKind.CUSTOMER_SITE, ILANZ),
        ):
            add_location(uow, Location(name, kind, name, point, region="south"), NOW)
        add_courier(uow, Courier("carla", "Carla", 400_000, 2_000_000, (), "depot-chur"), NOW)
        open_shift(uow, "carla", NOW - timedelta(hours=1), NOW + timedelta(hours=8), NOW)
        uow.commit()
    return store


def order_in_the_south(uow: UnitOfWork) -> str:
    order = place(
        uow,
        site_id="clinic-ilanz",
        part_number=PUMP,
        quantity=1,
        contract_id="two-hours",
        urgency=Urgency.CRITICAL,
        requested_by="desk",
        at=NOW,
    )
    return order.order_id


def test_each_region_is_planned_by_its_own_couriers_from_its_own_stock(two: Store) -> None:
    with two.writing() as uow:
        north = order_pump(uow).order_id
        south = order_in_the_south(uow)
        uow.commit()
    main, other = dispatcher(two, MAIN_REGION), dispatcher(two, "south")
    main.run_round()
    other.run_round()
    with two.reading() as uow:
        assert uow.orders.require(north).courier_id == "anna"
        waiting = uow.orders.require(south)
        assert (waiting.state, waiting.unserved_code) == (OrderState.OPEN, "no_stock")
    with two.writing() as uow:
        stock_up(uow, "depot-chur", PUMP, 1, "P-2")
        uow.commit()
    other.run_round()
    with two.reading() as uow:
        served = uow.orders.require(south)
        assert (served.courier_id, served.source_id) == ("carla", "depot-chur")
        assert uow.orders.require(north).state is OrderState.PLANNED
        assert {p.region for p in uow.publications.find()} == {MAIN_REGION, "south"}
        assert {stop.courier_id for stop in uow.stops.find()} == {"anna", "carla"}
    assert not main.run_round().changed


def test_what_is_on_board_is_planned_with_its_courier(two: Store) -> None:
    with two.writing() as uow:
        order = uow.orders.require(order_in_the_south(uow))
        uow.orders.save(replace(order, state=OrderState.PICKED_UP, courier_id="anna", serials=("P-1",)))
        uow.commit()
    with two.reading() as uow:
        assert [o.order_id for o in take_snapshot(uow, NOW).orders] == [order.order_id]
        assert take_snapshot(uow, NOW, "south").orders == ()


def test_a_promise_says_that_a_part_lies_in_another_region(two: Store) -> None:
    south = dispatcher(two, "south")
    south.run_round()
    with two.writing() as uow:
        promise = ask(
            uow,
            site_id="clinic-ilanz",
            part_number=PUMP,
            contract_id="two-hours",
            asked_by="desk",
            at=NOW,
            quantity=1,
            urgency=Urgency.CRITICAL,
            confidence=0.9,
            hold_s=600,
        )
        uow.commit()
    assert south.in_force is not None
    quoter = Quoter(south.in_force, south.modeller.travel, south.modeller.lessons)
    with two.reading() as uow:
        quote = quoter.quote(uow, promise, NOW)
    assert quote.offers == ()
    assert [(each.source_id, each.reason) for each in quote.others] == [
        ("depot", "It lies in another region, main.")
    ]


def test_a_region_needs_a_plan_where_a_courier_lives_or_a_customer_is(two: Store) -> None:
    with two.writing() as uow:
        add_location(uow, Location("attic", LocationKind.DEPOT, "Attic", CHUR, region="nowhere"), NOW)
        uow.commit()
    with two.reading() as uow:
        assert regions(uow) == [MAIN_REGION, "south"]
