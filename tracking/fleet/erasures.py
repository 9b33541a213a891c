"""Erasures: whose positions are to be gone everywhere, and where that is done already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Erasure:
    """The newest demand to erase a courier's positions.

    What lies in the journal and the database goes at once. `topics_cleared_at` is when the broker took the
    empty messages that end what it retained, `store_cleared_at` when the telemetry store was gone through
    once more, after what was on its way there; None until then.
    """

    courier_id: str
    asked_at: datetime
    topics_cleared_at: datetime | None = None
    store_cleared_at: datetime | None = None
