"""What comes out of the bench, for each part: turnaround, yield, no-fault-found, and what a repair takes."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracking.repairs.work_order import WorkOrder, WorkState
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import InvalidValue
from tracking.values.times import EPOCH

LONG_AFTER = datetime(2100, 1, 1, tzinfo=EPOCH.tzinfo)
HISTORY = timedelta(days=730)
"""How far back statistics reach unless something else is asked for."""
AT_ONCE = 500
"""Work orders that one query asks about."""


@dataclass(frozen=True, slots=True)
class RepairStatistics:
    """Of the closed work orders of one part.

    `yield_share` is what was repaired of all that were repaired or given up (vendor claims are no attempt);
    `no_fault_found_share` is of all. Turnaround runs from opening to closing, in s. Minutes and cents are
    means of the orders that were repaired or given up. None where there is nothing to divide.
    """

    part_number: str
    closed: int
    repaired: int
    no_fault_found: int
    beyond_repair: int
    vendor_claim: int
    yield_share: float | None
    no_fault_found_share: float | None
    turnaround_median_s: int | None
    turnaround_p90_s: int | None
    labour_minutes: float | None
    parts_cents: int | None


def repair_statistics(
    uow: UnitOfWork,
    part_number: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[RepairStatistics]:
    """Return the statistics of each part with work orders closed in [since, until), by part number."""
    since, until = since or EPOCH, until or LONG_AFTER
    if until <= since:
        raise InvalidValue("until: must be later than since.")
    matching = {"part_number": part_number} if part_number is not None else {}
    of_part: dict[str, list[WorkOrder]] = defaultdict(list)
    for order in uow.work_orders.find_between("closed_at", since, until, **matching):
        of_part[order.part_number].append(order)
    minutes, cents = _spent(uow, (order for orders in of_part.values() for order in orders))
    return [statistics_of(number, orders, minutes, cents) for number, orders in sorted(of_part.items())]


def statistics_of(
    part_number: str, orders: list[WorkOrder], minutes: Mapping[str, int], cents: Mapping[str, int]
) -> RepairStatistics:
    """Return the statistics of closed orders of one part; `minutes` and `cents` are by work order."""
    by_outcome = {outcome: [o for o in orders if o.outcome is outcome] for outcome in WorkState}
    repaired, given_up = by_outcome[WorkState.REPAIRED], by_outcome[WorkState.BEYOND_REPAIR]
    tried = [order.work_order_id for order in (*repaired, *given_up)]
    not_found = len(by_outcome[WorkState.NO_FAULT_FOUND])
    turnarounds = sorted(int((o.closed_at - o.opened_at).total_seconds()) for o in orders if o.closed_at)
    return RepairStatistics(
        part_number,
        len(orders),
        len(repaired),
        not_found,
        len(given_up),
        len(by_outcome[WorkState.VENDOR_CLAIM]),
        _share(len(repaired), len(tried)),
        _share(not_found, len(orders)),
        round(statistics.median(turnarounds)) if turnarounds else None,
        turnarounds[-(-9 * len(turnarounds) // 10) - 1] if turnarounds else None,
        _share(sum(minutes.get(key, 0) for key in tried), len(tried)),
        round(sum(cents.get(key, 0) for key in tried) / len(tried)) if tried else None,
    )


def _spent(uow: UnitOfWork, orders: Iterable[WorkOrder]) -> tuple[dict[str, int], dict[str, int]]:
    """Return the minutes and the cents of parts that went into each order."""
    keys = [order.work_order_id for order in orders]
    minutes: dict[str, int] = defaultdict(int)
    cents: dict[str, int] = defaultdict(int)
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        for labour in uow.labour.find_in(work_order_id=some):
            minutes[labour.work_order_id] += labour.minutes
        for part in uow.consumed_parts.find_in(work_order_id=some):
            cents[part.work_order_id] += part.cost_cents
    return minutes, cents


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
