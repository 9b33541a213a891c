"""The use cases of breaks: they come with a shift, and couriers report when they begin and end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from tracking.fleet.breaks import LONGEST_BREAK, MISTAKEN, MOST_BREAKS, Break, BreakTaken, BreakTimes
from tracking.fleet.courier import Shift
from tracking.fleet.reports import Report, ReportConflict, ReportInvalid
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import InvalidValue
from tracking.values.events import DomainEvent
from tracking.values.ids import new_id


def add_breaks(uow: UnitOfWork, shift: Shift, times: Sequence[BreakTimes]) -> list[Break]:
    """Add the breaks of a new shift. Raises `InvalidValue` unless they lie in it, in order."""
    _check(shift, times)
    made = [
        Break(new_id(), shift.shift_id, shift.courier_id, each.earliest_at, each.latest_at, each.duration_s)
        for each in times
    ]
    for each in made:
        uow.breaks.add(each)
    return made


def breaks_of(uow: UnitOfWork, shifts: Sequence[Shift]) -> dict[str, list[Break]]:
    """Return the breaks of each shift by its id, in order."""
    found: dict[str, list[Break]] = {shift.shift_id: [] for shift in shifts}
    for each in sorted(uow.breaks.find_in(shift_id=list(found)), key=lambda each: each.earliest_at):
        found[each.shift_id].append(each)
    return found


def plan_breaks(uow: UnitOfWork, planned: Mapping[str, datetime | None]) -> None:
    """Note when the plan in force puts each break; what has begun meanwhile stays as it was reported."""
    current = uow.breaks.lock_in(break_id=list(planned))
    moved = [
        replace(each, planned_at=planned[each.break_id])
        for each in current
        if each.started_at is None and each.planned_at != planned[each.break_id]
    ]
    uow.breaks.save_all(moved)


def start_break(uow: UnitOfWork, report: Report) -> None:
    """Let a break begin, as the courier reports."""
    pause = _reported(uow, report)
    if pause.started_at is not None:
        raise BreakTaken(f"This break began at {pause.started_at:%R} UTC already.")
    _save(uow, replace(pause, started_at=report.happened_at), "courier.break_started", report.happened_at)


def end_break(uow: UnitOfWork, report: Report) -> None:
    """Let a break end, as the courier reports; one that nobody ends is over when its time is.

    One that ends at once began by mistake, and is due again.
    """
    pause = _reported(uow, report)
    if pause.started_at is None:
        raise ReportConflict("This break has not begun.")
    if pause.ended_at is not None:
        raise BreakTaken(f"This break ended at {pause.ended_at:%R} UTC already.")
    ended_at = max(pause.started_at, report.happened_at)
    if ended_at - pause.started_at < MISTAKEN:
        _save(uow, replace(pause, started_at=None), "courier.break_undone", ended_at)
    else:
        _save(uow, replace(pause, ended_at=ended_at), "courier.break_ended", ended_at)


def _reported(uow: UnitOfWork, report: Report) -> Break:
    if report.break_id is None:
        raise ReportInvalid(f"A report of {report.kind} names the break.")
    uow.couriers.require(report.courier_id, lock=True)
    pause = uow.breaks.get(report.break_id, lock=True)
    if pause is None or pause.courier_id != report.courier_id:
        raise ReportConflict("This break is not one of yours.")
    return pause


def _save(uow: UnitOfWork, pause: Break, kind: str, at: datetime) -> None:
    uow.breaks.save(pause)
    data = {"break_id": pause.break_id, "until": pause.until.isoformat() if pause.until else None}
    uow.outbox.add(DomainEvent(kind, pause.courier_id, at, data))


def _check(shift: Shift, times: Sequence[BreakTimes]) -> None:
    if len(times) > MOST_BREAKS:
        raise InvalidValue(f"breaks: a shift has {MOST_BREAKS} breaks at most.")
    for n, each in enumerate(times):
        if not timedelta(0) < each.duration <= LONGEST_BREAK:
            raise InvalidValue(f"breaks[{n}].duration_s: a break lasts from 1 s to 4 h.")
        if each.latest_at < each.earliest_at:
            raise InvalidValue(f"breaks[{n}].latest_at: lies before earliest_at.")
        if each.earliest_at < shift.starts_at:
            raise InvalidValue(f"breaks[{n}].earliest_at: lies before the shift starts.")
        if each.latest_at + each.duration > shift.ends_at:
            raise InvalidValue(f"breaks[{n}].latest_at: the break would outlast the shift.")
    for n, (before, after) in enumerate(pairwise(times), start=1):
        if before.earliest_at > after.earliest_at or before.latest_at + before.duration > after.latest_at:
            raise InvalidValue(f"breaks[{n}]: must come after the one before it, with time for both.")
