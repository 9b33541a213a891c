"""Orders and returns, as the service desk and dispatchers handle them."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from api.access import caller
from api.context import context
from api.labels.label import SIZES, ReturnLabel, return_label
from api.labels.pdf import label_pdf
from api.labels.zpl import label_zpl
from api.operation import effect, operation
from api.order_presenters import amendment_view, order_time, order_views, pause_views, return_views
from api.paging import page_of
from mobile_contract.common import Page
from mobile_contract.orders import (
    Amendments,
    Cancellation,
    ClockPause,
    NewOrder,
    OrderAmendment,
    OrderCancellation,
    OrderQuery,
    OrderTime,
    OrderView,
    Pauses,
)
from mobile_contract.returns import (
    ChosenWay,
    NewReturn,
    PdfLabelQuery,
    ReceivedReturn,
    ReturnQuery,
    ReturnView,
    Shipment,
    ZplLabelQuery,
)
from tracking.identity.roles import Scope
from tracking.orders import clock
from tracking.orders import service as order_service
from tracking.orders.amending import amend
from tracking.orders.order import Order, Urgency
from tracking.orders.promising import redeem
from tracking.orders.sla import PauseReason
from tracking.returns import service as return_service
from tracking.returns.choosing import choose_way, ship
from tracking.returns.rma import Return
from tracking.returns.ways import ReturnWay
from tracking.unit_of_work import UnitOfWork

orders = APIBlueprint("orders", __name__, url_prefix="/v1", tag="Orders")
returns = APIBlueprint("returns", __name__, url_prefix="/v1", tag="Returns")

_NAMED = {404: "Something that was named does not exist.", 409: "Its state does not allow this."}


@operation(orders, "GET", "/orders", Page[OrderView], scope=Scope.READ, query=OrderQuery)
def list_orders(query: OrderQuery) -> dict[str, Any]:
    """Orders, the newest first."""
    with context().store.reading() as uow:
        return page_of(
            uow.records(Order),
            query,
            lambda found: order_views(uow, found),
            key="order_id",
            newest_first=True,
        )


@operation(
    orders,
    "POST",
    "/orders",
    OrderView,
    scope=Scope.ORDERS_WRITE,
    body=NewOrder,
    status=201,
    idempotent=True,
    errors=_NAMED,
)
def place_order(body: NewOrder) -> Any:
    """Order a part for a site; the service-level clock starts now, or began when a promise was asked for."""
    with effect() as this:
        order = _redeemed(this.uow, body) if body.promise_id is not None else _placed(this.uow, body)
        return this.conclude(order_views(this.uow, [order])[0])


def _redeemed(uow: UnitOfWork, body: NewOrder) -> Order:
    return redeem(
        uow,
        str(body.promise_id),
        caller().login,
        context().clock(),
        expect_return=body.expect_return,
        note=body.note,
    )


def _placed(uow: UnitOfWork, body: NewOrder) -> Order:
    return order_service.place(
        uow,
        site_id=str(body.site_id),
        part_number=str(body.part_number),
        quantity=body.quantity,
        contract_id=str(body.contract_id),
        urgency=Urgency(body.urgency),
        requested_by=caller().login,
        at=context().clock(),
        expect_return=body.expect_return,
        note=body.note,
        required_courier_id=body.required_courier_id,
        forbidden_courier_ids=body.forbidden_courier_ids,
    )


@operation(orders, "GET", "/orders/<order_id>", OrderView, scope=Scope.READ)
def get_order(order_id: str) -> OrderView:
    """One order as it stands."""
    with context().store.reading() as uow:
        return order_views(uow, [uow.orders.require(order_id)])[0]


@operation(
    orders,
    "PATCH",
    "/orders/<order_id>",
    OrderView,
    scope=Scope.ORDERS_WRITE,
    body=OrderAmendment,
    idempotent=True,
    errors=_NAMED | {409: "Its state does not allow this, or somebody amended it meanwhile."},
)
def amend_order(order_id: str, body: OrderAmendment) -> Any:
    """Change an order: what, where to, when, under which contract, and who brings it, as its state allows."""
    said = body.model_dump(include=body.model_fields_set - {"version", "reason"})
    wishes = {name: Urgency(value) if name == "urgency" else value for name, value in said.items()}
    now = context().clock()
    with effect() as this:
        order = amend(this.uow, order_id, body.version, wishes, body.reason, caller().login, now)
        return this.conclude(order_views(this.uow, [order])[0])


@operation(orders, "GET", "/orders/<order_id>/amendments", Amendments, scope=Scope.READ)
def list_amendments(order_id: str) -> Amendments:
    """What was changed of an order, by whom and why."""
    with context().store.reading() as uow:
        order = uow.orders.require(order_id)
        found = sorted(uow.amendments.find(order_id=order.order_id), key=lambda each: each.order_version)
        return Amendments(items=[amendment_view(amendment) for amendment in found])


@operation(
    orders,
    "POST",
    "/orders/<order_id>/cancel",
    OrderView,
    scope=Scope.ORDERS_WRITE,
    body=OrderCancellation,
    idempotent=True,
    errors=_NAMED,
)
def cancel_order(order_id: str, body: OrderCancellation) -> Any:
    """Call an order off; a part on board goes to an order that waits for one, else it is sent back."""
    now, leave = context().clock(), body.leave_in_van
    with effect() as this:
        order_service.cancel(this.uow, order_id, body.reason, caller().login, now, leave_in_van=leave)
        return this.conclude(order_views(this.uow, [this.uow.orders.require(order_id)])[0])


@operation(
    orders,
    "POST",
    "/orders/<order_id>/pause",
    OrderView,
    scope=Scope.ORDERS_WRITE,
    body=ClockPause,
    idempotent=True,
    errors=_NAMED,
)
def pause_clock(order_id: str, body: ClockPause) -> Any:
    """Stop the service-level clock for a reason that the operator cannot answer for."""
    with effect() as this:
        reason = PauseReason(body.reason)
        order = clock.pause(this.uow, order_id, reason, body.note, caller().login, context().clock())
        return this.conclude(order_views(this.uow, [this.uow.orders.require(order.order_id)])[0])


@operation(
    orders,
    "POST",
    "/orders/<order_id>/resume",
    OrderView,
    scope=Scope.ORDERS_WRITE,
    idempotent=True,
    errors=_NAMED,
)
def resume_clock(order_id: str) -> Any:
    """Let a paused clock run on; the order is due later by the service time of the pause."""
    with effect() as this:
        order = clock.resume(this.uow, order_id, caller().login, context().clock())
        return this.conclude(order_views(this.uow, [this.uow.orders.require(order.order_id)])[0])


@operation(orders, "GET", "/orders/<order_id>/pauses", Pauses, scope=Scope.READ)
def list_pauses(order_id: str) -> Pauses:
    """The pauses of an order's clock, with who paused and resumed it."""
    with context().store.reading() as uow:
        order = uow.orders.require(order_id)
        return Pauses(items=pause_views(uow.pauses.find(order_id=order.order_id)))


