"""`python -m tests.bench.routing.day`: days of the sample region, each planned by three planners."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from routing.plan import Cost
from routing.problem import Travel
from routing.travel import GeodesicTravelTimes, OsrmSettings, OsrmTravelTimes
from tests.bench.bench import say
from tests.bench.routing.day_picture import Bars, picture
from tests.bench.routing.day_planners import clairvoyant, inserting, ours, waiting
from tests.bench.routing.day_simulation import Outcome, live
from tests.bench.routing.day_world import PLACES, Day, DayConfig, make_day
from tests.routing.travel import osrm_server

ROOT = Path(__file__).resolve().parents[3]
PICTURE = ROOT / "docs" / "images" / "routing-day.svg"
MOST_ABOVE, LEAST_BELOW = 0.15, 0.05
"""The aim: ours costs at most so much more than foresight, and at least so much less than insertion."""


PLANNERS = ("only inserting", "ours", "ours, waiting", "clairvoyant")
"""Ours weighs a gain against what changes for couriers, as the dispatcher does; or couriers leave as late as
their work allows, and do not mind what changes until then."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One day: what each of `PLANNERS` came to, and how many rules their plans broke."""

    day: Day
    costs: tuple[Cost, ...]
    unserved: tuple[int, ...]
    broken: int


def main(words: Sequence[str] | None = None) -> int:
    """Live through the days, print what they cost, and return the exit code."""
    options = _options(words)
    travel = roads()
    config = DayConfig(calls=options.calls, couriers=options.couriers, waiting_costs=options.waiting_costs)
    compared = []
    for seed in options.seeds:
        began_s = time.monotonic()
        compared.append(compare(make_day(seed, travel, config), options.rounds, options.long_rounds))
        sums = " / ".join(f"{cost.total_cents / 100:.2f}" for cost in compared[-1].costs)
        say(f"seed {seed}: {sums} in {time.monotonic() - began_s:.0f} s")
    print(table(compared))
    if options.picture is not None:
        options.picture.parent.mkdir(parents=True, exist_ok=True)
        options.picture.write_text(_picture(compared))
    return 1 if any(c.broken for c in compared) else 0


def compare(day: Day, rounds: int, long_rounds: int) -> Compared:
    """Live through one day with each planner."""
    lived = [live(day, planner) for planner in (inserting, ours(rounds), waiting(rounds))]
    cheapest = min(lived, key=lambda outcome: outcome.cost.total_millicents)
    best = clairvoyant(day, long_rounds, cheapest.driven)
    costs = (*(outcome.cost for outcome in lived), best.cost)
    unserved = (*(len(outcome.unserved) for outcome in lived), len(best.unserved))
    return Compared(day, costs, unserved, sum(map(_broken, lived)))


def table(compared: Sequence[Compared]) -> str:
    """Return costs in whole money as Markdown, and how ours compares over all days."""
    lines = [
        f"| seed | calls | {' | '.join(PLANNERS)} | waiting above clairvoyant | waiting below inserting |",
        f"|---|---|{'---|' * len(PLANNERS)}---|---|",
    ]
    lines += [_row(f"{c.day.seed}", len(c.day.shipments), [k.total_cents for k in c.costs]) for c in compared]
    sums = [sum(c.costs[k].total_cents for c in compared) for k in range(len(PLANNERS))]
    lines.append(_row("all", sum(len(c.day.shipments) for c in compared), sums))
    lines.append("")
    lines += [_causes(compared), "", _verdict(sums)]
    return "\n".join(lines)


def roads() -> Travel:
    """Return the region's road times from a real server, or great circles where that cannot be had."""
    points = [place.at for place in PLACES]
    beside = Path(os.environ.get("FIELDSTOCK_SHARED", ROOT.parent / "shared"))
    extract = beside / "data" / "liechtenstein.osm.pbf"
    if not (osrm_server.is_installed() and extract.is_file()):
        say("no OSRM or no extract here: great circles stand in for roads")
        return GeodesicTravelTimes().matrix(points)
    with tempfile.TemporaryDirectory(prefix="fieldstock-day-") as folder:
        base = osrm_server.prepare(extract, Path(folder))
        with osrm_server.running(base) as url, OsrmTravelTimes(OsrmSettings(url)) as osrm:
            return osrm.matrix(points)


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.routing.day", description=__doc__)
    parser.add_argument("--seeds", type=_numbers, default=[1, 2, 3], help="1,2,3")
    parser.add_argument("--calls", type=float, default=DayConfig().calls, help="expected, over the day")
    parser.add_argument("--couriers", type=int, default=DayConfig().couriers)
    parser.add_argument("--rounds", type=int, default=200, help="of our search at each event")
    parser.add_argument("--long-rounds", type=int, default=4000, help="of the search with foresight")
    parser.add_argument("--waiting-costs", action="store_true", help="price waits as the dispatcher does")
    parser.add_argument("--picture", type=Path, help=f"draw the costs, as in {PICTURE.relative_to(ROOT)}")
    return parser.parse_args(words)


def _numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",") if word]


def _broken(outcome: Outcome) -> int:
    for sentence in outcome.broken:
        say(sentence)
    return len(outcome.broken)


def _row(name: str, calls: int, cents: Sequence[int]) -> str:
    plain, _, patient, best = cents
    money = " | ".join(f"{each / 100:,.2f}" for each in cents)
    return f"| {name} | {calls} | {money} | {patient / best - 1:+.1%} | {1 - patient / plain:+.1%} |"


def _causes(compared: Sequence[Compared]) -> str:
    """Return what the costs of all days consist of."""
    lines = [f"| all seeds | {' | '.join(PLANNERS)} |", f"|---|{'---|' * len(PLANNERS)}"]
    each_planner = range(len(PLANNERS))
    for cause in ("travel", "lateness", "overtime", "unserved"):
        sums = [sum(getattr(c.costs[k], f"{cause}_millicents") for c in compared) for k in each_planner]
        lines.append(f"| {cause} | {' | '.join(f'{each / 100_000:,.2f}' for each in sums)} |")
    counts = [sum(c.unserved[k] for c in compared) for k in each_planner]
    lines.append(f"| calls unserved | {' | '.join(map(str, counts))} |")
    return "\n".join(lines)


def _verdict(sums: Sequence[int]) -> str:
    plain, *both, best = sums
    told = {True: "reached", False: "missed"}
    sentences = []
    for name, cents in zip(PLANNERS[1:], both, strict=False):
        above, below = cents / best - 1, 1 - cents / plain
        sentences.append(
            f"{name.capitalize()}: {above:.1%} above clairvoyant (aim: at most {MOST_ABOVE:.0%}, "
            f"{told[above <= MOST_ABOVE]}), {below:.1%} below inserting (aim: at least {LEAST_BELOW:.0%}, "
            f"{told[below >= LEAST_BELOW]})."
        )
    return "\n".join(sentences)


def _picture(compared: Sequence[Compared]) -> str:
    groups = [f"seed {c.day.seed}" for c in compared]
    return picture(
        [
            Bars(name, tuple(c.costs[k].total_cents / 100 for c in compared))
            for k, name in enumerate(PLANNERS)
        ],
        groups,
        "Cost of a day of the sample region",
    )


if __name__ == "__main__":
    sys.exit(main())
