"""Use cases of what was agreed with customers: contracts, and the calendars that their clocks run by."""

from __future__ import annotations

from datetime import datetime, timedelta

from tracking.orders.calendar import AROUND_THE_CLOCK, ServiceCalendar
from tracking.orders.order import OrderState
from tracking.orders.sla import Contract
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import AlreadyExists, FieldstockError

YEAR = timedelta(days=365)
NAMED = 5
"""So many of the covered parts are named to whom one is refused."""


class NotCovered(FieldstockError):
    """What is wanted is not part of what was agreed."""

    code = "not_covered"
    action = "Order it under another contract, or agree on more."


def add_calendar(uow: UnitOfWork, calendar: ServiceCalendar) -> None:
    """Note when service is given. Raises `AlreadyExists`."""
    if uow.calendars.get(calendar.calendar_id) is not None:
        raise AlreadyExists(f"There is a calendar {calendar.calendar_id!r} already.")
    uow.calendars.add(calendar)


def add_contract(uow: UnitOfWork, contract: Contract) -> None:
    """Note what is agreed with a customer. Raises `AlreadyExists`, `NotFound` for its calendar or a part."""
    if uow.contracts.get(contract.contract_id) is not None:
        raise AlreadyExists(f"There is a contract {contract.contract_id!r} already.")
    calendar_of(uow, contract)
    for part_number in contract.covers:
        uow.parts.require(part_number)
    uow.contracts.add(contract)


def check_covered(
    uow: UnitOfWork, contract: Contract, part_number: str, at: datetime, *, with_return: bool = False
) -> None:
    """Hold what is wanted against what a contract covers. Raises `NotCovered`."""
    if contract.covers and part_number not in contract.covers:
        some = ", ".join(contract.covers[:NAMED]) + (", ..." if len(contract.covers) > NAMED else "")
        raise NotCovered(f"{contract.name} covers {some}, and not {part_number}.")
    if not with_return or contract.returns_a_year is None:
        return
    lately = uow.orders.find_between("called_at", at - YEAR, at, contract_id=contract.contract_id)
    back = sum(order.return_id is not None and order.state is not OrderState.CANCELLED for order in lately)
    if back >= contract.returns_a_year:
        covered = f"{contract.name} covers {contract.returns_a_year} returns a year"
        raise NotCovered(f"{covered}, and {back} were made.")


def calendar_of(uow: UnitOfWork, contract: Contract) -> ServiceCalendar:
    """Return the calendar by which a contract's clock runs."""
    return AROUND_THE_CLOCK if contract.calendar_id is None else uow.calendars.require(contract.calendar_id)


def due_of_call(uow: UnitOfWork, contract: Contract, called_at: datetime) -> datetime:
    """Return when an order of this contract is due that is called at `called_at`."""
    return contract.due_at(called_at, calendar_of(uow, contract))
