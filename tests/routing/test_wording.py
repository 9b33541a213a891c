from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from routing.wording import after_zero, by_the_clock, lasting

ZURICH = ZoneInfo("Europe/Zurich")
FRIDAY = datetime(2026, 11, 27, 13, 0, tzinfo=UTC).astimezone(ZURICH)
BEFORE_SUMMER_ENDS = datetime(2026, 10, 24, 22, 0, tzinfo=UTC).astimezone(ZURICH)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00 h"), (1, "0:01 h"), (3900, "1:05 h"), (-60, "-1:59 h"), (90_000, "25:00 h")],
)
def test_a_time_after_the_problems_zero_is_rounded_up_to_a_minute(seconds: int, text: str) -> None:
    assert after_zero(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 min"), (61, "2 min"), (3599, "1 h 00 min"), (3900, "1 h 05 min")]
)
def test_a_duration_is_told_from_a_time(seconds: int, text: str) -> None:
    assert lasting(seconds) == text
    assert by_the_clock(f"may drive {text}.", FRIDAY) == f"may drive {text}."


@pytest.mark.parametrize(
    ("zero", "seconds", "text"),
    [
        (FRIDAY, 0, "14:00"),
        (FRIDAY, 3900, "15:05"),
        (FRIDAY, -60, "13:59"),
        (FRIDAY, 10 * 3600, "Sat 00:00"),
        (FRIDAY, -15 * 3600, "Thu 23:00"),
        (FRIDAY.astimezone(UTC), 0, "13:00"),
        (BEFORE_SUMMER_ENDS, 2 * 3600, "02:00"),  # clocks go back at 3:00 on Sunday the 25th
        (BEFORE_SUMMER_ENDS, 4 * 3600, "03:00"),
        (FRIDAY, 1_000_000_000, "277777:47 h"),
    ],
)
def test_a_time_is_given_by_the_clock(zero: datetime, seconds: int, text: str) -> None:
    assert by_the_clock(f"From {after_zero(seconds)} (eva).", zero) == f"From {text} (eva)."


def test_every_time_of_a_sentence_is_given_and_nothing_else_is_touched() -> None:
    sentence = "locker-1:30 h is open 0:10 h to 2:00 h; 12:34 and A-1:05 hours are names."
    assert (
        by_the_clock(sentence, FRIDAY)
        == "locker-1:30 h is open 14:10 to 16:00; 12:34 and A-1:05 hours are names."
    )
