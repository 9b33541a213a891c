"""A return link: the leave to announce one return from one site on a public page, without an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tracking.values.errors import FieldstockError, InvalidValue

MAX_VALID_DAYS = 90
MAX_PHOTOS = 6


@dataclass(frozen=True, slots=True)
class ReturnLink:
    """A link for the parts at `site_id`, for one machine's or order's if named, or for a known return.

    Its token is kept as SHA-256 alone. `return_id` is the return that it was made for, or that was made by
    it; `submitted_at` is when its customer said how that comes. `photos` are those uploaded, by digest.
    """

    link_id: str
    token_sha256: str
    site_id: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    machine_id: str | None = None
    order_id: str | None = None
    return_id: str | None = None
    revoked_at: datetime | None = None
    submitted_at: datetime | None = None
    photos: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.expires_at <= self.made_at:
            raise InvalidValue("A return link must be valid for some time.")

    @property
    def actor(self) -> str:
        """Who does what is done through this link, for custody and audit."""
        return f"link:{self.link_id}"


class LinkUnknown(FieldstockError):
    """There is no link with this token."""

    code = "link_unknown"
    action = "Check that the whole link was copied, or ask the service desk for a new one."


class LinkExpired(FieldstockError):
    """The time of the link is over, and nothing was announced by it."""

    code = "link_expired"
    action = "Ask the service desk for a new link."


class LinkRevoked(FieldstockError):
    """The service desk has taken the link back."""

    code = "link_revoked"
    action = "Ask the service desk for a new link."


class LinkUsed(FieldstockError):
    """Another return was announced by this link."""

    code = "link_used"
    action = "Reload the page to see that return; ask the service desk for a link for another one."


class LinkThrottled(FieldstockError):
    """Too much was asked through one link, or from one address, in a short time."""

    code = "link_throttled"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("Too many requests came in a short time.", f"Try again in {retry_after_s} s.")
        self.retry_after_s = retry_after_s


class SerialUnknown(FieldstockError):
    """The serial is not one of a part that was delivered to the site."""

    code = "serial_unknown"
    action = "Compare it with the plate on the part, or leave it empty: it is read when the part arrives."


class SerialAnnounced(FieldstockError):
    """Another return of the same serial is under way."""

    code = "serial_announced"
    action = "Nothing needs to be done again; ask the service desk about that return."


class TooManyPhotos(FieldstockError):
    """As many photos were uploaded through the link as it takes."""

    code = "too_many_photos"
    action = f"Choose the {MAX_PHOTOS} photos that show most."
