"""The service-level clock: contracts, due times, and when a hand-over counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tracking.values.errors import InvalidValue
from tracking.values.ids import checked_name


@dataclass(frozen=True, slots=True)
class Contract:
    """What was agreed with a customer: `response_s` in [60, 30 days], around the clock."""

    contract_id: str
    name: str
    response_s: int

    def __post_init__(self) -> None:
        checked_name(self.contract_id, "contract")
        if not 60 <= self.response_s <= 30 * 86_400:
            raise InvalidValue(f"response_s must lie in [60, 2592000], not {self.response_s}.")

    def due_at(self, called_at: datetime) -> datetime:
        """Return when an order called at `called_at` must have been handed over."""
        return called_at + timedelta(seconds=self.response_s)


def stopped_at(at: datetime, received_at: datetime, clock_offset_s: float) -> datetime:
    """Return when the clock stops for a hand-over that a device reports.

    `clock_offset_s` is how far the device's clock runs ahead of ours; a hand-over never counts later
    than we heard of it.
    """
    return min(at - timedelta(seconds=clock_offset_s), received_at)
