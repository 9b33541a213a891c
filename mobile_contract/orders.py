"""Orders: placed, amended and cancelled, and their clocks."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from mobile_contract.common import (
    SORTED,
    Answer,
    Identifier,
    Instant,
    Message,
    Name,
    PageQuery,
    SentInstant,
    Text,
)


class OrderState(StrEnum):
    """The life of an order."""

    OPEN = "open"
    PLANNED = "planned"
    PICKED_UP = "picked_up"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class Urgency(StrEnum):
    """Critical orders carry a machine that stands still; planned ones can wait for a good route."""

    CRITICAL = "critical"
    PLANNED = "planned"


REQUIRED_COURIER: Name | None = Field(
    None, description="Nobody else brings it: a courier of the site's region."
)
FORBIDDEN_COURIERS: list[Name] = Field([], max_length=100, description="None of these couriers brings it.")
PROMISED = frozenset(
    {
        "site_id",
        "part_number",
        "quantity",
        "contract_id",
        "urgency",
        "required_courier_id",
        "forbidden_courier_ids",
    }
)
"""What a promise says, and the order that redeems it must not."""


class NewOrder(Message):
    """A part that a site needs: what was promised, or site, part and contract."""

    promise_id: Identifier | None = Field(
        None, description="The promise to redeem, which says all but what comes back, and the note."
    )
    site_id: Name | None = None
    part_number: Identifier | None = None
    quantity: int = Field(1, ge=1, le=1000)
    contract_id: Name | None = None
    urgency: Urgency = Urgency.CRITICAL
    expect_return: bool = Field(False, description="Open a return for the defective part at the same stop.")
    note: Text = ""
    required_courier_id: Name | None = REQUIRED_COURIER
    forbidden_courier_ids: list[Name] = FORBIDDEN_COURIERS

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        said = PROMISED & self.model_fields_set
        missing = [n for n in ("site_id", "part_number", "contract_id") if getattr(self, n) is None]
        if self.promise_id is not None and said:
            raise ValueError(f"{', '.join(sorted(said))}: the promise says that already")
        if self.promise_id is None and missing:
            raise ValueError(f"{', '.join(missing)}: needed unless a promise is redeemed")
        return self


class Cancellation(Message):
    """Why something is called off."""

    reason: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")


class OrderCancellation(Cancellation):
    """Why an order is called off, and what becomes of a part that is on board."""

    leave_in_van: bool = Field(
        False,
        description="What no waiting order takes stays on board as stock of the van, instead of going back.",
    )


class OrderAmendment(Message):
    """What is to be another of an order; a field that is not named stays.

    A null takes a time or the required courier away, an empty list those who are forbidden.
    """

    version: int = Field(
        ge=1, le=2**53, description="The version that was read; 409 where somebody amended the order since."
    )
    reason: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")
    site_id: Name | None = None
    part_number: Identifier | None = Field(None, description="Another part, while it is not on board.")
    quantity: int | None = Field(None, ge=1, le=1000, description="While the pieces are not on board.")
    contract_id: Name | None = Field(None, description="It is due as if it had been called under this one.")
    urgency: Urgency | None = None
    note: Text | None = None
    not_before_at: SentInstant | None = Field(None, description="Not to be handed over earlier.")
    required_by_at: SentInstant | None = Field(
        None, description="The customer needs it by then; it is planned for that where it is due later."
    )
    required_courier_id: Name | None = Field(None, description="While it is not on board of anybody.")
    forbidden_courier_ids: list[Name] | None = Field(
        None, max_length=100, description="All who are forbidden from now on; while it is not on board."
    )

    @model_validator(mode="after")
    def _nulls_take_away(self) -> Self:
        named = self.model_fields_set - {"not_before_at", "required_by_at", "required_courier_id"}
        empty = sorted(name for name in named if getattr(self, name) is None)
        if empty:
            raise ValueError(f"{', '.join(empty)}: an order has one; leave out what stays as it is")
        return self


class FieldChange(Answer):
    """A field that an amendment changed, or that followed (due_at, promised_at); times in ISO 8601."""

    field: str
    before: str | int | list[str] | None
    after: str | int | list[str] | None


class AmendmentView(Answer):
    """One change of an order."""

    at: Instant
    by: str
    reason: str
    changes: list[FieldChange]


class Amendments(Answer):
    """The changes of one order, the oldest first."""

    items: list[AmendmentView]


class PauseReason(StrEnum):
    """Why a clock is paused: what the operator cannot answer for."""

    CUSTOMER_NOT_READY = "customer_not_ready"
    SITE_CLOSED = "site_closed"
    WAITING_FOR_CUSTOMER = "waiting_for_customer"
    FORCE_MAJEURE = "force_majeure"
    OTHER = "other"


class ClockPause(Message):
    """Why an order's service-level clock stops for now."""

    reason: PauseReason
    note: str = Field(
        "", max_length=200, pattern=r"^[^\x00]*$", description="Needed where the reason is other."
    )


