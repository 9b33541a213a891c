"""Domain events: what happened, as the outbox keeps it and readers see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class DomainEvent:
    """One thing that happened to one subject.

    `kind` is `subject.verb` in the past tense (`order.delivered`); `subject` is the identifier of
    what it happened to; `at` is when it happened; `data` holds JSON values only.
    """

    kind: str
    subject: str
    at: datetime
    data: dict[str, Any] = field(default_factory=dict)
