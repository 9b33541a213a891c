"""What came back in a return: photos, the inspection, its differences, and what is settled about it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from mobile_contract.common import Answer, Identifier, Instant, Label, Message, Text

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""The digest of a photo, in lower-case hex."""


class PhotoView(Answer):
    """A photo that is kept; its bytes are at /v1/photos/{sha256}."""

    sha256: str
    media_type: str
    size_bytes: int
    added_by: str
    added_at: Instant


class DifferenceKind(StrEnum):
    """In what a return differs from its announcement."""

    OTHER_PART = "other_part"
    OTHER_SERIAL = "other_serial"
    OTHER_QUANTITY = "other_quantity"
    NOTHING_CAME = "nothing_came"
    DAMAGE = "damage"
    MISSING_ACCESSORY = "missing_accessory"


class DifferenceView(Answer):
    """One difference between what was announced and what came; texts are empty where there is nothing."""

    kind: DifferenceKind
    announced: str
    found: str


class ReturnDecision(StrEnum):
    """What the customer gets for a return."""

    REFUND = "refund"
    EXCHANGE = "exchange"
    REFUSE = "refuse"
    NONE = "none"


class InspectedReturn(Message):
    """What lay in the box. What is left out is as it was booked in."""

    part_number: Identifier | None = Field(None, description="Where another part came.")
    serial: Identifier | None = Field(None, description="Where another serial came.")
    quantity: int = Field(1, ge=0, le=1000, description="0 where nothing came; 1 of a part with serials.")
    damage: Text = ""
    missing: list[Label] = Field([], max_length=20, description="Accessories that should have come.")
    unopened: bool = Field(False, description="The maker's packing is closed still.")
    note: Text = ""
    photos: list[Sha256] = Field([], max_length=50)


class SettledReturn(Message):
    """What the customer gets; the return is closed with it."""

    decision: ReturnDecision
    amount_cents: int | None = Field(None, ge=0, le=10**12, description="Of a refund, and of nothing else.")
    reason: str = Field("", max_length=500, pattern=r"^[^\x00]*$", description="A refusal needs one.")


class InspectionView(Answer):
    """The inspection of a return; the fields from `decision` on are null until it is closed."""

    part_number: str
    serial: str | None
    quantity: int
    damage: str
    missing: list[str]
    unopened: bool
    note: str
    photos: list[str]
    differences: list[DifferenceView]
    inspected_by: str
    inspected_at: Instant
    decision: ReturnDecision | None
    amount_cents: int | None
    decision_reason: str
    decided_by: str | None
    decided_at: Instant | None
