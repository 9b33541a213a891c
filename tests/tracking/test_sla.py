from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.orders.calendar import AROUND_THE_CLOCK, ServiceCalendar
from tracking.orders.sla import Contract, Response, postponed
from tracking.values.errors import InvalidValue

TABLE = tomllib.loads(Path(__file__).with_name("sla_cases.toml").read_text())
CALENDARS = {
    name: ServiceCalendar(
        name, name, each["zone"], each["hours"], each.get("holidays_of", ""), tuple(each.get("closed_on", ()))
    )
    for name, each in TABLE["calendars"].items()
}
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize("case", TABLE["case"], ids=lambda case: case["why"].replace(" ", "-")[:60])
def test_order_is_due_as_worked_out_by_hand(case: dict[str, Any]) -> None:
    calendar = CALENDARS[case["calendar"]] if "calendar" in case else AROUND_THE_CLOCK
    contract = Contract(
        "contract",
        "Contract",
        case.get("within_min", 0) * 60,
        Response(case.get("response", "within")),
        case.get("calendar"),
        case.get("cutoff", ""),
    )
    due_at = contract.due_at(case["called"], calendar)
    for paused_from, paused_to in case.get("pauses", []):
        due_at = postponed(due_at, calendar, paused_from, paused_to)
    assert due_at == case["due"], f"{due_at:%F %T %z} instead of {case['due']:%F %T %z}: {case['why']}"


def test_table_has_what_the_clock_must_know() -> None:
    cases = TABLE["case"]
    assert len(cases) >= 60
    assert {case.get("calendar") for case in cases} == {None, *CALENDARS}
    assert {case.get("response") for case in cases} == {None, "same_day", "next_business_day"}
    assert sum("pauses" in case for case in cases) >= 10


@given(
    name=st.sampled_from(sorted(CALENDARS)),
    start_min=st.integers(0, 3 * 365 * 1440),
    service_min=st.integers(0, 6_000),
)
def test_as_much_service_time_passes_until_due_as_was_asked_for(
    name: str, start_min: int, service_min: int
) -> None:
    start, service = MONDAY + timedelta(minutes=start_min), timedelta(minutes=service_min)
    assert CALENDARS[name].time_between(start, CALENDARS[name].after(start, service)) == service


@given(
    name=st.sampled_from(sorted(CALENDARS)),
    start_min=st.integers(0, 365 * 1440),
    parts=st.tuples(st.integers(0, 20_000), st.integers(0, 20_000)),
)
def test_service_time_of_two_halves_is_that_of_the_whole(
    name: str, start_min: int, parts: tuple[int, int]
) -> None:
    start = MONDAY + timedelta(minutes=start_min)
    middle, end = start + timedelta(minutes=parts[0]), start + timedelta(minutes=sum(parts))
    calendar = CALENDARS[name]
    halves = calendar.time_between(start, middle) + calendar.time_between(middle, end)
    assert halves == calendar.time_between(start, end)


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        (("Office", "Europe/Vaduz", "Mo-Fr 8-17"), "no span of time"),
        (("Office", "Europe/Vaduz", "Mo-Fr 08:00-25:00"), "no span of time"),
        (("Office", "Europe/Vaduz", "Mon 08:00-17:00"), "no day"),
        (("Office", "Europe/Vaduz", "Mo-Tu 08:00-17:00; Tu 18:00-19:00"), "Tu twice"),
        (("Office", "Europe/Vaduz", "Mo 08:00-12:00,11:00-17:00"), "overlap on Mo"),
        (("Office", "Europe/Vaduz", "Su 22:00-08:00; Mo 07:00-17:00"), "overlap on Mo"),
        (("Office", "Europe/Vaduz", " ; "), "no time at all"),
        (("Office", "Europe/Nowhere", "24/7"), "no time zone"),
        (("Office", "Europe/Vaduz", "24/7", "XX"), "not known"),
        (("Office", "Europe/Vaduz", "24/7", "CH-XX"), "not known"),
        (("Office", "Europe/Vaduz", "24/7", "LI", ("24.12.2026",)), "no date"),
    ],
)
def test_bad_calendar_is_refused(fields: tuple[Any, ...], cause: str) -> None:
    with pytest.raises(InvalidValue, match=cause):
        ServiceCalendar("office", *fields)


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ((59,), "response_s must lie in"),
        ((2_592_001,), "response_s must lie in"),
        ((3600, Response.WITHIN, "office", "15:30"), "cutoff belongs to"),
        ((3600, Response.SAME_DAY, "office"), "must be 0"),
        ((0, Response.SAME_DAY), "needs a service calendar"),
        ((0, Response.NEXT_BUSINESS_DAY, "office", "25:30"), "no time of day"),
    ],
)
def test_bad_contract_is_refused(fields: tuple[Any, ...], cause: str) -> None:
    with pytest.raises(InvalidValue, match=cause):
        Contract("contract", "Contract", *fields)


def test_calendar_that_is_closed_for_years_is_refused_where_it_is_asked() -> None:
    first = MONDAY.date()
    closed_on = tuple((first + timedelta(days=n)).isoformat() for n in range(-1, 900))
    never = ServiceCalendar("never", "Never", "Europe/Vaduz", "24/7", "", closed_on)
    with pytest.raises(InvalidValue, match="too few service hours"):
        never.after(MONDAY, timedelta(hours=1))
    with pytest.raises(InvalidValue, match="no service day"):
        never.end_of_day(MONDAY, "", 0)
