"""Service times learned for each kind of step and each site."""

from __future__ import annotations

import random

import pytest

from routing.service_times import ObservedService, learn_services
from routing.spread import Spread
from tracking.fleet.stops import StepKind

DEFAULT_S = {StepKind.PICKUP: 120, StepKind.DELIVERY: 300}


def observed(kind: StepKind, site: str, dwell_s: float, count: int) -> list[ObservedService]:
    return [ObservedService(kind, site, dwell_s)] * count


def test_nothing_observed_leaves_the_default() -> None:
    assert learn_services([], DEFAULT_S).service_s(StepKind.DELIVERY, "hospital") == 300


def test_a_site_is_learned_and_unknown_sites_follow_their_kind() -> None:
    some = observed(StepKind.DELIVERY, "hospital", 900, 40) + observed(StepKind.DELIVERY, "shop", 360, 60)
    learned = learn_services(some, DEFAULT_S)
    assert learned.service_s(StepKind.DELIVERY, "hospital") == pytest.approx(900, rel=0.15)
    assert learned.service_s(StepKind.DELIVERY, "shop") == pytest.approx(360, rel=0.02)
    assert learned.service_s(StepKind.DELIVERY, "elsewhere") == pytest.approx(360, rel=0.05)
    assert learned.service_s(StepKind.PICKUP, "hospital") == 120


def test_one_long_stop_moves_little_and_one_forgotten_stop_nothing() -> None:
    once = learn_services(observed(StepKind.DELIVERY, "shop", 900, 1), DEFAULT_S)
    assert 300 < once.service_s(StepKind.DELIVERY, "shop") < 450
    forgotten = learn_services(observed(StepKind.DELIVERY, "shop", 10_000, 50), DEFAULT_S)
    assert forgotten.service_s(StepKind.DELIVERY, "shop") == 300


def test_learned_times_stay_within_a_quarter_and_four_times_the_default() -> None:
    slow = learn_services(observed(StepKind.DELIVERY, "shop", 2900, 500), DEFAULT_S)
    fast = learn_services(observed(StepKind.DELIVERY, "shop", 31, 500), DEFAULT_S)
    assert slow.service_s(StepKind.DELIVERY, "shop") == 1200
    assert fast.service_s(StepKind.DELIVERY, "shop") == 75


def test_the_same_observations_in_any_order_teach_the_same() -> None:
    generator = random.Random(1)
    some = [
        ObservedService(
            generator.choice(list(DEFAULT_S)), generator.choice("abc"), generator.uniform(60, 900)
        )
        for _ in range(200)
    ]
    assert learn_services(some, DEFAULT_S) == learn_services(generator.sample(some, 200), DEFAULT_S)


def test_what_is_left_over_becomes_the_spread_of_services() -> None:
    generator = random.Random(2)
    some = [
        ObservedService(StepKind.DELIVERY, "shop", 300 * generator.lognormvariate(0.2, 0.3))
        for _ in range(2000)
    ]
    learned = learn_services(some, DEFAULT_S)
    spread = Spread.learned((), learned.residuals)
    assert spread.travel == Spread().travel
    assert spread.service.residuals[2] == pytest.approx(-1.2816 * 0.3, abs=0.03)
    assert spread.service.residuals[18] == pytest.approx(1.2816 * 0.3, abs=0.03)
    assert learn_services(some[:99], DEFAULT_S).residuals == ()
