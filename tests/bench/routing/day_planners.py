"""Who plans the day: ours, one that only inserts, and one that knows everything beforehand."""

from __future__ import annotations

from collections.abc import Mapping

from routing.cost import disturbance
from routing.dispatch.dispatcher import DispatchConfig
from routing.fast_path import carry_over
from routing.plan import Plan
from routing.problem import Problem
from routing.search import Limits, solve
from tests.bench.routing.day_simulation import Planner
from tests.bench.routing.day_world import Day
from tests.bench.routing.waiting import Caution, leaving_s

ROOM_S = 20.0
"""Rounds end a search, never this time: the same seed gives the same day."""
LONG_ROOM_S = 600.0


def ours(
    rounds: int,
    price_cents: int = DispatchConfig().disturbance_cents,
    seed: int = 1,
    caution: Caution | None = None,
) -> Planner:
    """Plan as the dispatcher does: at once, then better where that gains more than it disturbs.

    A stop that changes for a courier costs `price_cents`.
    """

    def plan(problem: Problem, previous: Plan) -> tuple[Plan, Mapping[str, int]]:
        standing = carry_over(problem, previous)
        found = solve(problem, Limits(seconds=ROOM_S, rounds=rounds, seed=seed), standing)
        gain_cents = standing.cost.total_cents - found.cost.total_cents
        chosen = found if gain_cents > disturbance(standing, found) * price_cents else standing
        return chosen, {} if caution is None else leaving_s(problem, chosen, caution)

    return plan


def waiting(rounds: int, seed: int = 1) -> Planner:
    """Plan as `ours` does, but let couriers leave late; until then nothing that changes disturbs them."""
    return ours(rounds, 0, seed, Caution())


def inserting(problem: Problem, previous: Plan) -> tuple[Plan, Mapping[str, int]]:
    """Keep the plan in force, and put what is new where it costs least; everybody leaves at once."""
    return carry_over(problem, previous), {}


def clairvoyant(day: Day, rounds: int, driven: Plan, seed: int = 1) -> Plan:
    """Return the cheapest plan found for the whole day as it turns out to be.

    The search begins from what was `driven`, which is possible with foresight too, or from insertion where
    that is cheaper.
    """
    return solve(day.truth, Limits(seconds=LONG_ROOM_S, rounds=rounds, seed=seed), driven)
