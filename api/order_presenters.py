"""Orders and what belongs to them, as shown: contracts, clocks, promises, amendments, and their returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from api.bench_presenters import inspection_view
from api.presenters import location_names, part_names
from mobile_contract.contracts import CalendarView, ContractView, Response
from mobile_contract.fleet import (
    UnservedView,
)
from mobile_contract.orders import (
    AmendmentView,
    FieldChange,
    OrderState,
    OrderTime,
    OrderView,
    PauseReason,
    PauseView,
    SlaView,
    Urgency,
)
from mobile_contract.promises import PromiseOption, PromiseState, PromiseView
from mobile_contract.returns import ReturnState, ReturnView, ReturnWay
from tracking.orders.amendment import Amendment
from tracking.orders.calendar import ServiceCalendar
from tracking.orders.causes import Cause
from tracking.orders.order import ACTIVE, Order
from tracking.orders.promise import Promise
from tracking.orders.risk import late_probabilities
from tracking.orders.sla import Contract, Pause
from tracking.returns.rma import Return
from tracking.store.unit_of_work import SqlUnitOfWork

_MS = timedelta(milliseconds=1)


def contract_view(contract: Contract) -> ContractView:
    """Show a contract."""
    return ContractView(
        contract_id=contract.contract_id,
        name=contract.name,
        response=Response(contract.response),
        response_s=contract.response_s,
        calendar_id=contract.calendar_id,
        cutoff=contract.cutoff,
        core_days=contract.core_days,
        covers=list(contract.covers),
        returns_a_year=contract.returns_a_year,
    )


def calendar_view(calendar: ServiceCalendar) -> CalendarView:
    """Show a service calendar."""
    return CalendarView(
        calendar_id=calendar.calendar_id,
        name=calendar.name,
        zone=calendar.zone,
        hours=calendar.hours,
        holidays_of=calendar.holidays_of,
        closed_on=[date.fromisoformat(day) for day in calendar.closed_on],
    )


def pause_views(pauses: Iterable[Pause]) -> list[PauseView]:
    """Show pauses, the oldest first."""
    return [
        PauseView(
            pause_id=pause.pause_id,
            reason=PauseReason(pause.reason),
            note=pause.note,
            from_at=pause.from_at,
            to_at=pause.to_at,
            paused_by=pause.paused_by,
            resumed_by=pause.resumed_by,
        )
        for pause in sorted(pauses, key=lambda pause: pause.from_at)
    ]


def order_views(uow: SqlUnitOfWork, orders: list[Order]) -> list[OrderView]:
    """Show orders, with the names of their sites and parts."""
    sites = location_names(uow, (order.site_id for order in orders))
    parts = part_names(uow, (order.part_number for order in orders))
    risks = late_probabilities(uow, (order for order in orders if order.state in ACTIVE))
    return [
        OrderView(
            order_id=order.order_id,
            number=order.number,
            version=order.version,
            state=OrderState(order.state),
            urgency=Urgency(order.urgency),
            site_id=order.site_id,
            site_name=sites[order.site_id],
            part_number=order.part_number,
            part_name=parts[order.part_number],
            quantity=order.quantity,
            contract_id=order.contract_id,
            note=order.note,
            sla=SlaView(
                response_s=round((order.due_at - order.called_at).total_seconds()),
                called_at=order.called_at,
                due_at=order.due_at,
                stopped_at=order.stopped_at,
                paused_at=order.paused_at,
                breached=order.breached,
                predicted_at=order.predicted_at,
                promised_at=order.promised_at,
                late_probability=risks.get(order.order_id),
            ),
            courier_id=order.courier_id,
            source_id=order.source_id,
            serials=list(order.serials),
            unserved_reason=order.unserved_reason,
            return_id=order.return_id,
            promise_id=order.promise_id,
            not_before_at=order.not_before_at,
            required_by_at=order.required_by_at,
            required_courier_id=order.required_courier_id,
            forbidden_courier_ids=list(order.forbidden_courier_ids),
            closed_reason=order.closed_reason,
        )
        for order in orders
    ]


def amendment_view(amendment: Amendment) -> AmendmentView:
    """Show a change of an order."""
    changes = [FieldChange.model_validate(change) for change in amendment.changes]
    return AmendmentView(at=amendment.at, by=amendment.by, reason=amendment.reason, changes=changes)


def promise_views(uow: SqlUnitOfWork, promises: list[Promise]) -> list[PromiseView]:
    """Show promises, with the names of their sites and sources."""
    sources = (option["source_id"] for promise in promises for option in promise.options)
    names = location_names(uow, [*(promise.site_id for promise in promises), *sources])
    return [
        PromiseView(
            promise_id=promise.promise_id,
            state=PromiseState(promise.state),
            site_id=promise.site_id,
            site_name=names[promise.site_id],
            part_number=promise.part_number,
            quantity=promise.quantity,
            contract_id=promise.contract_id,
            urgency=Urgency(promise.urgency),
            confidence=promise.confidence,
            asked_at=promise.asked_at,
            due_at=promise.due_at,
            offered_part=promise.offered_part,
            source_id=promise.source_id,
            courier_id=promise.courier_id,
            promised_at=promise.promised_at,
            in_time=promise.in_time,
            held_until=promise.held_until,
            order_id=promise.order_id,
            reason=promise.reason,
            machine_id=promise.machine_id,
            required_courier_id=promise.required_courier_id,
            forbidden_courier_ids=list(promise.forbidden_courier_ids),
            options=[
                PromiseOption.model_validate(option | {"source_name": names[option["source_id"]]})
                for option in promise.options
            ],
        )
        for promise in promises
    ]


def order_time(spent: Mapping[Cause, timedelta]) -> OrderTime:
    """Show what an order's time was spent on; the parts are rounded so that they sum up."""
    reached, parts = timedelta(0), {}
    for cause in Cause:
        before, reached = reached, reached + spent[cause]
        parts[cause] = reached // _MS - before // _MS
    return OrderTime(
        elapsed_ms=reached // _MS,
        stock_ms=parts[Cause.STOCK],
        dispatch_ms=parts[Cause.DISPATCH],
        travel_ms=parts[Cause.TRAVEL],
        site_wait_ms=parts[Cause.SITE_WAIT],
        customer_ms=parts[Cause.CUSTOMER],
        pause_ms=parts[Cause.PAUSE],
    )


