"""Whatever is tried on a work order, only allowed states follow, and its unit is where its state says."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.bench_world import BAD, GOOD, build_bench, by, came_back, flow_test
from tests.conftest import CUSTODY_KEY
from tests.world import FUSE, NOW
from tracking.parts.part import Condition
from tracking.repairs import service as bench
from tracking.repairs.service import Actor
from tracking.repairs.work_order import TRANSITIONS, NotTested, WorkRefused, WorkState
from tracking.store.unit_of_work import Store
from tracking.values.errors import FieldstockError, InvalidValue, TransitionRefused

PLACES = [None, "depot", "bench", "supplier", "scrap"]
HOME = {
    WorkState.REPAIRED: {"depot"},
    WorkState.NO_FAULT_FOUND: {"depot"},
    WorkState.BEYOND_REPAIR: {"scrap", "bench"},
    WorkState.VENDOR_CLAIM: {"supplier", "bench"},
}


class AtTheBench(RuleBasedStateMachine):
    """One unit, and everything that people may try with it."""

    @initialize(unopened=st.booleans())
    def open(self, unopened: bool) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fieldstock-bench-"))
        self.store = Store(f"sqlite:///{self.folder / 'fieldstock.sqlite'}", CUSTODY_KEY)
        self.store.migrate()
        build_bench(self.store)
        self.minutes, self.consumed, self.passed_since = 0, 0, False
        with self.store.writing() as uow:
            self.procedure_id = flow_test(uow).procedure_id
            order = bench.open_for_return(uow, came_back(uow, unopened=unopened).return_id, by())
            uow.commit()
        self.key, self.unopened, self.state = order.work_order_id, unopened, order.state

    def _now(self) -> Actor:
        self.minutes += 1
        return by(at=NOW + timedelta(minutes=self.minutes))

    @rule(wish=st.sampled_from(list(WorkState)))
    def advance(self, wish: WorkState) -> None:
        allowed = wish in TRANSITIONS[self.state]
        with self.store.writing() as uow:
            try:
                after = bench.advance(uow, self.key, wish, "", self._now())
            except FieldstockError as error:
                self._check_refusal(wish, error)
                return
            uow.commit()
        assert allowed
        if wish in (WorkState.REPAIRED, WorkState.NO_FAULT_FOUND):
            assert self.passed_since or (self.state is WorkState.TRIAGE and self.unopened)
        self.state, self.passed_since = after.state, False

    def _check_refusal(self, wish: WorkState, error: FieldstockError) -> None:
        if isinstance(error, TransitionRefused):
            assert set(error.allowed) == {str(state) for state in TRANSITIONS[self.state]}
            assert wish not in TRANSITIONS[self.state]
        elif isinstance(error, WorkRefused):
            assert wish is WorkState.CLOSED
        else:
            assert isinstance(error, NotTested)
            assert wish in (WorkState.REPAIRED, WorkState.NO_FAULT_FOUND)
            assert not self.passed_since or self.state is WorkState.TRIAGE

    @rule(good=st.booleans())
    def test(self, good: bool) -> None:
        with self.store.writing() as uow:
            try:
                bench.record_run(uow, self.key, self.procedure_id, GOOD if good else BAD, self._now())
            except WorkRefused:
                assert self.state not in (WorkState.TESTING, WorkState.REPAIRING)
                return
            uow.commit()
        self.passed_since = good

    @rule(quantity=st.integers(1, 12))
    def consume(self, quantity: int) -> None:
        with self.store.writing() as uow, contextlib.suppress(FieldstockError):
            bench.consume(uow, self.key, FUSE, quantity, (), None, self._now())
            assert self.state is WorkState.REPAIRING
            uow.commit()
            self.consumed += quantity

    @rule(grade=st.sampled_from(list(Condition)), place=st.sampled_from(PLACES))
    def close(self, grade: Condition, place: str | None) -> None:
        with self.store.writing() as uow:
            try:
                after = bench.close(uow, self.key, grade, place, 0, self._now())
            except (TransitionRefused, InvalidValue):
                return
            uow.commit()
        assert WorkState.CLOSED in TRANSITIONS[self.state]
        assert after.outcome is self.state
        assert grade is not Condition.NEW or self.unopened
        self.state = after.state

    @invariant()
    def unit_is_where_its_state_says(self) -> None:
        with self.store.reading() as uow:
            order = uow.work_orders.require(self.key)
            place, unit = uow.ledger.whereabouts("OLD-1"), uow.units.require("OLD-1")
            assert order.state is self.state
            if order.state is WorkState.CLOSED:
                assert order.outcome is not None
                assert place in HOME[order.outcome]
                assert unit.condition is order.grade
            else:
                assert (place, unit.condition) == ("bench", Condition.DEFECTIVE)
            assert uow.ledger.balance("bench", FUSE).on_hand == 10 - self.consumed >= 0
            assert uow.custody.faults("OLD-1") == []

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder, ignore_errors=True)


AtTheBench.TestCase.settings = hypothesis.settings(
    max_examples=25, stateful_step_count=25, deadline=None, database=None, derandomize=True
)
TestAtTheBench = AtTheBench.TestCase
