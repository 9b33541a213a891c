"""How the planner's sentences name times: after the problem's zero, or by the clock where that is known."""

from __future__ import annotations

import re
from datetime import datetime

_AFTER_ZERO = re.compile(r"(?<![\w:.-])(-?\d+):(\d\d) h\b")
_MOST_H = 24 * 366


def after_zero(time_s: int) -> str:
    """Return `time_s` as hours and minutes after the problem's zero (`1:05 h`), rounded up to a minute."""
    minutes = -(-time_s // 60)
    return f"{minutes // 60}:{minutes % 60:02d} h"


def lasting(duration_s: int) -> str:
    """Return a duration (`45 min`, `1 h 05 min`), rounded up to a minute."""
    minutes = -(-duration_s // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def by_the_clock(sentence: str, zero: datetime) -> str:
    """Return `sentence` with what `after_zero` wrote given by the clock of `zero`, whose time zone counts.

    `14:05` is on the day of `zero`, `Fri 08:00` on another; what lies more than a year off stays.
    """

    def named(found: re.Match[str]) -> str:
        hours, minutes = int(found[1]), int(found[2])
        if abs(hours) > _MOST_H:
            return found[0]
        # Counted in seconds since the epoch: a zone's own arithmetic would forget a change of its clocks.
        at = datetime.fromtimestamp(zero.timestamp() + 60 * (60 * hours + minutes), zero.tzinfo)
        return f"{at:%H:%M}" if at.date() == zero.date() else f"{at:%a %H:%M}"

    return _AFTER_ZERO.sub(named, sentence)
