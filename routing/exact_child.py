"""The process of its own in which OR-Tools searches: it may hang or crash there and hurt nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from routing.compiled import Compiled, Visit, compile_problem
from routing.problem import Problem

GRACE_S = 15.0
"""Time beyond the search's own limit, for the child to start and to end; then it is killed."""


@dataclass(frozen=True, slots=True)
class Found:
    """The visits of each courier, as indices into `visits_of`, or none at all.

    `note` says how the search ended, `ended` is false where it did not by itself.
    """

    routes: tuple[tuple[int, ...], ...]
    proven: bool
    note: str
    ended: bool = True


def visits_of(compiled: Compiled) -> list[Visit]:
    """Return every pickup and delivery that could be made, in the order that the child's answer counts."""
    return [
        visit
        for s in range(len(compiled.problem.shipments))
        for visit in ([] if compiled.picked_up[s] else compiled.pickups[s]) + compiled.deliveries[s]
    ]


def search_apart(problems: Sequence[Problem], seconds: float, workers: int) -> list[Found]:
    """Return what a child finds within `seconds` for each: nothing, with a note, where it hangs or dies.

    One child serves them all; after a death another goes on with the rest.
    """
    found: list[Found] = []
    while len(found) < len(problems):
        found += _of_one_child(problems[len(found) :], seconds, workers)
    return found


def _of_one_child(problems: Sequence[Problem], seconds: float, workers: int) -> list[Found]:
    """Return the answers of one child, the last of which may be that it failed."""
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(there, problems, seconds, workers), daemon=True)
    child.start()
    there.close()
    found: list[Found] = []
    try:
        while len(found) < len(problems) and (not found or found[-1].ended):
            found.append(_received(here, seconds + GRACE_S, child))
    finally:
        here.close()
        child.kill()
        child.join()
    return found


def _received(here: Connection, limit_s: float, child: BaseProcess) -> Found:
    if not here.poll(limit_s):
        return Found((), False, f"the child was stopped after {limit_s:g} s", ended=False)
    try:
        found: Found = here.recv()
    except EOFError:
        child.join(GRACE_S)
        return Found((), False, f"the child died with exit code {child.exitcode}", ended=False)
    return found


def _answer(there: Connection, problems: Sequence[Problem], seconds: float, workers: int) -> None:
    # OR-Tools is loaded in the child alone.
    from routing.exact_model import search

    for problem in problems:
        there.send(search(compile_problem(problem), seconds, workers))
