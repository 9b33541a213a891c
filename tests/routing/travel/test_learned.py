"""What is learned from driving: robust, cautious, bounded, and the same from the same legs."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from routing.robust import RESIDUALS_FROM, Shrinkage
from routing.travel import GeodesicTravelTimes
from routing.travel.learned import (
    LearnedSpeeds,
    LearnedTravelTimes,
    LearningSettings,
    ObservedLeg,
    learn_speeds,
)
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue

ZONE = ZoneInfo("Europe/Zurich")
TOWN, VILLAGE, FAR = Coordinate(47.02, 9.52), Coordinate(47.03, 9.53), Coordinate(47.22, 9.52)
RUSH, NOON = datetime(2026, 3, 2, 6, 30, tzinfo=UTC), datetime(2026, 3, 2, 11, 30, tzinfo=UTC)


def legs(
    count: int,
    ratio: float,
    at: datetime = NOON,
    ends: tuple[Coordinate, Coordinate] = (TOWN, VILLAGE),
    noise: float = 0.0,
    seed: int = 1,
) -> list[ObservedLeg]:
    generator = random.Random(seed)
    return [
        ObservedLeg(*ends, at + timedelta(days=7 * k), 600 * ratio * math.exp(generator.gauss(0, noise)), 600)
        for k in range(count)
    ]


def test_nothing_observed_changes_nothing() -> None:
    learned = learn_speeds([], ZONE)
    assert learned.factor(TOWN, VILLAGE, NOON) == 1.0
    plain = GeodesicTravelTimes()
    assert LearnedTravelTimes(plain, learned).matrix([TOWN, FAR], NOON) == plain.matrix([TOWN, FAR])


def test_few_legs_are_believed_little_and_many_nearly() -> None:
    factors = [learn_speeds(legs(n, 1.5), ZONE).factor(TOWN, VILLAGE, NOON) for n in (1, 5, 20, 200)]
    assert factors == sorted(factors)
    assert factors[0] < 1.1
    assert factors[-1] == pytest.approx(1.5, rel=0.02)


def test_lunches_and_other_outliers_do_not_move_the_median() -> None:
    clean = legs(60, 1.2, noise=0.1)
    lunches = legs(10, 1.2 * 4) + legs(10, 50)
    learned = [learn_speeds(some, ZONE).factor(TOWN, VILLAGE, NOON) for some in (clean, clean + lunches)]
    assert learned[1] == pytest.approx(learned[0], rel=0.05)


def test_factors_are_bounded() -> None:
    slow, fast = (learn_speeds(legs(500, ratio), ZONE) for ratio in (4.5, 0.22))
    assert slow.factor(TOWN, VILLAGE, NOON) == pytest.approx(2.0)
    assert fast.factor(TOWN, VILLAGE, NOON) == pytest.approx(0.5)


def test_an_hour_of_its_own_is_learned_and_other_hours_know_the_area() -> None:
    learned = learn_speeds(legs(200, 1.1) + legs(200, 1.6, RUSH), ZONE)
    assert learned.factor(TOWN, VILLAGE, RUSH) == pytest.approx(1.6, rel=0.03)
    assert learned.factor(TOWN, VILLAGE, NOON) == pytest.approx(1.1, rel=0.03)
    evening = learned.factor(TOWN, VILLAGE, NOON + timedelta(hours=8))
    assert 1.1 < evening < 1.6
    assert learned.factor(FAR, FAR, NOON) == 1.0
    assert learned.factor(TOWN, FAR, NOON) == pytest.approx(math.sqrt(learned.factor(TOWN, TOWN, NOON)))


def test_the_same_legs_in_any_order_teach_the_same() -> None:
    some = legs(150, 1.2, noise=0.3) + legs(50, 0.9, RUSH, (TOWN, FAR), noise=0.3, seed=2)
    shuffled = random.Random(3).sample(some, len(some))
    assert learn_speeds(some, ZONE) == learn_speeds(shuffled, ZONE)


def test_what_is_left_over_is_learned_as_quantiles() -> None:
    few, many = (learn_speeds(legs(n, 1.3, noise=0.2), ZONE) for n in (RESIDUALS_FROM - 1, 4000))
    assert few.residuals == ()
    assert list(many.residuals) == sorted(many.residuals)
    assert many.residuals[2] == pytest.approx(-1.2816 * 0.2, abs=0.02)
    assert many.residuals[18] == pytest.approx(1.2816 * 0.2, abs=0.02)


def test_short_legs_say_nothing_of_roads() -> None:
    short = [ObservedLeg(TOWN, VILLAGE, NOON, 90, 30)] * 100
    assert learn_speeds(short, ZONE) == LearnedSpeeds(ZONE)


def test_a_corrected_matrix_agrees_with_each_leg_s_factor() -> None:
    learned = learn_speeds(legs(200, 1.4) + legs(100, 0.8, ends=(FAR, FAR)), ZONE)
    points, plain = [TOWN, FAR, VILLAGE, Coordinate(47.4, 9.7)], GeodesicTravelTimes()
    corrected = LearnedTravelTimes(plain, learned)
    base, found = plain.matrix(points), corrected.matrix(points, NOON)
    for a in range(4):
        for b in range(4):
            if a != b:
                factor = learned.factor(points[a], points[b], NOON)
                assert found.duration_s[a, b] == pytest.approx(base.duration_s[a, b] * factor, abs=1)
    part = corrected.table(points[:2], points[1:], NOON)
    assert np.array_equal(part.duration_s[0], found.duration_s[0, 1:])
    assert corrected.matrix(points) == base


BAD = [{"prior_weight": -1}, {"bound": 0.5}, {"outlier": 1}, {"bound": float("nan")}]


@pytest.mark.parametrize("values", BAD)
def test_shrinkage_out_of_range_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(InvalidValue):
        Shrinkage(**values)


@pytest.mark.parametrize("values", [{"cell_deg": 0}, {"cell_deg": 2}, {"shortest_s": -1}])
def test_settings_out_of_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(InvalidValue):
        LearningSettings(**values)  # type: ignore[arg-type]
