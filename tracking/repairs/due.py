"""Which units are on the bench, and by when they may be back in stock."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracking.repairs.statistics import HISTORY
from tracking.repairs.work_order import SOUND, WorkOrder
from tracking.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class DueUnit:
    """A unit with an open work order that may still leave it sound.

    `half_at` is when every second unit of its part was back in stock, of those that took longer than this one
    has by now; None where none did. `sound` of `closed` units of the part left sound in `HISTORY`.
    """

    order: WorkOrder
    half_at: datetime | None
    sound: int
    closed: int


def due_from_the_bench(uow: UnitOfWork, part_numbers: Iterable[str], at: datetime) -> Iterator[DueUnit]:
    """Yield the units of some parts that are at the bench at `at`, those opened first before others."""
    waiting = [
        order for number in part_numbers for order in uow.work_orders.find(part_number=number, closed_at=None)
    ]
    history: dict[str, list[WorkOrder]] = {}
    for order in sorted(waiting, key=lambda each: (each.opened_at, each.number)):
        if order.outcome is not None and order.outcome not in SOUND:
            continue
        number = order.part_number
        if number not in history:
            history[number] = uow.work_orders.find_between(
                "closed_at", at - HISTORY, at + timedelta(microseconds=1), part_number=number
            )
        yield _due(order, history[number], at)


def _due(order: WorkOrder, closed: list[WorkOrder], at: datetime) -> DueUnit:
    sound = [each for each in closed if each.outcome in SOUND]
    took_s = [(each.closed_at - each.opened_at).total_seconds() for each in sound if each.closed_at]
    longer_s = [taken for taken in took_s if taken > (at - order.opened_at).total_seconds()]
    half_at = order.opened_at + timedelta(seconds=statistics.median(longer_s)) if longer_s else None
    return DueUnit(order, half_at, len(sound), len(closed))
