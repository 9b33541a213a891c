"""Fixes and reports check themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.telemetry.samples import START, fix
from tracking.telemetry.reports import CompartmentReading, Door, LockerEvent, LockerState
from tracking.values.errors import InvalidValue


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"device": "Not A Name"}, "device"),
        ({"device": "name\n"}, "device"),
        ({"boot_id": None}, "belong together"),
        ({"seq": None}, "belong together"),
        ({"boot_id": ""}, "boot_id"),
        ({"boot_id": "x" * 65}, "boot_id"),
        ({"boot_id": "line\nbreak"}, "printable"),
        ({"seq": -1}, "seq"),
        ({"seq": 2**53}, "seq"),
        ({"accuracy_m": -0.1}, "accuracy_m"),
        ({"speed_mps": float("nan")}, "speed_mps"),
        ({"speed_mps": float("inf")}, "speed_mps"),
        ({"bearing_deg": 360.5}, "bearing_deg"),
        ({"altitude_m": -12_001.0}, "altitude_m"),
        ({"battery_pct": 101.0}, "battery_pct"),
        ({"fix_at": datetime(2026, 1, 1)}, "time zone"),  # noqa: DTZ001
        ({"fix_at": datetime(1969, 12, 31, tzinfo=UTC)}, "before 1970"),
        ({"fix_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))}, "outside"),
        ({"sent_at": datetime(1, 1, 1, tzinfo=UTC)}, "before 1970"),
    ],
)
def test_an_impossible_fix_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason):
        fix(1, **changes)


def test_times_are_utc_in_whole_milliseconds() -> None:
    made = fix(1, fix_at=START.replace(microsecond=123_999).astimezone(timezone(timedelta(hours=2))))
    assert made.fix_at == START.replace(microsecond=123_000)
    assert made.fix_at.tzinfo is UTC


def test_a_locker_report_checks_itself() -> None:
    common: dict[str, Any] = {
        "device": "locker-1",
        "boot_id": "b",
        "seq": 1,
        "at": START,
        "received_at": START,
    }
    with pytest.raises(InvalidValue, match="temperature_c"):
        LockerState(**common, temperature_c=400.0)
    with pytest.raises(InvalidValue, match="seq"):
        LockerEvent(**{**common, "seq": -1}, kind="tamper")
    with pytest.raises(InvalidValue, match="quantity"):
        CompartmentReading("A1", Door.OPEN, quantity=-1)