@operation(orders, "GET", "/orders/<order_id>/time", OrderTime, scope=Scope.READ)
def get_order_time(order_id: str) -> OrderTime:
    """What an order's time was spent on, from its call until its hand-over or now."""
    with context().store.reading() as uow:
        order = uow.orders.require(order_id)
        return order_time(clock.causes_of(uow, order, context().clock()))


@operation(returns, "GET", "/returns", Page[ReturnView], scope=Scope.READ, query=ReturnQuery)
def list_returns(query: ReturnQuery) -> dict[str, Any]:
    """Returns, the newest first."""
    with context().store.reading() as uow:
        return page_of(
            uow.records(Return),
            query,
            lambda found: return_views(uow, found),
            key="return_id",
            newest_first=True,
        )


@operation(
    returns,
    "POST",
    "/returns",
    ReturnView,
    scope=Scope.RETURNS_WRITE,
    body=NewReturn,
    status=201,
    idempotent=True,
    errors=_NAMED,
)
def announce_return(body: NewReturn) -> Any:
    """Announce a part that comes back."""
    with effect() as this:
        rma = return_service.announce(
            this.uow,
            site_id=body.site_id,
            part_number=body.part_number,
            serial=body.serial,
            destination_id=body.destination_id,
            requested_by=caller().login,
            reason=body.reason,
            at=context().clock(),
        )
        return this.conclude(return_views(this.uow, [rma])[0])


