"""A courier on duty with open stops whose tracker says nothing raises one alert, and ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.world import NOW, VADUZ, build_world
from tracking.fleet.courier import CourierPosition
from tracking.fleet.service import end_shift
from tracking.fleet.silence import tell_silence
from tracking.fleet.stops import Stop, StopState
from tracking.store.unit_of_work import SqlUnitOfWork, Store

AFTER = timedelta(minutes=5)


def minutes(count: float) -> datetime:
    """`anna`'s shift began an hour before `NOW`."""
    return NOW + timedelta(minutes=count)


@pytest.fixture
def fleet(store: Store) -> Store:
    with store.writing() as uow:
        build_world(uow)
        uow.stops.add(Stop("s-1", "anna", 0, "hospital", StopState.PLANNED, NOW, NOW))
        uow.commit()
    return store


def change(store: Store, work: Callable[[SqlUnitOfWork], Any]) -> None:
    with store.writing() as uow:
        work(uow)
        uow.commit()


def heard(at: datetime) -> Callable[[SqlUnitOfWork], None]:
    def note(uow: SqlUnitOfWork) -> None:
        position = CourierPosition("anna", VADUZ, at, at)
        if uow.positions.get("anna"):
            uow.positions.save(position)
        else:
            uow.positions.add(position)

    return note


def look(store: Store, at: datetime) -> int:
    with store.writing() as uow:
        count = tell_silence(uow, at, AFTER)
        uow.commit()
    return count


def standing(store: Store) -> list[str]:
    with store.reading() as uow:
        return [alert.cause for alert in uow.alerts.find(cleared_at=None)]


def told(store: Store) -> list[str]:
    wanted = ("alert.raised", "alert.cleared", "courier.silent", "courier.heard_again")
    with store.writing() as uow:
        uow.outbox.stamp()
        uow.commit()
        return [item.event.kind for item in uow.outbox.read(0, 1000) if item.event.kind in wanted]


def test_a_silent_courier_with_work_raises_one_alert(fleet: Store) -> None:
    change(fleet, heard(minutes(0)))
    assert [look(fleet, minutes(at)) for at in (4, 5, 5.1, 6, 60)] == [0, 0, 1, 0, 0]
    assert standing(fleet) == ["Anna has open stops, but the tracker was not heard since 09:00 UTC."]
    assert told(fleet) == ["alert.raised", "courier.silent"]


def test_the_alert_ends_when_the_tracker_is_heard_again_and_may_stand_anew(fleet: Store) -> None:
    change(fleet, heard(minutes(0)))
    look(fleet, minutes(6))
    change(fleet, heard(minutes(7)))
    assert look(fleet, minutes(8)) == 1
    assert standing(fleet) == []
    assert told(fleet) == ["alert.raised", "courier.silent", "alert.cleared", "courier.heard_again"]
    assert look(fleet, minutes(20)) == 1
    assert len(standing(fleet)) == 1


def test_a_tracker_that_was_never_heard_is_given_time_from_the_start_of_the_shift(fleet: Store) -> None:
    assert [look(fleet, minutes(at)) for at in (-57, -55, -54)] == [0, 0, 1]
    assert standing(fleet) == ["Anna has open stops, but the tracker was not heard at all."]


def test_what_was_heard_before_the_shift_says_nothing_of_it(fleet: Store) -> None:
    change(fleet, heard(minutes(-600)))
    assert [look(fleet, minutes(at)) for at in (-57, -54)] == [0, 1]


def _finish(uow: SqlUnitOfWork) -> None:
    uow.stops.save(Stop("s-1", "anna", 0, "hospital", StopState.DONE, NOW, NOW, done_at=NOW))


@pytest.mark.parametrize(
    ("work", "why"),
    [
        (_finish, "no open stops"),
        (lambda uow: end_shift(uow, "anna", minutes(10)), "off duty"),
    ],
)
def test_the_alert_ends_without_a_word_of_the_tracker_when_nothing_is_expected(
    fleet: Store, work: Callable[[SqlUnitOfWork], Any], why: str
) -> None:
    look(fleet, minutes(9))
    change(fleet, work)
    assert look(fleet, minutes(11)) == 1, why
    assert standing(fleet) == []
    assert told(fleet) == ["alert.raised", "courier.silent", "alert.cleared"]
    assert look(fleet, minutes(30)) == 0


def test_who_is_off_duty_or_has_nothing_to_do_may_be_silent(fleet: Store) -> None:
    change(fleet, lambda uow: uow.stops.add(Stop("s-2", "ben", 0, "hospital", StopState.PLANNED, NOW, NOW)))
    change(fleet, _finish)
    assert look(fleet, minutes(60)) == 0
