"""Use cases of what was agreed with customers: contracts, and the calendars that their clocks run by."""

from __future__ import annotations

from datetime import datetime

from tracking.orders.calendar import AROUND_THE_CLOCK, ServiceCalendar
from tracking.orders.sla import Contract
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import AlreadyExists


def add_calendar(uow: UnitOfWork, calendar: ServiceCalendar) -> None:
    """Note when service is given. Raises `AlreadyExists`."""
    if uow.calendars.get(calendar.calendar_id) is not None:
        raise AlreadyExists(f"There is a calendar {calendar.calendar_id!r} already.")
    uow.calendars.add(calendar)


def add_contract(uow: UnitOfWork, contract: Contract) -> None:
    """Note what is agreed with a customer. Raises `AlreadyExists`, `NotFound` for its calendar."""
    if uow.contracts.get(contract.contract_id) is not None:
        raise AlreadyExists(f"There is a contract {contract.contract_id!r} already.")
    calendar_of(uow, contract)
    uow.contracts.add(contract)


def calendar_of(uow: UnitOfWork, contract: Contract) -> ServiceCalendar:
    """Return the calendar by which a contract's clock runs."""
    return AROUND_THE_CLOCK if contract.calendar_id is None else uow.calendars.require(contract.calendar_id)


def due_of_call(uow: UnitOfWork, contract: Contract, called_at: datetime) -> datetime:
    """Return when an order of this contract is due that is called at `called_at`."""
    return contract.due_at(called_at, calendar_of(uow, contract))
