"""The contestants, one a module: each gives routes of node numbers for an instance, on one thread."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from routing.formats.choices import Objective
from routing.formats.instance import Instance
from tests.bench.routing.request import Request

Solver = Callable[[Instance, Request], list[list[int]] | None]
"""None where it finds no solution at all."""

NAMES = ("ours", "ortools", "vroom", "pyvrp")


def solver(name: str) -> Solver:
    """Return a contestant by its name; its package is imported only now."""
    found: Solver = import_module(f"{__name__}.{name}_contestant").solve
    return found


def fixed_cost(instance: Instance, request: Request, scale: int) -> int:
    """Return what a vehicle costs in scaled units of distance, like in our own model."""
    from routing.formats.scaled import problem_of

    if request.objective is Objective.DISTANCE:
        return 0
    cents = problem_of(instance, request.objective).vehicles[0].fixed_cents
    return cents * 1000 * scale // 10_000
