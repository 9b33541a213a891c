from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.world import NOW, build_world
from tracking.fleet.breaks import BreakTimes
from tracking.fleet.courier import Shift
from tracking.fleet.driving import Driven, driven
from tracking.fleet.resting import breaks_of
from tracking.fleet.service import open_shift
from tracking.fleet.stops import OPEN, Stop, StopState
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.errors import InvalidValue

MINUTE = timedelta(minutes=1)


def _at(minutes: float | None) -> datetime | None:
    return None if minutes is None else NOW + minutes * MINUTE


def _drive(
    uow: SqlUnitOfWork,
    name: str,
    set_out: float | None,
    arrived: float | None,
    done: float | None = None,
    courier: str = "ben",
) -> None:
    """Add a stop of which these moments, in minutes, were reported."""
    state = StopState.EN_ROUTE if arrived is None else StopState.ARRIVED
    state = state if done is None else StopState.DONE
    uow.stops.add(
        Stop(name, courier, 0, "hospital", state, NOW, NOW, _at(arrived), _at(done), en_route_at=_at(set_out))
    )


def _open(uow: SqlUnitOfWork) -> Shift:
    build_world(uow)
    return open_shift(
        uow, "ben", NOW, NOW + timedelta(hours=9), NOW, [BreakTimes(NOW, NOW + 60 * MINUTE, 600)]
    )


def _driven(uow: SqlUnitOfWork, shift: Shift, minutes: float) -> Driven:
    at = _at(minutes)
    assert at is not None
    open_stops = uow.stops.find_in(courier_id=[shift.courier_id], state=OPEN)
    return driven(uow, shift, breaks_of(uow, [shift])[shift.shift_id], open_stops, at)


def test_drives_from_setting_out_to_arriving_add_up(store: Store) -> None:
    with store.writing() as uow:
        shift = _open(uow)
        assert _driven(uow, shift, 5) == Driven(0, 0)
        _drive(uow, "a", 10, 30, 40)
        _drive(uow, "b", 45, 50)
        _drive(uow, "before the shift", -60, -30, -20)
        _drive(uow, "of another", 0, 60, 70, courier="anna")
        assert _driven(uow, shift, 60) == Driven(25 * 60, 25 * 60)


def test_drive_under_way_counts_until_now(store: Store) -> None:
    with store.writing() as uow:
        shift = _open(uow)
        _drive(uow, "a", 10, None)
        assert _driven(uow, shift, 22) == Driven(720, 720)


def test_what_was_not_reported_counts_as_driven(store: Store) -> None:
    with store.writing() as uow:
        shift = _open(uow)
        _drive(uow, "nobody said when it began", None, 20, 25)
        _drive(uow, "nor when it ended", 30, None, 50)
        assert _driven(uow, shift, 60) == Driven(40 * 60, 40 * 60)


def test_break_interrupts_a_drive_and_what_follows_counts_anew(store: Store) -> None:
    with store.writing() as uow:
        shift = _open(uow)
        (pause,) = uow.breaks.find()
        _drive(uow, "a", 10, 40, 45)
        uow.breaks.save(replace(pause, started_at=_at(20)))
        assert _driven(uow, shift, 60) == Driven(20 * 60, 10 * 60)
        _drive(uow, "b", 50, None)
        assert _driven(uow, shift, 55) == Driven(25 * 60, 15 * 60)


@pytest.mark.parametrize("limits", [(0, None), (None, 0), (86_401, None), (None, 86_401)])
def test_limits_lie_within_a_day(store: Store, limits: tuple[int | None, int | None]) -> None:
    with store.writing() as uow:
        build_world(uow)
        with pytest.raises(InvalidValue, match=r"max_(driving|stretch)_s: lies from 1 s to 24 h"):
            open_shift(uow, "ben", NOW, NOW + timedelta(hours=8), NOW, (), *limits)
