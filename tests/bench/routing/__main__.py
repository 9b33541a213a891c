"""`python -m tests.bench.routing`: measure our search beside others, print tables, write bench/routing.*."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from routing.formats.choices import Objective
from tests.bench.bench import say
from tests.bench.routing import contest, sample, tables
from tests.bench.routing.contest import Trial
from tests.bench.routing.solvers import NAMES

LATEST = Path(__file__).resolve().parents[3] / "bench" / "routing.json"
KINDS = {"pdptw": False, "vrptw": True}


def main(words: Sequence[str] | None = None) -> int:
    """Run the contest and return the exit code."""
    options = _options(words)
    folder = _collection()
    if folder is None:
        print("Skipped: the instances (../shared/data/lilim) are not here.", file=sys.stderr)
        return 0
    began_s = time.monotonic()
    table = sample.best_known(folder)
    trials = _trials(options, table)
    say(f"{len(trials)} trials, {_bound_s(trials) / 60:.0f} minutes or so on {options.jobs} cores")
    if sys.platform == "linux" and os.getloadavg()[0] > 0.5:
        say(f"other programs run (load {os.getloadavg()[0]:.1f}): who is slowed down by them is chance")
    cores = (
        sorted(os.sched_getaffinity(0))[: options.jobs] if sys.platform == "linux" else range(options.jobs)
    )
    results = list(contest.run(trials, folder, list(cores), options.at_vroom_time))
    found = tables.scores(results, table)
    tables.write_json(found, options.out, time.monotonic() - began_s)
    text = tables.markdown(found, table, details=not options.sums)
    options.out.with_suffix(".md").write_text(text + "\n")
    print(text)
    say(
        f"took {time.monotonic() - began_s:.0f} s; also in {options.out} and {options.out.with_suffix('.md')}"
    )
    return 1 if any(r.fault for r in results if r.trial.solver == "ours") else 0


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.routing", description=__doc__)
    whole = _list_of(int)
    parser.add_argument(
        "--sizes", type=whole, default=list(sample.DEFAULT_SIZES), help="100,200,400,600,800,1000"
    )
    parser.add_argument("--count", type=int, help="instances of each size; 29, 12, 8 and 3 unless given")
    parser.add_argument("--instances", type=_list_of(str), default=[], help="these alone, by name")
    parser.add_argument("--kinds", type=_list_of(str), default=list(KINDS), help="pdptw,vrptw")
    parser.add_argument(
        "--objective", type=Objective, choices=list(Objective), default=Objective.VEHICLES_FIRST
    )
    parser.add_argument("--seconds", type=float, help="for each trial; by size unless given")
    parser.add_argument("--vroom-seconds", type=float, default=600.0, help="the most that VROOM may take")
    parser.add_argument(
        "--at-vroom-time", action="store_true", help="also ours and PyVRP in VROOM's own time"
    )
    parser.add_argument("--solvers", type=_list_of(str), default=list(NAMES), help=",".join(NAMES))
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="trials at once, a core for each")
    parser.add_argument("--sums", action="store_true", help="print no table of every instance")
    parser.add_argument("--out", type=Path, default=LATEST)
    options = parser.parse_args(words)
    options.solvers = ["ours"] if options.ours_only else options.solvers
    for given, known in ((options.solvers, NAMES), (options.kinds, KINDS), (options.sizes, sample.SIZES)):
        unknown = [str(word) for word in given if word not in known]
        if unknown:
            parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(map(str, known))}")
    return options


def _list_of(kind: type) -> object:
    def parse(text: str) -> list[object]:
        return [kind(word) for word in text.split(",") if word]

    return parse


def _trials(options: argparse.Namespace, table: dict[str, sample.BestKnown]) -> list[Trial]:
    """Return the trials, one instance after the other, and each problem by all contestants in turn."""
    sizes = sorted({table[name].size for name in options.instances}) or options.sizes
    trials = []
    for kind in options.kinds:
        for size in sizes:
            count = options.count or sample.DEFAULT_COUNTS.get(size)
            names = [n for n in options.instances if table[n].size == size] or sample.sample(
                table, size, count
            )
            trials += [
                _trial(options, name, size, kind, solver) for name in names for solver in options.solvers
            ]
    return trials


def _trial(options: argparse.Namespace, name: str, size: int, kind: str, solver: str) -> Trial:
    seconds = options.seconds or sample.SECONDS[size]
    limit_s = options.vroom_seconds if solver == "vroom" else seconds
    return Trial(name, size, KINDS[kind], options.objective, solver, limit_s, options.seed, solver)


def _bound_s(trials: Sequence[Trial]) -> float:
    """Return about how long the trials take; VROOM was measured at its own time."""
    vroom_s = {100: 1.5, 200: 10.0, 400: 65.0, 600: 150.0, 800: 250.0, 1000: 380.0}
    return sum(2.0 + (vroom_s[t.size] if t.solver == "vroom" else t.seconds) for t in trials)


def _collection() -> Path | None:
    beside = Path(__file__).resolve().parents[4] / "shared"
    folder = Path(os.environ.get("FIELDSTOCK_SHARED", beside)) / "data" / "lilim"
    return folder if (folder / "bks.csv").is_file() else None


if __name__ == "__main__":
    sys.exit(main())
