"""Messages that could not be read, as an operator sees them."""

from __future__ import annotations

from pydantic import Field

from mobile_contract.common import Answer, Instant, Message, Name, PageQuery


class DeadLetterQuery(PageQuery):
    """Which letters to list."""

    device: Name | None = Field(None, description="Of this device alone.")
    reason: str | None = Field(
        None, max_length=100, pattern=r"^[ -~]+$", description="Whose reasons begin with this."
    )


class DeadLetterView(Answer):
    """One message, or one fix of it, that could not be read."""

    letter_id: int
    topic: str
    kind: str
    device: str | None
    reason: str = Field(description="A stable code, a colon, and what was wrong.")
    received_at: Instant
    size_bytes: int
    payload: str = Field(description="Its first 2,000 bytes as text; what is no UTF-8 is shown as \\xNN.")


class LetterChoice(Message):
    """Which letters to take in again: those named, or all whose reasons begin with a text."""

    letter_ids: list[int] = Field([], max_length=500)
    reason: str | None = Field(None, min_length=1, max_length=100, pattern=r"^[ -~]+$")
    after_id: int = Field(0, ge=0, le=2**62, description="With a reason: `reached_id` of the answer before.")


class ReplayedLetters(Answer):
    """What became of letters that were read again."""

    read: int = Field(description="Letters that could be read now.")
    stored: int = Field(description="Fixes and reports that came of them.")
    duplicate: int
    still_unreadable: int
    more: bool = Field(description="True when there are more: ask again after `reached_id`.")
    reached_id: int = Field(description="The last letter that was read.")


class LetterCounts(Answer):
    """How many letters there are of each reason's code."""

    reasons: dict[str, int]
