"""Fixes and reports for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tracking.telemetry.fixes import Fix, FixSource
from tracking.telemetry.journal import Journal
from tracking.telemetry.reports import (
    CommandResult,
    CompartmentReading,
    DeadLetter,
    Door,
    LockerConnection,
    LockerEvent,
    LockerReply,
    LockerReport,
    LockerState,
    Power,
)
from tracking.values.coordinates import Coordinate

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def fix(number: int = 0, device: str = "courier-1", **changes: Any) -> Fix:
    values: dict[str, Any] = {
        "device": device,
        "fix_at": at(number),
        "received_at": at(number + 2),
        "coordinate": Coordinate(47.1 + number * 1e-5, 9.52),
        "source": FixSource.NATIVE,
        "boot_id": "boot-1",
        "seq": number,
        "sent_at": at(number + 1),
        "speed_mps": 4.5,
    }
    return Fix(**{**values, **changes})


def uncounted(second: float = 0, **changes: Any) -> Fix:
    """A fix of an app without counters."""
    values: dict[str, Any] = {"boot_id": None, "seq": None, "source": FixSource.OWNTRACKS, "sent_at": None}
    return fix(0, **{"fix_at": at(second), **values, **changes})


REPORTS: list[LockerReport] = [
    LockerState(
        device="locker-1",
        boot_id="b",
        seq=1,
        at=at(1),
        sent_at=at(2),
        received_at=at(3),
        compartments=(
            CompartmentReading("A1", Door.CLOSED, "P-100", "SN1", 1),
            CompartmentReading("A2", Door.UNKNOWN),
        ),
        temperature_c=-4.5,
        power=Power.BATTERY,
        battery_pct=80.0,
    ),
    LockerEvent(
        device="locker-1",
        boot_id="b",
        seq=2,
        at=at(1),
        received_at=at(3),
        kind="scanned",
        compartment="A1",
        command_id="c-1",
        code="SN1",
    ),
    LockerConnection(device="locker-1", online=True, session="s1", connect_count=3, received_at=at(4)),
    LockerReply(
        device="locker-1", command_id="c-1", result=CommandResult.REFUSED, reason="stale", received_at=at(5)
    ),
    LockerReply(
        device="locker-1",
        command_id="c-2",
        result=CommandResult.DONE,
        at=at(5),
        boot_id="b",
        seq=3,
        received_at=at(6),
    ),
]


def letter(payload: bytes = b"{", **changes: Any) -> DeadLetter:
    values: dict[str, Any] = {
        "topic": "fieldstock/v1/couriers/courier-1/fix",
        "kind": "fix",
        "reason": "malformed_json: x",
        "received_at": at(0),
        "payload": payload,
        "device": "courier-1",
    }
    return DeadLetter(**{**values, **changes})


def assert_balanced(journal: Journal) -> None:
    """Everything received is accounted for, exactly."""
    for kind, counts in journal.counters().items():
        rest = sum(counts[name] for name in ("stored", "duplicate", "dead_letter", "declined"))
        assert counts["received"] == rest, kind
        assert min(counts.values()) >= 0
