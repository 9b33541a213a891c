"""Orders are amended and cancelled in every state, and whatever hangs on them follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.world import FUSE, NOW, PUMP, SCHAAN, build_world, order_pump, stock_up
from tracking.fleet.publishing import PlannedStep, PlannedStop, replace_route
from tracking.fleet.reporting import receive_report
from tracking.fleet.reports import Report, ReportKind, Verdict, VerdictKind
from tracking.fleet.stops import StepKind
from tracking.lockers.service import authorise_withdrawal, connection_reported
from tracking.orders import clock
from tracking.orders import service as orders
from tracking.orders.amending import amend
from tracking.orders.amendment import AMENDABLE, COURIERS, GOODS, Amendable, AmendmentRefused
from tracking.orders.causes import Cause
from tracking.orders.order import Order, OrderState, Urgency
from tracking.orders.promise import Offer
from tracking.orders.promising import answer, ask, redeem
from tracking.orders.sla import Contract, PauseReason
from tracking.parts.location import Location, LocationKind
from tracking.parts.part import Part, PartKind
from tracking.parts.service import add_location, add_part
from tracking.parts.stock import OutOfStock
from tracking.returns.rma import ReturnState
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.errors import Conflict, InvalidValue, NotFound, TransitionRefused
from tracking.values.ids import new_id

LATER = NOW + timedelta(minutes=30)
PUMP_2 = "PUMP-2"
WISHES: dict[Amendable, Any] = {
    Amendable.SITE: "clinic",
    Amendable.PART: PUMP_2,
    Amendable.QUANTITY: 2,
    Amendable.CONTRACT: "four-hours",
    Amendable.URGENCY: Urgency.PLANNED,
    Amendable.NOTE: "Ring at the back door",
    Amendable.NOT_BEFORE: NOW + timedelta(minutes=40),
    Amendable.REQUIRED_BY: NOW + timedelta(minutes=60),
    Amendable.REQUIRED_COURIER: "ben",
    Amendable.FORBIDDEN_COURIERS: ("ben",),
}
"""Another value for each field that a desk may change."""


@pytest.fixture
def world(store: Store) -> Store:
    with store.writing() as uow:
        build_world(uow)
        add_part(uow, Part(PUMP_2, "Infusion pump, new", PartKind.REPAIRABLE, 2500, 6000, 150_000), NOW)
        add_location(uow, Location("clinic", LocationKind.CUSTOMER_SITE, "Clinic Schaan", SCHAAN), NOW)
        uow.contracts.add(Contract("four-hours", "Four hours", 14_400))
        stock_up(uow, "locker-schaan-c1", PUMP, 1, "P-1")
        stock_up(uow, "depot", PUMP, 2, "P-2", "P-3")
        stock_up(uow, "depot", PUMP_2, 2, "N-1", "N-2")
        uow.commit()
    return store


def _report(store: Store, kind: ReportKind, step_id: str, **changes: object) -> Verdict:
    report = Report(new_id(), "anna", 1, kind, LATER, LATER, 0.0, step_id=step_id)
    return receive_report(store.writing, replace(report, **changes))  # type: ignore[arg-type]


def _in(world: Store, state: OrderState, *, source_id: str = "depot", expect_return: bool = False) -> Order:
    """Return an order that has come to a state, at a courier's where it has come so far."""
    with world.writing() as uow:
        order = order_pump(uow, expect_return=expect_return)
        uow.commit()
    if state is OrderState.CANCELLED:
        with world.writing() as uow:
            orders.cancel(uow, order.order_id, "Not needed", "desk", NOW)
            uow.commit()
    elif state is not OrderState.OPEN:
        _plan(world, order, source_id)
        if state is not OrderState.PLANNED:
            assert _report(world, ReportKind.PICKED_UP, f"pickup:{order.order_id}").kind == "applied"
        if state is OrderState.DELIVERED:
            assert _report(world, ReportKind.DELIVERED, f"delivery:{order.order_id}").kind == "applied"
    with world.reading() as uow:
        return uow.orders.require(order.order_id)


def _plan(world: Store, order: Order, source_id: str) -> None:
    pickup = PlannedStep(StepKind.PICKUP, order.order_id, source_id)
    delivery = PlannedStep(StepKind.DELIVERY, order.order_id, order.site_id)
    with world.writing() as uow:
        orders.assign(uow, order.order_id, "anna", source_id, LATER, NOW)
        place_id = uow.locations.require(source_id).place_id
        stops = [
            PlannedStop(place_id, NOW, NOW, (pickup,)),
            PlannedStop(order.site_id, LATER, LATER, (delivery,)),
        ]
        replace_route(uow, "anna", stops, NOW)
        uow.commit()


