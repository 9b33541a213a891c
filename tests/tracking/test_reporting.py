from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.world import FUSE, NOW, PUMP, SCHAAN, build_world, order_pump, stock_up
from tracking.custody.track_slice import Point, frozen
from tracking.fleet import reporting
from tracking.fleet.erasures import Erasure
from tracking.fleet.publishing import PlannedStep, PlannedStop, replace_route
from tracking.fleet.reporting import receive_report
from tracking.fleet.reports import RETRY_AFTER, FailureReason, Report, ReportKind, Verdict, VerdictKind
from tracking.fleet.stops import StepKind, StopState
from tracking.orders import service as orders
from tracking.orders.order import Order, OrderState
from tracking.parts.location import UNACCOUNTED
from tracking.parts.part import Condition, Unit
from tracking.returns.rma import Return, ReturnState
from tracking.returns.service import announce, ask_again, receive_at_bench, tell_overdue_cores
from tracking.returns.service import assign as assign_return
from tracking.returns.service import cancel as cancel_return
from tracking.store.unit_of_work import Store
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import Conflict, TransitionRefused
from tracking.values.ids import new_id

LATER = NOW + timedelta(minutes=30)


@pytest.fixture
def world(store: Store) -> Store:
    with store.writing() as uow:
        build_world(uow)
        stock_up(uow, "locker-schaan-c1", PUMP, 1, "P-1")
        stock_up(uow, "depot", PUMP, 1, "P-2")
        stock_up(uow, "depot", FUSE, 50)
        uow.commit()
    return store


def _plan_return(store: Store) -> Return:
    with store.writing() as uow:
        rma = announce(
            uow,
            site_id="hospital",
            part_number=PUMP,
            serial=None,
            destination_id=None,
            requested_by="desk",
            reason="Broken",
            at=NOW,
        )
        assign_return(uow, rma.return_id, "anna", NOW)
        uow.commit()
        return rma


def _plan(
    store: Store,
    *,
    expect_return: bool = False,
    courier_id: str = "anna",
    source_id: str = "locker-schaan-c1",
) -> Order:
    with store.writing() as uow:
        order = order_pump(uow, expect_return=expect_return)
        orders.assign(uow, order.order_id, courier_id, source_id, LATER, NOW)
        pickup = PlannedStep(StepKind.PICKUP, order.order_id, source_id)
        delivery = PlannedStep(StepKind.DELIVERY, order.order_id, "hospital")
        replace_route(
            uow,
            courier_id,
            [
                PlannedStop(uow.locations.require(source_id).place_id, NOW, NOW, (pickup,)),
                PlannedStop("hospital", LATER, LATER, (delivery,)),
            ],
            NOW,
        )
        uow.commit()
        return order


def _report(store: Store, kind: ReportKind, step_id: str | None = None, **changes: object) -> Verdict:
    report = Report(new_id(), "anna", 1, kind, LATER, LATER, 0.0, step_id=step_id)
    return receive_report(store.writing, replace(report, **changes))  # type: ignore[arg-type]


def test_order_travels_from_locker_to_hospital_with_its_custody(world: Store) -> None:
    order = _plan(world)
    pickup = _report(world, ReportKind.PICKED_UP, f"pickup:{order.order_id}", serials=("P-1",))
    delivery = _report(world, ReportKind.DELIVERED, f"delivery:{order.order_id}", serials=("P-1",))
    assert (pickup.kind, delivery.kind) == (VerdictKind.APPLIED, VerdictKind.APPLIED)
    with world.reading() as uow:
        done = uow.orders.require(order.order_id)
        assert done.state is OrderState.DELIVERED
        assert done.stopped_at == LATER
        assert not done.breached
        assert uow.ledger.whereabouts("P-1") == "hospital"
        entries, _ = uow.custody.timeline("P-1")
        assert [e.location_id for e in entries] == ["locker-schaan-c1", "van-anna", "hospital"]
        assert uow.custody.faults("P-1") == []
        assert {s.state for s in uow.stops.find(courier_id="anna")} == {StopState.DONE}
        assert uow.reservations.find(released_at=None) == []


