"""What was agreed with customers: contracts, and the calendars that their clocks run by."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from api.context import context
from api.operation import effect, operation
from api.order_presenters import calendar_view, contract_view
from api.paging import page_of
from mobile_contract.common import Page
from mobile_contract.contracts import (
    CalendarQuery,
    CalendarView,
    ContractQuery,
    ContractView,
    NewCalendar,
    NewContract,
)
from tracking.identity.roles import Scope
from tracking.orders import contracts as agreements
from tracking.orders.calendar import ServiceCalendar
from tracking.orders.sla import Contract, Response

contracts = APIBlueprint("contracts", __name__, url_prefix="/v1", tag="Contracts")


@operation(contracts, "GET", "/contracts", Page[ContractView], scope=Scope.READ, query=ContractQuery)
def list_contracts(query: ContractQuery) -> dict[str, Any]:
    """What was agreed with customers."""
    with context().store.reading() as uow:
        return page_of(
            uow.records(Contract), query, lambda found: [contract_view(c) for c in found], key="contract_id"
        )


@operation(
    contracts,
    "POST",
    "/contracts",
    ContractView,
    scope=Scope.FLEET_WRITE,
    body=NewContract,
    status=201,
    idempotent=True,
    errors={404: "There is no such calendar, or part.", 409: "It exists already."},
)
def add_contract(body: NewContract) -> Any:
    """Note what is agreed with a customer."""
    contract = Contract(
        body.contract_id,
        body.name,
        body.response_s,
        Response(body.response),
        body.calendar_id,
        body.cutoff,
        body.core_days,
        tuple(body.covers),
        body.returns_a_year,
    )
    with effect() as this:
        agreements.add_contract(this.uow, contract)
        return this.conclude(contract_view(contract))


@operation(contracts, "GET", "/calendars", Page[CalendarView], scope=Scope.READ, query=CalendarQuery)
def list_calendars(query: CalendarQuery) -> dict[str, Any]:
    """The hours in which service-level clocks run."""
    with context().store.reading() as uow:
        return page_of(
            uow.records(ServiceCalendar),
            query,
            lambda found: [calendar_view(calendar) for calendar in found],
            key="calendar_id",
        )


@operation(
    contracts,
    "POST",
    "/calendars",
    CalendarView,
    scope=Scope.FLEET_WRITE,
    body=NewCalendar,
    status=201,
    idempotent=True,
    errors={409: "It exists already."},
)
def add_calendar(body: NewCalendar) -> Any:
    """Note when service is given."""
    calendar = ServiceCalendar(
        body.calendar_id,
        body.name,
        body.zone,
        body.hours,
        body.holidays_of,
        tuple(day.isoformat() for day in body.closed_on),
    )
    with effect() as this:
        agreements.add_calendar(this.uow, calendar)
        return this.conclude(calendar_view(calendar))