def _amend(uow: SqlUnitOfWork, order: Order, *, known: int | None = None, **wishes: Any) -> Order:
    return amend(uow, order.order_id, known or order.version, wishes, "The customer called", "desk", NOW)


def _holds(uow: SqlUnitOfWork, order: Order) -> list[tuple[str, str, int]]:
    held = uow.reservations.find(order_id=order.order_id, released_at=None)
    return [(r.location_id, r.part_number, r.quantity) for r in held]


@pytest.mark.parametrize("field", list(Amendable))
@pytest.mark.parametrize("state", list(OrderState))
def test_each_field_can_be_amended_in_the_states_that_allow_it(
    world: Store, state: OrderState, field: Amendable
) -> None:
    order = _in(world, state)
    with world.writing() as uow:
        if field not in AMENDABLE[state]:
            with pytest.raises(AmendmentRefused, match=f"is {state}: {field} cannot be changed"):
                _amend(uow, order, **{field: WISHES[field]})
            assert uow.orders.require(order.order_id) == order
            return
        changed = _amend(uow, order, **{field: WISHES[field]})
        assert getattr(changed, field) == WISHES[field]
        assert changed.state is state
        assert _holds(uow, order) == (
            [("depot", changed.part_number, changed.quantity)] if state is OrderState.PLANNED else []
        )
        (kept,) = uow.amendments.find()
        assert (kept.by, kept.reason, kept.order_version) == ("desk", "The customer called", changed.version)
        assert kept.changes[0]["field"] == field
        uow.outbox.stamp()
        told = [s.event for s in uow.outbox.read(0, 500) if s.event.kind == "order.amended"]
        assert [event.data["courier_id"] for event in told] == [order.courier_id]


def test_states_differ_in_what_may_be_amended_as_the_desk_is_told() -> None:
    assert AMENDABLE[OrderState.OPEN] == AMENDABLE[OrderState.PLANNED] == set(Amendable)
    assert AMENDABLE[OrderState.PICKED_UP] == set(Amendable) - GOODS - COURIERS
    assert AMENDABLE[OrderState.DELIVERED] == AMENDABLE[OrderState.CANCELLED] == set()


@pytest.mark.parametrize("state", list(OrderState))
def test_order_can_be_cancelled_in_every_state_that_is_not_final(world: Store, state: OrderState) -> None:
    order = _in(world, state)
    with world.writing() as uow:
        if state in (OrderState.DELIVERED, OrderState.CANCELLED):
            with pytest.raises(TransitionRefused):
                orders.cancel(uow, order.order_id, "Not needed", "desk", LATER)
            return
        orders.cancel(uow, order.order_id, "Not needed", "desk", LATER)
        assert uow.orders.require(order.order_id).state is OrderState.CANCELLED
        assert _holds(uow, order) == []
        back = [(r.state, r.serial, r.destination_id) for r in uow.returns.find()]
        assert back == ([(ReturnState.PICKED_UP, "P-2", "depot")] if state is OrderState.PICKED_UP else [])


@pytest.mark.parametrize(
    ("wishes", "error"),
    [
        ({"site_id": "depot"}, InvalidValue),
        ({"site_id": "nowhere"}, NotFound),
        ({"part_number": "NO-PART"}, NotFound),
        ({"contract_id": "none"}, NotFound),
        ({"quantity": 0}, InvalidValue),
        ({"note": ""}, InvalidValue),
        ({}, InvalidValue),
        ({"not_before_at": LATER, "required_by_at": LATER}, InvalidValue),
    ],
)
def test_amendment_that_makes_no_sense_is_refused(
    world: Store, wishes: dict[str, Any], error: type[Exception]
) -> None:
    order = _in(world, OrderState.OPEN)
    with world.writing() as uow, pytest.raises(error):
        _amend(uow, order, **wishes)


def test_amendment_on_top_of_another_that_was_not_read_is_a_conflict(world: Store) -> None:
    order = _in(world, OrderState.OPEN)
    with world.writing() as uow:
        changed = _amend(uow, order, note="Gate 2")
        with pytest.raises(Conflict, match="amended by desk meanwhile: The customer called"):
            _amend(uow, order, note="Gate 3")
        assert _amend(uow, changed, note="Gate 3").note == "Gate 3"


