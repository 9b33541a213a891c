"""Refuses problems with a place that no courier can reach, and names it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from routing.problem import Problem
from routing.travel import UNREACHABLE
from routing.values import InvalidProblem


def require_reachable(problem: Problem, names: Sequence[str] | None = None) -> None:
    """Raise `InvalidProblem` at the first site whose place no road leads to from any courier's start.

    `names` say for people where places are.
    """
    if not problem.vehicles:
        return
    reached = _reached(problem)
    for path, place in _sites(problem):
        if not reached[place]:
            name = f" ({names[place]})" if names else ""
            raise InvalidProblem(path, f"is {place}{name}: no road leads there from any vehicle's start.")


def _sites(problem: Problem) -> Iterator[tuple[str, int]]:
    for k, shipment in enumerate(problem.shipments):
        for end, sites in (("pickups", shipment.pickups), ("deliveries", shipment.deliveries)):
            for n, site in enumerate(sites):
                yield f"shipments[{k}].{end}[{n}].place", site.place


def _reached(problem: Problem) -> npt.NDArray[np.bool_]:
    """Return whether each place can be reached, if need be by way of others."""
    travels = [problem.travel, *problem.profiles.values()]
    reached = np.zeros(problem.travel.size, dtype=np.bool_)
    reached[[vehicle.start for vehicle in problem.vehicles]] = True
    fresh = np.flatnonzero(reached)
    while fresh.size:
        found = np.zeros_like(reached)
        for travel in travels:
            found |= (travel.duration_s[fresh] < UNREACHABLE).any(axis=0)
        fresh = np.flatnonzero(found & ~reached)
        reached |= found
    return reached
