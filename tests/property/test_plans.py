"""Random problems: every plan passes the checker, explains itself, and serves what can be served."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from routing.check import violations
from routing.plan import Plan, Reason
from routing.problem import Problem
from routing.search import Limits, solve
from tests.property.greedy import greedily_served
from tests.property.planted import free_problem, planted_problem

BATCH = 25
"""Problems in one test, so that a failure names few and the run shows progress."""

BATCHES = 10


def solved(problem: Problem, seed: int) -> Plan:
    plan = solve(problem, Limits(seconds=20, seed=seed, rounds=120))
    assert violations(problem, plan) == [], f"seed {seed}"
    for entry in plan.unserved:
        assert entry.reason in Reason, f"seed {seed}"
        assert entry.sentence, f"seed {seed}"
        assert entry.remedy, f"seed {seed}"
    assert not any("dropped" in note for note in plan.notes), plan.notes
    return plan


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_planted_full_plan_is_found(batch: int) -> None:
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        plan = solved(planted_problem(seed), seed)
        assert plan.unserved == (), f"seed {seed}"


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_less_is_served_than_by_a_greedy_planner(batch: int) -> None:
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        problem = free_problem(seed)
        plan = solved(problem, seed)
        unworthy = {entry.shipment for entry in plan.unserved if entry.reason is Reason.NOT_WORTH}
        left = {entry.shipment for entry in plan.unserved}
        ours = {shipment.id for shipment in problem.shipments} - left
        assert worth(problem, ours | unworthy) >= worth(problem, greedily_served(problem)), f"seed {seed}"


def worth(problem: Problem, shipments: Iterable[str]) -> int:
    return sum(problem.shipment_by_id[name].unserved_millicents for name in shipments)