class PauseView(Answer):
    """A time in which an order's clock did not run, or does not: `to_at` is null."""

    pause_id: str
    reason: PauseReason
    note: str
    from_at: Instant
    to_at: Instant | None
    paused_by: str
    resumed_by: str | None


class Pauses(Answer):
    """The pauses of one order, the oldest first."""

    items: list[PauseView]


class SlaView(Answer):
    """The service-level clock: it starts at the call and stops at the hand-over."""

    response_s: int = Field(description="From the call until it is due, pauses included.")
    called_at: Instant
    due_at: Instant
    stopped_at: Instant | None
    paused_at: Instant | None = Field(
        None, description="Since when the clock is paused; the time of the pause will be added to due_at."
    )
    breached: bool
    predicted_at: Instant | None = Field(None, description="The planned time of the hand-over.")
    promised_at: Instant | None = Field(None, description="What the caller was promised, if anything.")
    late_probability: float | None = Field(
        None, ge=0, le=1, description="How likely the hand-over is to come after due_at, as planned now."
    )


class OrderTime(Answer):
    """What an order's time was spent on from its call until its hand-over or now; the parts sum up to it."""

    elapsed_ms: int
    stock_ms: int = Field(description="No source could supply the part.")
    dispatch_ms: int = Field(description="It waited for a courier to set out for it.")
    travel_ms: int = Field(description="A courier was under way with it, or to its source.")
    site_wait_ms: int = Field(description="The courier was at the site.")
    customer_ms: int = Field(description="The customer was absent or let nobody in.")
    pause_ms: int = Field(description="The clock was paused.")


class OrderView(Answer):
    """An order as it stands."""

    order_id: str
    number: str
    version: int
    state: OrderState
    urgency: Urgency
    site_id: str
    site_name: str
    part_number: str
    part_name: str
    quantity: int
    contract_id: str
    note: str
    sla: SlaView
    courier_id: str | None
    source_id: str | None = Field(description="The location that supplies the part.")
    serials: list[str]
    unserved_reason: str | None = Field(description="Why no plan serves it at the moment.")
    return_id: str | None
    promise_id: str | None = Field(None, description="The promise that it redeems.")
    not_before_at: Instant | None = None
    required_by_at: Instant | None = Field(None, description="By when the customer needs it, if sooner.")
    required_courier_id: str | None = Field(None, description="The one courier who may bring it.")
    forbidden_courier_ids: list[str] = Field([], description="Couriers who may not bring it.")
    closed_reason: str | None = Field(None, description="Why it was called off.")


class OrderQuery(PageQuery):
    """Which orders to list."""

    state: OrderState | None = None
    urgency: Urgency | None = None
    site_id: Name | None = None
    part_number: Identifier | None = None
    contract_id: Name | None = None
    courier_id: Name | None = None
    called_from: SentInstant | None = None
    called_until: SentInstant | None = None
    due_from: SentInstant | None = None
    due_until: SentInstant | None = None
    sort: Literal["called_at", "-called_at", "due_at", "-due_at"] | None = SORTED
