"""What couriers report from their phones, and the verdict on each report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tracking.custody.track_slice import TrackSlice
from tracking.values.errors import FieldstockError


class ReportKind(StrEnum):
    """What a courier reports."""

    EN_ROUTE = "en_route"
    ARRIVED = "arrived"
    PICKED_UP = "picked_up"
    DELIVERED = "delivered"
    FAILED = "failed"
    RETURNED = "returned"
    BREAK_STARTED = "break_started"
    BREAK_ENDED = "break_ended"


class FailureReason(StrEnum):
    """Why a step could not be done."""

    CUSTOMER_ABSENT = "customer_absent"
    ACCESS_DENIED = "access_denied"
    PART_MISSING = "part_missing"
    PART_WRONG = "part_wrong"
    PART_DAMAGED = "part_damaged"
    CORE_KEPT = "core_kept"
    LOCKER_FAULT = "locker_fault"
    VEHICLE_FAULT = "vehicle_fault"
    OTHER = "other"


RETRY_AFTER = timedelta(minutes=30)
"""A hand-over that failed is not planned again before this time has passed."""


WORTH_WAITING = frozenset(
    {
        FailureReason.CUSTOMER_ABSENT,
        FailureReason.ACCESS_DENIED,
        FailureReason.VEHICLE_FAULT,
        FailureReason.OTHER,
    }
)
"""Reasons that say nothing against the source of a part: the pickup is tried again, but later."""


@dataclass(frozen=True, slots=True)
class Report:
    """One fact that a courier reports.

    `at` is by the phone's clock, `clock_offset_s` how far that clock runs ahead of ours, measured from
    the upload's `sent_at`; `received_at` is ours. `track` is where the courier was around it, where known.
    """

    event_id: str
    courier_id: str
    seq: int
    kind: ReportKind
    at: datetime
    received_at: datetime
    clock_offset_s: float
    stop_id: str | None = None
    step_id: str | None = None
    serials: tuple[str, ...] = ()
    reason: FailureReason | None = None
    note: str = ""
    track: TrackSlice | None = None
    break_id: str | None = None

    @property
    def happened_at(self) -> datetime:
        """When it happened by our clock, never later than we heard of it."""
        return min(self.at - timedelta(seconds=self.clock_offset_s), self.received_at)


HAND_OVERS = frozenset({ReportKind.PICKED_UP, ReportKind.DELIVERED, ReportKind.RETURNED})
"""Reports by which something changes hands."""


class VerdictKind(StrEnum):
    """What became of a report."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one report; code, cause and action explain what was not applied."""

    event_id: str
    kind: VerdictKind
    code: str | None = None
    cause: str | None = None
    action: str | None = None


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """A report as it is kept, so that it is applied once however often it is sent.

    `code`, `cause` and `action` are those of its verdict, for when the same report comes again.
    """

    event_id: str
    courier_id: str
    seq: int
    kind: ReportKind
    subject: str
    at: datetime
    received_at: datetime
    verdict: VerdictKind
    code: str | None
    note: str
    cause: str | None = None
    action: str | None = None

    @property
    def answer(self) -> Verdict:
        """What to say when the report comes again: a refusal is repeated, an applied one is a duplicate."""
        if self.verdict is VerdictKind.APPLIED:
            return Verdict(self.event_id, VerdictKind.DUPLICATE)
        return Verdict(self.event_id, self.verdict, self.code, self.cause, self.action)


class ReportConflict(FieldstockError):
    """The world has moved on since the courier last heard of it."""

    code = "report_conflict"
    action = "Look at the route again; tell the dispatcher if it is wrong."


class StopReplanned(ReportConflict):
    """The stop is no longer on this courier's route."""

    code = "stop_replanned"


class JobClosed(ReportConflict):
    """The order or return is finished already."""

    code = "job_closed"


class ReportInvalid(FieldstockError):
    """The report lacks what its kind needs."""

    code = "report_invalid"
    action = "Update the app, or report it to the dispatcher."


class SerialRequired(FieldstockError):
    """A part with a serial was taken over unscanned, and nobody can know which one it is."""

    code = "serial_required"
    action = "Scan the serial, or type it in."
