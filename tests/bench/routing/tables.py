"""What a contest found: per instance and summed up, as Markdown for people and JSON for programs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from typing import Any

from routing.formats.choices import Objective
from tests.bench.routing.contest import Result, Trial
from tests.bench.routing.sample import BestKnown

SAME_PERCENT = 0.005
"""Distances that differ by less are the same: tables are rounded."""

Table = dict[str, BestKnown]


@dataclass(frozen=True, slots=True)
class Score:
    """A result against the best: vehicles above it, and the gap in distance where these are equal."""

    result: Result
    above: int | None
    gap_percent: float | None


def scores(results: Sequence[Result], table: Table) -> list[Score]:
    """Return every result against the collection's best known, or where there is none the contest's best."""
    return [_score(result, _reference(result.trial, results, table)) for result in results]


def markdown(found: Sequence[Score], table: Table, *, details: bool = True) -> str:
    """Return one table of sums for each problem and size, and one of all instances."""
    labels = list(dict.fromkeys(score.result.trial.label for score in found))
    blocks = []
    for group in dict.fromkeys(_group(score.result.trial) for score in found):
        members = [score for score in found if _group(score.result.trial) == group]
        blocks.append(f"### {group[0]}\n\n{_sums(members, labels)}")
        if details:
            blocks.append(_details(members, labels, table))
    return "\n\n".join(blocks)


def write_json(found: Sequence[Score], path: Path, seconds: float) -> None:
    """Write every result, and what is needed to compare."""
    document = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "took_s": round(seconds, 1),
        "cores": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "results": [_plain(score) for score in found],
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n")


def _reference(trial: Trial, results: Sequence[Result], table: Table) -> tuple[int, float] | None:
    known = table.get(trial.name)
    if known is not None and not trial.as_vrptw and trial.objective is Objective.VEHICLES_FIRST:
        return known.vehicles, known.distance
    rivals = [r for r in results if r.trial.case == trial.case and r.fault is None]
    if not rivals:
        return None
    if trial.objective is Objective.DISTANCE:
        best = min(rivals, key=lambda r: r.distance)
        return best.vehicles, best.distance
    return min((r.vehicles, r.distance) for r in rivals)


def _score(result: Result, reference: tuple[int, float] | None) -> Score:
    if reference is None or result.fault is not None:
        return Score(result, None, None)
    above = result.vehicles - reference[0]
    gap = 100 * (result.distance / reference[1] - 1)
    gap = 0.0 if abs(gap) < SAME_PERCENT else gap
    comparable = above == 0 or result.trial.objective is Objective.DISTANCE
    return Score(result, above, gap if comparable else None)


def _group(trial: Trial) -> tuple[str, bool, Objective, int]:
    kind = "VRPTW made of them" if trial.as_vrptw else "pickup and delivery"
    aim = "vehicles first" if trial.objective is Objective.VEHICLES_FIRST else "distance alone"
    return f"{trial.size} tasks, {kind}, {aim}", trial.as_vrptw, trial.objective, trial.size


def _sums(members: Sequence[Score], labels: Sequence[str]) -> str:
    lines = [
        "| | instances | vehicles | as few as best | most above | as short | mean gap | worst | time |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for label in labels:
        mine = [score for score in members if score.result.trial.label == label]
        if mine:
            lines.append(f"| {label} | {' | '.join(_sum(mine))} |")
    return "\n".join(lines)


def _sum(mine: Sequence[Score]) -> list[str]:
    counted = [score for score in mine if score.above is not None]
    failed = len(mine) - len(counted)
    gaps = [score.gap_percent for score in mine if score.gap_percent is not None]
    same = sum(1 for gap in gaps if gap < SAME_PERCENT)
    above = [score.above or 0 for score in counted]
    vehicles = sum(score.result.vehicles for score in counted)
    return [
        f"{len(mine)}" + (f" ({failed} without a plan)" if failed else ""),
        f"{vehicles} (best {vehicles - sum(above)})",
        f"{sum(1 for more in above if more <= 0)}",
        f"{max(above, default=0):+d}",
        f"{100 * same / len(mine):.0f} %",
        f"{mean(gaps):.3f} %" if gaps else "",
        f"{max(gaps):.3f} %" if gaps else "",
        f"{mean(score.result.seconds for score in mine):.1f} s",
    ]


def _details(members: Sequence[Score], labels: Sequence[str], table: Table) -> str:
    present = [label for label in labels if any(s.result.trial.label == label for s in members)]
    lines = [f"| instance | best | {' | '.join(present)} |", "|---|---|" + "---|" * len(present)]
    for name in dict.fromkeys(score.result.trial.name for score in members):
        mine = {s.result.trial.label: s for s in members if s.result.trial.name == name}
        first = next(iter(mine.values()))
        cells = [_cell(mine[label]) if label in mine else "" for label in present]
        lines.append(f"| {name} | {_best(first, table)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _best(score: Score, table: Table) -> str:
    trial, known = score.result.trial, table.get(score.result.trial.name)
    if known is None or trial.as_vrptw or trial.objective is Objective.DISTANCE:
        return "of this run"
    return f"{known.vehicles} / {known.distance:.2f}"


def _cell(score: Score) -> str:
    """Return vehicles above the best and the gap in distance; the distance itself where there is none."""
    result = score.result
    if score.above is None:
        return f"none: {result.fault}"
    gap = f"{result.distance:.2f}" if score.gap_percent is None else f"{score.gap_percent:.2f} %"
    return f"{score.above:+d} / {gap} ({result.seconds:.1f} s)"


def _plain(score: Score) -> dict[str, Any]:
    result, trial = score.result, score.result.trial
    return {
        "instance": trial.name,
        "size": trial.size,
        "problem": "vrptw" if trial.as_vrptw else "pdptw",
        "objective": str(trial.objective),
        "solver": trial.label,
        "limit_s": trial.seconds,
        "seed": trial.seed,
        "seconds": round(result.seconds, 3),
        "vehicles": result.vehicles,
        "distance": round(result.distance, 4),
        "fault": result.fault,
        "vehicles_above": score.above,
        "gap_percent": None if score.gap_percent is None else round(score.gap_percent, 4),
    }
