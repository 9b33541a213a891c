from __future__ import annotations

from datetime import timedelta

import pytest

from tests.world import NOW, build_world
from tracking.lockers.locker import Locker
from tracking.lockers.service import set_temperature_limits, state_reported
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.errors import InvalidValue

LOCKER = "locker-schaan"


@pytest.fixture
def world(sqlite_store: Store) -> Store:
    with sqlite_store.writing() as uow:
        build_world(uow)
        set_temperature_limits(uow, LOCKER, 2.0, 30.0)
        uow.commit()
    return sqlite_store


def _report(uow: SqlUnitOfWork, minute: int, temperature_c: float | None, power: str = "mains") -> set[str]:
    at = NOW + timedelta(minutes=minute)
    report = Locker(
        LOCKER, last_heard_at=at, reported_at=at, temperature_c=temperature_c, power=power, battery_pct=60
    )
    state_reported(uow, report, [])
    return set(uow.lockers.require(LOCKER).alarms)


def _told(uow: SqlUnitOfWork) -> list[tuple[str, str]]:
    uow.outbox.stamp()
    events = [stamped.event for stamped in uow.outbox.read(0, 1000)]
    return [(e.kind, e.data["alarm"]) for e in events if e.kind.startswith("alert.")]


def _standing(uow: SqlUnitOfWork) -> set[str]:
    return {alert.kind for alert in uow.alerts.find(subject=LOCKER, cleared_at=None)}


COURSES: list[tuple[str, list[float | None], list[str]]] = [
    ("within its limits", [2.0, 19.0, 30.0], []),
    ("too warm for long is told once", [31.0, 35.0, 31.0], ["raised too_warm"]),
    ("a little below the limit is not cool yet", [31.0, 29.5, 30.5, 29.1], ["raised too_warm"]),
    ("cool again", [31.0, 29.0, 31.0], ["raised too_warm", "cleared too_warm", "raised too_warm"]),
    ("too cold and warmer again", [1.9, 2.5, 3.0], ["raised too_cold", "cleared too_cold"]),
    ("a thermometer that is silent ends nothing", [31.0, None, 31.0], ["raised too_warm"]),
    ("from frost to heat", [1.0, 40.0], ["raised too_cold", "raised too_warm", "cleared too_cold"]),
]


@pytest.mark.parametrize(("course", "told"), [c[1:] for c in COURSES], ids=[c[0] for c in COURSES])
def test_temperature_alarms_are_told_once_and_cleared_with_hysteresis(
    world: Store, course: list[float | None], told: list[str]
) -> None:
    with world.writing() as uow:
        for minute, temperature_c in enumerate(course):
            _report(uow, minute, temperature_c)
        assert [f"{kind.removeprefix('alert.')} {alarm}" for kind, alarm in _told(uow)] == told
        assert _standing(uow) == {f"locker.{alarm}" for alarm in uow.lockers.require(LOCKER).alarms}


def test_battery_alarm_stands_until_mains_is_back(world: Store) -> None:
    with world.writing() as uow:
        assert _report(uow, 0, 20.0, "battery") == {"on_battery"}
        assert _report(uow, 1, 20.0, "unknown") == {"on_battery"}
        (alert,) = uow.alerts.find(cleared_at=None)
        assert (alert.kind, alert.subject, alert.raised_at) == ("locker.on_battery", LOCKER, NOW)
        assert alert.cause == f"Locker {LOCKER} runs on its battery at 60 %."
        assert _report(uow, 2, 20.0) == set()
        assert _standing(uow) == set()
        assert _told(uow) == [("alert.raised", "on_battery"), ("alert.cleared", "on_battery")]


def test_locker_without_limits_is_neither_cold_nor_warm(world: Store) -> None:
    with world.writing() as uow:
        assert _report(uow, 0, 35.0) == {"too_warm"}
        set_temperature_limits(uow, LOCKER, None, None)
        assert _report(uow, 1, 99.0) == set()


def test_older_report_changes_no_alarm(world: Store) -> None:
    with world.writing() as uow:
        _report(uow, 5, 20.0)
        assert _report(uow, 4, 40.0) == set()


def test_limits_that_cannot_be_are_refused(world: Store) -> None:
    with world.writing() as uow, pytest.raises(InvalidValue):
        set_temperature_limits(uow, LOCKER, 8.0, 2.0)
