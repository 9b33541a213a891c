"""Returns: announced, on their way, received, and their labels."""

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
    Text,
)
from mobile_contract.inspections import InspectionView


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