def test_what_the_planner_did_meanwhile_is_no_conflict(world: Store) -> None:
    order = _in(world, OrderState.OPEN)
    _plan(world, order, "depot")
    with world.writing() as uow:
        assert _amend(uow, order, note="Gate 2").state is OrderState.PLANNED


def test_more_pieces_than_the_source_has_send_the_order_back_to_sourcing(world: Store) -> None:
    order = _in(world, OrderState.PLANNED, source_id="locker-schaan-c1")
    with world.writing() as uow:
        changed = _amend(uow, order, quantity=2)
        assert (changed.state, changed.source_id, changed.serials) == (OrderState.OPEN, None, ())
        assert _holds(uow, order) == []


def test_amendment_that_would_give_up_a_piece_for_none_is_refused_and_keeps_it(world: Store) -> None:
    order = _in(world, OrderState.PLANNED)
    with world.writing() as uow:
        with pytest.raises(OutOfStock, match="No source has 4 of PUMP-1 free"), uow.attempt():
            _amend(uow, order, quantity=4)
        assert _holds(uow, order) == [("depot", PUMP, 1)]
        assert uow.orders.require(order.order_id) == order


def test_piece_that_is_being_taken_out_of_a_locker_cannot_become_another(world: Store) -> None:
    order = _in(world, OrderState.PLANNED, source_id="locker-schaan-c1")
    with world.writing() as uow:
        connection_reported(uow, "locker-schaan", True, "session-1", 1, NOW)
        authorise_withdrawal(uow, new_id(), "anna", f"pickup:{order.order_id}", NOW)
        with pytest.raises(AmendmentRefused, match="being taken out of a locker"):
            _amend(uow, order, part_number=PUMP_2)
        assert _amend(uow, order, site_id="clinic").site_id == "clinic"


def _promised(world: Store) -> Order:
    with world.writing() as uow:
        asked = ask(
            uow,
            site_id="hospital",
            part_number=PUMP,
            quantity=1,
            contract_id="two-hours",
            urgency=Urgency.CRITICAL,
            confidence=0.9,
            hold_s=600,
            asked_by="desk",
            at=NOW,
        )
        offer = Offer(PUMP, "depot", LocationKind.DEPOT, "", "anna", LATER, LATER, 0.99)
        answer(uow, asked.promise_id, [offer], [], "", NOW)
        order = redeem(uow, asked.promise_id, "desk", NOW, expect_return=True, note="")
        uow.commit()
    return order


@pytest.mark.parametrize(
    ("wishes", "voids"),
    [
        ({"site_id": "clinic"}, True),
        ({"part_number": PUMP_2}, True),
        ({"quantity": 2}, True),
        ({"not_before_at": LATER}, True),
        ({"note": "Gate 2"}, False),
        ({"urgency": Urgency.PLANNED}, False),
        ({"contract_id": "four-hours"}, False),
        ({"required_by_at": LATER}, False),
    ],
)
def test_promise_holds_unless_what_it_was_made_for_changes(
    world: Store, wishes: dict[str, Any], voids: bool
) -> None:
    order = _promised(world)
    with world.writing() as uow:
        changed = _amend(uow, order, **wishes)
        assert (changed.promised_at, changed.half_at) == ((None, None) if voids else (LATER, LATER))
        assert _holds(uow, order) == [("depot", changed.part_number, changed.quantity)]
        (kept,) = uow.amendments.find()
        assert any(change["field"] == "promised_at" for change in kept.changes) is voids


def test_other_contract_counts_from_the_call_with_the_pauses_there_were(world: Store) -> None:
    order = _in(world, OrderState.PLANNED)
    with world.writing() as uow:
        clock.pause(uow, order.order_id, PauseReason.SITE_CLOSED, "", "desk", NOW)
        clock.resume(uow, order.order_id, "desk", LATER)
        order = uow.orders.require(order.order_id)
        assert order.due_at == NOW + timedelta(hours=2, minutes=30)
        changed = _amend(uow, order, contract_id="four-hours")
        assert changed.due_at == NOW + timedelta(hours=4, minutes=30)
        assert changed.called_at == NOW
        (kept,) = uow.amendments.find()
        assert [change["field"] for change in kept.changes] == ["contract_id", "due_at"]


@pytest.mark.parametrize("field", [each for each in Amendable if each is not Amendable.CONTRACT])
def test_no_other_amendment_moves_the_due_time(world: Store, field: Amendable) -> None:
    order = _in(world, OrderState.PLANNED)
    with world.writing() as uow:
        assert _amend(uow, order, **{field: WISHES[field]}).due_at == order.due_at


