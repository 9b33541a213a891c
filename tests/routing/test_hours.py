"""Opening hours as windows of the problem, and what plans and promises make of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from routing.dispatch.hours import OPENINGS, WHOLE_DAYS_S, windows
from routing.dispatch.quoting import Quoter
from routing.problem import TimeWindow
from tests.routing.test_dispatch import Planner
from tests.world import NOW, PUMP, VADUZ, build_world, order_pump, stock_up
from tracking.lockers.service import connection_reported
from tracking.orders.order import Urgency
from tracking.orders.promise import Promise
from tracking.orders.promising import ask
from tracking.parts.location import Location, LocationKind
from tracking.store.unit_of_work import Store

HOUR_S = 3600
DAY_S = 24 * HOUR_S
ANY_TIME = Location("shop", LocationKind.DEPOT, "Shop", VADUZ)


def shop(hours: str, zone: str = "Europe/Zurich") -> Location:
    return replace(ANY_TIME, opening_hours=hours, zone=zone)


def hours_of(found: tuple[TimeWindow, ...]) -> list[tuple[float, float]]:
    return [(window.earliest_s / HOUR_S, window.latest_s / HOUR_S) for window in found]


# NOW is a Monday, 09:00 UTC: 10:00 by the clocks of Zurich.
@pytest.mark.parametrize(
    ("place", "from_s", "service_s", "expected"),
    [
        (ANY_TIME, 0, 300, []),
        (ANY_TIME, -5, 300, []),
        (ANY_TIME, HOUR_S, 300, [(1, WHOLE_DAYS_S / HOUR_S)]),
        (shop("Mo-Fr 08:00-17:00"), 0, HOUR_S, [(0, 6), (22, 30), (46, 54), (70, 78), (94, 102), (166, 174)]),
        (shop("Mo-Fr 08:00-17:00"), 8 * HOUR_S, 0, [(22, 31), (46, 55)]),
        (shop("Mo 09:00-11:00,13:00-17:00"), 0, HOUR_S, [(0, 0), (3, 6), (167, 168)]),
        (shop("Mo 09:00-10:30; Tu 09:00-17:00"), 0, HOUR_S, [(23, 30), (167, 167.5)]),
        (shop("Mo 09:00-10:30"), 0, 2 * HOUR_S, [(0, 0), (167, 167), (335, 335)]),
        (shop("Mo-Fr 20:00-04:00"), 0, HOUR_S, [(10, 17), (34, 41)]),
        (shop("24/7"), 0, HOUR_S, [(0, 7 * 24 - 10 - 1), (7 * 24 - 10, 14 * 24 - 10 - 1)]),
        (
            shop("Mo-Fr 08:00-24:00; Sa 00:00-12:00"),
            0,
            HOUR_S,
            [(0, 13), (22, 37), (46, 61), (70, 85), (94, 121)],
        ),
    ],
)
def test_windows_follow_the_clock_on_the_wall(
    place: Location, from_s: int, service_s: int, expected: list[tuple[float, float]]
) -> None:
    found = windows(place, NOW, from_s, service_s)
    assert len(found) <= OPENINGS
    assert hours_of(found)[: len(expected)] == expected
    assert bool(found) == bool(expected)


def test_a_change_of_the_clocks_moves_the_opening() -> None:
    saturday = datetime.fromisoformat("2026-03-28T12:00:00+00:00")
    (sunday, *_) = windows(shop("Su 08:00-10:00"), saturday, 0, 0)
    assert hours_of((sunday,)) == [(18, 20)]  # 06:00 UTC, not 07:00


@pytest.fixture
def planner(sqlite_store: Store) -> Planner:
    """The depot has the part, but is closed until the afternoon."""
    with sqlite_store.writing() as uow:
        build_world(uow)
        connection_reported(uow, "locker-schaan", True, "session-1", 1, NOW)
        stock_up(uow, "depot", PUMP, 2, "P-1", "P-2")
        depot = uow.locations.require("depot")
        uow.locations.save(replace(depot, opening_hours="Mo-Fr 14:00-17:00", zone="Europe/Zurich"))
        uow.commit()
    return Planner(sqlite_store)


def test_a_part_is_fetched_when_its_place_has_opened(planner: Planner) -> None:
    with planner.store.writing() as uow:
        order_pump(uow)
        uow.commit()
    planner.run()
    with planner.store.reading() as uow:
        (fetch, _) = sorted(uow.stops.find(), key=lambda stop: stop.position)
    assert fetch.place_id == "depot"
    assert fetch.departs_at >= NOW + timedelta(hours=4)


def promise(planner: Planner) -> Promise:
    with planner.store.writing() as uow:
        asked = ask(
            uow,
            site_id="hospital",
            part_number=PUMP,
            contract_id="two-hours",
            asked_by="desk",
            at=planner.now,
            quantity=1,
            urgency=Urgency.CRITICAL,
            confidence=0.9,
            hold_s=600,
        )
        uow.commit()
    return asked


def test_a_place_that_is_closed_is_promised_for_when_it_opens_and_loses_to_one_that_is_open(
    planner: Planner,
) -> None:
    planner.run()
    assert planner.dispatcher.in_force is not None
    modeller = planner.dispatcher.modeller
    quoter = Quoter(planner.dispatcher.in_force, modeller.travel, modeller.lessons)
    with planner.store.reading() as uow:
        (only,) = quoter.quote(uow, promise(planner), NOW).offers
    assert only.source_id == "depot"
    assert only.half_at > NOW + timedelta(hours=4)
    assert only.in_time < 0.5
    with planner.store.writing() as uow:
        stock_up(uow, "locker-schaan-c1", PUMP, 1, "P-3")
        uow.commit()
    with planner.store.reading() as uow:
        best, late = quoter.quote(uow, promise(planner), NOW).offers
    assert (best.source_id, late.source_id) == ("locker-schaan-c1", "depot")
    assert "later" in late.reason


def test_why_not_is_told_with_names_and_by_the_clock(planner: Planner) -> None:
    with planner.store.writing() as uow:
        depot = uow.locations.require("depot")
        uow.locations.save(replace(depot, opening_hours="Tu 02:00-03:00", zone="Europe/Zurich"))
        order = order_pump(uow)
        uow.commit()
    planner.run()
    with planner.store.reading() as uow:
        reason = uow.orders.require(order.order_id).unserved_reason
    assert reason is not None
    assert reason.startswith(
        "Every courier that may take it is out of shift too early, the last at 18:00 (Anna)"
    )
    assert "Would be served if Anna's shift lasted until Tue 02:" in reason
