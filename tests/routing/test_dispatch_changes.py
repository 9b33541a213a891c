"""What every re-plan says of itself, and what it never does silently."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.routing.test_dispatch import ZURICH, Planner
from tests.world import NOW, PUMP, SCHAAN, build_world, order_pump, stock_up
from tracking.fleet.courier import CourierPosition
from tracking.fleet.reports import ReportKind
from tracking.fleet.service import open_shift
from tracking.fleet.stops import StepKind, Stop, StopState, step_id
from tracking.lockers.service import connection_reported
from tracking.orders import service as orders
from tracking.orders.order import Order
from tracking.store.unit_of_work import Store
from tracking.values.coordinates import Coordinate

FAR = Coordinate(47.0, 9.9)


@pytest.fixture
def planner(sqlite_store: Store) -> Planner:
    with sqlite_store.writing() as uow:
        build_world(uow)
        connection_reported(uow, "locker-schaan", True, "session-1", 1, NOW)
        stock_up(uow, "locker-schaan-c1", PUMP, 1, "P-1")
        stock_up(uow, "depot", PUMP, 2, "P-2", "P-3")
        uow.commit()
    return Planner(sqlite_store)


def order(planner: Planner, *, expect_return: bool = False) -> Order:
    with planner.store.writing() as uow:
        placed = order_pump(uow, expect_return=expect_return)
        uow.commit()
    return placed


def cancel(planner: Planner, order_id: str) -> None:
    with planner.store.writing() as uow:
        orders.cancel(uow, order_id, "Not needed", "desk", planner.now)
        uow.commit()


def stops(planner: Planner, courier_id: str = "anna") -> list[Stop]:
    with planner.store.reading() as uow:
        found = [s for s in uow.stops.find(courier_id=courier_id) if s.state is not StopState.DONE]
    return sorted(found, key=lambda stop: stop.position)


def told(planner: Planner, run: Callable[[], object]) -> list[tuple[str, dict[str, Any]]]:
    """Return (courier, data) of the route changes that a run tells of."""
    with planner.store.writing() as uow:
        uow.outbox.stamp()
        seen = uow.outbox.newest()
        uow.commit()
    run()
    with planner.store.writing() as uow:
        uow.outbox.stamp()
        found = [s.event for s in uow.outbox.read(seen, 1000) if s.event.kind == "route.changed"]
        uow.commit()
    return [(event.subject, dict(event.data)) for event in found]


def test_a_new_order_is_named_with_its_cause(planner: Planner) -> None:
    placed = order(planner)
    ((courier_id, data),) = told(planner, planner.run)
    sentence = f"{placed.number} is added: a new order."
    assert courier_id == "anna"
    assert data["changes"] == [
        {"change": "added", "cause": "new_order", "job_id": placed.order_id, "sentence": sentence}
    ]
    assert data["summary"] == sentence


def test_a_withdrawn_order_is_named_even_when_the_courier_is_on_the_way_to_it(planner: Planner) -> None:
    placed = order(planner)
    planner.run()
    planner.report("anna", ReportKind.EN_ROUTE, stop_id=stops(planner)[0].stop_id)
    cancel(planner, placed.order_id)
    ((courier_id, data),) = told(planner, planner.run)
    assert (courier_id, data["summary"]) == ("anna", f"{placed.number} is removed: it was withdrawn.")


def test_the_stop_under_way_stays_first_whatever_comes(planner: Planner) -> None:
    order(planner)
    planner.run()
    first = stops(planner)[0]
    planner.report("anna", ReportKind.EN_ROUTE, stop_id=first.stop_id)
    with planner.store.writing() as uow:
        open_shift(uow, "ben", NOW, NOW + timedelta(hours=8), NOW)
        uow.positions.add(CourierPosition("ben", SCHAAN, NOW, NOW))
        uow.commit()
    for _ in range(2):
        order(planner)
        planner.now += timedelta(seconds=20)
        changes = told(planner, planner.run)
        kept = stops(planner)[0]
        assert (kept.stop_id, kept.state, kept.place_id) == (
            first.stop_id,
            StopState.EN_ROUTE,
            first.place_id,
        )
        assert all(change["change"] == "added" for _, data in changes for change in data["changes"])


def test_a_return_in_exchange_says_that_it_comes_back_for_the_good_part(planner: Planner) -> None:
    placed = order(planner, expect_return=True)
    planner.run()
    planner.report("anna", ReportKind.PICKED_UP, step_id=step_id(StepKind.PICKUP, placed.order_id))
    ((_, data),) = told(planner, planner.run)
    assert [change["cause"] for change in data["changes"]] == ["exchange"]


def test_a_source_that_is_gone_moves_the_pickup_and_says_so(planner: Planner) -> None:
    placed = order(planner)
    with planner.store.writing() as uow:
        uow.positions.add(CourierPosition("anna", SCHAAN, NOW, NOW))
        uow.commit()
    planner.run()
    assert [stop.place_id for stop in stops(planner)] == ["locker-schaan", "hospital"]
    with planner.store.writing() as uow:
        connection_reported(uow, "locker-schaan", False, "session-1", 2, NOW)
        uow.commit()
    ((_, data),) = told(planner, planner.run)
    places = "Depot Vaduz instead of Locker Schaan"
    why = "Locker Schaan has none that may be taken"
    assert data["summary"] == f"{placed.number} is picked up at {places}: {why}."
    assert [(change["change"], change["cause"]) for change in data["changes"]] == [("moved", "source_gone")]


def test_work_of_a_courier_who_went_home_goes_to_another_and_both_are_told(planner: Planner) -> None:
    placed = order(planner)
    planner.run()
    with planner.store.writing() as uow:
        (shift,) = uow.shifts.find(courier_id="anna")
        uow.shifts.remove(shift.shift_id)
        open_shift(uow, "ben", NOW, NOW + timedelta(hours=8), NOW)
        uow.commit()
    changes = dict(told(planner, planner.run))
    why = "Anna is not on shift"
    assert changes["anna"]["summary"] == f"{placed.number} goes to Ben: {why}."
    assert changes["ben"]["summary"] == f"{placed.number} comes from Anna: {why}."


def end_shift(planner: Planner, courier_id: str, left: timedelta) -> None:
    """Let no more than this be left of a courier's shift."""
    with planner.store.writing() as uow:
        (shift,) = uow.shifts.find(courier_id=courier_id)
        uow.shifts.remove(shift.shift_id)
        open_shift(uow, courier_id, shift.starts_at, NOW + left, NOW)
        uow.commit()


