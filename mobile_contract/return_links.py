"""Return links, and what their public page says: a customer's return without an account.

The page's operations take the token of the link as `Authorization: Bearer`; it stands in no address but the
page's own.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from mobile_contract.common import SORTED, Answer, Identifier, Instant, Message, Name, PageQuery
from mobile_contract.inspections import Sha256
from mobile_contract.returns import ReturnState, ReturnWay


class NewReturnLink(Message):
    """A link for the parts of a site, of one machine or order, or for a return that is known."""

    site_id: Name | None = None
    machine_id: Identifier | None = None
    order_id: Identifier | None = None
    return_id: Identifier | None = None
    valid_days: int = Field(14, ge=1, le=90)

    @model_validator(mode="after")
    def _one_of_them(self) -> NewReturnLink:
        named = (self.site_id, self.machine_id, self.order_id, self.return_id)
        if sum(each is not None for each in named) != 1:
            raise ValueError("name one of site_id, machine_id, order_id and return_id")
        return self


class ReturnLinkQuery(PageQuery):
    """Which return links to list."""

    return_id: Identifier | None = None
    site_id: Name | None = None
    sort: Literal["made_at", "-made_at", "expires_at", "-expires_at"] | None = SORTED


class ReturnLinkState(StrEnum):
    """Whether a link can be used, was used, or is over."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


class ReturnLinkView(Answer):
    """A return link; its address is told once, when it is made."""

    link_id: str
    state: ReturnLinkState
    site_id: str
    machine_id: str | None
    order_id: str | None
    return_id: str | None
    made_by: str
    made_at: Instant
    expires_at: Instant
    revoked_at: Instant | None
    submitted_at: Instant | None


class MadeReturnLink(ReturnLinkView):
    """A link that was just made."""

    url: str | None = Field(description="The address of its page, said once: null when asked for again.")


class CustomerPlace(Answer):
    """A place that a customer goes to, or that a part goes to."""

    place_id: str
    name: str
    address: str
    opening_hours: str = Field(description="As OpenStreetMap writes them; empty where nobody has said.")
    distance_m: int | None = Field(description="From the site, in a straight line.")


class CustomerPart(Answer):
    """A part that may be returned, with the serials of it at the site as far as known."""

    part_number: str
    name: str
    serialised: bool
    serials: list[str]
    lockers: list[CustomerPlace] = Field(description="Where a compartment is free for it, the nearest first.")


class WarrantyState(StrEnum):
    """What is recorded of a warranty."""

    HOLDS = "holds"
    ENDED = "ended"
    NOT_RECORDED = "not_recorded"


class WarrantyView(Answer):
    """What is recorded of the warranty on the last repair of a unit."""

    state: WarrantyState
    until: Instant | None


class SerialQuery(Message):
    """A serial to be held against what was delivered."""

    part_number: Identifier
    serial: Identifier


class SerialView(Answer):
    """A serial that may be returned."""

    part_number: str
    serial: str
    warranty: WarrantyView


class DropState(StrEnum):
    """How far a drop in a locker has come; after `unseen` and `lapsed` another way can be chosen."""

    KEPT = "kept"
    OPEN = "open"
    UNSEEN = "unseen"
    LAPSED = "lapsed"


class CustomerReturn(Answer):
    """How a return that was announced by a link stands, and what its customer does next."""

    number: str
    state: ReturnState
    part_number: str
    part_name: str
    serial: str | None
    reason: str
    photos: int
    way: ReturnWay
    may_choose_way: bool
    goes_to: CustomerPlace
    locker: CustomerPlace | None = Field(None, description="Where it is dropped, or was.")
    compartment: str | None = None
    code: str | None = Field(None, description="Eight digits that open the compartment once.")
    code_expires_at: Instant | None = None
    drop: DropState | None = Field(None, description="Null unless it is to be dropped in a locker.")
    carrier: str | None = None
    tracking_number: str | None = None
    warranty: WarrantyView | None = None


class CustomerReturnPage(Answer):
    """What the page of a link shows: what may be returned and how, or the return that was announced."""

    site_name: str
    expires_at: Instant
    parts: list[CustomerPart]
    locations: list[CustomerPlace] = Field(description="Where a part can be handed in, the nearest first.")
    submitted: CustomerReturn | None
    announced: str | None = Field(description="The number of the return that the link was made for.")
    max_photos: int
    max_photo_bytes: int


class CustomerSubmission(Message):
    """A customer's return; the same again, as a second tap sends it, counts once."""

    part_number: Identifier
    serial: Identifier | None = None
    reason: str = Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")
    way: ReturnWay
    place_id: Name | None = Field(None, description="The locker or the location of a drop.")
    photos: list[Sha256] = Field([], max_length=6)
