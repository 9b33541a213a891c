"""Runs contestants on instances, each in a process and on a core of its own, and judges what they answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from queue import Queue

from routing.formats.choices import Objective
from routing.formats.recheck import evaluate
from tests.bench.bench import say
from tests.bench.routing import sample
from tests.bench.routing.request import Answer, Request

ROOT = Path(__file__).resolve().parents[3]
GRACE_S = 120.0
"""How much longer than its time a contestant may live, for its start and for solvers that overrun."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One instance, posed to one contestant."""

    name: str
    size: int
    as_vrptw: bool
    objective: Objective
    solver: str
    seconds: float
    seed: int
    label: str

    @property
    def case(self) -> tuple[str, bool, Objective]:
        """The problem, whoever solves it."""
        return self.name, self.as_vrptw, self.objective


@dataclass(frozen=True, slots=True)
class Result:
    """What a trial came to; `fault` says why its plan does not count."""

    trial: Trial
    seconds: float
    vehicles: int
    distance: float
    fault: str | None = None


def run(trials: Sequence[Trial], folder: Path, cores: Sequence[int], at_vroom_time: bool) -> Iterator[Result]:
    """Yield the results in the order of the trials, as many at once as there are `cores`.

    `at_vroom_time` adds trials of ours and PyVRP with the time that VROOM has just taken.
    """
    free: Queue[int] = Queue()
    for core in cores:
        free.put(core)

    def one(trial: Trial) -> Result:
        core = free.get()
        try:
            return judged(trial, folder, core)
        finally:
            free.put(core)

    with ThreadPoolExecutor(len(cores)) as pool:
        results = list(_told(pool.map(one, trials), len(trials)))
        yield from results
        again = [] if not at_vroom_time else [t for r in results for t in _at_time_of(r)]
        yield from _told(pool.map(one, again), len(again))


def judged(trial: Trial, folder: Path, core: int) -> Result:
    """Run one trial on one core and drive its routes again in doubles."""
    file = folder / f"{trial.name}.txt"
    request = Request(trial.solver, str(file), trial.as_vrptw, trial.objective, trial.seconds, trial.seed)
    answer = _answer(request, core)
    if isinstance(answer, str) or answer.routes is None:
        fault = answer if isinstance(answer, str) else "no solution"
        return Result(trial, trial.seconds if isinstance(answer, str) else answer.seconds, 0, 0.0, fault)
    found = evaluate(sample.read(folder, trial.name, as_vrptw=trial.as_vrptw), answer.routes)
    fault = found.faults[0].sentence if found.faults else None
    return Result(trial, answer.seconds, found.vehicles, found.distance, fault)


def _answer(request: Request, core: int) -> Answer | str:
    """Return what the child says, or why it says nothing."""
    one_thread = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        child = subprocess.run(
            [sys.executable, "-m", "tests.bench.routing.child", str(core)],
            input=json.dumps(asdict(request)) + "\n",
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=os.environ | one_thread,
            timeout=request.seconds + GRACE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer in {request.seconds + GRACE_S:g} s"
    if child.returncode != 0 or not child.stdout:
        last = (child.stderr.strip().splitlines() or [""])[-1]
        return f"ended with {child.returncode}: {last[:200]}"
    return Answer(**json.loads(child.stdout))


def _at_time_of(result: Result) -> list[Trial]:
    if result.trial.solver != "vroom":
        return []
    seconds = max(0.1, result.seconds)
    return [
        replace(result.trial, solver=name, seconds=seconds, label=f"{name}, VROOM's time")
        for name in ("ours", "pyvrp")
    ]


def _told(results: Iterator[Result], count: int) -> Iterator[Result]:
    for k, result in enumerate(results, start=1):
        trial = result.trial
        kind = "vrptw" if trial.as_vrptw else "pdptw"
        reached = result.fault or f"{result.vehicles} vehicles, {result.distance:.2f}"
        say(f"{k}/{count} {trial.name} {kind} {trial.label}: {reached} in {result.seconds:.1f} s")
        yield result
