"""Orders, their service level, and returns."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from mobile_contract.common import Answer, Identifier, Instant, Label, Message, Name, PageQuery, Text


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


class NewOrder(Message):
    """A part that a site needs."""

    site_id: Name
    part_number: Identifier
    quantity: int = Field(1, ge=1, le=1000)
    contract_id: Name
    urgency: Urgency = Urgency.CRITICAL
    expect_return: bool = Field(False, description="Open a return for the defective part at the same stop.")
    note: Text = ""


class Cancellation(Message):
    """Why something is called off."""

    reason: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")


class SlaView(Answer):
    """The service-level clock: it starts at the call and stops at the hand-over."""

    response_s: int
    called_at: Instant
    due_at: Instant
    stopped_at: Instant | None
    breached: bool
    predicted_at: Instant | None = Field(None, description="The planned time of the hand-over.")


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


class OrderQuery(PageQuery):
    """Which orders to list."""

    state: OrderState | None = None


class ReturnState(StrEnum):
    """The life of a return."""

    ANNOUNCED = "announced"
    PLANNED = "planned"
    PICKED_UP = "picked_up"
    RECEIVED = "received"
    CANCELLED = "cancelled"


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
    order_id: str | None
    destination_id: str
    courier_id: str | None
    reason: str
    announced_at: Instant
    unserved_reason: str | None


class ReturnQuery(PageQuery):
    """Which returns to list."""

    state: ReturnState | None = None


class NewContract(Message):
    """What is agreed with a customer: how soon a part is handed over after the call."""

    contract_id: Name
    name: Label
    response_s: int = Field(ge=60, le=30 * 86_400)


class ContractView(Answer):
    """What was agreed with a customer."""

    contract_id: str
    name: str
    response_s: int
