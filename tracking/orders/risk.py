"""How likely orders are to be late, and the alert that says so before they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, tzinfo

from tracking.fleet.stops import StepKind, StepState, step_id
from tracking.orders.order import ACTIVE, Order
from tracking.unit_of_work import UnitOfWork
from tracking.values.events import DomainEvent

RISKY = 0.3
"""From this probability on of being late an order raises an alert."""
SAFE = 0.1
"""Below it an order that was alerted of is safe again: should it become risky, it raises another alert."""


def late_probabilities(uow: UnitOfWork, orders: Iterable[Order]) -> dict[str, float]:
    """Return by order how likely it is handed over late, as planned now; orders without a plan have none."""
    names = {step_id(StepKind.DELIVERY, order.order_id): order.order_id for order in orders}
    steps = uow.steps.find_in(step_id=names, state=[StepState.PLANNED])
    stops = {stop.stop_id: stop for stop in uow.stops.find_in(stop_id={step.stop_id for step in steps})}
    found = {names[step.step_id]: stops[step.stop_id].late_probability for step in steps}
    return {order_id: probability for order_id, probability in found.items() if probability is not None}


def warn_of_late_orders(uow: UnitOfWork, at: datetime, zone: tzinfo) -> int:
    """Raise an alert, once each, for orders that are likely to be late, or are; return how many.

    Their due time is told by the clocks of `zone`. An order whose clock is paused is not late.
    """
    running = [order for order in uow.orders.find_in(state=ACTIVE) if order.paused_at is None]
    risks = late_probabilities(uow, running)
    risky = [order for order in running if order.alerted_at is None and _risk(order, risks, at) >= RISKY]
    for order in running:
        if order.alerted_at is not None and _risk(order, risks, at) < SAFE:
            uow.orders.save(replace(uow.orders.require(order.order_id, lock=True), alerted_at=None))
    for order in risky:
        uow.orders.save(replace(uow.orders.require(order.order_id, lock=True), alerted_at=at))
        cause = _sentence(order, _risk(order, risks, at), at, zone)
        data = {"order_id": order.order_id, "cause": cause, "courier_id": order.courier_id}
        uow.outbox.add(DomainEvent("alert.raised", order.order_id, at, data))
    return len(risky)


def _risk(order: Order, risks: dict[str, float], at: datetime) -> float:
    """Return 1 for what is late or predicted to be, else the planned probability, else 0."""
    if max(order.predicted_at or at, at) > order.due_at:
        return 1.0
    return risks.get(order.order_id, 0.0)


def _sentence(order: Order, risk: float, at: datetime, zone: tzinfo) -> str:
    due = order.due_at.astimezone(zone)
    by = f"{due:%R}" if due.date() == at.astimezone(zone).date() else f"{due:%a %R}"
    if at > order.due_at:
        return f"{order.number} is late: it was due at {by}."
    if risk >= 1.0:
        return f"{order.number} will miss its time: it is due at {by}."
    return f"{order.number} may miss its time, with {risk:.0%} probability: it is due at {by}."
