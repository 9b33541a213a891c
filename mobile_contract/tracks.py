"""What couriers' fixes come to: alerts that stand, trips, tracks, the jobs on them, and their erasure."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mobile_contract.common import SORTED, Answer, CoordinateMessage, Instant, Message, PageQuery, SentInstant

MAX_TRACK = 5_000
"""The most fixes that one answer holds."""


class AlertView(Answer):
    """Something that needs a person for as long as it stands."""

    alert_id: str
    kind: str = Field(
        description="`courier.silent`, `locker.too_cold`, `locker.too_warm` or `locker.on_battery`."
    )
    subject: str = Field(description="With what: the courier or the locker.")
    cause: str
    raised_at: Instant


class TripView(Answer):
    """One stretch of driving between two stays, or gaps in the track."""

    trip_id: str
    started_at: Instant
    ended_at: Instant
    start: CoordinateMessage
    end: CoordinateMessage
    distance_m: float = Field(description="Along the plausible fixes.")
    fixes: int


class TrackQuery(Message):
    """A stretch of time: since <= fix_at < until."""

    since: SentInstant
    until: SentInstant
    limit: int = Field(1_000, ge=1, le=MAX_TRACK)


class TrackFixView(Answer):
    """One accepted fix."""

    fix_at: Instant
    received_at: Instant
    coordinate: CoordinateMessage
    accuracy_m: float | None
    speed_mps: float | None
    bearing_deg: float | None


class TrackView(Answer):
    """The fixes of a stretch of time, oldest first; `complete` is false where there are more of them."""

    courier_id: str
    fixes: list[TrackFixView]
    complete: bool


class JobRunView(Answer):
    """One run of a job, and what it did, by name."""

    run_id: str
    name: str
    ran_at: Instant
    counts: dict[str, int]


class ErasedView(Answer):
    """Where a courier's positions were, and how many of them are gone."""

    courier_id: str
    asked_at: Instant
    fixes: int = Field(description="Fixes in the journal, those held off duty included.")
    dead_letters: int
    trips: int
    positions: int = Field(description="1 where the newest position was known, else 0.")
    slices: int = Field(description="What was kept beside custody entries; their digests stay.")
    store_is_clear: bool = Field(
        description="Whether the telemetry store was gone through; else the worker does it when it answers."
    )


class TripQuery(PageQuery):
    """Which trips to list."""

    started_from: SentInstant | None = None
    started_until: SentInstant | None = None
    sort: Literal["started_at", "-started_at", "distance_m", "-distance_m"] | None = SORTED


class AlertQuery(PageQuery):
    """Which alerts to list."""

    sort: Literal["raised_at", "-raised_at"] | None = SORTED


class JobQuery(PageQuery):
    """Which runs to list."""

    name: str | None = Field(None, max_length=64)
    ran_from: SentInstant | None = None
    ran_until: SentInstant | None = None
    sort: Literal["ran_at", "-ran_at"] | None = SORTED
