"""An e-mail on its way, and when it is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

RETRIES = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
)
"""How long after each failed attempt the next one follows; the last is about 8 hours after the first."""


@dataclass(frozen=True, slots=True)
class Mailing:
    """How far a mailing has read the events: all up to `position` have become mails, or are none."""

    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail to all recipients. `due_at` is when it is tried next; None when it is over.

    `position` is that of the event that it tells of. `error` is of the last attempt.
    """

    mail_id: str
    position: int
    subject: str
    text: str
    made_at: datetime
    due_at: datetime | None
    attempts: int = 0
    sent_at: datetime | None = None
    error: str | None = None


def next_attempt(attempts: int, at: datetime) -> datetime | None:
    """Return when a mail is tried again after so many failed attempts, or None when it is given up."""
    return at + RETRIES[attempts - 1] if attempts <= len(RETRIES) else None