def test_time_in_which_the_customer_does_not_want_the_part_is_the_customers(world: Store) -> None:
    order = _in(world, OrderState.OPEN)
    with world.writing() as uow:
        changed = _amend(uow, order, not_before_at=LATER)
        assert clock.causes_of(uow, changed, LATER)[Cause.CUSTOMER] == timedelta(minutes=30)


def test_return_of_the_defective_part_follows_site_and_part(world: Store) -> None:
    order = _in(world, OrderState.PLANNED, expect_return=True)
    with world.writing() as uow:
        _amend(uow, order, site_id="clinic", part_number=PUMP_2)
        rma = uow.returns.require(order.return_id)
        assert (rma.site_id, rma.part_number) == ("clinic", PUMP_2)


def test_route_of_the_courier_who_carries_it_has_a_new_version(world: Store) -> None:
    order = _in(world, OrderState.PICKED_UP)
    with world.writing() as uow:
        before = uow.couriers.require("anna").route_version
        _amend(uow, order, note="Gate 2")
        assert uow.couriers.require("anna").route_version == before + 1


@pytest.mark.parametrize("serials", [("P-2",), ()])
def test_what_was_picked_up_before_the_amendment_was_heard_is_posted_and_sent_back(
    world: Store, serials: tuple[str, ...]
) -> None:
    order = _in(world, OrderState.PLANNED)
    with world.writing() as uow:
        amend(uow, order.order_id, order.version, {"part_number": PUMP_2}, "Wrong part", "desk", LATER)
        uow.commit()
    before = LATER - timedelta(minutes=5)
    step = f"pickup:{order.order_id}"
    verdict = _report(world, ReportKind.PICKED_UP, step, at=before, received_at=LATER, serials=serials)
    assert verdict.kind is VerdictKind.APPLIED
    with world.reading() as uow:
        after = uow.orders.require(order.order_id)
        assert (after.state, after.serials) == (OrderState.PLANNED, ("N-1",))
        assert uow.ledger.whereabouts("P-2") == "van-anna"
        (back,) = uow.returns.find()
        assert (back.state, back.serial, back.reason) == (
            ReturnState.PICKED_UP,
            "P-2",
            f"Not needed any more: {order.number} was amended",
        )
        assert _holds(uow, order) == [("depot", PUMP_2, 1)]


def test_what_was_delivered_before_the_amendment_was_heard_is_where_it_was_delivered(world: Store) -> None:
    order = _in(world, OrderState.PICKED_UP)
    with world.writing() as uow:
        amend(uow, order.order_id, order.version, {"site_id": "clinic"}, "Moved", "desk", LATER)
        uow.commit()
    before = LATER - timedelta(minutes=5)
    _report(world, ReportKind.DELIVERED, f"delivery:{order.order_id}", at=before, received_at=LATER)
    with world.reading() as uow:
        assert uow.ledger.whereabouts("P-2") == "hospital"
        after = uow.orders.require(order.order_id)
        assert (after.state, after.site_id) == (OrderState.DELIVERED, "hospital")


def test_part_on_board_of_a_cancelled_order_goes_to_the_direst_order_that_waits_for_one(world: Store) -> None:
    order = _in(world, OrderState.PICKED_UP)
    with world.writing() as uow:
        first, second = order_pump(uow), order_pump(uow)
        _amend(uow, first, urgency=Urgency.PLANNED)
        orders.cancel(uow, order.order_id, "Runs again", "desk", LATER)
        taken = uow.orders.require(second.order_id)
        assert (taken.state, taken.courier_id, taken.serials) == (OrderState.PICKED_UP, "anna", ("P-2",))
        assert uow.orders.require(first.order_id).state is OrderState.OPEN
        assert uow.returns.find() == []
        uow.commit()
    assert (
        _report(world, ReportKind.DELIVERED, f"delivery:{second.order_id}", serials=("P-2",)).kind
        == "applied"
    )
    with world.reading() as uow:
        assert uow.ledger.whereabouts("P-2") == "hospital"
        entries, _ = uow.custody.timeline("P-2")
        assert [entry.location_id for entry in entries] == ["depot", "van-anna", "hospital"]
        assert uow.custody.faults("P-2") == []


def test_order_that_has_its_own_piece_set_aside_keeps_it(world: Store) -> None:
    order = _in(world, OrderState.PICKED_UP)
    promised = _promised(world)
    with world.writing() as uow:
        orders.cancel(uow, order.order_id, "Runs again", "desk", LATER)
        assert uow.orders.require(promised.order_id).state is OrderState.OPEN
        assert [rma.state for rma in uow.returns.find(order_id=order.order_id)] == [ReturnState.PICKED_UP]