def test_hand_over_is_proved_by_its_scan_else_by_the_word_of_the_courier(world: Store) -> None:
    order = _plan(world)
    _report(world, ReportKind.PICKED_UP, f"pickup:{order.order_id}", serials=("P-1",))
    unread = "The label cannot be read."
    _report(world, ReportKind.DELIVERED, f"delivery:{order.order_id}", note=unread)
    with world.reading() as uow:
        assert uow.ledger.whereabouts("P-1") == "hospital"
        _, details = uow.custody.timeline("P-1")
        kinds = [(details[n].proof["kind"], details[n].proof.get("note")) for n in (2, 3)]
        assert kinds == [("scan", None), ("statement", unread)]


@pytest.mark.parametrize(("erased_at", "kept"), [(None, 1), (NOW, 1), (LATER, 0)])
def test_track_of_a_hand_over_is_kept_unless_it_was_erased_meanwhile(
    world: Store, erased_at: datetime | None, kept: int
) -> None:
    order = _plan(world)
    if erased_at is not None:
        with world.writing() as uow:
            uow.erasures.add(Erasure("anna", erased_at))
            uow.commit()
    track = frozen("anna", LATER, [Point(LATER, SCHAAN, 5.0)], "salt")
    step = f"pickup:{order.order_id}"
    _report(world, ReportKind.PICKED_UP, step, serials=("P-1",), track=track)
    with world.reading() as uow:
        assert len(uow.track_slices.find()) == kept
        _, details = uow.custody.timeline("P-1")
        assert "gps_sha256" in details[2].proof
        assert uow.custody.faults("P-1") == []


def test_like_piece_handed_over_leaves_the_other_order_the_one_that_is_left(world: Store) -> None:
    first, second = _plan(world), _plan(world, source_id="depot")
    _report(world, ReportKind.PICKED_UP, f"pickup:{first.order_id}", serials=("P-1",))
    _report(world, ReportKind.PICKED_UP, f"pickup:{second.order_id}", serials=("P-2",))
    _report(world, ReportKind.DELIVERED, f"delivery:{first.order_id}", serials=("P-2",))
    with world.reading() as uow:
        assert uow.orders.require(first.order_id).serials == ("P-2",)
        assert uow.orders.require(second.order_id).serials == ("P-1",)
        assert uow.count_tasks.find() == []
    _report(world, ReportKind.DELIVERED, f"delivery:{second.order_id}", serials=("P-1",))
    with world.reading() as uow:
        assert uow.ledger.whereabouts("P-1") == uow.ledger.whereabouts("P-2") == "hospital"
        assert uow.custody.faults("P-1") == uow.custody.faults("P-2") == []


def test_serial_of_another_part_cannot_be_handed_over(world: Store) -> None:
    order = _plan(world)
    _report(world, ReportKind.PICKED_UP, f"pickup:{order.order_id}", serials=("P-1",))
    with world.writing() as uow:
        uow.units.add(Unit("X-1", FUSE, Condition.NEW))
        uow.commit()
    verdict = _report(world, ReportKind.DELIVERED, f"delivery:{order.order_id}", serials=("X-1",))
    assert (verdict.kind, verdict.code) == (VerdictKind.REJECTED, "invalid_value")
    with world.reading() as uow:
        assert uow.orders.require(order.order_id).state is OrderState.PICKED_UP


def test_report_counts_once_however_often_it_is_sent(world: Store) -> None:
    order = _plan(world)
    report = Report(
        new_id(), "anna", 1, ReportKind.PICKED_UP, LATER, LATER, 0.0, step_id=f"pickup:{order.order_id}"
    )
    first = receive_report(world.writing, report)
    again = receive_report(world.writing, report)
    assert (first.kind, again.kind) == (VerdictKind.APPLIED, VerdictKind.DUPLICATE)
    with world.reading() as uow:
        assert uow.ledger.balance("van-anna", PUMP).on_hand == 1


