"""A return (RMA), its states, and what may happen to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from tracking.returns.ways import ReturnWay
from tracking.values.errors import TransitionRefused
from tracking.values.events import DomainEvent
from tracking.values.transitions import check_transition


class ReturnState(StrEnum):
    """The life of a return."""

    ANNOUNCED = "announced"
    AWAITED = "awaited"
    DROPPED = "dropped"
    SHIPPED = "shipped"
    PLANNED = "planned"
    PICKED_UP = "picked_up"
    RECEIVED = "received"
    INSPECTED = "inspected"
    CLOSED = "closed"
    REFUSED = "refused"
    CANCELLED = "cancelled"


_S = ReturnState
TRANSITIONS = MappingProxyType(
    {
        _S.ANNOUNCED: frozenset(
            {_S.AWAITED, _S.PLANNED, _S.PICKED_UP, _S.RECEIVED, _S.REFUSED, _S.CANCELLED}
        ),
        _S.AWAITED: frozenset(
            {_S.AWAITED, _S.ANNOUNCED, _S.DROPPED, _S.SHIPPED, _S.PICKED_UP, _S.RECEIVED, _S.CANCELLED}
        ),
        _S.DROPPED: frozenset({_S.DROPPED, _S.PICKED_UP, _S.RECEIVED}),
        _S.SHIPPED: frozenset({_S.RECEIVED}),
        _S.PLANNED: frozenset(
            {
                _S.ANNOUNCED,
                _S.AWAITED,
                _S.PLANNED,
                _S.PICKED_UP,
                _S.RECEIVED,
                _S.REFUSED,
                _S.CANCELLED,
            }
        ),
        _S.PICKED_UP: frozenset({_S.PICKED_UP, _S.RECEIVED}),
        _S.RECEIVED: frozenset({_S.INSPECTED}),
        _S.INSPECTED: frozenset({_S.CLOSED}),
        _S.CLOSED: frozenset[ReturnState](),
        _S.REFUSED: frozenset({_S.ANNOUNCED, _S.PICKED_UP, _S.RECEIVED, _S.CANCELLED}),
        _S.CANCELLED: frozenset({_S.PICKED_UP}),
    }
)
"""Which state may follow which; what is on board must arrive, so it cannot be cancelled any more.

