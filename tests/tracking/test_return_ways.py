"""The ways in which returns come: each with its custody, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from device_gateway.protocol.offline_codes import code_at
from tests.world import FUSE, NOW, PUMP, build_world, order_pump, stock_up
from tracking.fleet.reporting import receive_report
from tracking.fleet.reports import FailureReason, Report, ReportKind
from tracking.lockers.depositing import expire_deposits
from tracking.lockers.deposits import CompartmentTaken, DepositState
from tracking.lockers.offline_opening import offline_keys
from tracking.orders.order import OrderState
from tracking.orders.service import cancel as cancel_order
from tracking.parts.part import Condition
from tracking.parts.service import Movement, move
from tracking.returns.choosing import choose_way, drop_locations, ship
from tracking.returns.dropping import DROP_VALID, DropState, drop_code, drop_state
from tracking.returns.rma import Return, ReturnState
from tracking.returns.service import announce, assign, cancel, receive_at_bench
from tracking.returns.ways import ReturnWay, WayNotPossible
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.telemetry.locker_reports import apply_report
from tracking.telemetry.reports import LockerEvent
from tracking.values.errors import FieldstockError, InvalidValue, NotFound, TransitionRefused

LOCKER = "locker-schaan"
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def world(store: Store) -> Store:
    """The small world; one pump was delivered to the hospital, and the locker's compartments have keys."""
    with store.writing() as uow:
        build_world(uow)
        offline_keys(uow, LOCKER)
        stock_up(uow, "depot", PUMP, 1, "P-1")
        move(uow, Movement(PUMP, 1, "depot", "hospital", "delivered", "t", NOW, NOW, serials=("P-1",)))
        uow.commit()
    return store


def _announced(uow: SqlUnitOfWork, part: str = PUMP, serial: str | None = "P-1") -> Return:
    return announce(
        uow,
        site_id="hospital",
        part_number=part,
        serial=serial,
        destination_id=None,
        requested_by="desk",
        reason="Broken",
        at=NOW,
    )


def _in_locker(uow: SqlUnitOfWork) -> Return:
    return choose_way(uow, _announced(uow).return_id, ReturnWay.LOCKER, LOCKER, NOW)


def _event(uow: SqlUnitOfWork, seq: int, kind: str, code: str | None = None, compartment: str = "1") -> None:
    at = LATER + timedelta(seconds=seq)
    event = LockerEvent(
        device=LOCKER,
        boot_id="boot",
        seq=seq,
        at=at,
        received_at=at,
        kind=kind,
        sent_at=at,
        compartment=compartment,
        code=code,
    )
    apply_report(uow, event)


def _drop(uow: SqlUnitOfWork, rma: Return, *, placed: bool = True, scanned: str | None = None) -> Return:
    """Let the customer open the compartment with the code, lay the part in, and shut it."""
    _event(uow, 1, "code_used", "0")
    _event(uow, 2, "door_opened", "0")
    if placed:
        _event(uow, 3, "placed")
    if scanned:
        _event(uow, 4, "scanned", scanned)
    _event(uow, 5, "door_closed", "0")
    return uow.returns.require(rma.return_id)


@pytest.mark.parametrize(
    ("way", "place", "part", "serial", "error"),
    [
        (ReturnWay.LOCKER, None, PUMP, "P-1", WayNotPossible),
        (ReturnWay.LOCATION, None, PUMP, "P-1", WayNotPossible),
        (ReturnWay.COURIER, "depot", PUMP, "P-1", WayNotPossible),
        (ReturnWay.CARRIER, "depot", PUMP, "P-1", WayNotPossible),
        (ReturnWay.LOCKER, LOCKER, PUMP, None, WayNotPossible),
        (ReturnWay.LOCKER, LOCKER, FUSE, None, WayNotPossible),
        (ReturnWay.LOCKER, "depot", PUMP, "P-1", NotFound),
        (ReturnWay.LOCKER, "nowhere", PUMP, "P-1", NotFound),
        (ReturnWay.LOCATION, "hospital", PUMP, "P-1", InvalidValue),
        (ReturnWay.LOCATION, LOCKER, PUMP, "P-1", InvalidValue),
    ],
)
def test_way_that_a_part_cannot_take_is_refused(
    world: Store,
    way: ReturnWay,
    place: str | None,
    part: str,
    serial: str | None,
    error: type[FieldstockError],
) -> None:
    with world.writing() as uow, pytest.raises(error):
        choose_way(uow, _announced(uow, part, serial).return_id, way, place, NOW)


