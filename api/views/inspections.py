"""The inspection of returns that were received, and what is settled about them."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from api.access import caller
from api.context import context
from api.operation import effect, operation
from api.order_presenters import return_views
from mobile_contract.inspections import InspectedReturn, SettledReturn
from mobile_contract.returns import ReturnView
from tracking.identity.roles import Scope
from tracking.returns.inspecting import inspect, settle
from tracking.returns.inspection import Decision, Finding
from tracking.returns.rma import Return

inspections = APIBlueprint("inspections", __name__, url_prefix="/v1", tag="Inspection")

_NAMED = {404: "Something that was named does not exist.", 409: "Its state does not allow this."}


@operation(
    inspections,
    "POST",
    "/returns/<return_id>/inspect",
    ReturnView,
    scope=Scope.RETURNS_WRITE,
    body=InspectedReturn,
    idempotent=True,
    errors=_NAMED,
)
def inspect_return(return_id: str, body: InspectedReturn) -> Any:
    """Record what lay in the box of a received return; stock follows where something else came."""
    with effect() as this:
        found = _finding(this.uow.returns.require(return_id), body)
        inspect(
            this.uow,
            return_id,
            found,
            note=body.note,
            unopened=body.unopened,
            photos=tuple(body.photos),
            by=caller().login,
            at=context().clock(),
        )
        return this.conclude(return_views(this.uow, [this.uow.returns.require(return_id)])[0])


@operation(
    inspections,
    "POST",
    "/returns/<return_id>/settle",
    ReturnView,
    scope=Scope.RETURNS_WRITE,
    body=SettledReturn,
    idempotent=True,
    errors=_NAMED,
)
def settle_return(return_id: str, body: SettledReturn) -> Any:
    """Close an inspected return with what the customer gets, as data for the ERP."""
    with effect() as this:
        decision = Decision(body.decision)
        settle(
            this.uow,
            return_id,
            decision,
            body.amount_cents,
            body.reason,
            caller().login,
            context().clock(),
        )
        return this.conclude(return_views(this.uow, [this.uow.returns.require(return_id)])[0])


def _finding(rma: Return, body: InspectedReturn) -> Finding:
    """Return what was found, with what was booked in where nothing else is said."""
    same_part = body.part_number in (None, rma.part_number)
    return Finding(
        body.part_number or rma.part_number,
        body.serial or (rma.serial if same_part else None),
        body.quantity,
        body.damage,
        tuple(body.missing),
    )
