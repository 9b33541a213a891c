"""Standing alerts: what is wrong at the moment, each raised once and cleared once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that needs a person, from `raised_at` until `cleared_at`; None while it stands.

    `kind` says what is wrong (`courier.silent`), `subject` with what, `cause` says both to a person. There is
    one record for each kind and subject: the newest.
    """

    alert_id: str
    kind: str
    subject: str
    cause: str
    raised_at: datetime
    cleared_at: datetime | None = None


def alert_id(kind: str, subject: str) -> str:
    """Return the identifier of the one alert of a kind that a subject can have."""
    return f"{kind}:{subject}"
