"""Where the time of an order goes: marks of what it waits for, and the exact division of its time by them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from tracking.orders.sla import Pause


class Cause(StrEnum):
    """What the time of an order was spent on."""

    STOCK = "stock"
    """No source could supply the part."""
    DISPATCH = "dispatch"
    """It waited for a courier to set out for it."""
    TRAVEL = "travel"
    """A courier was under way with it, or to its source; other stops on the way count too."""
    SITE_WAIT = "site_wait"
    """The courier was at the site."""
    CUSTOMER = "customer"
    """The customer was absent or let nobody in; until a courier sets out again."""
    PAUSE = "pause"
    """The clock was paused."""


@dataclass(frozen=True, slots=True)
class OrderMark:
    """From `at` on the order's time is spent on `cause`, until the next mark; `at` is when it happened."""

    mark_id: str
    order_id: str
    at: datetime
    cause: Cause


def divided(
    called_at: datetime, until: datetime, marks: Iterable[OrderMark], pauses: Iterable[Pause]
) -> dict[Cause, timedelta]:
    """Return how much of the time from `called_at` to `until` each cause took; the sum is all of it, exactly.

    Before the first mark the order waits for dispatch; a pause goes before any mark.
    """
    spent = dict.fromkeys(Cause, timedelta(0))
    ordered = sorted(marks, key=lambda each: (each.at, each.mark_id))
    stops = [(pause.from_at, pause.to_at or until) for pause in pauses]
    edges = {called_at, until, *(each.at for each in ordered), *(edge for stop in stops for edge in stop)}
    for start, end in pairwise(sorted(edge for edge in edges if called_at <= edge <= until)):
        cause = Cause.DISPATCH
        for each in ordered:
            if each.at <= start:
                cause = each.cause
        if any(paused_from <= start < paused_to for paused_from, paused_to in stops):
            cause = Cause.PAUSE
        spent[cause] += end - start
    return spent
