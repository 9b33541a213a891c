"""What a problem says of the state that it is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from routing.check import violations
from routing.dispatch.lessons import SERVICE_S, Beliefs
from routing.dispatch.modelling import Modelled, Modeller
from routing.dispatch.snapshot import OVERTIME, Snapshot, take_snapshot
from routing.dispatch.work import NEAREST_SOURCES
from routing.fast_path import carry_over
from routing.plan import Cost, Plan
from routing.problem import Shipment, Travel
from routing.service_times import LearnedServiceTimes
from routing.travel.geodesic import GeodesicTravelTimes
from routing.travel.matrix import UNREACHABLE, Table
from tests.world import BUCHS, NOW, PUMP, SCHAAN, build_world, order_pump, stock_up
from tracking.fleet.courier import CourierPosition
from tracking.fleet.stops import Step, StepKind, Stop, StopState
from tracking.lockers.service import connection_reported
from tracking.orders.service import assign
from tracking.parts.location import Location, LocationKind
from tracking.parts.service import add_location
from tracking.store.unit_of_work import Store
from tracking.values.coordinates import Coordinate

NO_PLAN = Plan((), (), Cost(), "none")
LEARNED = LearnedServiceTimes(
    SERVICE_S,
    by_kind={StepKind.DELIVERY: np.log(1.5)},
    by_site={(StepKind.PICKUP, "locker-schaan"): np.log(2.0)},
)


class Roads(GeodesicTravelTimes):
    """Great circles that end at the shore of an island, and remember for when they were asked."""

    def __init__(self, *islands: Coordinate) -> None:
        super().__init__()
        self.islands = islands
        self.asked_at: datetime | None = None

    def matrix(self, points: Sequence[Coordinate], at: datetime | None = None) -> Travel:
        self.asked_at = at
        whole = super().matrix(points, at)
        durations, distances = whole.duration_s.copy(), whole.distance_m.copy()
        for k in (k for k, point in enumerate(points) if point in self.islands):
            for cells in (durations, distances):
                cells[k, :] = cells[:, k] = UNREACHABLE
        return Travel.trusted(Table(durations.astype(np.int32), distances.astype(np.int32)))


@pytest.fixture
def snapshot(sqlite_store: Store) -> Snapshot:
    """An open order with its return, stock at the locker and the depot, and anna on shift."""
    with sqlite_store.writing() as uow:
        build_world(uow)
        connection_reported(uow, "locker-schaan", True, "session-1", 1, NOW)
        stock_up(uow, "locker-schaan-c1", PUMP, 1, "P-1")
        stock_up(uow, "depot", PUMP, 1, "P-2")
        order_pump(uow, expect_return=True)
        uow.commit()
    with sqlite_store.reading() as uow:
        return take_snapshot(uow, NOW)


def modelled(snapshot: Snapshot, roads: Roads | None = None, told_cents: int = 150) -> Modelled:
    return Modeller(roads or Roads(), Beliefs(LEARNED), told_cents).model(snapshot)


def the_order(found: Modelled) -> Shipment:
    (shipment,) = found.problem.shipments
    return shipment


def test_roads_are_asked_for_the_time_of_the_plan(snapshot: Snapshot) -> None:
    roads = Roads()
    modelled(snapshot, roads)
    assert roads.asked_at == NOW


def test_learned_service_times_are_used_and_a_compartment_has_its_lockers(snapshot: Snapshot) -> None:
    order = the_order(modelled(snapshot))
    assert {site.id: site.service_s for site in order.pickups} == {"depot": 120, "locker-schaan-c1": 240}
    assert [site.service_s for site in order.deliveries] == [450]


def test_a_swap_has_room_for_the_part_that_comes_back(snapshot: Snapshot) -> None:
    order = the_order(modelled(snapshot))
    part = snapshot.parts[PUMP]
    assert (order.back_weight_g, order.back_volume_cm3) == (part.weight_g, part.volume_cm3)


def test_a_courier_who_knows_of_work_has_told_it_at_the_stated_price(snapshot: Snapshot) -> None:
    (order,) = snapshot.orders
    stop = Stop("s", "anna", 0, "hospital", StopState.PLANNED, NOW, NOW)
    step = Step("delivery:o", "s", 0, StepKind.DELIVERY, order.order_id, "hospital")
    assert the_order(modelled(snapshot)).told is None
    told = the_order(modelled(replace(snapshot, stops=(stop,), steps=(step,)), told_cents=70))
    assert (told.told, told.told_millicents) == ("anna", 70_000)


def test_a_place_that_no_road_joins_is_named(snapshot: Snapshot) -> None:
    found = modelled(snapshot, Roads(BUCHS))
    (order,) = snapshot.orders
    code, sentence = found.left_out[order.order_id]
    assert code == "unreachable"
    assert sentence.startswith(
        f"{order.number}: No road leads to or from Hospital Buchs at 47.16740, 9.47880."
    )
    assert found.problem.shipments == ()


def test_a_source_that_no_road_joins_leaves_the_others(snapshot: Snapshot) -> None:
    found = modelled(snapshot, Roads(SCHAAN))
    assert found.left_out == {}
    plan = carry_over(found.problem, NO_PLAN)
    assert [stop.site for route in plan.routes for stop in route.work] == ["depot", "hospital"]


def test_a_courier_whose_fix_is_far_from_any_road_starts_at_home(snapshot: Snapshot) -> None:
    lake = Coordinate(47.5, 9.5)
    adrift = replace(snapshot, positions={"anna": CourierPosition("anna", lake, NOW, NOW)})
    stop = Stop("s", "anna", 0, "locker-schaan", StopState.EN_ROUTE, NOW, NOW)
    (order,) = snapshot.orders
    step = Step("pickup:o", "s", 0, StepKind.PICKUP, order.order_id, "locker-schaan-c1")
    found = modelled(replace(adrift, stops=(stop,), steps=(step,)), Roads(lake))
    (anna,) = found.problem.vehicles
    assert anna.start == anna.end
    assert [lock.site for lock in anna.locked] == ["locker-schaan-c1"]


def test_overtime_has_a_price_and_an_end(snapshot: Snapshot) -> None:
    shift = replace(snapshot.shifts["anna"], ends_at=NOW - timedelta(minutes=30))
    late = replace(snapshot, shifts={"anna": shift}, overtime=frozenset({"anna"}))
    found = modelled(late)
    (anna,) = found.problem.vehicles
    assert anna.shift.latest_s == 0
    assert anna.overtime_s == OVERTIME.total_seconds() - 30 * 60
    assert anna.overtime_millicents_per_s > 0
    assert not violations(found.problem, carry_over(found.problem, NO_PLAN))
    assert the_order(found).forbidden == {"anna"}


def test_an_order_is_planned_from_the_nearest_sources_and_the_one_it_has(store: Store) -> None:
    with store.writing() as uow:
        build_world(uow)
        for n in range(NEAREST_SOURCES + 5):
            point = Coordinate(BUCHS.lat_deg + n / 1000, BUCHS.lon_deg)
            add_location(
                uow, Location(f"store-{n}", LocationKind.STOCKING_LOCATION, f"Store {n}", point), NOW
            )
            stock_up(uow, f"store-{n}", PUMP, 1, f"P-{n}")
        order = order_pump(uow)
        far = f"store-{NEAREST_SOURCES + 4}"
        assign(uow, order.order_id, "anna", far, NOW, NOW)
        snapshot = take_snapshot(uow, NOW)
    modelled = Modeller(GeodesicTravelTimes(), Beliefs(), 0).model(snapshot)
    (shipment,) = modelled.problem.shipments
    near = {f"store-{n}" for n in range(NEAREST_SOURCES)}
    assert {site.id for site in shipment.pickups} == near | {far}
