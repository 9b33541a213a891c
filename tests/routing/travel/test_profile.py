"""Speed profiles by local hour, and travel times that follow them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from routing.travel import UNREACHABLE, GeodesicTravelTimes, Table
from routing.travel.factors import slow_down
from routing.travel.profile import (
    DayClass,
    ProfiledTravelTimes,
    ProfileInvalid,
    SpeedProfile,
    hour_of_week,
    zone_named,
)
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue

ZURICH = ZoneInfo("Europe/Zurich")
RUSH = tuple(1.5 if hour in (7, 17) else 1.0 for hour in range(24))
PROFILE = SpeedProfile({DayClass.WORKDAY: RUSH}, ZURICH)
PAIR = [Coordinate(47.0, 9.5), Coordinate(47.1, 9.5)]

MOMENTS = [
    (datetime(2026, 3, 2, 6, 30, tzinfo=UTC), DayClass.WORKDAY, 7, 1.5),
    (datetime(2026, 7, 6, 5, 30, tzinfo=UTC), DayClass.WORKDAY, 7, 1.5),
    (datetime(2026, 3, 2, 7, 0, tzinfo=UTC), DayClass.WORKDAY, 8, 1.0),
    (datetime(2026, 3, 7, 6, 30, tzinfo=UTC), DayClass.SATURDAY, 7, 1.0),
    (datetime(2026, 3, 7, 23, 30, tzinfo=UTC), DayClass.SUNDAY, 0, 1.0),
]


@pytest.mark.parametrize(("at", "day", "hour", "factor"), MOMENTS)
def test_hours_are_local_in_winter_and_in_summer(
    at: datetime, day: DayClass, hour: int, factor: float
) -> None:
    found = hour_of_week(at, ZURICH)
    assert (found.day, found.hour, PROFILE.factor(at)) == (day, hour, factor)


def test_travel_is_slower_in_the_rush_hour_and_as_long_as_ever() -> None:
    plain, profiled = GeodesicTravelTimes(), ProfiledTravelTimes(GeodesicTravelTimes(), PROFILE)
    rush, later = MOMENTS[0][0], MOMENTS[2][0]
    free_s = int(plain.matrix(PAIR).duration_s[0, 1])
    assert profiled.matrix(PAIR, rush).duration_s[0, 1] == round(free_s * 1.5)
    assert profiled.table(PAIR[:1], PAIR[1:], rush).duration_s.tolist() == [[round(free_s * 1.5)]]
    assert profiled.matrix(PAIR, rush).distance_m[0, 1] == plain.matrix(PAIR).distance_m[0, 1]
    assert profiled.matrix(PAIR, later) == plain.matrix(PAIR)
    assert profiled.matrix(PAIR) == plain.matrix(PAIR)


def test_what_no_road_joins_stays_so_at_every_hour() -> None:
    for factor, slower_s in ((0.5, 50), (3.0, 300)):
        table = Table.of(np.array([[0.0, np.nan], [100.0, 0.0]]), np.array([[0.0, np.nan], [9.0, 0.0]]))
        assert slow_down(table, factor).duration_s.tolist() == [[0, UNREACHABLE], [slower_s, 0]]
        assert table.distance_m.tolist() == [[0, UNREACHABLE], [9, 0]]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidValue):
        PROFILE.factor(datetime(2026, 3, 2, 6, 30))  # noqa: DTZ001


def test_a_profile_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    path.write_text(json.dumps({"workday": RUSH}))
    assert SpeedProfile.read(path, ZURICH) == PROFILE
    path.write_text("{}")
    assert SpeedProfile.read(path, ZURICH).factor(MOMENTS[0][0]) == 1.0


BAD_FILES = [
    ("no json", "cannot be read"),
    ("[]", "must be an object"),
    ('{"monday": []}', "must be an object of workday, saturday, sunday"),
    ('{"workday": [1, 2]}', "workday: must hold 24 factors, not 2"),
    (json.dumps({"sunday": [1] * 23 + [9]}), r"sunday\[23\]: must lie in \[0.2, 5.0\], not 9.0"),
    (json.dumps({"sunday": [1] * 23 + ["fast"]}), "sunday must be a list of numbers"),
    (json.dumps({"sunday": [1] * 23 + [True]}), "sunday must be a list of numbers"),
    (json.dumps({"sunday": [1] * 23}) .replace("[1,", "[NaN, 1,"), r"sunday\[0\]"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "says"), BAD_FILES, ids=[says for _, says in BAD_FILES])
def test_a_file_that_is_no_profile_is_a_clear_error(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "profile.json"
    path.write_text(text)
    with pytest.raises(ProfileInvalid, match=says):
        SpeedProfile.read(path, ZURICH)


def test_a_file_or_a_zone_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProfileInvalid, match=r"nowhere\.json"):
        SpeedProfile.read(tmp_path / "nowhere.json", ZURICH)
    for name in ("Europe/Nowhere", "", "../etc/passwd"):
        with pytest.raises(ProfileInvalid, match="is no time zone"):
            zone_named(name)