def test_part_on_board_is_left_in_the_van_where_the_desk_says_so(world: Store) -> None:
    order = _in(world, OrderState.PICKED_UP)
    with world.writing() as uow:
        orders.cancel(uow, order.order_id, "Runs again", "desk", LATER, leave_in_van=True)
        assert uow.returns.find() == []
        balance = uow.ledger.balance("van-anna", PUMP)
        assert (balance.available, balance.serials) == (1, ("P-2",))


def test_part_goes_to_the_nearest_depot_where_nothing_is_handed_in_at_home(world: Store) -> None:
    order = _in(world, OrderState.PICKED_UP)
    with world.writing() as uow:
        add_location(uow, Location("shelf", LocationKind.STOCKING_LOCATION, "Shelf", SCHAAN), NOW)
        uow.couriers.save(replace(uow.couriers.require("anna"), home_id="locker-schaan"))
        orders.cancel(uow, order.order_id, "Runs again", "desk", LATER)
        assert [rma.destination_id for rma in uow.returns.find()] == ["shelf"]


def test_counted_pieces_on_board_are_shared_out_and_the_rest_goes_back(world: Store) -> None:
    with world.writing() as uow:
        stock_up(uow, "depot", FUSE, 5)
        order = replace(order_pump(uow), part_number=FUSE, quantity=5)
        uow.orders.save(order)
        uow.commit()
    _plan(world, order, "depot")
    _report(world, ReportKind.PICKED_UP, f"pickup:{order.order_id}")
    with world.writing() as uow:
        waits = replace(order_pump(uow), part_number=FUSE, quantity=3)
        uow.orders.save(waits)
        orders.cancel(uow, order.order_id, "Runs again", "desk", LATER)
        assert uow.orders.require(waits.order_id).state is OrderState.PICKED_UP
        assert [rma.serial for rma in uow.returns.find()] == [None, None]


def test_forbidden_couriers_are_kept_once_each_and_taken_away_by_an_empty_list(world: Store) -> None:
    order = _in(world, OrderState.OPEN)
    with world.writing() as uow:
        order = _amend(uow, order, forbidden_courier_ids=["ben", "anna", "ben"])
        assert order.forbidden_courier_ids == ("anna", "ben")
        with pytest.raises(InvalidValue, match="Nothing of the order would change"):
            _amend(uow, order, forbidden_courier_ids=["ben", "anna"])
        assert _amend(uow, order, forbidden_courier_ids=[]).forbidden_courier_ids == ()
        kept = sorted(uow.amendments.find(), key=lambda each: each.order_version)
        field = "forbidden_courier_ids"
        assert kept[0].changes == ({"field": field, "before": [], "after": ["anna", "ben"]},)


def test_courier_cannot_come_to_be_both_required_and_forbidden_by_two_amendments(world: Store) -> None:
    order = _in(world, OrderState.OPEN)
    with world.writing() as uow:
        order = _amend(uow, order, required_courier_id="ben")
        with pytest.raises(InvalidValue, match="ben is required") as refusal:
            _amend(uow, order, forbidden_courier_ids=["ben"])
        assert refusal.value.path == "forbidden_courier_ids"


def test_order_does_not_move_to_a_site_where_its_required_courier_does_not_work(world: Store) -> None:
    order = _in(world, OrderState.OPEN)
    with world.writing() as uow:
        away = Location("away", LocationKind.CUSTOMER_SITE, "Clinic far away", SCHAAN, region="north")
        add_location(uow, away, NOW)
        order = _amend(uow, order, required_courier_id="ben")
        with pytest.raises(InvalidValue, match="works in region main, and the site lies in north"):
            _amend(uow, order, site_id="away")


@pytest.mark.parametrize("wish", [{"required_courier_id": "ben"}, {"forbidden_courier_ids": ("anna",)}])
def test_part_on_board_of_a_cancelled_order_goes_to_no_order_that_its_courier_may_not_bring(
    world: Store, wish: dict[str, Any]
) -> None:
    order = _in(world, OrderState.PICKED_UP)
    with world.writing() as uow:
        other = _amend(uow, order_pump(uow), **wish)
        orders.cancel(uow, order.order_id, "Runs again", "desk", LATER)
        assert uow.orders.require(other.order_id).state is OrderState.OPEN
        assert [rma.state for rma in uow.returns.find()] == [ReturnState.PICKED_UP]