def test_full_locker_takes_no_drop(world: Store) -> None:
    with world.writing() as uow:
        _in_locker(uow)
        choose_way(uow, _announced(uow, serial="P-2").return_id, ReturnWay.LOCKER, LOCKER, NOW)
        third = _announced(uow, serial="P-3")
        with pytest.raises(CompartmentTaken):
            choose_way(uow, third.return_id, ReturnWay.LOCKER, LOCKER, NOW)


def test_compartment_without_a_key_is_not_offered(world: Store) -> None:
    with world.writing() as uow:
        for name in ("1", "2"):
            compartment = uow.compartments.require(LOCKER, name)
            uow.compartments.save(type(compartment)(LOCKER, name))
        with pytest.raises(CompartmentTaken):
            _in_locker(uow)


def test_drop_moves_custody_from_the_customer_to_the_locker_and_on_to_the_bench(world: Store) -> None:
    with world.writing() as uow:
        rma = _in_locker(uow)
        kept = drop_code(uow, rma)
        assert kept is not None
        assert len(code_at(kept[2], kept[1].counter)) == 8
        rma = _drop(uow, rma)
        assert (rma.state, rma.site_id, rma.customer_site_id) == ("dropped", f"{LOCKER}-c1", "hospital")
        assert uow.ledger.whereabouts("P-1") == f"{LOCKER}-c1"
        assert uow.units.require("P-1").condition is Condition.DEFECTIVE
        assert uow.deposits.require(rma.deposit_id).state is DepositState.SETTLED
        assert drop_code(uow, rma) is None
        assign(uow, rma.return_id, "anna", LATER)
        received = receive_at_bench(uow, rma.return_id, None, "bench", LATER, code=f"91{rma.number}")
        assert received.state is ReturnState.RECEIVED
        entries, details = uow.custody.timeline("P-1")
        assert [e.kind for e in entries] == ["received", "delivered", "dropped", "received"]
        assert details[3].proof["kind"] == "sensor"
        assert details[4].proof["kind"] == "scan"
        assert uow.custody.faults("P-1") == []
        assert uow.count_tasks.find() == []


def test_door_alone_shows_no_drop(world: Store) -> None:
    with world.writing() as uow:
        rma = _drop(uow, _in_locker(uow), placed=False)
        assert rma.state is ReturnState.AWAITED
        assert uow.ledger.whereabouts("P-1") == "hospital"


@pytest.mark.parametrize(
    "code", ["P-1", "(91)RMA-1001", "91RMA-1001", "\x1d00095212340000010012\x1d91RMA-1001"]
)
def test_scan_of_serial_or_label_shows_the_drop_where_no_sensor_does(world: Store, code: str) -> None:
    with world.writing() as uow:
        assert _drop(uow, _in_locker(uow), placed=False, scanned=code).state is ReturnState.DROPPED


def test_other_code_that_is_scanned_asks_a_person_to_look(world: Store) -> None:
    with world.writing() as uow:
        rma = _drop(uow, _in_locker(uow), scanned="91RMA-9999")
        assert rma.state is ReturnState.AWAITED
        assert [task.location_id for task in uow.count_tasks.find()] == [f"{LOCKER}-c1"]


def test_report_that_comes_again_drops_once(world: Store) -> None:
    with world.writing() as uow:
        rma = _drop(uow, _in_locker(uow))
        _event(uow, 5, "door_closed", "0")
        assert uow.returns.require(rma.return_id) == rma
        assert len(uow.custody.timeline("P-1")[0]) == 3


def test_part_in_a_locker_cannot_be_called_off_or_sent_another_way(world: Store) -> None:
    with world.writing() as uow:
        rma = _drop(uow, _in_locker(uow))
        assign(uow, rma.return_id, "anna", LATER)
        with pytest.raises(TransitionRefused):
            cancel(uow, rma.return_id, "Kept", LATER)
        with pytest.raises(TransitionRefused):
            choose_way(uow, rma.return_id, ReturnWay.COURIER, None, LATER)


