"""Breaks of a shift: when one must begin, when it is planned, and when the courier really rested."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tracking.fleet.reports import ReportConflict

MOST_BREAKS = 4
"""In one shift."""
LONGEST_BREAK = timedelta(hours=4)
MISTAKEN = timedelta(minutes=2)
"""A break that ends sooner than this began by mistake, and is due again."""


class BreakState(StrEnum):
    """What has become of a break."""

    DUE = "due"
    UNDER_WAY = "under_way"
    TAKEN = "taken"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class BreakTimes:
    """A break begins from `earliest_at` until `latest_at`, and lasts `duration_s`."""

    earliest_at: datetime
    latest_at: datetime
    duration_s: int

    @property
    def duration(self) -> timedelta:
        """How long it lasts."""
        return timedelta(seconds=self.duration_s)


@dataclass(frozen=True, slots=True)
class Break:
    """A pause of `duration_s` that a courier begins from `earliest_at` until `latest_at`.

    The plan in force puts it at `planned_at`; None where the route ends before it is owed. `started_at` and
    `ended_at` are what the courier reported.
    """

    break_id: str
    shift_id: str
    courier_id: str
    earliest_at: datetime
    latest_at: datetime
    duration_s: int
    planned_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def until(self) -> datetime | None:
        """When the courier drives again: as reported, else when the time is over; None before it begins."""
        if self.started_at is None:
            return None
        return self.ended_at or self.started_at + timedelta(seconds=self.duration_s)

    @property
    def missed_at(self) -> datetime:
        """From when on nobody plans it any more, if it was never reported."""
        return self.latest_at + timedelta(seconds=self.duration_s)

    def state(self, at: datetime) -> BreakState:
        """Return what has become of it at a moment."""
        if self.until is None:
            return BreakState.DUE if at < self.missed_at else BreakState.MISSED
        return BreakState.UNDER_WAY if at < self.until else BreakState.TAKEN


class BreakTaken(ReportConflict):
    """The break has begun, or ended, already."""

    code = "break_taken"
