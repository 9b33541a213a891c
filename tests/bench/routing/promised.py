"""`python -m tests.bench.routing.promised`: are promises kept, with times from a truth that is hidden?"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from routing.kernel.warm_up import warm_up
from routing.travel.geodesic import GeodesicTravelTimes
from tests.bench.bench import say
from tests.bench.routing.day_planners import ours
from tests.bench.routing.day_world import DayConfig, make_day
from tests.bench.routing.promised_picture import picture
from tests.bench.routing.promised_world import (
    LEVELS,
    POINTS,
    HiddenTruth,
    Learning,
    Promised,
    PromisedLife,
    hidden_day,
    kept,
)

ROOT = Path(__file__).resolve().parents[3]
PICTURE = ROOT / "docs" / "images" / "promises-kept.svg"


def main(words: Sequence[str] | None = None) -> int:
    """Learn, then promise; print what was kept, and return the exit code."""
    options = _options(words)
    warm_up()
    found = promised(options.learn, options.test, options.rounds, options.seed)
    print(table(found))
    if options.picture is not None:
        options.picture.write_text(_drawn(kept(found)))
    return 0


def promised(learn: int, test: int, rounds: int, seed: int) -> list[Promised]:
    """Live through days until `learn` orders have been called, learn, and return the next `test` promises."""
    truth, learning = HiddenTruth(seed), Learning()
    config = DayConfig(waiting_costs=True)
    travel = GeodesicTravelTimes().matrix(POINTS)
    seen, found, number = 0, list[Promised](), 0
    while len(found) < test:
        day = hidden_day(make_day(1000 * seed + number, travel, config), number, truth, learning)
        began_s = time.monotonic()
        said = PromisedLife(day, ours(rounds), truth, learning).promises()
        if seen < learn:
            seen += len(said)
            if seen >= learn:
                learning.learn()
                learning = Learning(
                    speeds=learning.speeds, services=learning.services, spread=learning.spread
                )
        else:
            found += said
        number += 1
        say(f"day {number}: {len(said)} promises in {time.monotonic() - began_s:.0f} s")
    return found[:test]


def table(found: Sequence[Promised]) -> str:
    """Return what was promised and kept as Markdown."""
    shares = kept(list(found))
    lines = ["| promised | kept, plans frozen at the offer | kept, dispatch live |", "|---|---|---|"]
    lines += [
        f"| {level:.0%} | {shares['frozen'][k]:.1%} | {shares['live'][k]:.1%} |"
        for k, level in enumerate(LEVELS)
    ]
    widths = [each.width_s / 60 for each in found if each.by_s is not None]
    refused = sum(each.by_s is None for each in found)
    lines += [
        "",
        f"{len(found)} promises, {refused} refused and counted as broken. Between the times of 10 and 90 % "
        f"lie {np.median(widths):.1f} min in the median, {np.quantile(widths, 0.9):.1f} at the ninth decile.",
    ]
    return "\n".join(lines)


def _drawn(shares: dict[str, list[float]]) -> str:
    named = {"plans frozen at the offer": shares["frozen"], "dispatch live": shares["live"]}
    return picture(LEVELS, named, "Promised, and kept")


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.routing.promised", description=__doc__)
    parser.add_argument("--learn", type=int, default=1000, help="orders before anything is counted")
    parser.add_argument("--test", type=int, default=2000, help="promises that are counted")
    parser.add_argument("--rounds", type=int, default=50, help="of our search at each event")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--picture", type=Path, help=f"draw it, as in {PICTURE.relative_to(ROOT)}")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
