"""Statistics of the bench, against what was worked out by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.bench_world import GOOD, build_bench, by, came_back, flow_test
from tests.world import FUSE, NOW, PUMP
from tracking.parts.part import Condition
from tracking.repairs import service as bench
from tracking.repairs.due import due_from_the_bench
from tracking.repairs.statistics import repair_statistics
from tracking.repairs.work_order import WorkState
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.errors import InvalidValue

_S = WorkState

WORK = [
    # outcome, hours at the bench, minutes worked, fuses of 150 cents
    (_S.REPAIRED, 10, 60, 2),
    (_S.REPAIRED, 20, 30, 0),
    (_S.REPAIRED, 30, 90, 1),
    (_S.BEYOND_REPAIR, 2, 20, 1),
    (_S.NO_FAULT_FOUND, 1, 15, 0),
    (_S.VENDOR_CLAIM, 100, 5, 0),
]
LEAVES = {
    _S.REPAIRED: (Condition.REFURBISHED, "depot"),
    _S.NO_FAULT_FOUND: (Condition.REFURBISHED, "depot"),
    _S.BEYOND_REPAIR: (Condition.DEFECTIVE, "scrap"),
    _S.VENDOR_CLAIM: (Condition.DEFECTIVE, "supplier"),
}


def _work(uow: SqlUnitOfWork, n: int, procedure_id: str, opened_at: datetime) -> None:
    outcome, hours, minutes, fuses = WORK[n]
    order = bench.open_for_return(uow, came_back(uow, f"S-{n}").return_id, by(at=opened_at))
    key = order.work_order_id
    bench.advance(uow, key, _S.TESTING, "", by(at=opened_at))
    if outcome is _S.NO_FAULT_FOUND:
        bench.record_run(uow, key, procedure_id, GOOD, by(at=opened_at))
    else:
        bench.advance(uow, key, _S.REPAIRING, "", by(at=opened_at))
    if fuses:
        bench.consume(uow, key, FUSE, fuses, (), None, by(at=opened_at))
    bench.book_labour(uow, key, "maria", minutes, "", by(at=opened_at))
    if outcome is _S.REPAIRED:
        bench.record_run(uow, key, procedure_id, GOOD, by(at=opened_at))
    closed_at = opened_at + timedelta(hours=hours)
    bench.advance(uow, key, outcome, "", by(at=closed_at))
    grade, place = LEAVES[outcome]
    bench.close(uow, key, grade, place, 0, by(at=closed_at))


@pytest.fixture
def world(store: Store) -> Store:
    build_bench(store)
    with store.writing() as uow:
        procedure = flow_test(uow)
        for n in range(len(WORK)):
            _work(uow, n, procedure.procedure_id, NOW)
        bench.open_for_return(uow, came_back(uow, "S-OPEN").return_id, by())
        uow.commit()
    return store


def test_figures_are_those_worked_out_by_hand(world: Store) -> None:
    with world.reading() as uow:
        (found,) = repair_statistics(uow)
    assert (found.part_number, found.closed) == (PUMP, 6)
    assert (found.repaired, found.beyond_repair, found.no_fault_found, found.vendor_claim) == (3, 1, 1, 1)
    assert found.yield_share == 0.75  # 3 of 3 + 1
    assert found.no_fault_found_share == pytest.approx(1 / 6)
    assert found.turnaround_median_s == 15 * 3600  # 1 2 10 | 20 30 100
    assert found.turnaround_p90_s == 100 * 3600  # the 6th of 6: 9/10 of 6 is 5.4
    assert found.labour_minutes == 50  # (60 + 30 + 90 + 20) / 4
    assert found.parts_cents == 150  # (300 + 0 + 150 + 150) / 4


def test_orders_count_in_the_time_in_which_they_were_closed(world: Store) -> None:
    with world.reading() as uow:
        (early,) = repair_statistics(uow, PUMP, NOW, NOW + timedelta(hours=10))
        assert (early.closed, early.repaired, early.turnaround_median_s) == (2, 0, 5400)
        assert early.yield_share == 0
        (late,) = repair_statistics(uow, PUMP, NOW + timedelta(hours=50))
        assert (late.closed, late.vendor_claim) == (1, 1)
        assert (late.yield_share, late.labour_minutes, late.parts_cents) == (None, None, None)
        assert repair_statistics(uow, FUSE) == []
        with pytest.raises(InvalidValue, match="until"):
            repair_statistics(uow, PUMP, NOW, NOW)


def test_a_unit_is_due_as_those_before_it_that_took_longer(world: Store) -> None:
    later = NOW + timedelta(hours=190)
    with world.writing() as uow:
        young = bench.open_for_return(uow, came_back(uow, "S-YOUNG").return_id, by(at=later))
        given_up = bench.open_for_return(uow, came_back(uow, "S-BAD").return_id, by(at=later))
        bench.advance(uow, given_up.work_order_id, _S.BEYOND_REPAIR, "", by(at=later))
        old, due = due_from_the_bench(uow, [PUMP, FUSE], later + timedelta(hours=15))
    assert (old.order.serial, old.half_at) == ("S-OPEN", None)  # 205 h: none took so long
    assert due.order == young
    assert due.half_at == later + timedelta(hours=25)  # 20 and 30 h are longer than 15 h
    assert (due.sound, due.closed) == (4, 6)


def test_a_part_that_was_never_repaired_is_due_at_no_time(store: Store) -> None:
    build_bench(store)
    with store.writing() as uow:
        bench.open_for_return(uow, came_back(uow, "S-1").return_id, by())
        (due,) = due_from_the_bench(uow, [PUMP], NOW + timedelta(hours=1))
    assert (due.half_at, due.sound, due.closed) == (None, 0, 0)
