"""Our own search."""

from __future__ import annotations

from pathlib import Path

from api.cli.route_progress import search
from routing.formats.instance import Instance
from routing.formats.lilim import read_lilim
from routing.formats.scaled import problem_of, routes_of
from tests.bench.routing.request import Request

UNBOUNDED = 1_000_000_000
TINY = Path(__file__).resolve().parents[4] / "docs" / "routing" / "examples" / "lilim.txt"


def prepare() -> None:
    """Load what set-up has compiled, so that the clock sees the search alone, as for compiled programs."""
    search(problem_of(read_lilim(TINY.read_text())), str, seconds=0.1, seed=0)


def solve(instance: Instance, request: Request) -> list[list[int]] | None:
    """Return the routes of `routing.search`, which only the clock ends."""
    problem = problem_of(instance, request.objective)
    bounds = {"rounds": UNBOUNDED, "threads": 1}
    plan = search(problem, str, seconds=request.seconds, seed=request.seed, **bounds)
    return routes_of(instance, plan)
