"""Alarms of a locker: which stand after a reading, raised once and cleared with hysteresis."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from tracking.fleet.alerting import clear, stand
from tracking.fleet.alerts import alert_id
from tracking.lockers.locker import Locker
from tracking.unit_of_work import UnitOfWork

HYSTERESIS_C = 1.0
"""How far inside its limit a temperature must be for its alarm to end."""


class Alarm(StrEnum):
    """What is wrong with a locker."""

    TOO_COLD = "too_cold"
    TOO_WARM = "too_warm"
    ON_BATTERY = "on_battery"


def alarms_of(locker: Locker, standing: tuple[str, ...]) -> tuple[str, ...]:
    """Return the alarms that stand with the locker's present readings, after those that stood before."""
    wrong = {
        Alarm.TOO_COLD: _is_cold(locker, Alarm.TOO_COLD in standing),
        Alarm.TOO_WARM: _is_warm(locker, Alarm.TOO_WARM in standing),
        Alarm.ON_BATTERY: _is_on_battery(locker, Alarm.ON_BATTERY in standing),
    }
    return tuple(str(alarm) for alarm, stands in wrong.items() if stands)


def tell_alarms(uow: UnitOfWork, before: tuple[str, ...], locker: Locker, at: datetime) -> None:
    """Let an alert stand for each alarm that does, and clear those of alarms that have ended."""
    locker_id = locker.locker_id
    for alarm in locker.alarms:
        stand(uow, _kind(alarm), locker_id, _in_words(locker, alarm), at, locker_id=locker_id, alarm=alarm)
    for alarm in before:
        alert = uow.alerts.get(alert_id(_kind(alarm), locker_id), lock=True)
        if alarm not in locker.alarms and alert is not None and alert.cleared_at is None:
            cause = f"Locker {locker_id} is no longer {alarm.replace('_', ' ')}."
            clear(uow, alert, cause, at, locker_id=locker_id, alarm=alarm)


def _kind(alarm: str) -> str:
    return f"locker.{alarm}"


def _is_cold(locker: Locker, stands: bool) -> bool:
    limit_c, now_c = locker.min_temperature_c, locker.temperature_c
    if limit_c is None or now_c is None:
        return stands and limit_c is not None
    return now_c < limit_c + (HYSTERESIS_C if stands else 0.0)


def _is_warm(locker: Locker, stands: bool) -> bool:
    limit_c, now_c = locker.max_temperature_c, locker.temperature_c
    if limit_c is None or now_c is None:
        return stands and limit_c is not None
    return now_c > limit_c - (HYSTERESIS_C if stands else 0.0)


def _is_on_battery(locker: Locker, stands: bool) -> bool:
    return locker.power == "battery" or (stands and locker.power != "mains")


def _in_words(locker: Locker, alarm: str) -> str:
    match alarm:
        case Alarm.ON_BATTERY:
            charge = "" if locker.battery_pct is None else f" at {locker.battery_pct:.0f} %"
            return f"Locker {locker.locker_id} runs on its battery{charge}."
        case Alarm.TOO_COLD:
            limit_c = locker.min_temperature_c
        case _:
            limit_c = locker.max_temperature_c
    words = alarm.replace("_", " ")
    return f"Locker {locker.locker_id} is {words}: {locker.temperature_c} °C, the limit is {limit_c} °C."
