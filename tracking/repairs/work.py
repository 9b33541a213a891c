"""What a repair took: parts from stock, and minutes of people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tracking.values.errors import InvalidValue

MINUTES_OF_A_DAY = 1440


@dataclass(frozen=True, slots=True)
class ConsumedPart:
    """Pieces that went into a unit; `cost_cents` is what all of them were worth when they did."""

    consumed_id: str
    work_order_id: str
    part_number: str
    quantity: int
    serials: tuple[str, ...]
    from_id: str
    cost_cents: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Labour:
    """Minutes that a person worked on a work order."""

    labour_id: str
    work_order_id: str
    person: str
    minutes: int
    note: str
    at: datetime

    def __post_init__(self) -> None:
        if not 1 <= self.minutes <= MINUTES_OF_A_DAY:
            raise InvalidValue(f"minutes: 1 to {MINUTES_OF_A_DAY} at a time, not {self.minutes}.")