def start_shift(planner: Planner, courier_id: str) -> None:
    with planner.store.writing() as uow:
        open_shift(uow, courier_id, NOW, NOW + timedelta(hours=8), NOW)
        uow.commit()


def test_work_that_no_longer_fits_goes_to_another_and_says_why(planner: Planner) -> None:
    placed = order(planner)
    planner.run()
    end_shift(planner, "anna", timedelta(minutes=5))
    start_shift(planner, "ben")
    changes = dict(told(planner, planner.run))
    (change,) = changes["anna"]["changes"]
    assert (change["change"], change["cause"]) == ("removed", "courier_late")
    why = "Anna is late, or what else is to be done leaves no time"
    assert change["sentence"] == f"{placed.number} goes to Ben: {why}."
    assert [each["cause"] for each in changes["ben"]["changes"]] == ["courier_late"]


def test_work_that_nobody_can_do_is_taken_away_with_its_reason_and_comes_back(planner: Planner) -> None:
    placed = order(planner)
    planner.run()
    end_shift(planner, "anna", timedelta(minutes=5))
    ((courier_id, data),) = told(planner, planner.run)
    (change,) = data["changes"]
    assert (courier_id, change["change"], change["cause"]) == ("anna", "removed", "unserved")
    with planner.store.reading() as uow:
        reason = str(uow.orders.require(placed.order_id).unserved_reason)
    number, sentence = change["sentence"].split(" is removed: ")
    assert number == placed.number
    ends = (NOW + timedelta(minutes=5)).astimezone(ZURICH)
    assert sentence.startswith(
        f"Every courier that may take it is out of shift too early, the last at {ends:%H:%M} (Anna)"
    )
    assert reason.startswith(sentence)
    start_shift(planner, "ben")
    ((courier_id, data),) = told(planner, planner.run)
    assert (courier_id, data["summary"]) == ("ben", f"{placed.number} is added: it can be done now.")
    assert [each["cause"] for each in data["changes"]] == ["possible_now"]


def _ben_comes_nearer(planner: Planner) -> Order:
    """Let anna have an order that ben, who begins now, would do for less; return it."""
    placed = order(planner)
    planner.run()
    with planner.store.writing() as uow:
        open_shift(uow, "ben", NOW, NOW + timedelta(hours=8), NOW)
        uow.positions.add(CourierPosition("ben", SCHAAN, NOW, NOW))
        uow.positions.add(CourierPosition("anna", FAR, NOW, NOW))
        uow.commit()
    return placed


def test_an_improvement_changes_no_more_couriers_than_it_may(planner: Planner) -> None:
    placed = _ben_comes_nearer(planner)
    order(planner)
    Planner(planner.store, improve_couriers=1).run()
    with planner.store.reading() as uow:
        assert uow.orders.require(placed.order_id).courier_id == "anna"
    planner.run()
    with planner.store.reading() as uow:
        assert uow.orders.require(placed.order_id).courier_id == "ben"


def test_what_a_better_plan_saves_is_told(planner: Planner) -> None:
    placed = _ben_comes_nearer(planner)
    other = order(planner)  # one open order alone has its best place already
    changes = dict(told(planner, planner.run))
    cause = next(c for c in changes["anna"]["changes"] if c["job_id"] == placed.order_id)
    assert (cause["change"], cause["cause"]) == ("removed", "better")
    assert cause["sentence"].startswith(f"{placed.number} goes to Ben: the plan gets better by ")
    assert other.order_id in {change["job_id"] for change in changes["ben"]["changes"]}


def test_a_courier_running_late_is_timed_anew_with_all_that_comes_after(planner: Planner) -> None:
    placed = order(planner)
    planner.run()
    before = stops(planner)
    planner.report("anna", ReportKind.EN_ROUTE, stop_id=before[0].stop_id)
    planner.now += timedelta(minutes=25)
    assert told(planner, planner.run) == []
    after = stops(planner)
    assert [stop.stop_id for stop in after] == [stop.stop_id for stop in before]
    for old, new in zip(before, after, strict=True):
        assert new.eta_at - old.eta_at >= timedelta(minutes=20)
    with planner.store.reading() as uow:
        predicted_at = uow.orders.require(placed.order_id).predicted_at
    assert predicted_at == after[-1].departs_at