def test_other_serial_than_planned_is_posted_as_a_fact(world: Store) -> None:
    order = _plan(world)
    _report(world, ReportKind.PICKED_UP, f"pickup:{order.order_id}", serials=("P-2",))
    with world.reading() as uow:
        assert uow.ledger.whereabouts("P-2") == "van-anna"
        assert uow.ledger.whereabouts("P-1") == "locker-schaan-c1"
        assert uow.orders.require(order.order_id).serials == ("P-2",)
        assert {task.location_id for task in uow.count_tasks.find()} == {"depot", "locker-schaan-c1"}


def test_courier_who_lost_the_order_to_another_still_posts_the_pickup(world: Store) -> None:
    order = _plan(world, courier_id="ben")
    _report(world, ReportKind.PICKED_UP, f"pickup:{order.order_id}", serials=("P-1",))
    with world.reading() as uow:
        assert uow.orders.require(order.order_id).courier_id == "anna"
        assert uow.ledger.whereabouts("P-1") == "van-anna"


def test_order_cancelled_on_board_is_sent_back_to_the_couriers_home(world: Store) -> None:
    order = _plan(world)
    _report(world, ReportKind.PICKED_UP, f"pickup:{order.order_id}", serials=("P-1",))
    with world.writing() as uow:
        orders.cancel(uow, order.order_id, "Machine runs again", "desk", LATER)
        (back,) = uow.returns.find()
        uow.commit()
    assert (back.state, back.serial, back.destination_id) == (ReturnState.PICKED_UP, "P-1", "depot")
    verdict = _report(world, ReportKind.RETURNED, f"return_dropoff:{back.return_id}")
    assert verdict.kind is VerdictKind.APPLIED
    with world.reading() as uow:
        assert uow.ledger.whereabouts("P-1") == "depot"


def test_pickup_after_an_unheard_cancellation_is_posted_and_sent_back(world: Store) -> None:
    order = _plan(world)
    with world.writing() as uow:
        orders.cancel(uow, order.order_id, "Machine runs again", "desk", NOW)
        uow.commit()
    verdict = _report(world, ReportKind.PICKED_UP, f"pickup:{order.order_id}", serials=("P-1",))
    assert verdict.kind is VerdictKind.APPLIED
    with world.reading() as uow:
        assert uow.orders.require(order.order_id).state is OrderState.CANCELLED
        assert uow.ledger.whereabouts("P-1") == "van-anna"
        assert [rma.state for rma in uow.returns.find()] == [ReturnState.PICKED_UP]


def test_swap_brings_the_defective_part_to_the_bench(world: Store) -> None:
    order = _plan(world, expect_return=True)
    _report(world, ReportKind.PICKED_UP, f"pickup:{order.order_id}", serials=("P-1",))
    _report(world, ReportKind.DELIVERED, f"delivery:{order.order_id}", serials=("P-1",))
    unscanned = _report(world, ReportKind.PICKED_UP, f"return_pickup:{order.return_id}")
    assert unscanned.code == "serial_required"
    _report(world, ReportKind.PICKED_UP, f"return_pickup:{order.return_id}", serials=("OLD-1",))
    _report(world, ReportKind.RETURNED, f"return_dropoff:{order.return_id}", serials=("OLD-1",))
    with world.reading() as uow:
        assert uow.returns.require(order.return_id).state is ReturnState.RECEIVED
        assert uow.ledger.whereabouts("OLD-1") == "bench"
        assert uow.units.require("OLD-1").condition == "defective"
        assert uow.custody.faults("OLD-1") == []


def test_missing_part_goes_to_unaccounted_and_the_order_back_to_sourcing(world: Store) -> None:
    order = _plan(world)
    step = f"pickup:{order.order_id}"
    verdict = _report(world, ReportKind.FAILED, step, reason=FailureReason.PART_MISSING)
    assert verdict.kind is VerdictKind.APPLIED
    with world.reading() as uow:
        assert uow.orders.require(order.order_id).state is OrderState.OPEN
        assert uow.ledger.whereabouts("P-1") == UNACCOUNTED
        assert uow.ledger.balance("locker-schaan-c1", PUMP).available == 0
        assert [task.location_id for task in uow.count_tasks.find()] == ["locker-schaan-c1"]


