"""A fix: where a device was, when it says so, and what else it said with it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue
from tracking.values.ids import checked_name
from tracking.values.times import EPOCH, utc

MAX_SEQ = 2**53 - 1
"""The highest counter: the largest integer that every JSON reader keeps exactly."""

MAX_ID_LENGTH = 64
"""Characters in a boot_id, session or command_id."""

RANGES: dict[str, tuple[float, float]] = {
    "accuracy_m": (0.0, 40_100_000.0),
    "speed_mps": (0.0, 12_000.0),
    "bearing_deg": (0.0, 360.0),
    "altitude_m": (-12_000.0, 100_000.0),
    "battery_pct": (0.0, 100.0),
}
"""What a reading can be at all, in its unit; whether it is likely is for the filters to say."""


class FixSource(StrEnum):
    """The protocol that carried a fix."""

    NATIVE = "native"
    OWNTRACKS = "owntracks"
    OSMAND = "osmand"


class Network(StrEnum):
    """What a phone reached the server by."""

    WIFI = "wifi"
    MOBILE = "mobile"
    OFFLINE = "offline"


class Tracking(StrEnum):
    """How a phone's tracker is set to work; only `MOVE` reports all the way."""

    QUIET = "quiet"
    MANUAL = "manual"
    SIGNIFICANT = "significant"
    MOVE = "move"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One position of one device, with its three times.

    `fix_at` is the device's time of the fix, `sent_at` the device's time of sending, `received_at`
    the server's time; all are aware UTC, kept in whole milliseconds (finer parts are dropped).
    A device that counts gives `boot_id` (new after each restart that lost its counter) and `seq`
    in [0, `MAX_SEQ`]; both or neither. Readings that the device does not have are None; `RANGES`
    states the others. `bearing_deg` is clockwise from north. Where the device's clock is known to be off,
    `fix_at` is by our clock and `said_at` what the device said. Raises `InvalidValue`.
    """

    device: str
    fix_at: datetime
    received_at: datetime
    coordinate: Coordinate
    source: FixSource
    boot_id: str | None = None
    seq: int | None = None
    sent_at: datetime | None = None
    accuracy_m: float | None = None
    speed_mps: float | None = None
    bearing_deg: float | None = None
    altitude_m: float | None = None
    battery_pct: float | None = None
    charging: bool | None = None
    network: Network | None = None
    tracking: Tracking | None = None
    said_at: datetime | None = None

    def __post_init__(self) -> None:
        checked_name(self.device, "device")
        check_counter(self.boot_id, self.seq)
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:  # nor is NaN
                check_range(name, value, low, high)
        object.__setattr__(self, "fix_at", whole_ms(self.fix_at))
        object.__setattr__(self, "received_at", whole_ms(self.received_at))
        if self.sent_at is not None:
            object.__setattr__(self, "sent_at", whole_ms(self.sent_at))
        if self.said_at is not None:
            object.__setattr__(self, "said_at", whole_ms(self.said_at))


def whole_ms(value: datetime) -> datetime:
    """Return `value` in UTC without the part finer than a millisecond. Raises `InvalidValue` before 1970."""
    if value.tzinfo is not UTC:
        try:
            value = utc(value)
        except OverflowError as error:
            raise InvalidValue(f"{value.isoformat()} lies outside the years 1970 to 9999 in UTC.") from error
    if value < EPOCH:
        raise InvalidValue(f"{value.isoformat()} lies before 1970.")
    finer_us = value.microsecond % 1000
    return value.replace(microsecond=value.microsecond - finer_us) if finer_us else value


def check_range(name: str, value: float | None, low: float, high: float) -> None:
    """Raise `InvalidValue` unless `value` is None or a finite number in [`low`, `high`]."""
    if value is not None and not (math.isfinite(value) and low <= value <= high):
        raise InvalidValue(f"{name} must lie in [{low:g}, {high:g}], not {value}.")


def check_counter(boot_id: str | None, seq: int | None) -> None:
    """Raise `InvalidValue` unless both are given and in range, or neither is given."""
    if (boot_id is None) != (seq is None):
        raise InvalidValue("boot_id and seq belong together: give both or neither.")
    if boot_id is not None and not 1 <= len(boot_id) <= MAX_ID_LENGTH:
        raise InvalidValue(f"boot_id must have 1 to {MAX_ID_LENGTH} characters, not {len(boot_id)}.")
    if boot_id is not None and not (boot_id.isascii() and boot_id.isprintable()):
        raise InvalidValue("boot_id must be printable ASCII.")
    if seq is not None and not 0 <= seq <= MAX_SEQ:
        raise InvalidValue(f"seq must lie in [0, {MAX_SEQ}], not {seq}.")
