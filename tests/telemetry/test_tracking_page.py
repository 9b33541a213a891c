"""The page on what fixes mean says what the code does: every rule, in order, and every number."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from api.settings import Settings
from tracking.telemetry import arrivals, clock_offset, filters, plausibility, retention, summaries, trips
from tracking.telemetry.journal import Verdict

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "tracking.md").read_text()
TEXT = " ".join(PAGE.split())


def test_the_page_lists_the_filters_in_their_order_with_what_they_do() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .* \| (rejected|held)", PAGE, re.M)
    assert rows == [(each.reason, str(each.verdict)) for each in filters.FILTERS]
    assert {each.verdict for each in filters.FILTERS} <= {Verdict.REJECTED, Verdict.HELD}


def _minutes(value: timedelta) -> str:
    return f"{value.total_seconds() / 60:g} min"


@pytest.mark.parametrize(
    "says",
    [
        f"more than {_minutes(filters.FUTURE_LIMIT)} after it was received",
        f"worse than {filters.WORST_ACCURACY_M:g} m",
        f"moved at more than {filters.FASTEST_MPS * 3.6:g} km/h",
        f"any of the {plausibility.WITNESSES} fixes of the {_minutes(plausibility.WITNESS_AGE)} before it",
        f"with {plausibility.SLACK_M:g} m and both accuracies",
        f"more than {clock_offset.SMALLEST.total_seconds():g} s ahead is certain at once",
        f"the last {clock_offset.MEASUREMENTS} messages agree within {clock_offset.AGREE.total_seconds():g} s"
        f" for {clock_offset.STEADY.total_seconds():g} s",
        f"the first fix within {arrivals.ENTER_M:g} m of a place",
        f"the first one beyond {arrivals.LEAVE_M:g} m",
        f"keeps within {trips.STILL_M:g} m for more than {_minutes(trips.STAY)} stays",
        f"more than {_minutes(trips.GAP)} without fixes is a gap",
        f"is {summaries.SETTLED.total_seconds() / 3600:g} h old",
        f"held for {retention.HELD_FOR.total_seconds() / 3600:g} h",
        f"dead letters | {retention.DEAD_LETTERS_KEPT_FOR.days} days",
        f"{retention.IDENTITIES_KEPT_FOR.days} days after they were carried on",
        f"received for {Settings().silent_after_s / 60:g} min (`FIELDSTOCK_SILENT_AFTER_S`)",
        f"{Settings().fix_retention_days} days by their own time (`FIELDSTOCK_FIX_RETENTION_DAYS`)",
        f"{Settings().trip_retention_days} days (`FIELDSTOCK_TRIP_RETENTION_DAYS`)",
    ],
)
def test_the_page_names_each_limit_as_the_code_has_it(says: str) -> None:
    assert says in TEXT
