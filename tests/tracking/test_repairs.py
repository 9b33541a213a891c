"""Work orders: what may follow what, what a unit needs to be called sound, and where it goes."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from tests.bench_world import BAD, FLOW, GOOD, LEAKAGE, build_bench, by, came_back, flow_test
from tests.world import FUSE, NOW, PUMP, stock_up
from tracking.parts.part import Condition
from tracking.parts.stock import OutOfStock, SerialElsewhere
from tracking.repairs import service as bench
from tracking.repairs.procedure import Measurement, Procedure, judged
from tracking.repairs.work_order import NotTested, WorkOrder, WorkRefused, WorkState
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.errors import AlreadyExists, FieldstockError, InvalidValue, TransitionRefused

_S = WorkState


@pytest.fixture
def world(store: Store) -> Store:
    return build_bench(store)


@pytest.fixture
def small(sqlite_store: Store) -> Store:
    return build_bench(sqlite_store)


def _open(uow: SqlUnitOfWork, *, unopened: bool = False) -> WorkOrder:
    return bench.open_for_return(uow, came_back(uow, unopened=unopened).return_id, by())


def _to(uow: SqlUnitOfWork, order: WorkOrder, *states: WorkState) -> WorkOrder:
    for state in states:
        order = bench.advance(uow, order.work_order_id, state, "", by())
    return order


def test_unit_is_tested_repaired_tested_again_and_back_in_stock_with_a_warranty(world: Store) -> None:
    with world.writing() as uow:
        procedure, order = flow_test(uow), _open(uow)
        assert (order.number, order.state, order.bench_id) == ("WO-1001", _S.TRIAGE, "bench")
        _to(uow, order, _S.TESTING)
        failed = bench.record_run(uow, order.work_order_id, procedure.procedure_id, BAD, by())
        assert [reading["passed"] for reading in failed.readings] == [False, True]
        _to(uow, order, _S.REPAIRING)
        bench.consume(uow, order.work_order_id, FUSE, 2, (), None, by())
        bench.book_labour(uow, order.work_order_id, "maria", 45, "Fuse", by())
        assert bench.record_run(uow, order.work_order_id, procedure.procedure_id, GOOD, by()).passed
        _to(uow, order, _S.REPAIRED)
        done = bench.close(uow, order.work_order_id, Condition.REFURBISHED, "depot", 90, by())
        uow.commit()
    with world.reading() as uow:
        assert (done.state, done.outcome) == (_S.CLOSED, _S.REPAIRED)
        assert done.warranty_until == NOW + timedelta(days=90)
        assert uow.units.require("OLD-1").condition is Condition.REFURBISHED
        assert uow.ledger.balance("depot", PUMP).serials == ("OLD-1",)
        assert uow.ledger.balance("bench", FUSE).on_hand == 8
        assert uow.ledger.balance("scrap", FUSE).on_hand == 2
        (consumed,) = uow.consumed_parts.find()
        assert consumed.cost_cents == 300
        entries, details = uow.custody.timeline("OLD-1")
        assert [(entry.kind, entry.location_id) for entry in entries] == [
            ("received", "bench"),
            ("repaired", "depot"),
        ]
        assert details[2].proof["work_order"] == "WO-1001"
        assert uow.custody.faults("OLD-1") == []


def test_no_fault_found_on_an_unopened_unit_goes_back_as_new(world: Store) -> None:
    with world.writing() as uow:
        flow_test(uow)
        order = _to(uow, _open(uow, unopened=True), _S.NO_FAULT_FOUND)
        bench.close(uow, order.work_order_id, Condition.NEW, "depot", 0, by())
        assert uow.units.require("OLD-1").condition is Condition.NEW
        assert uow.ledger.balance("depot", PUMP).available == 1


def test_no_fault_found_on_an_unpacked_unit_needs_a_passed_test(small: Store) -> None:
    with small.writing() as uow:
        procedure, order = flow_test(uow), _open(uow)
        with pytest.raises(NotTested, match="not by looking"):
            _to(uow, order, _S.NO_FAULT_FOUND)
        _to(uow, order, _S.TESTING)
        with pytest.raises(NotTested, match="Flow test v1 was not run since WO-1001 is testing"):
            _to(uow, order, _S.NO_FAULT_FOUND)
        bench.record_run(uow, order.work_order_id, procedure.procedure_id, GOOD, by())
        bench.record_run(uow, order.work_order_id, procedure.procedure_id, BAD, by())
        with pytest.raises(NotTested, match="failed"):
            _to(uow, order, _S.NO_FAULT_FOUND)
        bench.record_run(uow, order.work_order_id, procedure.procedure_id, GOOD, by())
        _to(uow, order, _S.NO_FAULT_FOUND)
        with pytest.raises(InvalidValue, match="unpacked is not new"):
            bench.close(uow, order.work_order_id, Condition.NEW, "depot", 0, by())


def test_test_before_the_repair_does_not_show_that_it_worked(small: Store) -> None:
    with small.writing() as uow:
        procedure, order = flow_test(uow), _open(uow)
        _to(uow, order, _S.TESTING)
        bench.record_run(uow, order.work_order_id, procedure.procedure_id, GOOD, by())
        bench.advance(uow, order.work_order_id, _S.REPAIRING, "", by(at=NOW + timedelta(minutes=5)))
        with pytest.raises(NotTested):
            bench.advance(uow, order.work_order_id, _S.REPAIRED, "", by(at=NOW + timedelta(minutes=9)))


def test_only_the_newest_version_of_a_procedure_counts(small: Store) -> None:
    with small.writing() as uow:
        first = flow_test(uow)
        order = _to(uow, _open(uow), _S.TESTING)
        bench.record_run(uow, order.work_order_id, first.procedure_id, GOOD, by())
        second = flow_test(uow)
        assert (first.version, second.version) == (1, 2)
        with pytest.raises(NotTested, match="v2"):
            _to(uow, order, _S.NO_FAULT_FOUND)
        assert bench.current_procedures(uow, PUMP) == [second]


def test_outcome_can_be_thought_over_until_the_unit_has_left(small: Store) -> None:
    with small.writing() as uow:
        order = _to(uow, _open(uow), _S.BEYOND_REPAIR)
        assert (order.outcome, order.outcome_at) == (_S.BEYOND_REPAIR, NOW)
        order = _to(uow, order, _S.TESTING)
        assert (order.outcome, order.outcome_at) == (None, None)


def test_closed_order_refuses_everything_and_names_its_state(small: Store) -> None:
    with small.writing() as uow:
        procedure = flow_test(uow)
        order = _to(uow, _open(uow), _S.BEYOND_REPAIR)
        key = order.work_order_id
        bench.close(uow, key, Condition.DEFECTIVE, None, 0, by())
        assert uow.ledger.whereabouts("OLD-1") == "bench"
        with pytest.raises(TransitionRefused, match="is closed and cannot become testing"):
            _to(uow, order, _S.TESTING)
        with pytest.raises(TransitionRefused):
            bench.close(uow, key, Condition.DEFECTIVE, None, 0, by())
        for refused in (
            lambda: bench.record_run(uow, key, procedure.procedure_id, GOOD, by()),
            lambda: bench.consume(uow, key, FUSE, 1, (), None, by()),
            lambda: bench.book_labour(uow, key, "maria", 5, "", by()),
            lambda: bench.add_photos(uow, key, (), by()),
        ):
            with pytest.raises(WorkRefused, match="WO-1001 is closed"):
                refused()


@pytest.mark.parametrize(
    ("outcome", "grade", "place", "says"),
    [
        (_S.BEYOND_REPAIR, Condition.REFURBISHED, None, "grade: after beyond_repair a unit is defective"),
        (_S.BEYOND_REPAIR, Condition.DEFECTIVE, "depot", "goes to a scrap, not a depot"),
        (_S.VENDOR_CLAIM, Condition.DEFECTIVE, "scrap", "goes to a supplier, not a scrap"),
        (_S.NO_FAULT_FOUND, Condition.DEFECTIVE, "depot", "new or refurbished, not defective"),
        (_S.NO_FAULT_FOUND, Condition.NEW, None, "goes back to stock, to a depot or stocking_location"),
        (_S.NO_FAULT_FOUND, Condition.NEW, "bench", "not a bench"),
        (_S.NO_FAULT_FOUND, Condition.NEW, "locker-schaan-c1", "not a compartment"),
    ],
)
def test_unit_leaves_as_its_outcome_allows(
    small: Store, outcome: WorkState, grade: Condition, place: str | None, says: str
) -> None:
    with small.writing() as uow:
        order = _to(uow, _open(uow, unopened=True), outcome)
        with pytest.raises(InvalidValue, match=says):
            bench.close(uow, order.work_order_id, grade, place, 0, by())


def test_warranty_is_on_repairs_alone(small: Store) -> None:
    with small.writing() as uow:
        order = _to(uow, _open(uow, unopened=True), _S.NO_FAULT_FOUND)
        with pytest.raises(InvalidValue, match="warranty_days"):
            bench.close(uow, order.work_order_id, Condition.NEW, "depot", 30, by())


def test_vendor_gets_the_unit_back(small: Store) -> None:
    with small.writing() as uow:
        order = _to(uow, _open(uow), _S.VENDOR_CLAIM)
        bench.close(uow, order.work_order_id, Condition.DEFECTIVE, "supplier", 0, by())
        assert uow.ledger.whereabouts("OLD-1") == "supplier"


def test_one_order_is_open_for_a_unit_and_the_unit_lies_at_the_bench(small: Store) -> None:
    with small.writing() as uow:
        order = _open(uow)
        with pytest.raises(AlreadyExists, match="WO-1001 is open"):
            bench.open_for_unit(uow, "OLD-1", by())
        _to(uow, order, _S.BEYOND_REPAIR)
        bench.close(uow, order.work_order_id, Condition.DEFECTIVE, None, 0, by())
        assert bench.open_for_unit(uow, "OLD-1", by()).number == "WO-1002"
        stock_up(uow, "depot", PUMP, 1, "P-1")
        with pytest.raises(SerialElsewhere, match="at depot, not at a bench"):
            bench.open_for_unit(uow, "P-1", by())


def test_parts_are_taken_while_repairing_and_only_those_that_are_there(small: Store) -> None:
    with small.writing() as uow:
        order = _open(uow)
        with pytest.raises(WorkRefused, match="is triage: a unit is given parts while repairing"):
            bench.consume(uow, order.work_order_id, FUSE, 1, (), None, by())
        _to(uow, order, _S.TESTING, _S.REPAIRING)
        with pytest.raises(OutOfStock):
            bench.consume(uow, order.work_order_id, FUSE, 11, (), None, by())
        with pytest.raises(OutOfStock):
            bench.consume(uow, order.work_order_id, FUSE, 1, (), "depot", by())
        with pytest.raises(InvalidValue, match="the unit that is repaired"):
            bench.consume(uow, order.work_order_id, PUMP, 1, ("OLD-1",), None, by())


def test_without_a_place_for_scrap_nothing_is_consumed(small: Store) -> None:
    with small.writing() as uow:
        uow.locations.remove("scrap")
        order = _to(uow, _open(uow), _S.TESTING, _S.REPAIRING)
        with pytest.raises(bench.NoScrap):
            bench.consume(uow, order.work_order_id, FUSE, 1, (), None, by())


@pytest.mark.parametrize(
    ("value", "passes"),
    [(98.0, True), (102.0, True), (97.999, False), (102.001, False), (None, False), (math.inf, False)],
)
def test_limits_belong_to_what_passes(value: float | None, passes: bool) -> None:
    assert FLOW.passes(value) is passes
    assert Measurement("x", "x", "x", None, 5.0).passes(-1e9)
    assert Measurement("x", "x", "x", 5.0, None).passes(1e9)


@pytest.mark.parametrize(
    ("limits", "says"),
    [((None, None), "lower or an upper"), ((2.0, 1.0), "above"), ((math.nan, None), "as a number")],
)
def test_measurement_without_sense_is_refused(limits: tuple[float | None, float | None], says: str) -> None:
    with pytest.raises(InvalidValue, match=says):
        Measurement("Flow", "flow", "ml/h", *limits)


def _procedure(*steps: dict[str, object]) -> Procedure:
    return Procedure("p", PUMP, "Flow test", 1, steps, "bench", NOW)


STEP = {"name": "Flow", "quantity": "flow", "unit": "ml/h", "lower": 1.0, "upper": None}


@pytest.mark.parametrize(
    "make",
    [
        lambda: _procedure(),
        lambda: _procedure(STEP, STEP),
        lambda: judged(_procedure(STEP), {}),
        lambda: judged(_procedure(STEP), {"Flow": 1.0, "Colour": 2.0}),
    ],
    ids=["no step", "a step twice", "no value", "a value of nothing"],
)
def test_procedure_and_its_values_must_fit(make: object) -> None:
    with pytest.raises(FieldstockError):
        make()  # type: ignore[operator]


def test_what_could_not_be_measured_did_not_pass() -> None:
    readings, passed = judged(_procedure(STEP), {"Flow": None})
    assert (passed, readings[0]["passed"], readings[0]["value"]) == (False, False, None)
    assert LEAKAGE.passes(100.0)