What the customer brings or sends is `awaited`, and no courier is sent for it. What lies in a locker is
`dropped`, with the courier who fetches it there once that is planned; it must arrive too. A courier who had
not heard of a cancellation may have picked the part up all the same.
"""

OWED = frozenset({ReturnState.ANNOUNCED, ReturnState.AWAITED, ReturnState.PLANNED, ReturnState.REFUSED})
"""The customer still has the part."""

WAY_IS_OPEN = frozenset({ReturnState.ANNOUNCED, ReturnState.AWAITED, ReturnState.PLANNED})
"""Another way can be chosen, as long as the part has not left the site."""

ACTIVE = frozenset({ReturnState.ANNOUNCED, ReturnState.DROPPED, ReturnState.PLANNED, ReturnState.PICKED_UP})
"""A courier has something to do."""
ARRIVED = frozenset({ReturnState.RECEIVED, ReturnState.INSPECTED, ReturnState.CLOSED})


@dataclass(frozen=True, slots=True)
class Return:
    """One piece that a site gives back, to be brought to `destination_id`.

    `site_id` is where it is fetched: the customer's site, or the compartment that it was dropped in; then
    `origin_id` is the site. `deposit_id` is the compartment reserved for it in a locker; `carrier` and
    `tracking_number` are set when it was handed to one. `photos` are the customer's, by their digests.

    `order_id` is the order whose good part it makes way for: nobody gives the broken part away before the
    good one is there. From then on it is owed until `core_due_at`. `closed_reason` says why it was called
    off, or why the customer keeps it. `serial` is the one that comes, as far as it is known;
    `announced_serial` the one that was said to come.
    """

    return_id: str
    number: str
    state: ReturnState
    site_id: str
    part_number: str
    serial: str | None
    destination_id: str
    announced_at: datetime
    requested_by: str
    reason: str = ""
    order_id: str | None = None
    courier_id: str | None = None
    unserved_code: str | None = None
    unserved_reason: str | None = None
    not_before_at: datetime | None = None
    closed_reason: str | None = None
    core_due_at: datetime | None = None
    version: int = 1
    announced_serial: str | None = None
    way: ReturnWay = ReturnWay.COURIER
    origin_id: str | None = None
    deposit_id: str | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    photos: tuple[str, ...] = ()

    @property
    def customer_site_id(self) -> str:
        """The site that gives the piece back, wherever it lies by now."""
        return self.origin_id or self.site_id

    @property
    def in_locker(self) -> bool:
        """Whether the customer has dropped the piece in a locker, from which it is or was fetched."""
        return self.origin_id is not None


Outcome = tuple[Return, list[DomainEvent]]


def planned(rma: Return, courier_id: str, at: datetime) -> Outcome:
    """Give the pickup to a courier."""
    state = ReturnState.DROPPED if rma.in_locker else ReturnState.PLANNED
    check_transition(TRANSITIONS, "Return", rma.number, rma.state, state)
    changed = replace(rma, state=state, courier_id=courier_id, unserved_code=None, unserved_reason=None)
    return changed, [_event("return.planned", changed, at)]


def way_chosen(
    rma: Return, way: ReturnWay, destination_id: str, deposit_id: str | None, at: datetime
) -> Outcome:
    """Let the piece come in another way; a courier is sent for it only where the customer wants one."""
    stands = way is ReturnWay.COURIER and rma.state is not ReturnState.AWAITED
    state = ReturnState.ANNOUNCED if way is ReturnWay.COURIER else ReturnState.AWAITED
    if not stands:
        check_transition(TRANSITIONS, "Return", rma.number, rma.state, state)
        rma = replace(rma, state=state, courier_id=None, unserved_code=None, unserved_reason=None)
    changed = replace(rma, way=way, destination_id=destination_id, deposit_id=deposit_id)
    return changed, [_event("return.way_chosen", changed, at, {"way": way})]


def dropped(rma: Return, compartment_id: str, at: datetime) -> Outcome:
    """Note that the customer has left the piece in a compartment: it is fetched there from now on."""
    check_transition(TRANSITIONS, "Return", rma.number, rma.state, ReturnState.DROPPED)
    changed = replace(rma, state=ReturnState.DROPPED, site_id=compartment_id, origin_id=rma.site_id)
    return changed, [_event("return.dropped", changed, at, {"compartment": compartment_id})]


def shipped(rma: Return, carrier: str, tracking_number: str, at: datetime) -> Outcome:
    """Note that the piece was handed to a carrier."""
    check_transition(TRANSITIONS, "Return", rma.number, rma.state, ReturnState.SHIPPED)
    changed = replace(rma, state=ReturnState.SHIPPED, carrier=carrier, tracking_number=tracking_number)
    told = {"carrier": carrier, "tracking_number": tracking_number}
    return changed, [_event("return.shipped", changed, at, told)]


def unserved(rma: Return, code: str, reason: str, at: datetime) -> Outcome:
    """Take the return out of the plan, with the reason."""
    if rma.state is ReturnState.PLANNED or (rma.state is ReturnState.DROPPED and rma.courier_id):
        rma = replace(rma, state=_waiting(rma), courier_id=None)
    elif rma.unserved_code == code:
        return replace(rma, unserved_reason=reason), []
    changed = replace(rma, unserved_code=code, unserved_reason=reason)
    return changed, [_event("return.unserved", changed, at, {"code": code, "reason": reason})]


def picked_up(rma: Return, courier_id: str, serial: str | None, at: datetime) -> Outcome:
    """Take the piece on board."""
    check_transition(TRANSITIONS, "Return", rma.number, rma.state, ReturnState.PICKED_UP)
    changed = replace(
        rma,
        state=ReturnState.PICKED_UP,
        courier_id=courier_id,
        serial=serial or rma.serial,
        closed_reason=None,
    )
    return changed, [_event("return.picked_up", changed, at)]


def received(rma: Return, at: datetime, serial: str | None = None) -> Outcome:
    """Hand the piece in; `serial` is the one that came, where it is another than was known."""
    check_transition(TRANSITIONS, "Return", rma.number, rma.state, ReturnState.RECEIVED)
    changed = replace(rma, state=ReturnState.RECEIVED, unserved_code=None, unserved_reason=None)
    changed = replace(changed, serial=serial or rma.serial)
    return changed, [_event("return.received", changed, at)]


def inspected(rma: Return, at: datetime, differences: list[dict[str, Any]]) -> Outcome:
    """Note that somebody looked at what came; `differences` are those from what was announced."""
    check_transition(TRANSITIONS, "Return", rma.number, rma.state, ReturnState.INSPECTED)
    changed = replace(rma, state=ReturnState.INSPECTED)
    return changed, [_event("return.inspected", changed, at, {"differences": differences})]


def closed(rma: Return, at: datetime, settlement: dict[str, Any]) -> Outcome:
    """Settle what the customer gets."""
    check_transition(TRANSITIONS, "Return", rma.number, rma.state, ReturnState.CLOSED)
    changed = replace(rma, state=ReturnState.CLOSED)
    return changed, [_event("return.closed", changed, at, settlement)]


def reopened(rma: Return, reason: str, at: datetime) -> Outcome:
    """Give the pickup back to the planner after it failed."""
    state = _waiting(rma)
    check_transition(TRANSITIONS, "Return", rma.number, rma.state, state)
    changed = replace(rma, state=state, courier_id=None)
    return changed, [_event("return.reopened", changed, at, {"reason": reason})]


def owed(rma: Return, at: datetime, core_due_at: datetime) -> Outcome:
    """Note until when the part is owed, now that the good one is there."""
    changed = replace(rma, core_due_at=core_due_at)
    return changed, [_event("return.core_due", changed, at, {"core_due_at": core_due_at.isoformat()})]


def refused(rma: Return, reason: str, by: str, at: datetime) -> Outcome:
    """Note that the customer keeps the part, and why; nobody drives there until it is asked for anew."""
    check_transition(TRANSITIONS, "Return", rma.number, rma.state, ReturnState.REFUSED)
    changed = replace(rma, state=ReturnState.REFUSED, courier_id=None, closed_reason=reason)
    return changed, [_event("return.refused", changed, at, {"reason": reason, "by": by})]


def asked_again(rma: Return, at: datetime) -> Outcome:
    """Let the pickup of a refused part be planned again."""
    if rma.state is not ReturnState.REFUSED:
        raise TransitionRefused("Return", rma.number, rma.state, "asked for again", ["refused"])
    changed = replace(rma, state=ReturnState.ANNOUNCED, closed_reason=None, not_before_at=None)
    return changed, [_event("return.reopened", changed, at, {"reason": "asked for again"})]


def cancelled(rma: Return, reason: str, at: datetime) -> Outcome:
    """Call the return off."""
    check_transition(TRANSITIONS, "Return", rma.number, rma.state, ReturnState.CANCELLED)
    changed = replace(rma, state=ReturnState.CANCELLED, closed_reason=reason)
    return changed, [_event("return.cancelled", changed, at, {"reason": reason})]


def _waiting(rma: Return) -> ReturnState:
    """Return the state of a piece that waits for a courier where it lies."""
    return ReturnState.DROPPED if rma.in_locker else ReturnState.ANNOUNCED


def _event(kind: str, rma: Return, at: datetime, data: dict[str, Any] | None = None) -> DomainEvent:
    facts: dict[str, Any] = {
        "number": rma.number,
        "state": rma.state,
        "site_id": rma.customer_site_id,
        "part_number": rma.part_number,
        "serial": rma.serial,
        "courier_id": rma.courier_id,
    }
    return DomainEvent(kind, rma.return_id, at, facts | (data or {}))
