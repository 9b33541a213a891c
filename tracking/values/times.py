"""Times: aware UTC everywhere, milliseconds since the epoch on wires and in journals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tracking.values.errors import InvalidValue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999, the latest time that is accepted anywhere."""


class Clock(Protocol):
    """Tells the time; the core never reads it from the system."""

    def __call__(self) -> datetime: ...


def system_clock() -> datetime:
    """Return now, aware, in UTC."""
    return datetime.now(UTC)


def utc(value: datetime) -> datetime:
    """Return `value` in UTC. Raises `InvalidValue` when it carries no time zone."""
    if value.tzinfo is None:
        raise InvalidValue(f"The time {value.isoformat()} carries no time zone.")
    return value.astimezone(UTC)


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone of the IANA database. Raises `InvalidValue`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidValue(f"{name!r} is no time zone: {error}") from error


def to_ms(value: datetime) -> int:
    """Return the milliseconds from the epoch to `value`, rounded down."""
    since = (value if value.tzinfo is UTC else utc(value)) - EPOCH
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def from_ms(value_ms: int) -> datetime:
    """Return the time `value_ms` milliseconds after the epoch.

    Raises `InvalidValue` outside 0..`LATEST_MS`.
    """
    if not 0 <= value_ms <= LATEST_MS:
        raise InvalidValue(f"{value_ms} ms is not a time between 1970 and 9999.")
    return EPOCH + timedelta(milliseconds=value_ms)
