"""While the first source is away the second answers, and people are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from routing.travel import (
    GeodesicSettings,
    GeodesicTravelTimes,
    OsrmSettings,
    OsrmTravelTimes,
    Travel,
    TravelUnavailable,
)
from routing.travel.fallback import FallbackTravelTimes
from tests.ports import free_port
from tests.routing.travel.test_osrm import GOOD, SCHAAN, VADUZ, answering
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue

PAIR = [VADUZ, SCHAAN]
CIRCLES = GeodesicTravelTimes(GeodesicSettings())
BY_ROAD_S = 60


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_great_circles_answer_while_the_server_is_away_and_it_is_told_why() -> None:
    nobody = OsrmTravelTimes(OsrmSettings(f"http://127.0.0.1:{free_port()}", attempts=1))
    times = FallbackTravelTimes(nobody, CIRCLES)
    assert times.fault is None
    assert times.matrix(PAIR) == CIRCLES.matrix(PAIR)
    assert times.fault is not None
    assert "did not answer" in times.fault
    assert times.table(PAIR[:1], PAIR).duration_s.shape == (1, 2)


def test_a_server_that_failed_is_left_alone_for_a_while_and_then_asked_again() -> None:
    clock = Clock()
    with (
        answering((503, "busy"), (200, GOOD)) as (url, asked),
        OsrmTravelTimes(OsrmSettings(url, attempts=1)) as osrm,
    ):
        times = FallbackTravelTimes(osrm, CIRCLES, pause_s=(30, 30), monotonic=clock)
        times.matrix(PAIR)
        clock.now_s = 29.9
        times.matrix(PAIR)
        assert len(asked) == 1
        clock.now_s = 30.0
        assert times.matrix(PAIR).duration_s[0, 1] == BY_ROAD_S
        assert (len(asked), times.fault) == (2, None)


def test_a_server_that_hangs_is_left_alone_ten_times_as_long_as_it_hung() -> None:
    clock, again_at = Clock(), []

    class Hangs:
        def matrix(self, points: Sequence[Coordinate], at: datetime | None = None) -> Travel:
            again_at.append(clock.now_s)
            clock.now_s += 20.0
            raise TravelUnavailable("It hangs.")

        table = CIRCLES.table

    times = FallbackTravelTimes(Hangs(), CIRCLES, monotonic=clock)
    for _ in range(500):
        assert times.matrix(PAIR) == CIRCLES.matrix(PAIR)
        clock.now_s += 1.0
    assert again_at == [0.0, 220.0, 440.0]


@pytest.mark.parametrize("pause_s", [(-1, 5), (1, 3601), (5, 1), (float("nan"), 5)])
def test_a_pause_out_of_range_is_refused(pause_s: tuple[float, float]) -> None:
    with pytest.raises(InvalidValue):
        FallbackTravelTimes(CIRCLES, CIRCLES, pause_s)
