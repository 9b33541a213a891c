from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routing.fast_path import carry_over
from routing.plan import Cost, Plan
from routing.problem import Problem, Shipment, Site, TimeWindow, Travel, Vehicle
from tests.bench.routing.waiting import Caution, leaving_s

NOW_S, HOUR_S = 36_000, 3_600
PLAIN = Caution(kept_s=0, share=0.0, reserve_s=0)
"""No caution: all slack is waited away."""


def _problem(**changes: object) -> Problem:
    """Return an order that is fetched 10 minutes away and brought 10 minutes on, each in 5 minutes."""
    minutes = np.array([[0, 10, 20], [10, 0, 10], [20, 10, 0]])
    order = Shipment("order", (Site("site", 2, 300),), (Site("locker", 1, 300),), due_s=NOW_S + 2 * HOUR_S)
    van = Vehicle("van", 0, TimeWindow(NOW_S, NOW_S + 8 * HOUR_S), end=0)
    return Problem(Travel(minutes * 60, minutes * 1000), (van,), (replace(order, **changes),))


def _leaves_after_s(problem: Problem, caution: Caution = PLAIN) -> int:
    plan = carry_over(problem, Plan((), (), Cost(), "none"))
    return leaving_s(problem, plan, caution)["van"] - NOW_S


def test_courier_leaves_so_that_the_hand_over_is_just_in_time() -> None:
    assert _leaves_after_s(_problem()) == 2 * HOUR_S - 1800


def test_caution_leaves_earlier_by_what_is_kept() -> None:
    cautious = Caution(kept_s=600, share=0.5, reserve_s=0)
    assert _leaves_after_s(_problem(), cautious) == 2 * HOUR_S - 1800 - 600 - 900


@pytest.mark.parametrize("due_s", [NOW_S - HOUR_S, NOW_S, NOW_S + 1800])
def test_courier_leaves_at_once_with_what_is_late_or_costs_already(due_s: int) -> None:
    assert _leaves_after_s(_problem(due_s=due_s)) == 0


def test_work_that_is_never_due_waits_until_the_shift_only_just_suffices() -> None:
    problem = _problem(due_s=None)
    assert _leaves_after_s(problem) == 8 * HOUR_S - 3000
    assert _leaves_after_s(problem, Caution(0, 0.0, HOUR_S)) == 7 * HOUR_S - 3000


def test_window_that_closes_is_kept() -> None:
    window = TimeWindow(NOW_S, NOW_S + HOUR_S)
    problem = _problem(due_s=None, deliveries=(Site("site", 2, 300, (window,)),))
    assert _leaves_after_s(problem) == HOUR_S - 1500