def test_compartment_is_given_back_when_the_customer_chooses_again_or_calls_off(world: Store) -> None:
    with world.writing() as uow:
        rma = _in_locker(uow)
        by_courier = choose_way(uow, rma.return_id, ReturnWay.COURIER, None, NOW)
        assert (by_courier.state, by_courier.destination_id) == ("announced", "bench")
        again = choose_way(uow, rma.return_id, ReturnWay.LOCKER, LOCKER, NOW)
        cancel(uow, again.return_id, "Kept", NOW)
        assert {deposit.state for deposit in uow.deposits.find()} == {DepositState.CANCELLED}


def test_compartment_that_stands_open_is_not_given_back(world: Store) -> None:
    with world.writing() as uow:
        rma = _in_locker(uow)
        _event(uow, 1, "code_used", "0")
        _event(uow, 2, "door_opened", "0")
        for refused in (
            lambda: choose_way(uow, rma.return_id, ReturnWay.COURIER, None, LATER),
            lambda: cancel(uow, rma.return_id, "Kept", LATER),
        ):
            with pytest.raises(WayNotPossible, match="stands open"):
                refused()


def test_compartment_that_was_shut_without_a_sign_is_counted_when_the_customer_chooses_again(
    world: Store,
) -> None:
    with world.writing() as uow:
        rma = _drop(uow, _in_locker(uow), placed=False)
        assert drop_state(uow.deposits.require(rma.deposit_id)) is DropState.UNSEEN
        again = choose_way(uow, rma.return_id, ReturnWay.LOCKER, LOCKER, LATER)
        assert uow.deposits.require(again.deposit_id).compartment == "2"
        assert [task.location_id for task in uow.count_tasks.find()] == [f"{LOCKER}-c1"]


def test_jammed_compartment_is_kept_no_more(world: Store) -> None:
    with world.writing() as uow:
        rma = _in_locker(uow)
        _event(uow, 1, "jammed")
        assert drop_code(uow, rma) is None
        assert drop_state(uow.deposits.require(rma.deposit_id)) is DropState.LAPSED
        again = choose_way(uow, rma.return_id, ReturnWay.LOCKER, LOCKER, LATER)
        assert uow.deposits.require(again.deposit_id).compartment == "2"


def test_code_that_is_used_after_its_time_asks_a_person_to_look(world: Store) -> None:
    with world.writing() as uow:
        rma = _in_locker(uow)
        expire_deposits(uow, NOW + DROP_VALID)
        assert _drop(uow, rma).state is ReturnState.AWAITED
        assert [task.location_id for task in uow.count_tasks.find()] == [f"{LOCKER}-c1"]


def test_courier_who_cannot_open_the_locker_leaves_the_return_in_it(world: Store) -> None:
    with world.writing() as uow:
        rma = _drop(uow, _in_locker(uow))
        assign(uow, rma.return_id, "anna", LATER)
        uow.commit()
    step = f"return_pickup:{rma.return_id}"
    told = Report("e-1", "anna", 1, ReportKind.FAILED, LATER, LATER, 0.0, step_id=step)
    kept = replace(told, reason=FailureReason.CORE_KEPT)
    assert receive_report(world.writing, kept).kind == "rejected"
    shut = replace(told, event_id="e-2", seq=2, reason=FailureReason.LOCKER_FAULT)
    assert receive_report(world.writing, shut).kind == "applied"
    with world.reading() as uow:
        waiting = uow.returns.require(rma.return_id)
        assert (waiting.state, waiting.courier_id) == (ReturnState.DROPPED, None)
        assert uow.compartments.require(LOCKER, "1").fault == "anna reports a fault."


def test_customer_who_does_not_come_in_time_chooses_again_and_nobody_has_to_count(world: Store) -> None:
    with world.writing() as uow:
        rma = _in_locker(uow)
        assert expire_deposits(uow, NOW + DROP_VALID) == 1
        assert drop_code(uow, rma) is None
        assert uow.count_tasks.find() == []
        again = choose_way(uow, rma.return_id, ReturnWay.LOCKER, LOCKER, NOW + DROP_VALID)
        kept = drop_code(uow, again)
        assert kept is not None
        assert kept[1].counter == 1


