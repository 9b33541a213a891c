"""Orders, their service level, and returns."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from mobile_contract.common import (
    SORTED,
    Answer,
    Identifier,
    Instant,
    Label,
    Message,
    Name,
    PageQuery,
    SentInstant,
    Text,
)
from mobile_contract.inspections import InspectionView
from mobile_contract.stock import LocationKind


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


class ReturnState(StrEnum):
    """The life of a return."""

    ANNOUNCED = "announced"
    AWAITED = "awaited"
    DROPPED = "dropped"
    SHIPPED = "shipped"
    PLANNED = "planned"
    PICKED_UP = "picked_up"
    RECEIVED = "received"
    REFUSED = "refused"
    INSPECTED = "inspected"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class ReturnWay(StrEnum):
    """Who brings a part from the customer's site: a courier of ours, its customer, or a carrier."""

    COURIER = "courier"
    LOCKER = "locker"
    LOCATION = "location"
    CARRIER = "carrier"


class ChosenWay(Message):
    """The way in which a return comes."""

    way: ReturnWay
    place_id: Name | None = Field(None, description="The locker or the location of a drop.")


class Shipment(Message):
    """A return was handed to a carrier."""

    carrier: str = Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f]*$")
    tracking_number: str = Field(min_length=1, max_length=64, pattern=r"^[ -~]+$")


class NewReturn(Message):
    """A part that comes back."""

    site_id: Name
    part_number: Identifier
    serial: Identifier | None = None
    destination_id: Name | None = Field(None, description="The bench, unless another place is named.")
    reason: Text = ""


class ReceivedReturn(Message):
    """What arrived at the bench."""

    serial: Identifier | None = Field(None, description="The serial that came, where it was not announced.")
    code: str | None = Field(
        None,
        min_length=1,
        max_length=120,
        pattern=r"^[^\x00]*$",
        description="What was scanned: the label or the part.",
    )


class ReturnView(Answer):
    """A return as it stands."""

    return_id: str
    number: str
    version: int
    state: ReturnState
    site_id: str
    site_name: str
    part_number: str
    part_name: str
    serial: str | None
    announced_serial: str | None
    order_id: str | None
    destination_id: str
    courier_id: str | None
    reason: str
    way: ReturnWay
    dropped_in_id: str | None = Field(None, description="The compartment that the customer left it in.")
    carrier: str | None = None
    tracking_number: str | None = None
    photos: list[str] = Field([], description="The customer's photos, by their digests (`/v1/photos`).")
    closed_reason: str | None = Field(
        None, description="Why it was called off, or why the customer keeps it."
    )
    core_due_at: Instant | None = Field(
        None, description="Until when the part is owed; runs since the good part was handed over."
    )
    announced_at: Instant
    unserved_reason: str | None
    inspection: InspectionView | None


class LabelSize(StrEnum):
    """ISO 216 A6 (105 x 148 mm), or 4 by 6 inches."""

    A6 = "a6"
    FOUR_BY_SIX = "4x6"


class LabelDpi(StrEnum):
    """Dots an inch of a label printer."""

    DPI_203 = "203"
    DPI_300 = "300"


class PdfLabelQuery(Message):
    """How a label is printed by any printer."""

    size: LabelSize = LabelSize.A6


class ZplLabelQuery(Message):
    """How a label is printed by a label printer."""

    size: LabelSize = LabelSize.FOUR_BY_SIX
    dpi: LabelDpi = LabelDpi.DPI_203


class ReturnQuery(PageQuery):
    """Which returns to list."""

    state: ReturnState | None = None
    site_id: Name | None = None
    part_number: Identifier | None = None
    courier_id: Name | None = None
    announced_from: SentInstant | None = None
    announced_until: SentInstant | None = None
    sort: Literal["announced_at", "-announced_at"] | None = SORTED


class NewCalendar(Message):
    """The hours in which service-level clocks run."""

    calendar_id: Name
    name: Label
    zone: str = Field(min_length=1, max_length=64, description="IANA time zone, such as Europe/Vaduz.")
    hours: str = Field(
        min_length=1,
        max_length=400,
        description="As OpenStreetMap writes them: Mo-Fr 08:00-12:00,13:00-17:00; Sa 09:00-12:00, or 24/7.",
    )
    holidays_of: str = Field(
        "", max_length=16, description="Whose public holidays are closed: LI, CH-ZH; none where empty."
    )
    closed_on: list[date] = Field([], max_length=1000, description="Further days that are closed.")


class CalendarView(Answer):
    """The hours in which service-level clocks run."""

    calendar_id: str
    name: str
    zone: str
    hours: str
    holidays_of: str
    closed_on: list[date]


class Response(StrEnum):
    """Until when a part must be handed over: in so much service time, or by the end of a service day."""

    WITHIN = "within"
    SAME_DAY = "same_day"
    NEXT_BUSINESS_DAY = "next_business_day"


class NewContract(Message):
    """What is agreed with a customer: how soon a part is handed over after the call."""

    contract_id: Name
    name: Label
    response: Response = Response.WITHIN
    response_s: int = Field(
        0, ge=0, le=30 * 86_400, description="Service time, 60 s or more; 0 unless the response is within."
    )
    calendar_id: Name | None = Field(None, description="Around the clock, unless one is named.")
    cutoff: str = Field(
        "",
        pattern=r"^(?:(?:[01]\d|2[0-3]):[0-5]\d)?$",
        description="HH:MM of the calendar from which on a call counts as one of the next service day.",
    )
    core_days: int = Field(
        14, ge=1, le=365, description="How long the defective part of a swap is owed, in days."
    )
    covers: list[Identifier] = Field([], max_length=1000, description="The parts; all where none is named.")
    returns_a_year: int | None = Field(None, ge=0, le=1_000_000, description="Null for any number.")


class ContractView(Answer):
    """What was agreed with a customer."""

    contract_id: str
    name: str
    response: Response
    response_s: int = Field(description="0 unless the response is within.")
    calendar_id: str | None
    cutoff: str
    core_days: int
    covers: list[str]
    returns_a_year: int | None


class ContractQuery(PageQuery):
    """Which contracts to list."""

    sort: Literal["name", "-name", "response_s", "-response_s"] | None = SORTED


class CalendarQuery(PageQuery):
    """Which calendars to list."""

    zone: str | None = Field(None, max_length=64)
    sort: Literal["name", "-name"] | None = SORTED