@pytest.mark.parametrize(
    ("reason", "waits"),
    [
        (FailureReason.CUSTOMER_ABSENT, True),
        (FailureReason.ACCESS_DENIED, True),
        (FailureReason.VEHICLE_FAULT, True),
        (FailureReason.OTHER, True),
        (FailureReason.LOCKER_FAULT, False),
        (FailureReason.PART_MISSING, False),
        (FailureReason.PART_WRONG, False),
        (FailureReason.PART_DAMAGED, False),
    ],
)
def test_failed_pickup_waits_unless_another_source_is_to_be_found(
    world: Store, reason: FailureReason, waits: bool
) -> None:
    order = _plan(world)
    _report(world, ReportKind.FAILED, f"pickup:{order.order_id}", reason=reason)
    with world.reading() as uow:
        reopened = uow.orders.require(order.order_id)
    assert reopened.state is OrderState.OPEN
    assert reopened.not_before_at == (LATER + RETRY_AFTER if waits else None)


def test_failed_pickup_of_what_is_on_board_is_a_conflict(world: Store) -> None:
    order = _plan(world)
    _report(world, ReportKind.PICKED_UP, f"pickup:{order.order_id}", serials=("P-1",))
    step = f"pickup:{order.order_id}"
    verdict = _report(world, ReportKind.FAILED, step, reason=FailureReason.PART_MISSING)
    assert (verdict.kind, verdict.code) == (VerdictKind.CONFLICT, "job_closed")
    with world.reading() as uow:
        assert uow.orders.require(order.order_id).state is OrderState.PICKED_UP
        assert uow.ledger.whereabouts("P-1") == "van-anna"


@pytest.mark.parametrize("step", ["pickup", "delivery"])
def test_failure_of_an_order_that_is_another_couriers_is_a_conflict(world: Store, step: str) -> None:
    order = _plan(world)
    if step == "delivery":
        _report(world, ReportKind.PICKED_UP, f"pickup:{order.order_id}", serials=("P-1",))
    verdict = _report(
        world,
        ReportKind.FAILED,
        f"{step}:{order.order_id}",
        courier_id="ben",
        reason=FailureReason.PART_MISSING,
    )
    assert (verdict.kind, verdict.code) == (VerdictKind.CONFLICT, "stop_replanned")
    with world.reading() as uow:
        kept = uow.orders.require(order.order_id)
        assert (kept.courier_id, kept.not_before_at) == ("anna", None)
        assert uow.ledger.whereabouts("P-1") == ("locker-schaan-c1" if step == "pickup" else "van-anna")


def test_missing_part_that_is_in_another_van_stays_there(world: Store) -> None:
    with world.writing() as uow:
        stock_up(uow, "locker-schaan-c1", PUMP, 1, "P-3")
        uow.commit()
    order = _plan(world)
    other = _plan(world, source_id="depot", courier_id="ben")
    _report(world, ReportKind.PICKED_UP, f"pickup:{other.order_id}", courier_id="ben", serials=("P-1",))
    step = f"pickup:{order.order_id}"
    verdict = _report(world, ReportKind.FAILED, step, reason=FailureReason.PART_MISSING)
    assert verdict.kind is VerdictKind.APPLIED
    with world.reading() as uow:
        assert uow.ledger.whereabouts("P-1") == "van-ben"


def test_failure_of_a_return_that_is_on_board_or_another_couriers_is_a_conflict(world: Store) -> None:
    rma = _plan_return(world)
    failed = {"reason": FailureReason.CUSTOMER_ABSENT}
    step = f"return_pickup:{rma.return_id}"
    foreign = _report(world, ReportKind.FAILED, step, courier_id="ben", **failed)
    _report(world, ReportKind.PICKED_UP, step, serials=("OLD-1",))
    stale = _report(world, ReportKind.FAILED, step, **failed)
    assert (foreign.code, stale.code) == ("stop_replanned", "job_closed")
    with world.reading() as uow:
        kept = uow.returns.require(rma.return_id)
        assert (kept.state, kept.not_before_at) == (ReturnState.PICKED_UP, None)


