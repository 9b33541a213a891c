"""What all messages share: strictness, coordinates, pages and problems.

Units are in the names: `_m` metres, `_s` seconds, `_ms` milliseconds, `_mps` metres a second, `_deg` degrees,
`_g` grams, `_cm3` cubic centimetres, `_cents` hundredths of the operator's currency. Times end in `_at`, are
RFC 3339 and carry an offset.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")]
"""A name people say aloud: 1-64 characters of a-z, 0-9 and inner dashes."""

Label = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Text = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[!-~]+$")]
"""An identifier that the server gave out, or a part or serial number: printable ASCII without spaces."""

Instant = AwareDatetime

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def _plausible(value: datetime) -> datetime:
    """Return the time in UTC; compared first, for `astimezone` overflows at the ends of the calendar."""
    if not EARLIEST <= value <= LATEST:
        raise ValueError(f"must lie between {EARLIEST:%F} and {LATEST:%F}")
    return value.astimezone(UTC)


SentInstant = Annotated[AwareDatetime, AfterValidator(_plausible)]
"""A time that a client names: from 1970 to 2100, kept in UTC."""


class Message(BaseModel):
    """A message from a client: unknown keys are refused, so that a misspelt key is not lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """A message from the server: clients must accept keys that they do not know."""

    model_config = ConfigDict(frozen=True)


class CoordinateMessage(Message):
    """A point, WGS-84."""

    lat_deg: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon_deg: float = Field(ge=-180, le=180, allow_inf_nan=False)


Item = TypeVar("Item")


class Page(Answer, Generic[Item]):
    """One page of a list: `next_cursor` is null on the last page."""

    items: list[Item]
    next_cursor: str | None = None


Cursor = Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=r"^[A-Za-z0-9_-]+$")]


class PageQuery(Message):
    """How every list is paged."""

    cursor: Cursor | None = Field(None, description="`next_cursor` of the page before.")
    limit: int = Field(100, ge=1, le=500)


SORTED: Any = Field(None, description="By this, the least first; with - the greatest.")
"""The default of a list's `sort`: as the list is by itself."""


class FieldError(Answer):
    """One wrong field of a request: `path` leads to it (`events.0.at`)."""

    path: str
    cause: str


class Problem(Answer):
    """An error, as RFC 9457 defines it, with a stable `code`, and an `action` for the reader."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    action: str
    errors: list[FieldError] = []
