"""Contracts, and the service calendars that their clocks run by."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field

from mobile_contract.common import (
    SORTED,
    Answer,
    Identifier,
    Label,
    Message,
    Name,
    PageQuery,
)


class NewCalendar(Message):
    """The hours in which service-level clocks run."""

    calendar_id: Name
    name: Label
    zone: str = Field(min_length=1, max_length=64, description="IANA time zone, such as Europe/Vaduz.")
    hours: str = Field(
        min_length=1,
        max_length=400,
        description="As OpenStreetMap writes them: Mo-Fr 08:00-12:00,13:00-17:00; Sa 09:00-12:00, or 24/7.",
    )
    holidays_of: str = Field(
        "", max_length=16, description="Whose public holidays are closed: LI, CH-ZH; none where empty."
    )
    closed_on: list[date] = Field([], max_length=1000, description="Further days that are closed.")


class CalendarView(Answer):
    """The hours in which service-level clocks run."""

    calendar_id: str
    name: str
    zone: str
    hours: str
    holidays_of: str
    closed_on: list[date]


class Response(StrEnum):
    """Until when a part must be handed over: in so much service time, or by the end of a service day."""

    WITHIN = "within"
    SAME_DAY = "same_day"
    NEXT_BUSINESS_DAY = "next_business_day"


class NewContract(Message):
    """What is agreed with a customer: how soon a part is handed over after the call."""

    contract_id: Name
    name: Label
    response: Response = Response.WITHIN
    response_s: int = Field(
        0, ge=0, le=30 * 86_400, description="Service time, 60 s or more; 0 unless the response is within."
    )
    calendar_id: Name | None = Field(None, description="Around the clock, unless one is named.")
    cutoff: str = Field(
        "",
        pattern=r"^(?:(?:[01]\d|2[0-3]):[0-5]\d)?$",
        description="HH:MM of the calendar from which on a call counts as one of the next service day.",
    )
    core_days: int = Field(
        14, ge=1, le=365, description="How long the defective part of a swap is owed, in days."
    )
    covers: list[Identifier] = Field([], max_length=1000, description="The parts; all where none is named.")
    returns_a_year: int | None = Field(None, ge=0, le=1_000_000, description="Null for any number.")


class ContractView(Answer):
    """What was agreed with a customer."""

    contract_id: str
    name: str
    response: Response
    response_s: int = Field(description="0 unless the response is within.")
    calendar_id: str | None
    cutoff: str
    core_days: int
    covers: list[str]
    returns_a_year: int | None


class ContractQuery(PageQuery):
    """Which contracts to list."""

    sort: Literal["name", "-name", "response_s", "-response_s"] | None = SORTED


class CalendarQuery(PageQuery):
    """Which calendars to list."""

    zone: str | None = Field(None, max_length=64)
    sort: Literal["name", "-name"] | None = SORTED