def return_views(uow: SqlUnitOfWork, found: list[Return]) -> list[ReturnView]:
    """Show returns, with the names of their sites and parts."""
    sites = location_names(uow, (rma.customer_site_id for rma in found))
    parts = part_names(uow, (rma.part_number for rma in found))
    seen = uow.inspections.find_in(return_id=[rma.return_id for rma in found])
    inspections = {inspection.return_id: inspection_view(inspection) for inspection in seen}
    return [
        ReturnView(
            return_id=rma.return_id,
            number=rma.number,
            version=rma.version,
            state=ReturnState(rma.state),
            site_id=rma.customer_site_id,
            site_name=sites[rma.customer_site_id],
            part_number=rma.part_number,
            part_name=parts[rma.part_number],
            serial=rma.serial,
            announced_serial=rma.announced_serial,
            order_id=rma.order_id,
            destination_id=rma.destination_id,
            courier_id=rma.courier_id,
            reason=rma.reason,
            way=ReturnWay(rma.way),
            dropped_in_id=rma.site_id if rma.in_locker else None,
            carrier=rma.carrier,
            tracking_number=rma.tracking_number,
            photos=list(rma.photos),
            closed_reason=rma.closed_reason,
            core_due_at=rma.core_due_at,
            announced_at=rma.announced_at,
            unserved_reason=rma.unserved_reason,
            inspection=inspections.get(rma.return_id),
        )
        for rma in found
    ]


def unserved_views(uow: SqlUnitOfWork) -> list[UnservedView]:
    """Show the work that the plan in force leaves out."""
    orders = uow.orders.find_in(state=["open", "picked_up"])
    found = uow.returns.find_in(state=["announced", "dropped", "picked_up"])
    return [
        UnservedView(
            order_id=order.order_id,
            return_id=None,
            number=order.number,
            code=order.unserved_code,
            reason=order.unserved_reason or "",
        )
        for order in orders
        if order.unserved_code
    ] + [
        UnservedView(
            order_id=None,
            return_id=rma.return_id,
            number=rma.number,
            code=rma.unserved_code,
            reason=rma.unserved_reason or "",
        )
        for rma in found
        if rma.unserved_code
    ]
