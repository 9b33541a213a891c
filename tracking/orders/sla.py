"""The service-level clock: contracts, due times, pauses, and when a hand-over counts."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from tracking.orders.calendar import ServiceCalendar
from tracking.values.errors import InvalidValue
from tracking.values.ids import checked_name

_CUTOFF = re.compile(r"^(?:[01]\d|2[0-3]):[0-5]\d$")


MOST_CORE_DAYS = 365


class Response(StrEnum):
    """Until when a part must be handed over."""

    WITHIN = "within"
    """So much service time after the call."""
    SAME_DAY = "same_day"
    """By the end of service on the day of the call."""
    NEXT_BUSINESS_DAY = "next_business_day"
    """By the end of service on the service day after that of the call."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What was agreed with a customer.

    `response_s`, in [60, 30 days], is the service time of `Response.WITHIN`, and 0 for the other responses.
    These count service days, so they need a calendar; calls from `cutoff` on (`HH:MM` there, none where
    empty) count as of the next one. `calendar_id` None: the clock runs around the clock.
    The defective part of a swap is owed for `core_days` after the good one was handed over. It `covers` these
    parts, all where none is named, and `returns_a_year` in any 365 days, None for any number of them.
    """

    contract_id: str
    name: str
    response_s: int
    response: Response = Response.WITHIN
    calendar_id: str | None = None
    cutoff: str = ""
    core_days: int = 14
    covers: tuple[str, ...] = ()
    returns_a_year: int | None = None

    def __post_init__(self) -> None:
        checked_name(self.contract_id, "contract")
        if len(set(self.covers)) != len(self.covers):
            raise InvalidValue(f"Contract {self.contract_id} names a part that it covers twice.")
        if self.returns_a_year is not None and self.returns_a_year < 0:
            raise InvalidValue(f"returns_a_year must not be negative, as {self.returns_a_year} is.")
        if not 1 <= self.core_days <= MOST_CORE_DAYS:
            raise InvalidValue(f"core_days must lie in [1, {MOST_CORE_DAYS}], not {self.core_days}.")
        if self.response is Response.WITHIN:
            if not 60 <= self.response_s <= 30 * 86_400:
                raise InvalidValue(f"response_s must lie in [60, 2592000], not {self.response_s}.")
            if self.cutoff:
                raise InvalidValue("A cutoff belongs to a response by service days.")
        else:
            if self.response_s != 0:
                raise InvalidValue(f"response_s must be 0 where the response is {self.response}.")
            if self.calendar_id is None:
                raise InvalidValue(f"A response of {self.response} needs a service calendar.")
            if self.cutoff and not _CUTOFF.match(self.cutoff):
                raise InvalidValue(f"The cutoff {self.cutoff!r} is no time of day: write 15:30.")

    def due_at(self, called_at: datetime, calendar: ServiceCalendar) -> datetime:
        """Return by when what is called at `called_at` must be handed over, by the contract's calendar."""
        if self.response is Response.WITHIN:
            return calendar.after(called_at, timedelta(seconds=self.response_s))
        days_later = 1 if self.response is Response.NEXT_BUSINESS_DAY else 0
        return calendar.end_of_day(called_at, self.cutoff, days_later)


class PauseReason(StrEnum):
    """Why a clock is paused: what the operator cannot answer for."""

    CUSTOMER_NOT_READY = "customer_not_ready"
    SITE_CLOSED = "site_closed"
    WAITING_FOR_CUSTOMER = "waiting_for_customer"
    FORCE_MAJEURE = "force_majeure"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which an order's clock did not run, or, with `to_at` None, does not.

    `paused_by` and `resumed_by` are who said so.
    """

    pause_id: str
    order_id: str
    from_at: datetime
    reason: PauseReason
    note: str
    paused_by: str
    to_at: datetime | None = None
    resumed_by: str | None = None

    def ended(self, at: datetime, by: str) -> Pause:
        """Return the pause as one that ends at `at`, not before it began."""
        return replace(self, to_at=max(self.from_at, at), resumed_by=by)


def postponed(
    due_at: datetime, calendar: ServiceCalendar, paused_from: datetime, paused_to: datetime
) -> datetime:
    """Return when an order is due that was due at `due_at` before its clock was paused.

    Service time of the pause is given back; a pause that begins when the time is over gives nothing.
    """
    if paused_from >= due_at:
        return due_at
    return calendar.after(due_at, calendar.time_between(paused_from, paused_to))


def stopped_at(at: datetime, received_at: datetime, clock_offset_s: float) -> datetime:
    """Return when the clock stops for a hand-over that a device reports.

    `clock_offset_s` is how far the device's clock runs ahead of ours; a hand-over never counts later
    than we heard of it.
    """
    return min(at - timedelta(seconds=clock_offset_s), received_at)
