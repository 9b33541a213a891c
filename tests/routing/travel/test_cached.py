"""The cache answers as its source does, and asks it only for what is new."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest

from routing.travel import CachedTravelTimes, CacheSettings, GeodesicTravelTimes, Table, Travel
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue

PLAIN = GeodesicTravelTimes()


class Asymmetric:
    """Great circles, but dearer towards the north, and dearer still later in the day."""

    def matrix(self, points: Sequence[Coordinate], at: datetime | None = None) -> Travel:
        return Travel.trusted(self.table(points, points, at))

    def table(
        self, sources: Sequence[Coordinate], targets: Sequence[Coordinate], at: datetime | None = None
    ) -> Table:
        table = PLAIN.table(sources, targets)
        lat_a = np.array([point.lat_deg for point in sources])
        lat_b = np.array([point.lat_deg for point in targets])
        table.duration_s[lat_b[None, :] > lat_a[:, None]] += 60 * (1 + (at.hour if at else 0))
        return table


def points(count: int, seed: int = 1) -> list[Coordinate]:
    generator = random.Random(seed)
    return [Coordinate(47 + generator.random() / 4, 9.4 + generator.random() / 4) for _ in range(count)]


def test_answers_are_the_source_s_own_whatever_was_asked_before() -> None:
    generator, pool = random.Random(7), points(80)
    cached = CachedTravelTimes(Asymmetric())
    for _ in range(60):
        some = generator.choices(pool, k=generator.randint(0, 40))
        others = generator.choices(pool, k=generator.randint(0, 40))
        assert cached.matrix(some) == Asymmetric().matrix(some)
        table, plain = cached.table(some, others), Asymmetric().table(some, others)
        assert np.array_equal(table.duration_s, plain.duration_s)
        assert np.array_equal(table.distance_m, plain.distance_m)


def test_memory_is_bounded_and_answers_stay_right() -> None:
    generator, pool = random.Random(8), points(1500)
    cached = CachedTravelTimes(Asymmetric(), CacheSettings(max_mb=1))
    for _ in range(12):
        some = generator.sample(pool, k=generator.randint(100, 353))
        assert cached.matrix(some) == Asymmetric().matrix(some)
    assert cached.counts.too_large == 0


def test_a_matrix_too_large_to_be_kept_is_asked_as_a_whole() -> None:
    cached, many = CachedTravelTimes(PLAIN, CacheSettings(max_mb=1)), points(400)
    assert cached.matrix(many) == PLAIN.matrix(many)
    assert (cached.counts.too_large, cached.counts.pairs_asked) == (1, 160_000)


def test_one_new_stop_is_asked_for_as_one_row_and_one_column() -> None:
    cached, many = CachedTravelTimes(PLAIN), points(1101)
    cached.matrix(many[:1100])
    asked = cached.counts.pairs_asked
    assert cached.matrix(many) == PLAIN.matrix(many)
    assert cached.counts.pairs_asked - asked == 1101 + 1100


def test_what_left_and_comes_back_is_not_asked_again() -> None:
    cached, many = CachedTravelTimes(PLAIN), points(100)
    cached.matrix(many)
    asked = cached.counts.pairs_asked
    cached.matrix(many[10:60])
    cached.matrix(list(reversed(many)))
    assert cached.counts.pairs_asked == asked


def test_couriers_that_move_do_not_push_the_stops_out() -> None:
    stops, cached = points(300), CachedTravelTimes(PLAIN, CacheSettings(max_mb=1))
    for k in range(20):
        cached.matrix([*stops, *points(20, seed=100 + k)])
    assert cached.counts.pairs_asked == 300**2 + 20 * (320**2 - 300**2)


def test_times_of_day_are_kept_apart() -> None:
    cached = CachedTravelTimes(Asymmetric(), CacheSettings(bucket=lambda at: at.hour if at else None))
    early, late = datetime(2026, 3, 2, 6, 59, tzinfo=UTC), datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
    some = points(10)
    for at in (early, late, None, early):
        assert cached.matrix(some, at) == Asymmetric().matrix(some, at)
    assert cached.counts.pairs_asked == 3 * 100


def test_the_caller_s_table_is_its_own() -> None:
    cached, some = CachedTravelTimes(PLAIN), points(5)
    cached.table(some, some).duration_s[:] = 7
    assert cached.matrix(some) == PLAIN.matrix(some)


@pytest.mark.parametrize("max_mb", [0, 20_000])
def test_bounds_out_of_range_are_refused(max_mb: int) -> None:
    with pytest.raises(InvalidValue):
        CacheSettings(max_mb=max_mb)