def _swapped(world: Store) -> Order:
    """Deliver the good part of an exchange, with the defective one still to be collected."""
    order = _plan(world, expect_return=True)
    _report(world, ReportKind.PICKED_UP, f"pickup:{order.order_id}", serials=("P-1",))
    _report(world, ReportKind.DELIVERED, f"delivery:{order.order_id}", serials=("P-1",))
    with world.writing() as uow:
        assign_return(uow, str(order.return_id), "anna", LATER)
        uow.commit()
        return uow.orders.require(order.order_id)


def test_hand_over_of_the_good_part_starts_the_clock_of_the_defective_one(world: Store) -> None:
    with world.writing() as uow:
        uow.contracts.save(replace(uow.contracts.require("two-hours"), core_days=10))
        uow.commit()
    order = _swapped(world)
    with world.reading() as uow:
        rma = uow.returns.require(order.return_id)
        assert order.stopped_at is not None
        assert rma.core_due_at == order.stopped_at + timedelta(days=10)


def test_customer_who_keeps_the_defective_part_is_told_of_until_it_comes(world: Store) -> None:
    order = _swapped(world)
    step = f"return_pickup:{order.return_id}"
    kept = {"reason": FailureReason.CORE_KEPT, "note": "Our own lab wants to see it"}
    assert _report(world, ReportKind.FAILED, step, **kept).kind is VerdictKind.APPLIED
    with world.writing() as uow:
        rma = uow.returns.require(order.return_id)
        assert (rma.state, rma.closed_reason, rma.courier_id) == (
            ReturnState.REFUSED,
            "Our own lab wants to see it",
            None,
        )
        assert rma.core_due_at is not None
        assert tell_overdue_cores(uow, rma.core_due_at - timedelta(seconds=1)) == 0
        assert tell_overdue_cores(uow, rma.core_due_at) == 1
        assert tell_overdue_cores(uow, rma.core_due_at + timedelta(days=1)) == 0
        (alert,) = uow.alerts.find(cleared_at=None)
        assert alert.cause.endswith("kept by the customer: Our own lab wants to see it.")
        receive_at_bench(uow, rma.return_id, "OLD-1", "bench", rma.core_due_at)
        assert tell_overdue_cores(uow, rma.core_due_at + timedelta(days=1)) == 1
        assert uow.alerts.find(cleared_at=None) == []


def test_desk_sends_for_a_kept_part_again(world: Store) -> None:
    order = _swapped(world)
    _report(world, ReportKind.FAILED, f"return_pickup:{order.return_id}", reason=FailureReason.CORE_KEPT)
    with world.writing() as uow:
        assert uow.returns.require(order.return_id).closed_reason == "no reason was given"
        again = ask_again(uow, str(order.return_id), LATER)
        assert (again.state, again.closed_reason) == (ReturnState.ANNOUNCED, None)
        with pytest.raises(TransitionRefused):
            ask_again(uow, str(order.return_id), LATER)


def test_only_the_part_of_a_return_can_be_kept(world: Store) -> None:
    order = _plan(world)
    verdict = _report(world, ReportKind.FAILED, f"pickup:{order.order_id}", reason=FailureReason.CORE_KEPT)
    assert (verdict.kind, verdict.code) == (VerdictKind.REJECTED, "report_invalid")


def test_a_courier_who_got_it_after_all_posts_it(world: Store) -> None:
    order = _swapped(world)
    step = f"return_pickup:{order.return_id}"
    _report(world, ReportKind.FAILED, step, reason=FailureReason.CORE_KEPT)
    assert _report(world, ReportKind.PICKED_UP, step, serials=("OLD-1",)).kind is VerdictKind.APPLIED
    with world.reading() as uow:
        assert uow.returns.require(order.return_id).state is ReturnState.PICKED_UP
        assert uow.ledger.whereabouts("OLD-1") == "van-anna"


