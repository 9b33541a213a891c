"""An order, its states, and what may happen to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from tracking.values.errors import InvalidValue, TransitionRefused
from tracking.values.events import DomainEvent
from tracking.values.transitions import check_transition


class OrderState(StrEnum):
    """The life of an order."""

    OPEN = "open"
    PLANNED = "planned"
    PICKED_UP = "picked_up"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class Urgency(StrEnum):
    """Critical orders carry a machine that stands still; planned ones can wait for a good route."""

    CRITICAL = "critical"
    PLANNED = "planned"


_S = OrderState
TRANSITIONS = MappingProxyType(
    {
        _S.OPEN: frozenset({_S.PLANNED, _S.PICKED_UP, _S.DELIVERED, _S.CANCELLED}),
        _S.PLANNED: frozenset({_S.OPEN, _S.PLANNED, _S.PICKED_UP, _S.DELIVERED, _S.CANCELLED}),
        _S.PICKED_UP: frozenset({_S.OPEN, _S.PICKED_UP, _S.DELIVERED, _S.CANCELLED}),
        _S.DELIVERED: frozenset[OrderState](),
        _S.CANCELLED: frozenset[OrderState](),
    }
)
"""Which state may follow which; pick-up and delivery may be reported before we had planned them."""

ACTIVE = frozenset({OrderState.OPEN, OrderState.PLANNED, OrderState.PICKED_UP})


@dataclass(frozen=True, slots=True)
class Order:
    """A part that a site needs by `due_at`.

    `source_id` is the location that supplies it and `courier_id` who brings it, once planned;
    `serials` those reserved, then those on board, then those handed over. `unserved_code` and
    `unserved_reason` say why the plan in force leaves it out. `alerted_at` is when
    the dispatchers were told that it runs late. `paused_at` is since when its clock is paused: `due_at` does
    not count with that yet. `promised_at` is what the caller was told, where it redeems
    `promise_id`, and `half_at` when the hand-over was to come in every second case. It may be handed over
    from `not_before_at` on; the customer needs it by `required_by_at`, where that is sooner than it is due.
    Where a courier is required nobody else brings it; those who are forbidden do not. `version` grows with
    every change.
    """

    order_id: str
    number: str
    state: OrderState
    urgency: Urgency
    site_id: str
    part_number: str
    quantity: int
    contract_id: str
    called_at: datetime
    due_at: datetime
    requested_by: str
    note: str = ""
    courier_id: str | None = None
    source_id: str | None = None
    serials: tuple[str, ...] = ()
    predicted_at: datetime | None = None
    stopped_at: datetime | None = None
    return_id: str | None = None
    unserved_code: str | None = None
    unserved_reason: str | None = None
    not_before_at: datetime | None = None
    alerted_at: datetime | None = None
    closed_reason: str | None = None
    paused_at: datetime | None = None
    promise_id: str | None = None
    promised_at: datetime | None = None
    half_at: datetime | None = None
    required_by_at: datetime | None = None
    required_courier_id: str | None = None
    forbidden_courier_ids: tuple[str, ...] = ()
    version: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.quantity <= 1000:
            raise InvalidValue(f"An order is for 1 to 1000 pieces, not {self.quantity}.")

    @property
    def breached(self) -> bool:
        """Whether the hand-over came after `due_at`; false while the clock runs."""
        return self.stopped_at is not None and self.stopped_at > self.due_at


Outcome = tuple[Order, list[DomainEvent]]


def planned(
    order: Order,
    courier_id: str,
    source_id: str,
    serials: tuple[str, ...],
    predicted_at: datetime,
    at: datetime,
) -> Outcome:
    """Give the order to a courier, with the part from a source."""
    check_transition(TRANSITIONS, "Order", order.number, order.state, OrderState.PLANNED)
    changed = replace(
        order,
        state=OrderState.PLANNED,
        courier_id=courier_id,
        source_id=source_id,
        serials=serials,
        predicted_at=predicted_at,
        unserved_code=None,
        unserved_reason=None,
    )
    return changed, [_event("order.planned", changed, at)]


def predicted(order: Order, predicted_at: datetime) -> Order:
    """Return the order, now served, with a new prediction of its hand-over."""
    return replace(order, predicted_at=predicted_at, unserved_code=None, unserved_reason=None)


def unserved(order: Order, code: str, reason: str, at: datetime) -> Outcome:
    """Take the order out of the plan, with the reason."""
    if order.state is OrderState.PLANNED:
        check_transition(TRANSITIONS, "Order", order.number, order.state, OrderState.OPEN)
        order = replace(order, state=OrderState.OPEN, courier_id=None, source_id=None, serials=())
    elif order.unserved_code == code:
        return replace(order, unserved_reason=reason, predicted_at=None), []
    changed = replace(order, unserved_code=code, unserved_reason=reason, predicted_at=None)
    return changed, [_event("order.unserved", changed, at, {"code": code, "reason": reason})]


def picked_up(order: Order, courier_id: str, serials: tuple[str, ...], at: datetime) -> Outcome:
    """Put the part on board of a courier."""
    check_transition(TRANSITIONS, "Order", order.number, order.state, OrderState.PICKED_UP)
    changed = replace(order, state=OrderState.PICKED_UP, courier_id=courier_id, serials=serials)
    return changed, [_event("order.picked_up", changed, at)]


def delivered(
    order: Order, courier_id: str, serials: tuple[str, ...], clock_stops_at: datetime, at: datetime
) -> Outcome:
    """Hand the part over, which stops the service-level clock."""
    check_transition(TRANSITIONS, "Order", order.number, order.state, OrderState.DELIVERED)
    changed = replace(
        order,
        state=OrderState.DELIVERED,
        courier_id=courier_id,
        serials=serials,
        stopped_at=clock_stops_at,
        predicted_at=None,
        unserved_code=None,
        unserved_reason=None,
    )
    return changed, [_event("order.delivered", changed, at, {"breached": changed.breached})]


def reopened(order: Order, reason: str, at: datetime) -> Outcome:
    """Give the order back to the planner after a failed step."""
    check_transition(TRANSITIONS, "Order", order.number, order.state, OrderState.OPEN)
    changed = replace(
        order, state=OrderState.OPEN, courier_id=None, source_id=None, serials=(), predicted_at=None
    )
    return changed, [_event("order.reopened", changed, at, {"reason": reason})]


def cancelled(order: Order, reason: str, at: datetime) -> Outcome:
    """Call the order off."""
    check_transition(TRANSITIONS, "Order", order.number, order.state, OrderState.CANCELLED)
    changed = replace(order, state=OrderState.CANCELLED, closed_reason=reason, predicted_at=None)
    return changed, [_event("order.cancelled", changed, at, {"reason": reason})]


def paused(order: Order, reason: str, note: str, by: str, at: datetime) -> Outcome:
    """Stop the clock. Raises `TransitionRefused` when it does not run."""
    if order.state not in ACTIVE:
        raise TransitionRefused("Order", order.number, order.state, "paused", [])
    if order.paused_at is not None:
        raise TransitionRefused("The clock of", order.number, "paused", "paused", ["running"])
    facts: dict[str, object] = {"reason": reason, "note": note, "by": by}
    return replace(order, paused_at=at), [_event("order.paused", order, at, facts)]


def check_paused(order: Order) -> None:
    """Raise `TransitionRefused` unless the clock is paused."""
    if order.paused_at is None:
        wish = "running" if order.state in ACTIVE else "running again"
        raise TransitionRefused("The clock of", order.number, "not paused", wish, [])


def due_again(order: Order, due_at: datetime) -> Order:
    """Return the order with its clock running, due at `due_at`; who was told that it is late is told anew."""
    alerted_at = order.alerted_at if due_at == order.due_at else None
    return replace(order, due_at=due_at, paused_at=None, alerted_at=alerted_at)


def resumed(order: Order, by: str, at: datetime) -> list[DomainEvent]:
    """Return the event of a clock that runs again."""
    return [_event("order.resumed", order, at, {"by": by, "due_at": order.due_at.isoformat()})]


def _event(kind: str, order: Order, at: datetime, data: dict[str, object] | None = None) -> DomainEvent:
    facts = {
        "number": order.number,
        "state": order.state,
        "site_id": order.site_id,
        "part_number": order.part_number,
        "courier_id": order.courier_id,
        "source_id": order.source_id,
    }
    return DomainEvent(kind, order.order_id, at, facts | (data or {}))
