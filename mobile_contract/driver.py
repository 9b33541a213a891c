"""What the courier's phone and the server say to each other."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from mobile_contract.common import Answer, Identifier, Instant, Message, Name, SentInstant
from mobile_contract.fleet import RouteView, ShiftView

Uuid7 = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"),
]


BootId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""New whenever the phone lost its counter."""


class DriverEventKind(StrEnum):
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
    """The customer keeps the defective part, for the reason in the note: of a return's pickup alone."""
    LOCKER_FAULT = "locker_fault"
    VEHICLE_FAULT = "vehicle_fault"
    OTHER = "other"


class DriverEvent(Message):
    """One fact that a courier reports; the phone keeps it until the server has given its verdict.

    `en_route` and `arrived` name a `stop_id`; `break_started` and `break_ended` a `break_id` of the shift;
    the others a `step_id`: `picked_up` a pickup or return pickup, `delivered` a delivery, `returned` a return
    dropoff, `failed` any step, with its reason. `serials` are those that were scanned, at the pickup and at
    the hand-over; where a label cannot be read it is empty, `note` says so, and the serials that are expected
    count by the courier's word.
    """

    event_id: Uuid7
    seq: int = Field(ge=0, le=2**53)
    kind: DriverEventKind
    at: SentInstant
    base_version: int = Field(ge=0, le=2**53, description="The route's version that the courier saw.")
    stop_id: Identifier | None = None
    step_id: Identifier | None = None
    serials: list[Identifier] = Field([], max_length=100)
    reason: FailureReason | None = None
    note: str = Field("", max_length=2000, pattern=r"^[^\x00]*$")
    break_id: Identifier | None = None


class DriverEvents(Message):
    """What happened since the last upload, oldest first."""

    sent_at: SentInstant
    events: list[DriverEvent] = Field(min_length=1, max_length=500)


class VerdictKind(StrEnum):
    """What became of an event. After any verdict the phone may forget the event."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


class Verdict(Answer):
    """The server's answer to one event; `code`, `cause` and `action` explain a conflict or rejection."""

    event_id: str
    verdict: VerdictKind
    code: str | None = None
    cause: str | None = None
    action: str | None = None


class Verdicts(Answer):
    """One verdict an event, in the order of the events."""

    verdicts: list[Verdict]
    route_version: int


class DriverFix(Message):
    """One position of the phone."""

    fix_at: SentInstant
    lat_deg: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon_deg: float = Field(ge=-180, le=180, allow_inf_nan=False)
    accuracy_m: float | None = Field(None, ge=0, le=1e6, allow_inf_nan=False)
    speed_mps: float | None = Field(None, ge=0, le=500, allow_inf_nan=False)
    bearing_deg: float | None = Field(None, ge=0, le=360, allow_inf_nan=False)
    altitude_m: float | None = Field(None, ge=-1000, le=20_000, allow_inf_nan=False)
    battery_pct: float | None = Field(None, ge=0, le=100, allow_inf_nan=False)


class DriverFixes(Message):
    """Positions of a web page; fix i has the sequence number `first_seq + i` of `boot_id`."""

    boot_id: BootId
    first_seq: int = Field(ge=0, le=2**53)
    sent_at: SentInstant
    fixes: list[DriverFix] = Field(min_length=1, max_length=1000)


class FixesAccepted(Answer):
    """What is durable now; the phone may forget these."""

    stored: int
    duplicate: int


class DriverRoute(Answer):
    """The courier's work."""

    courier_id: str
    display_name: str
    shift: ShiftView | None
    server_at: Instant
    route: RouteView


class OpenCompartment(Message):
    """Ask a locker to open for a pickup step; the same `request_id` opens once."""

    request_id: Uuid7
    step_id: Identifier


class WithdrawalState(StrEnum):
    """The life of a withdrawal from a locker."""

    AUTHORISED = "authorised"
    OPENED = "opened"
    CLOSED = "closed"
    SCANNED = "scanned"
    FAILED = "failed"
    EXPIRED = "expired"


class WithdrawalView(Answer):
    """How far a withdrawal has come."""

    withdrawal_id: str
    locker_id: Name
    compartment: str
    state: WithdrawalState
    failure: str | None