def test_drop_at_a_location_is_received_there_by_a_scan_of_its_label(world: Store) -> None:
    with world.writing() as uow:
        rma = choose_way(uow, _announced(uow).return_id, ReturnWay.LOCATION, "depot", NOW)
        assert (rma.state, rma.destination_id) == ("awaited", "depot")
        with pytest.raises(InvalidValue):
            receive_at_bench(uow, rma.return_id, None, "desk", LATER, code="91RMA-9999")
        receive_at_bench(uow, rma.return_id, None, "desk", LATER, code=f"91{rma.number}")
        assert uow.ledger.whereabouts("P-1") == "depot"
        assert uow.ledger.balance("depot", PUMP).available == 0


def test_carrier_and_tracking_number_stand_in_custody_and_the_depot_receives(world: Store) -> None:
    with world.writing() as uow:
        rma = choose_way(uow, _announced(uow).return_id, ReturnWay.CARRIER, None, NOW)
        assert (rma.state, rma.destination_id) == ("awaited", "depot")
        shipped = ship(uow, rma.return_id, "Post", "99.00.123", "desk", LATER)
        assert shipped.state is ReturnState.SHIPPED
        with pytest.raises(TransitionRefused):
            cancel(uow, rma.return_id, "Kept", LATER)
        receive_at_bench(uow, rma.return_id, None, "desk", LATER)
        entries, details = uow.custody.timeline("P-1")
        assert [e.kind for e in entries][-2:] == ["handed_to_carrier", "received"]
        assert details[3].proof["tracking_number"] == "99.00.123"
        assert details[4].proof["carrier"] == "Post"


@pytest.mark.parametrize(
    ("way", "carrier", "number", "error"),
    [
        (ReturnWay.CARRIER, " ", "1", InvalidValue),
        (ReturnWay.CARRIER, "Post", " ", InvalidValue),
        (ReturnWay.COURIER, "Post", "1", WayNotPossible),
    ],
)
def test_shipment_that_says_too_little_or_is_none_is_refused(
    world: Store, way: ReturnWay, carrier: str, number: str, error: type[FieldstockError]
) -> None:
    with world.writing() as uow:
        rma = choose_way(uow, _announced(uow).return_id, way, None, NOW)
        with pytest.raises(error):
            ship(uow, rma.return_id, carrier, number, "desk", LATER)


def test_only_what_a_courier_fetches_is_planned(world: Store) -> None:
    with world.writing() as uow:
        rma = choose_way(uow, _announced(uow).return_id, ReturnWay.LOCATION, "depot", NOW)
        with pytest.raises(TransitionRefused):
            assign(uow, rma.return_id, "anna", NOW)


def test_part_that_is_brought_to_the_bench_in_place_of_the_locker_frees_its_compartment(
    world: Store,
) -> None:
    with world.writing() as uow:
        rma = _in_locker(uow)
        receive_at_bench(uow, rma.return_id, None, "bench", LATER)
        assert uow.deposits.require(rma.deposit_id).state is DepositState.CANCELLED
        assert uow.ledger.whereabouts("P-1") == "bench"


def test_nearest_locations_come_first(world: Store) -> None:
    with world.reading() as uow:
        site = uow.locations.require("hospital")
        assert {place.location_id for place in drop_locations(uow, site)} == {"bench", "depot"}


@pytest.mark.parametrize("is_open", [False, True])
def test_a_cancelled_order_keeps_no_compartment_but_for_who_stands_before_it(
    world: Store, is_open: bool
) -> None:
    with world.writing() as uow:
        order = order_pump(uow, expect_return=True)
        announced = uow.returns.require(order.return_id)
        uow.returns.save(replace(announced, serial="P-1"))
        rma = choose_way(uow, announced.return_id, ReturnWay.LOCKER, LOCKER, NOW)
        if is_open:
            _event(uow, 1, "code_used", "0")
            _event(uow, 2, "door_opened", "0")
        cancel_order(uow, order.order_id, "The machine runs again", "desk", LATER)
        assert uow.orders.require(order.order_id).state is OrderState.CANCELLED
        deposit = uow.deposits.require(str(rma.deposit_id))
        state = uow.returns.require(rma.return_id).state
    if is_open:
        assert (state, deposit.state) == (ReturnState.AWAITED, DepositState.OPENED)
    else:
        assert (state, deposit.state) == (ReturnState.CANCELLED, DepositState.CANCELLED)
