"""What a caller asks to be promised, and what is offered."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from mobile_contract.common import (
    SORTED,
    Answer,
    Identifier,
    Instant,
    Message,
    Name,
    PageQuery,
    SentInstant,
)
from mobile_contract.orders import FORBIDDEN_COURIERS, REQUIRED_COURIER, Urgency
from mobile_contract.stock import LocationKind


class PromiseState(StrEnum):
    """The life of a promise."""

    ASKED = "asked"
    OFFERED = "offered"
    REFUSED = "refused"
    REDEEMED = "redeemed"
    LAPSED = "lapsed"


class NewPromise(Message):
    """The question when a part can be at a site."""

    site_id: Name
    part_number: Identifier
    quantity: int = Field(1, ge=1, le=1000)
    contract_id: Name
    urgency: Urgency = Urgency.CRITICAL
    confidence: float = Field(0.9, ge=0.5, le=0.99, description="How sure promised_at is to be kept.")
    hold_s: int = Field(600, ge=1, le=14_400, description="How long the part is set aside for the caller.")
    machine_id: Identifier | None = Field(
        None, description="The machine at the site that it is for: only what fits its model is offered."
    )
    required_courier_id: Name | None = REQUIRED_COURIER
    forbidden_courier_ids: list[Name] = FORBIDDEN_COURIERS


class PromiseOption(Answer):
    """A source that was looked at: one that can serve has a courier and times."""

    part_number: str
    source_id: str
    source_name: str
    kind: LocationKind
    reason: str = Field(description="Why it is not the one; empty for the one that is.")
    courier_id: str | None = None
    promised_at: Instant | None = Field(
        None, description="Handed over by then with the confidence asked for."
    )
    half_at: Instant | None = Field(None, description="Handed over by then in every second case.")
    in_time: float | None = Field(None, ge=0, le=1, description="How likely it is handed over by due_at.")


class PromiseView(Answer):
    """What is promised, from where and why from there; or why nothing is."""

    promise_id: str
    state: PromiseState
    site_id: str
    site_name: str
    part_number: str
    quantity: int
    contract_id: str
    urgency: Urgency
    confidence: float
    asked_at: Instant
    due_at: Instant = Field(description="When an order placed at asked_at is due.")
    offered_part: str | None = Field(description="The part itself, or a substitute of it.")
    source_id: str | None
    courier_id: str | None
    promised_at: Instant | None
    in_time: float | None = Field(ge=0, le=1)
    held_until: Instant | None = Field(description="Until then the part is set aside.")
    order_id: str | None
    reason: str | None
    machine_id: str | None
    required_courier_id: str | None
    forbidden_courier_ids: list[str]
    options: list[PromiseOption] = Field(
        description="Every source that was looked at, the one offered first."
    )


class PromiseQuery(PageQuery):
    """Which promises to list."""

    state: PromiseState | None = None
    site_id: Name | None = None
    part_number: Identifier | None = None
    asked_from: SentInstant | None = None
    asked_until: SentInstant | None = None
    sort: Literal["asked_at", "-asked_at", "due_at", "-due_at"] | None = SORTED
