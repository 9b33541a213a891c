"""The measurement of kept promises: what it counts, and that later times are kept more often."""

from __future__ import annotations

from itertools import pairwise

from tests.bench.routing.promised import promised, table
from tests.bench.routing.promised_picture import picture
from tests.bench.routing.promised_world import LEVELS, Promised, kept


def test_what_nobody_could_serve_and_what_never_came_is_broken() -> None:
    by_s = tuple(float(100 * (k + 1)) for k in range(len(LEVELS)))
    found = [Promised(by_s, 1.0, 100, 250), Promised(None, 0.0, None, 10), Promised(by_s, 1.0, 800, None)]
    assert kept(found) == {
        "frozen": [1 / 3] * len(LEVELS),
        "live": [0.0, 0.0, *[1 / 3] * (len(LEVELS) - 2)],
    }


def test_orders_are_promised_and_driven_by_the_days_events() -> None:
    found = promised(learn=40, test=40, rounds=5, seed=3)
    assert len(found) == 40
    assert all(p.by_s is not None and list(p.by_s) == sorted(p.by_s) for p in found)
    assert sum(p.live_s is not None for p in found) == 40
    shares = kept(found)
    assert all(earlier <= later for name in shares for earlier, later in pairwise(shares[name]))
    assert shares["frozen"][-1] > 0.6
    assert table(found).count("\n") > len(LEVELS)
    assert picture(LEVELS, shares, "Kept").startswith("<svg")
