"""Long work on the journal in slices, with pauses in which gateways can commit."""

from __future__ import annotations

import time
from collections.abc import Callable

GoOn = Callable[[], bool]

SHORTEST_PAUSE_S = 0.01


def always() -> bool:
    """Go on until nothing is left."""
    return True


def in_slices(work: Callable[[], int], go_on: GoOn = always) -> int:
    """Repeat `work` until it finds nothing or `go_on` says no; return how much it found.

    The pause after a slice is as long as the slice was, so that others have the write lock half of the time.
    """
    total = 0
    while go_on():
        began_s = time.monotonic()
        found = work()
        if not found:
            break
        total += found
        time.sleep(max(SHORTEST_PAUSE_S, time.monotonic() - began_s))
    return total
