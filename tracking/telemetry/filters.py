"""The filters: what is asked of a fix before it is accepted, in order, on one page.

A verdict is final, so it depends on the fix and on the courier's shifts alone, never on which other fixes
have arrived by then. Whether a fix fits the ones before it is `tracking.telemetry.plausibility`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tracking.fleet.courier import Shift
from tracking.telemetry.fixes import Fix
from tracking.telemetry.journal import Verdict

FUTURE_LIMIT = timedelta(minutes=2)
"""How far a device's clock may run ahead of ours."""

WORST_ACCURACY_M = 200.0
"""Beyond this a fix says little more than which village."""

FASTEST_MPS = 300 / 3.6
"""No courier drives faster."""


@dataclass(frozen=True, slots=True)
class Roster:
    """The couriers there are, each with the shifts that may cover the fixes in question."""

    shifts: Mapping[str, Sequence[Shift]]

    def is_on_duty(self, fix: Fix) -> bool:
        """Tell whether a shift of the fix's courier covers it."""
        return any(shift.covers(fix.fix_at) for shift in self.shifts[fix.device])


@dataclass(frozen=True, slots=True)
class Filter:
    """What stops a fix: the verdict it gets then, with its reason."""

    reason: str
    verdict: Verdict
    stops: Callable[[Fix, Roster], bool]


def _is_unknown(fix: Fix, roster: Roster) -> bool:
    return fix.device not in roster.shifts


def _is_future(fix: Fix, _: Roster) -> bool:
    return fix.fix_at > fix.received_at + FUTURE_LIMIT


def _is_inaccurate(fix: Fix, _: Roster) -> bool:
    return fix.accuracy_m is not None and fix.accuracy_m > WORST_ACCURACY_M


def _is_too_fast(fix: Fix, _: Roster) -> bool:
    return fix.speed_mps is not None and fix.speed_mps > FASTEST_MPS


def _is_off_duty(fix: Fix, roster: Roster) -> bool:
    return not roster.is_on_duty(fix)


FILTERS = (
    Filter("unknown_device", Verdict.REJECTED, _is_unknown),
    Filter("future", Verdict.REJECTED, _is_future),
    Filter("inaccurate", Verdict.REJECTED, _is_inaccurate),
    Filter("impossible_speed", Verdict.REJECTED, _is_too_fast),
    Filter("off_duty", Verdict.HELD, _is_off_duty),
)
"""In this order; the first that stops a fix decides."""


def judged(fix: Fix, roster: Roster) -> tuple[Verdict, str | None]:
    """Return the verdict on a fix, with its reason unless it is accepted."""
    for each in FILTERS:
        if each.stops(fix, roster):
            return each.verdict, each.reason
    return Verdict.ACCEPTED, None
