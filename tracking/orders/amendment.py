"""Amendments: what may be changed of an order in which state, and the record of each change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from tracking.orders.order import Order, OrderState
from tracking.values.errors import FieldstockError, InvalidValue
from tracking.values.events import DomainEvent


class Amendable(StrEnum):
    """What a desk may change of an order."""

    SITE = "site_id"
    PART = "part_number"
    QUANTITY = "quantity"
    CONTRACT = "contract_id"
    URGENCY = "urgency"
    NOTE = "note"
    NOT_BEFORE = "not_before_at"
    REQUIRED_BY = "required_by_at"
    REQUIRED_COURIER = "required_courier_id"
    FORBIDDEN_COURIERS = "forbidden_courier_ids"


GOODS = frozenset({Amendable.PART, Amendable.QUANTITY})
"""What decides which pieces are set aside, and cannot change once they are on board."""

COURIERS = frozenset({Amendable.REQUIRED_COURIER, Amendable.FORBIDDEN_COURIERS})
"""Who may bring it: settled once it is on board of somebody."""

_S = OrderState
AMENDABLE = MappingProxyType(
    {
        _S.OPEN: frozenset(Amendable),
        _S.PLANNED: frozenset(Amendable),
        _S.PICKED_UP: frozenset(Amendable) - GOODS - COURIERS,
        _S.DELIVERED: frozenset[Amendable](),
        _S.CANCELLED: frozenset[Amendable](),
    }
)
"""What may be changed in which state."""

VOIDS_PROMISE = GOODS | {Amendable.SITE, Amendable.NOT_BEFORE}
"""What was promised was promised for these."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """One change of an order: who, when, why, and what.

    `changes` name the field and its value `before` and `after`, times in ISO 8601; what follows from a change
    (`due_at` of another contract, a `promised_at` that holds no more) is among them. `order_version` is that
    of the order from then on.
    """

    amendment_id: str
    order_id: str
    at: datetime
    by: str
    reason: str
    changes: tuple[dict[str, Any], ...]
    order_version: int

    def before(self, field: str) -> Any:
        """Return what stood in a field before this changed it, or None where it did not."""
        return next((change["before"] for change in self.changes if change["field"] == field), None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an order was for at some time: which pieces, and where to."""

    site_id: str
    part_number: str
    quantity: int


class AmendmentRefused(FieldstockError):
    """The order is in a state in which this cannot be changed any more."""

    code = "amendment_refused"


def amended(order: Order, wishes: Mapping[str, Any]) -> Order:
    """Return the order with those `wishes` that differ from what stands.

    Raises `InvalidValue` when none does, or when they do not go together, `AmendmentRefused` when the state
    of the order does not allow one.
    """
    differing = {name: value for name, value in wishes.items() if getattr(order, name) != value}
    if not differing:
        raise InvalidValue("Nothing of the order would change.", "Name what is to be another.")
    _check_state(order, differing)
    changed = replace(order, **differing)
    if changed.not_before_at and changed.required_by_at and changed.not_before_at >= changed.required_by_at:
        raise InvalidValue("not_before_at must lie before required_by_at.")
    if order.promised_at is not None and VOIDS_PROMISE & set(differing):
        changed = replace(changed, promised_at=None, half_at=None)
    return changed


def changes_between(before: Order, after: Order) -> tuple[dict[str, Any], ...]:
    """Return what differs, as an amendment keeps it."""
    fields = (*Amendable, "due_at", "promised_at")
    pairs = ((str(name), getattr(before, name), getattr(after, name)) for name in fields)
    return tuple(
        {"field": name, "before": _told(old), "after": _told(new)} for name, old, new in pairs if old != new
    )


def amended_event(order: Order, amendment: Amendment) -> DomainEvent:
    """Return the event of an amendment; `order` is as it was, so that its courier hears of it."""
    data = {
        "number": order.number,
        "state": order.state,
        "site_id": order.site_id,
        "courier_id": order.courier_id,
        "by": amendment.by,
        "reason": amendment.reason,
        "changes": list(amendment.changes),
    }
    return DomainEvent("order.amended", order.order_id, amendment.at, data)


def wanted_at(order: Order, amendments: Iterable[Amendment], at: datetime) -> Wanted:
    """Return what an order was for at `at`, before the amendments that came later."""
    wanted = Wanted(order.site_id, order.part_number, order.quantity)
    later = [amendment for amendment in amendments if amendment.at > at]
    for amendment in sorted(later, key=lambda each: each.order_version, reverse=True):
        wanted = Wanted(
            amendment.before("site_id") or wanted.site_id,
            amendment.before("part_number") or wanted.part_number,
            amendment.before("quantity") or wanted.quantity,
        )
    return wanted


def _check_state(order: Order, wishes: Iterable[str]) -> None:
    allowed = AMENDABLE[order.state]
    refused = [name for name in wishes if name not in allowed]
    if not refused:
        return
    action = "Nothing of it can be changed any more: place a new order."
    if allowed:
        action = "Its part is on board: cancel the order, which sends the part back, and place a new one."
    names = ", ".join(sorted(refused))
    raise AmendmentRefused(f"Order {order.number} is {order.state}: {names} cannot be changed.", action)


def _told(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, datetime) else value