@pytest.mark.parametrize("picked_up", [True, False])
def test_return_cancelled_unheard_is_posted_all_the_same(world: Store, picked_up: bool) -> None:
    rma = _plan_return(world)
    with world.writing() as uow:
        cancel_return(uow, rma.return_id, "Not broken after all", NOW)
        uow.commit()
    if picked_up:
        step = f"return_pickup:{rma.return_id}"
        assert _report(world, ReportKind.PICKED_UP, step, serials=("OLD-1",)).kind is VerdictKind.APPLIED
        with world.reading() as uow:
            on_board = uow.returns.require(rma.return_id)
            assert (on_board.state, on_board.closed_reason) == (ReturnState.PICKED_UP, None)
            assert uow.ledger.whereabouts("OLD-1") == "van-anna"
    step = f"return_dropoff:{rma.return_id}"
    assert _report(world, ReportKind.RETURNED, step, serials=("OLD-1",)).kind is VerdictKind.APPLIED
    with world.writing() as uow:
        assert uow.returns.require(rma.return_id).state is ReturnState.RECEIVED
        assert uow.units.require("OLD-1").condition == "defective"
        entries, _ = uow.custody.timeline("OLD-1")
        assert [entry.location_id for entry in entries] == ["van-anna", "bench"]
        uow.outbox.stamp()
        causes = [str(s.event.data.get("cause")) for s in uow.outbox.read(0, 100)]
        assert sum("was cancelled" in cause for cause in causes) == 1


def test_refused_report_gets_the_same_answer_when_it_comes_again(world: Store) -> None:
    order = _plan(world)
    _report(world, ReportKind.PICKED_UP, f"pickup:{order.order_id}", serials=("P-1",))
    report = Report(
        new_id(), "anna", 1, ReportKind.PICKED_UP, LATER, LATER, 0.0, step_id=f"pickup:{order.order_id}"
    )
    for refused in (report, replace(report, event_id=new_id(), step_id="nonsense")):
        first = receive_report(world.writing, refused)
        assert first.kind in (VerdictKind.CONFLICT, VerdictKind.REJECTED)
        assert first.cause
        assert first.action
        assert receive_report(world.writing, refused) == first


def test_failed_hand_over_keeps_the_part_on_board_and_waits(world: Store) -> None:
    order = _plan(world)
    _report(world, ReportKind.PICKED_UP, f"pickup:{order.order_id}", serials=("P-1",))
    step = f"delivery:{order.order_id}"
    _report(world, ReportKind.FAILED, step, reason=FailureReason.CUSTOMER_ABSENT)
    with world.reading() as uow:
        waiting = uow.orders.require(order.order_id)
        assert waiting.state is OrderState.PICKED_UP
        assert waiting.not_before_at is not None
        assert waiting.not_before_at > LATER


def test_hand_over_is_timed_by_the_phones_clock_corrected_and_never_later_than_heard(world: Store) -> None:
    order = _plan(world)
    _report(world, ReportKind.PICKED_UP, f"pickup:{order.order_id}", serials=("P-1",))
    fast = LATER + timedelta(hours=1)
    _report(world, ReportKind.DELIVERED, f"delivery:{order.order_id}", at=fast, clock_offset_s=3900.0)
    with world.reading() as uow:
        assert uow.orders.require(order.order_id).stopped_at == LATER - timedelta(minutes=5)


