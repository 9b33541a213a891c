"""Promises quoted from the plan in force: ranked sources with reasons, pieces set aside, callers who race."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from api.processes.quoting import Quoting
from routing.dispatch.quoting import ASKED, Quoter
from tests.bench_world import add_bench, by, came_back
from tests.routing.test_dispatch import Planner
from tests.world import BUCHS, FUSE, NOW, PUMP, SCHAAN, build_world, order_pump, stock_up
from tracking.lockers.service import connection_reported
from tracking.orders.order import OrderState, Urgency
from tracking.orders.promise import Promise, PromiseLapsed, PromiseState
from tracking.orders.promising import answer, ask, give_up, lapse, redeem
from tracking.orders.service import place
from tracking.parts.fitting import PartDoesNotFit
from tracking.parts.location import MAIN_REGION, Location, LocationKind
from tracking.parts.machine import Machine
from tracking.parts.part import Condition, Part, PartKind
from tracking.parts.service import add_location, add_machine, add_part, expire_reservations
from tracking.repairs.service import advance, close, open_for_return
from tracking.repairs.work_order import WorkState
from tracking.store.unit_of_work import Store
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue, NotFound, TransitionRefused

BETTER_PUMP = "PUMP-2"


@pytest.fixture
def planner(store: Store) -> Planner:
    with store.writing() as uow:
        build_world(uow)
        connection_reported(uow, "locker-schaan", True, "session-1", 1, NOW)
        uow.commit()
    return Planner(store)


def stocked(planner: Planner, location_id: str, part_number: str, *serials: str, quantity: int = 0) -> None:
    with planner.store.writing() as uow:
        stock_up(uow, location_id, part_number, quantity or len(serials), *serials)
        uow.commit()


def asked(
    planner: Planner, part_number: str = PUMP, at: datetime | None = None, **details: object
) -> Promise:
    """Ask, let the planner answer as its process does, and return the answer."""
    wish = {"quantity": 1, "urgency": Urgency.CRITICAL, "confidence": 0.9, "hold_s": 600, **details}
    with planner.store.writing() as uow:
        promise = ask(
            uow,
            site_id="hospital",
            part_number=part_number,
            contract_id="two-hours",
            asked_by="desk",
            at=at or planner.now,
            **wish,  # type: ignore[arg-type]
        )
        uow.commit()
    answered(planner)
    return stored(planner, promise.promise_id)


def answered(planner: Planner) -> int:
    modeller = planner.dispatcher.modeller
    quoting = Quoting(planner.store, modeller.travel, lambda: planner.now, threading.Event())
    quoting.lay_out(MAIN_REGION, planner.dispatcher.in_force, modeller.lessons)
    return quoting.answer_all()


def stored(planner: Planner, promise_id: str) -> Promise:
    with planner.store.reading() as uow:
        return uow.promises.require(promise_id)


def redeemed(planner: Planner, promise: Promise, **details: object) -> str:
    with planner.store.writing() as uow:
        order = redeem(
            uow,
            promise.promise_id,
            "desk",
            planner.now,
            **({"expect_return": False, "note": ""} | details),  # type: ignore[arg-type]
        )
        uow.commit()
    return order.order_id


def available(planner: Planner, location_id: str, part_number: str = PUMP) -> int:
    with planner.store.reading() as uow:
        return uow.ledger.balance(location_id, part_number).available


def test_the_surest_source_is_offered_and_every_other_one_says_why_not(planner: Planner) -> None:
    stocked(planner, "depot", PUMP, "P-1")
    stocked(planner, "locker-schaan-c1", PUMP, "P-2")
    planner.run()
    promise = asked(planner)
    assert (promise.state, promise.courier_id) == (PromiseState.OFFERED, "anna")
    assert promise.promised_at is not None
    assert promise.held_until == NOW + timedelta(minutes=10)
    assert NOW < promise.promised_at < promise.due_at
    assert promise.in_time == 1.0
    first, second = promise.options
    assert {first["source_id"], second["source_id"]} == {"depot", "locker-schaan-c1"}
    assert (first["source_id"], first["reason"]) == (promise.source_id, "")
    assert first["half_at"] < first["promised_at"]
    assert "later" in second["reason"] or second["reason"] == "Another is as good."
    assert available(planner, str(promise.source_id)) == 0


def test_what_is_promised_is_later_the_surer_it_has_to_be(planner: Planner) -> None:
    stocked(planner, "depot", PUMP, "P-1", "P-2", "P-3")
    planner.run()
    times = [asked(planner, confidence=level).promised_at for level in (0.5, 0.8, 0.95)]
    assert times == sorted(times)
    assert len(set(times)) == 3


def test_the_last_piece_is_promised_once_and_the_other_caller_hears_why(planner: Planner) -> None:
    stocked(planner, "depot", PUMP, "P-1")
    planner.run()
    assert asked(planner).state is PromiseState.OFFERED
    second = asked(planner)
    assert (second.state, second.source_id) == (PromiseState.REFUSED, None)
    assert second.reason == f"Nobody has 1 of {PUMP} free."
    assert second.options[0]["reason"] == "0 free here, 1 needed."


def test_the_other_caller_gets_the_next_source(planner: Planner) -> None:
    stocked(planner, "depot", PUMP, "P-1")
    stocked(planner, "locker-schaan-c1", PUMP, "P-2")
    planner.run()
    assert {asked(planner).source_id, asked(planner).source_id} == {"depot", "locker-schaan-c1"}


def test_a_piece_that_goes_between_quote_and_answer_is_told_as_gone(planner: Planner) -> None:
    stocked(planner, "depot", PUMP, "P-1")
    planner.run()
    with planner.store.writing() as uow:
        first, second = (
            ask(
                uow,
                site_id="hospital",
                part_number=PUMP,
                quantity=1,
                contract_id="two-hours",
                urgency=Urgency.CRITICAL,
                confidence=0.9,
                hold_s=60,
                asked_by="desk",
                at=NOW,
            )
            for _ in range(2)
        )
        uow.commit()
    assert planner.dispatcher.in_force is not None
    modeller = planner.dispatcher.modeller
    quoter = Quoter(planner.dispatcher.in_force, modeller.travel, modeller.lessons)
    with planner.store.reading() as uow:
        quotes = [quoter.quote(uow, promise, NOW) for promise in (first, second)]
    for promise, quote in zip((first, second), quotes, strict=True):
        with planner.store.writing() as uow:
            answer(uow, promise.promise_id, quote.offers, quote.others, quote.reason, NOW)
            uow.commit()
    assert stored(planner, first.promise_id).state is PromiseState.OFFERED
    loser = stored(planner, second.promise_id)
    assert (loser.state, loser.reason) == (
        PromiseState.REFUSED,
        "The last pieces went to somebody else a moment ago.",
    )
    assert loser.options[0]["reason"] == "Its last piece went to somebody else a moment ago."


def add_machines(planner: Planner) -> None:
    """Add a PX-1 and a PX-2 at the hospital; the pump fits the first, its substitute the second."""
    with planner.store.writing() as uow:
        add_machine(uow, Machine("ward-3", "hospital", "PX-1", "4711"), NOW)
        add_machine(uow, Machine("ward-4", "hospital", "PX-2", "4712"), NOW)
        better = Part(BETTER_PUMP, "Better pump", PartKind.REPAIRABLE, 2500, 6000, 1, fits_models=("PX-2",))
        add_part(uow, better, NOW)
        pump = uow.parts.require(PUMP)
        uow.parts.save(replace(pump, substitutes=(BETTER_PUMP,), fits_models=("PX-1",)))
        uow.commit()


def test_only_what_fits_the_machine_is_offered(planner: Planner) -> None:
    add_machines(planner)
    stocked(planner, "depot", PUMP, "P-1")
    stocked(planner, "locker-schaan-c1", BETTER_PUMP, "B-1")
    planner.run()
    for machine_id, offered, lost in (("ward-3", PUMP, BETTER_PUMP), ("ward-4", BETTER_PUMP, PUMP)):
        promise = asked(planner, machine_id=machine_id)
        assert (promise.offered_part, promise.machine_id) == (offered, machine_id)
        _, other = promise.options
        model = {"ward-3": "PX-1", "ward-4": "PX-2"}[machine_id]
        assert (other["part_number"], other["reason"]) == (lost, f"{lost} does not fit a {model}.")


@pytest.mark.parametrize(
    ("machine_id", "part_number", "error", "says"),
    [
        ("ward-9", PUMP, NotFound, "ward-9"),
        ("elsewhere", PUMP, InvalidValue, "stands at clinic, not at hospital"),
        ("ward-3", BETTER_PUMP, PartDoesNotFit, "PUMP-2 does not fit a PX-1 and has no substitute that does"),
    ],
)
def test_a_machine_that_nothing_could_fit_is_told_at_once(
    planner: Planner, machine_id: str, part_number: str, error: type[Exception], says: str
) -> None:
    add_machines(planner)
    with planner.store.writing() as uow:
        add_location(uow, Location("clinic", LocationKind.CUSTOMER_SITE, "Clinic", BUCHS), NOW)
        add_machine(uow, Machine("elsewhere", "clinic", "PX-1", "1"), NOW)
        uow.commit()
    with pytest.raises(error, match=says):
        asked(planner, part_number, machine_id=machine_id)
    with planner.store.reading() as uow:
        assert uow.promises.find() == []


def test_what_is_on_the_bench_is_told_with_when_it_may_be_back(planner: Planner) -> None:
    with planner.store.writing() as uow:
        add_bench(uow)
        for serial, hours in (("B-1", 3), ("B-2", 2)):
            opened_at = NOW - timedelta(hours=hours)
            order = open_for_return(uow, came_back(uow, serial, unopened=True).return_id, by(at=opened_at))
            if serial == "B-1":
                advance(uow, order.work_order_id, WorkState.NO_FAULT_FOUND, "", by(at=NOW))
                close(uow, order.work_order_id, Condition.REFURBISHED, "depot", 0, by(at=NOW))
        uow.commit()
    planner.run()
    promise = asked(planner, quantity=2)
    assert promise.state is PromiseState.REFUSED
    told = {option["source_id"]: option["reason"] for option in promise.options}
    assert told["depot"] == "1 free here, 2 needed."
    assert told["bench"] == (
        f"B-2 is on the bench ({order.number}): back in stock most likely by 11:00, as 1 of 1 were."
    )


def test_a_redeemed_promise_is_an_order_whose_clock_began_at_the_question(planner: Planner) -> None:
    stocked(planner, "depot", PUMP, "P-1")
    planner.run()
    promise = asked(planner)
    planner.now += timedelta(minutes=5)
    order_id = redeemed(planner, promise)
    with planner.store.reading() as uow:
        order = uow.orders.require(order_id)
        assert (order.called_at, order.due_at) == (promise.asked_at, promise.due_at)
        assert (order.promise_id, order.promised_at) == (promise.promise_id, promise.promised_at)
        (reservation,) = uow.reservations.find(released_at=None)
        assert (reservation.order_id, reservation.expires_at) == (order_id, None)
    assert planner.run().changed
    with planner.store.reading() as uow:
        order = uow.orders.require(order_id)
        assert (order.state, order.source_id, order.serials) == (OrderState.PLANNED, "depot", ("P-1",))
        assert len(uow.reservations.find(released_at=None)) == 1
    with pytest.raises(TransitionRefused):
        redeemed(planner, promise)


def test_what_is_not_redeemed_lapses_and_comes_back(planner: Planner) -> None:
    stocked(planner, "depot", PUMP, "P-1")
    planner.run()
    promise = asked(planner, hold_s=60)
    planner.now += timedelta(seconds=61)
    with pytest.raises(PromiseLapsed):
        redeemed(planner, promise)
    with planner.store.writing() as uow:
        assert lapse(uow, planner.now) == 1
        uow.commit()
    assert available(planner, "depot") == 1
    assert stored(planner, promise.promise_id).state is PromiseState.LAPSED
    with pytest.raises(PromiseLapsed):
        redeemed(planner, promise)


def test_what_another_clock_gave_back_a_little_early_has_lapsed(planner: Planner) -> None:
    stocked(planner, "depot", PUMP, "P-1")
    planner.run()
    promise = asked(planner, hold_s=60)
    with planner.store.writing() as uow:
        assert expire_reservations(uow, planner.now + timedelta(seconds=60)) == 1
        uow.commit()
    with pytest.raises(PromiseLapsed):
        redeemed(planner, promise)
    with planner.store.reading() as uow:
        assert uow.orders.find() == []


def test_a_caller_who_does_not_want_it_lets_go(planner: Planner) -> None:
    stocked(planner, "depot", PUMP, "P-1")
    planner.run()
    promise = asked(planner)
    with planner.store.writing() as uow:
        give_up(uow, promise.promise_id, planner.now)
        uow.commit()
    assert available(planner, "depot") == 1
    assert asked(planner).state is PromiseState.OFFERED


def test_an_answer_that_nobody_waits_for_sets_nothing_aside(planner: Planner) -> None:
    stocked(planner, "depot", PUMP, "P-1")
    promise = asked(planner)  # no plan is in force yet
    assert promise.state is PromiseState.ASKED
    with planner.store.writing() as uow:
        give_up(uow, promise.promise_id, planner.now)
        uow.commit()
    planner.run()
    assert answered(planner) == 0
    assert available(planner, "depot") == 1


def test_a_substitute_is_offered_where_the_part_itself_is_nowhere(planner: Planner) -> None:
    with planner.store.writing() as uow:
        add_part(uow, Part(BETTER_PUMP, "Better pump", PartKind.REPAIRABLE, 2500, 6000, 150_000), NOW)
        uow.parts.save(replace(uow.parts.require(PUMP), substitutes=(BETTER_PUMP,)))
        uow.commit()
    stocked(planner, "depot", BETTER_PUMP, "B-1")
    planner.run()
    promise = asked(planner)
    assert (promise.state, promise.part_number, promise.offered_part) == (
        PromiseState.OFFERED,
        PUMP,
        BETTER_PUMP,
    )
    order_id = redeemed(planner, promise, expect_return=True)
    with planner.store.reading() as uow:
        order = uow.orders.require(order_id)
        assert order.part_number == BETTER_PUMP
        assert uow.returns.require(order.return_id).part_number == PUMP


def test_a_part_in_the_van_on_the_road_is_offered_first_and_is_on_board_at_once(planner: Planner) -> None:
    with planner.store.reading() as uow:
        van_id = uow.couriers.require("anna").van_id
    stocked(planner, "depot", PUMP, "P-1")
    stocked(planner, van_id, PUMP, "P-2")
    planner.run()
    promise = asked(planner)
    assert (promise.source_id, promise.courier_id) == (van_id, "anna")
    order_id = redeemed(planner, promise)
    planner.run()
    with planner.store.reading() as uow:
        order = uow.orders.require(order_id)
        assert (order.state, order.courier_id, order.serials) == (OrderState.PICKED_UP, "anna", ("P-2",))
        (stop,) = uow.stops.find(courier_id="anna")
        assert stop.place_id == "hospital"


def test_a_van_whose_courier_is_off_duty_cannot_serve(planner: Planner) -> None:
    with planner.store.reading() as uow:
        van_id = uow.couriers.require("ben").van_id
    stocked(planner, van_id, PUMP, "P-2")
    planner.run()
    promise = asked(planner)
    assert promise.state is PromiseState.REFUSED
    assert [option["reason"] for option in promise.options] == ["Its courier is not on shift."]


def test_a_locker_that_is_not_connected_cannot_serve(planner: Planner) -> None:
    stocked(planner, "locker-schaan-c1", PUMP, "P-2")
    with planner.store.writing() as uow:
        connection_reported(uow, "locker-schaan", False, "session-1", 1, NOW)
        uow.commit()
    planner.run()
    promise = asked(planner)
    assert promise.state is PromiseState.REFUSED
    assert "not connected" in promise.options[0]["reason"]


def test_what_cannot_be_in_time_is_offered_with_the_truth(planner: Planner) -> None:
    stocked(planner, "depot", PUMP, "P-1")
    planner.run()
    promise = asked(planner, at=planner.now - timedelta(minutes=115))
    assert promise.state is PromiseState.OFFERED
    assert promise.promised_at is not None
    assert promise.promised_at > promise.due_at
    assert promise.in_time is not None
    assert promise.in_time < 0.2


def test_a_courier_whose_shift_is_too_short_says_so_by_the_clock(planner: Planner) -> None:
    stocked(planner, "depot", PUMP, "P-1")
    planner.now = NOW + timedelta(hours=7, minutes=55)
    planner.run()
    promise = asked(planner)
    assert promise.state is PromiseState.REFUSED
    assert "18:00" in promise.options[0]["reason"]  # Zurich's clock, where the shift ends at 17:00 UTC


def test_the_farther_of_many_sources_are_not_asked(planner: Planner) -> None:
    with planner.store.writing() as uow:
        for n in range(ASKED + 3):
            place = Location(
                f"store-{n}",
                LocationKind.STOCKING_LOCATION,
                f"Store {n}",
                Coordinate(BUCHS.lat_deg + n / 1000, BUCHS.lon_deg),
            )
            add_location(uow, place, NOW)
            stock_up(uow, place.location_id, FUSE, 5)
        uow.commit()
    planner.run()
    promise = asked(planner, FUSE, quantity=5)
    assert promise.source_id == "store-0"
    reasons = {option["source_id"]: option["reason"] for option in promise.options}
    assert len(reasons) == ASKED + 3
    assert reasons[f"store-{ASKED + 2}"] == f"{ASKED} other sources are nearer to the site."


def test_orders_that_come_meanwhile_count(planner: Planner) -> None:
    """A courier who is busy promises later than one who is not."""
    stocked(planner, "depot", PUMP, "P-1", "P-2", "P-3", "P-4")
    planner.run()
    free = asked(planner)
    with planner.store.writing() as uow:
        give_up(uow, free.promise_id, planner.now)
        add_location(uow, Location("clinic", LocationKind.CUSTOMER_SITE, "Clinic", SCHAAN), NOW)
        for _ in range(3):
            order_pump(uow)
        uow.commit()
    planner.run()
    busy = asked(planner)
    assert free.promised_at is not None
    assert busy.promised_at is not None
    assert busy.promised_at > free.promised_at


def test_what_comes_later_does_not_move_what_was_promised(planner: Planner) -> None:
    """The clinic lies on the way: without a promise its call would go first, with one it goes after."""
    stocked(planner, "depot", PUMP, "P-1", "P-2", "P-3", "P-4", "P-5")
    with planner.store.writing() as uow:
        add_location(uow, Location("clinic", LocationKind.CUSTOMER_SITE, "Clinic", SCHAAN), NOW)
        uow.commit()
    planner.run()
    promise = asked(planner)
    order_id = redeemed(planner, promise)
    planner.run()
    with planner.store.writing() as uow:
        for _ in range(4):
            place(
                uow,
                site_id="clinic",
                part_number=PUMP,
                quantity=1,
                contract_id="two-hours",
                urgency=Urgency.CRITICAL,
                requested_by="desk",
                at=planner.now,
            )
        uow.commit()
    planner.run()
    with planner.store.reading() as uow:
        order = uow.orders.require(order_id)
    assert order.half_at == promise.half_at
    assert order.predicted_at is not None
    assert promise.half_at is not None
    assert order.predicted_at <= promise.half_at + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"quantity": 0}, InvalidValue),
        ({"confidence": 1.0}, InvalidValue),
        ({"hold_s": 0}, InvalidValue),
        ({"required_courier_id": "nobody"}, InvalidValue),
        ({"forbidden_courier_ids": ("anna", "nobody")}, InvalidValue),
        ({"required_courier_id": "anna", "forbidden_courier_ids": ("anna",)}, InvalidValue),
    ],
)
def test_nonsense_is_refused(planner: Planner, wrong: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        asked(planner, **wrong)


def test_an_unknown_part_is_named(planner: Planner) -> None:
    with pytest.raises(NotFound, match="NONE"):
        asked(planner, "NONE")
