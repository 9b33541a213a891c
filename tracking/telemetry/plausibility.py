"""Plausibility: whether a courier can have been where a fix says, seeing the fixes before it.

A fix is judged by up to three accepted fixes of the ten minutes before it, by their own times: it is
plausible when it could be reached from any one of them, or when there is none. So a single leap is passed
over, a true one is believed at its second fix, and a wrong first fix does no harm. As the rule looks at the
order of events alone, what it says does not depend on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from tracking.telemetry.filters import FASTEST_MPS
from tracking.telemetry.fixes import Fix
from tracking.values.geodesy import great_circle_m

WITNESSES = 3
"""How many fixes before one are asked."""

WITNESS_AGE = timedelta(minutes=10)
"""A fix that is older says nothing: there was time to be anywhere."""

SLACK_M = 50.0
"""What fixes of one moment may differ by, beside their stated accuracies."""


def is_plausible(fix: Fix, before: Sequence[Fix]) -> bool:
    """Tell whether a fix fits what came before it; of `before`, in order of time, the last few count."""
    witnesses = [other for other in before[-WITNESSES:] if fix.fix_at - other.fix_at <= WITNESS_AGE]
    return not witnesses or any(_is_reachable(fix, other) for other in reversed(witnesses))


def plausible_newest_first(fixes: Iterable[Fix]) -> Iterator[Fix]:
    """Yield the plausible ones of fixes that come newest first."""
    window: list[Fix] = []  # newest first
    for fix in fixes:
        window.append(fix)
        if len(window) > WITNESSES:
            newest = window.pop(0)
            if is_plausible(newest, window[::-1]):
                yield newest
    while window:
        newest = window.pop(0)
        if is_plausible(newest, window[::-1]):
            yield newest


def plausible_oldest_first(fixes: Iterable[Fix], before: Sequence[Fix]) -> Iterator[Fix]:
    """Yield the plausible ones of fixes in order of time that follow the fixes `before`."""
    for fix in fixes:
        if is_plausible(fix, before):
            yield fix
        before = [*before[-WITNESSES + 1 :], fix]


def _is_reachable(fix: Fix, other: Fix) -> bool:
    reach_m = FASTEST_MPS * (fix.fix_at - other.fix_at).total_seconds()
    doubt_m = SLACK_M + (fix.accuracy_m or 0.0) + (other.accuracy_m or 0.0)
    return great_circle_m(fix.coordinate, other.coordinate) <= reach_m + doubt_m