@operation(returns, "GET", "/returns/<return_id>", ReturnView, scope=Scope.READ)
def get_return(return_id: str) -> ReturnView:
    """One return as it stands."""
    with context().store.reading() as uow:
        return return_views(uow, [uow.returns.require(return_id)])[0]


@operation(
    returns,
    "GET",
    "/returns/<return_id>/label.pdf",
    None,
    scope=Scope.READ,
    query=PdfLabelQuery,
    produces="application/pdf",
)
def get_label_pdf(return_id: str, query: PdfLabelQuery) -> Response:
    """The label of a return as PDF: addresses, part, and a GS1 DataMatrix that names the return."""
    return Response(label_pdf(_label(return_id), SIZES[query.size]), mimetype="application/pdf")


@operation(
    returns,
    "GET",
    "/returns/<return_id>/label.zpl",
    None,
    scope=Scope.READ,
    query=ZplLabelQuery,
    produces="application/zpl",
)
def get_label_zpl(return_id: str, query: ZplLabelQuery) -> Response:
    """The label of a return in ZPL II, for label printers."""
    return Response(
        label_zpl(_label(return_id), SIZES[query.size], int(query.dpi)), mimetype="application/zpl"
    )


def _label(return_id: str) -> ReturnLabel:
    with context().store.reading() as uow:
        return return_label(uow, uow.returns.require(return_id), context().settings.gs1_company_prefix)


@operation(
    returns,
    "POST",
    "/returns/<return_id>/cancel",
    ReturnView,
    scope=Scope.RETURNS_WRITE,
    body=Cancellation,
    idempotent=True,
    errors=_NAMED,
)
def cancel_return(return_id: str, body: Cancellation) -> Any:
    """Call a return off, unless the part is on board already."""
    with effect() as this:
        return_service.cancel(this.uow, return_id, body.reason, context().clock())
        return this.conclude(return_views(this.uow, [this.uow.returns.require(return_id)])[0])


@operation(
    returns,
    "POST",
    "/returns/<return_id>/way",
    ReturnView,
    scope=Scope.RETURNS_WRITE,
    body=ChosenWay,
    idempotent=True,
    errors=_NAMED,
)
def choose_return_way(return_id: str, body: ChosenWay) -> Any:
    """Let a return come in another way, as long as it has not left its site."""
    with effect() as this:
        choose_way(this.uow, return_id, ReturnWay(body.way), body.place_id, context().clock())
        return this.conclude(return_views(this.uow, [this.uow.returns.require(return_id)])[0])


@operation(
    returns,
    "POST",
    "/returns/<return_id>/ship",
    ReturnView,
    scope=Scope.RETURNS_WRITE,
    body=Shipment,
    idempotent=True,
    errors=_NAMED,
)
def ship_return(return_id: str, body: Shipment) -> Any:
    """Note that the customer has handed a return to a carrier."""
    with effect() as this:
        now = context().clock()
        ship(this.uow, return_id, body.carrier, body.tracking_number, caller().login, now)
        return this.conclude(return_views(this.uow, [this.uow.returns.require(return_id)])[0])


@operation(
    returns,
    "POST",
    "/returns/<return_id>/receive",
    ReturnView,
    scope=Scope.RETURNS_WRITE,
    body=ReceivedReturn,
    idempotent=True,
    errors=_NAMED,
)
def receive_return(return_id: str, body: ReceivedReturn) -> Any:
    """Take a returned part in at its destination."""
    with effect() as this:
        now = context().clock()
        return_service.receive_at_bench(this.uow, return_id, body.serial, caller().login, now, body.code)
        return this.conclude(return_views(this.uow, [this.uow.returns.require(return_id)])[0])


@operation(
    returns,
    "POST",
    "/returns/<return_id>/ask-again",
    ReturnView,
    scope=Scope.RETURNS_WRITE,
    idempotent=True,
    errors=_NAMED,
)
def ask_return_again(return_id: str) -> Any:
    """Send a courier once more for a part that the customer kept."""
    with effect() as this:
        return_service.ask_again(this.uow, return_id, context().clock())
        return this.conclude(return_views(this.uow, [this.uow.returns.require(return_id)])[0])
