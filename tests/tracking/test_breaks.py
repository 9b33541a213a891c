from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.world import NOW, build_world
from tracking.fleet.breaks import Break, BreakState, BreakTimes
from tracking.fleet.reporting import receive_report
from tracking.fleet.reports import Report, ReportKind, Verdict
from tracking.fleet.resting import breaks_of, plan_breaks
from tracking.fleet.service import open_shift
from tracking.store.unit_of_work import Store
from tracking.values.errors import InvalidValue
from tracking.values.ids import new_id

STARTS, ENDS = NOW, NOW + timedelta(hours=9)
HALF_HOUR = 1_800


def _at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def _times(earliest_h: float, latest_h: float, duration_s: int = HALF_HOUR) -> BreakTimes:
    return BreakTimes(_at(earliest_h), _at(latest_h), duration_s)


@pytest.fixture
def lunch(store: Store) -> Break:
    with store.writing() as uow:
        build_world(uow)
        shift = open_shift(uow, "ben", STARTS, ENDS, NOW, [_times(3, 4)])
        (lunch,) = breaks_of(uow, [shift])[shift.shift_id]
        uow.commit()
    return lunch


@pytest.mark.parametrize(
    ("times", "path", "said"),
    [
        ([_times(3, 4, 0)], "breaks[0].duration_s", "from 1 s"),
        ([_times(3, 4, 4 * 3600 + 1)], "breaks[0].duration_s", "to 4 h"),
        ([_times(4, 3)], "breaks[0].latest_at", "before earliest_at"),
        ([_times(-0.1, 4)], "breaks[0].earliest_at", "before the shift starts"),
        ([_times(3, 8.6)], "breaks[0].latest_at", "outlast the shift"),
        ([_times(3, 4), _times(5, 8.6)], "breaks[1].latest_at", "outlast the shift"),
        ([_times(3, 4), _times(2, 5)], "breaks[1]", "after the one before"),
        ([_times(3, 4), _times(3, 4.4)], "breaks[1]", "with time for both"),
        ([_times(n, n + 0.5) for n in range(5)], "breaks", "4 breaks at most"),
    ],
)
def test_breaks_that_do_not_fit_into_the_shift_are_refused_and_nothing_is_kept(
    store: Store, times: list[BreakTimes], path: str, said: str
) -> None:
    with store.writing() as uow:
        build_world(uow)
        uow.commit()
    with store.writing() as uow, pytest.raises(InvalidValue) as refused:
        open_shift(uow, "ben", STARTS, ENDS, NOW, times)
    assert refused.value.cause.startswith(f"{path}:")
    assert said in refused.value.cause
    with store.reading() as uow:
        assert uow.shifts.find(courier_id="ben") == uow.breaks.find() == []


def test_breaks_stand_in_their_order(store: Store) -> None:
    with store.writing() as uow:
        build_world(uow)
        shift = open_shift(uow, "ben", STARTS, ENDS, NOW, [_times(2, 3), _times(2.5, 3.5), _times(6, 8.5)])
        found = breaks_of(uow, [shift])[shift.shift_id]
    assert [each.earliest_at for each in found] == [_at(2), _at(2.5), _at(6)]


def _report(store: Store, kind: ReportKind, at: datetime, courier: str = "ben", **details: str) -> Verdict:
    report = Report(new_id(), courier, 1, kind, at, at, 0.0, **details)  # type: ignore[arg-type]
    return receive_report(store.writing, report)


def _kept(store: Store, lunch: Break) -> Break:
    with store.reading() as uow:
        return uow.breaks.require(lunch.break_id)


def test_break_begins_and_ends_as_the_courier_reports(store: Store, lunch: Break) -> None:
    assert lunch.state(_at(3)) is BreakState.DUE
    assert _report(store, ReportKind.BREAK_STARTED, _at(3.2), break_id=lunch.break_id).kind == "applied"
    assert _kept(store, lunch).until == _at(3.7)
    assert _kept(store, lunch).state(_at(3.6)) is BreakState.UNDER_WAY
    assert _kept(store, lunch).state(_at(3.7)) is BreakState.TAKEN
    assert _report(store, ReportKind.BREAK_ENDED, _at(3.5), break_id=lunch.break_id).kind == "applied"
    assert _kept(store, lunch).until == _at(3.5)
    with store.writing() as uow:
        uow.outbox.stamp()
        told = [(e.event.kind, e.event.data["until"]) for e in uow.outbox.read(0, 100)[-2:]]
    assert told == [
        ("courier.break_started", _at(3.7).isoformat()),
        ("courier.break_ended", _at(3.5).isoformat()),
    ]


def test_break_that_nobody_begins_is_due_until_its_time_has_passed(lunch: Break) -> None:
    assert lunch.state(_at(4.49)) is BreakState.DUE
    assert lunch.state(_at(4.5)) is BreakState.MISSED


def test_break_begins_once_and_by_its_courier_alone(store: Store, lunch: Break) -> None:
    named = {"break_id": lunch.break_id}
    early = _report(store, ReportKind.BREAK_ENDED, _at(3), **named)
    assert (early.kind, early.cause) == ("conflict", "This break has not begun.")
    foreign = _report(store, ReportKind.BREAK_STARTED, _at(3), "anna", **named)
    assert (foreign.kind, foreign.cause) == ("conflict", "This break is not one of yours.")
    unknown = _report(store, ReportKind.BREAK_STARTED, _at(3), break_id="nothing")
    assert unknown.kind == "conflict"
    nameless = _report(store, ReportKind.BREAK_STARTED, _at(3))
    assert (nameless.kind, nameless.code) == ("rejected", "report_invalid")
    assert _kept(store, lunch) == lunch
    _report(store, ReportKind.BREAK_STARTED, _at(3), **named)
    twice = _report(store, ReportKind.BREAK_STARTED, _at(3.1), **named)
    assert (twice.kind, twice.code) == ("conflict", "break_taken")
    _report(store, ReportKind.BREAK_ENDED, _at(3.4), **named)
    assert _report(store, ReportKind.BREAK_ENDED, _at(3.5), **named).code == "break_taken"
    assert (_kept(store, lunch).started_at, _kept(store, lunch).ended_at) == (_at(3), _at(3.4))


def test_break_that_ends_at_once_began_by_mistake_and_is_due_again(store: Store, lunch: Break) -> None:
    _report(store, ReportKind.BREAK_STARTED, _at(3), break_id=lunch.break_id)
    assert _report(store, ReportKind.BREAK_ENDED, _at(3.03), break_id=lunch.break_id).kind == "applied"
    assert _kept(store, lunch) == lunch
    assert _report(store, ReportKind.BREAK_STARTED, _at(3.5), break_id=lunch.break_id).kind == "applied"


def test_plan_moves_a_break_that_has_not_begun(store: Store, lunch: Break) -> None:
    with store.writing() as uow:
        plan_breaks(uow, {lunch.break_id: _at(3.5)})
        uow.commit()
    assert _kept(store, lunch) == replace(lunch, planned_at=_at(3.5))
    _report(store, ReportKind.BREAK_STARTED, _at(3.4), break_id=lunch.break_id)
    with store.writing() as uow:
        plan_breaks(uow, {lunch.break_id: _at(3.8)})
        uow.commit()
    assert _kept(store, lunch).planned_at == _at(3.5)