@pytest.mark.parametrize(
    ("kind", "step_id", "changes", "verdict", "code"),
    [
        (ReportKind.ARRIVED, None, {"stop_id": "gone"}, VerdictKind.CONFLICT, "stop_replanned"),
        (ReportKind.ARRIVED, None, {}, VerdictKind.REJECTED, "report_invalid"),
        (ReportKind.PICKED_UP, None, {}, VerdictKind.REJECTED, "report_invalid"),
        (ReportKind.PICKED_UP, "nonsense", {}, VerdictKind.REJECTED, "invalid_value"),
        (ReportKind.PICKED_UP, "pickup:unknown", {}, VerdictKind.REJECTED, "not_found"),
        (ReportKind.DELIVERED, "pickup:{order}", {}, VerdictKind.REJECTED, "report_invalid"),
        (ReportKind.FAILED, "pickup:{order}", {}, VerdictKind.REJECTED, "report_invalid"),
        (
            ReportKind.PICKED_UP,
            "pickup:{order}",
            {"serials": ("P-1", "P-2")},
            VerdictKind.REJECTED,
            "invalid_value",
        ),
    ],
)
def test_report_that_makes_no_sense_gets_a_code_and_changes_nothing(
    world: Store,
    kind: ReportKind,
    step_id: str | None,
    changes: dict[str, object],
    verdict: VerdictKind,
    code: str,
) -> None:
    order = _plan(world)
    with world.reading() as uow:
        before = uow.ledger.balances()
    said = _report(world, kind, step_id and step_id.format(order=order.order_id), **changes)
    assert (said.kind, said.code) == (verdict, code)
    with world.reading() as uow:
        assert uow.ledger.balances() == before
        assert uow.orders.require(order.order_id).state is OrderState.PLANNED


def test_second_pickup_of_the_same_order_is_a_conflict(world: Store) -> None:
    order = _plan(world)
    _report(world, ReportKind.PICKED_UP, f"pickup:{order.order_id}", serials=("P-1",))
    again = _report(world, ReportKind.PICKED_UP, f"pickup:{order.order_id}", serials=("P-1",))
    assert (again.kind, again.code) == (VerdictKind.CONFLICT, "job_closed")


def test_new_plan_keeps_the_identity_and_state_of_a_stop_under_way(world: Store) -> None:
    order = _plan(world)
    with world.reading() as uow:
        first = min(uow.stops.find(courier_id="anna"), key=lambda stop: stop.position)
    _report(world, ReportKind.EN_ROUTE, stop_id=first.stop_id)
    with world.writing() as uow:
        pickup = PlannedStep(StepKind.PICKUP, order.order_id, "locker-schaan-c1")
        bench = PlannedStep(StepKind.RETURN_DROPOFF, "none", "bench")
        stops = [
            PlannedStop("locker-schaan", LATER, LATER, (pickup,)),
            PlannedStop("bench", LATER, LATER, (bench,)),
        ]
        assert replace_route(uow, "anna", stops, NOW)
        assert not replace_route(uow, "anna", stops, NOW)
        kept = uow.stops.require(first.stop_id)
        assert (kept.state, kept.eta_at) == (StopState.EN_ROUTE, LATER)
        assert len(uow.stops.find(courier_id="anna")) == 2


@pytest.mark.parametrize(("conflicts", "applied"), [(2, True), (3, False)])
def test_report_that_meets_another_change_is_tried_again_and_never_refused_for_it(
    world: Store, monkeypatch: pytest.MonkeyPatch, conflicts: int, applied: bool
) -> None:
    order = _plan(world)
    handle, met = reporting._HANDLERS[ReportKind.PICKED_UP], []

    def meets_others(uow: UnitOfWork, report: Report) -> None:
        met.append(report)
        if len(met) <= conflicts:
            raise Conflict("Somebody else changed the order.")
        handle(uow, report)

    monkeypatch.setitem(reporting._HANDLERS, ReportKind.PICKED_UP, meets_others)
    step = f"pickup:{order.order_id}"
    if applied:
        assert _report(world, ReportKind.PICKED_UP, step).kind is VerdictKind.APPLIED
    else:
        with pytest.raises(Conflict):
            _report(world, ReportKind.PICKED_UP, step)
    with world.reading() as uow:
        assert len(uow.reports.find()) == int(applied)
        assert uow.ledger.balance("van-anna", PUMP).on_hand == int(applied)
