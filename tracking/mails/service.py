"""Use cases of e-mails: alerts become mails, a mail is claimed for an attempt, and settled after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from tracking.mails.mail import Mail, Mailing, next_attempt
from tracking.orders.order import Order
from tracking.unit_of_work import UnitOfWork
from tracking.values.events import DomainEvent
from tracking.values.ids import new_id

ALERT = "alert.raised"
ALERTS = "alerts"
"""The one mailing that there is."""
CLAIM = timedelta(minutes=2)
"""Longer than an attempt may take; a mail whose sender died during one is tried again after it."""
LONGEST_ERROR = 300
LONGEST_SUBJECT = 150


@dataclass(frozen=True, slots=True)
class Told:
    """How mails tell: times by the clocks of `zone`, `console_url` to go to, and of orders alone unless
    `all_alerts` are wanted.
    """

    zone: tzinfo
    console_url: str
    all_alerts: bool = False


def begin(uow: UnitOfWork, newest: int) -> Mailing:
    """Return how far alerts have become mails; the first time, from the newest event on."""
    return uow.mailings.get(ALERTS, lock=True) or uow.mailings.ensure(Mailing(ALERTS, newest))


def make_mails(
    uow: UnitOfWork,
    mailing: Mailing,
    events: Sequence[tuple[int, DomainEvent]],
    at: datetime,
    told: Told,
) -> int:
    """Turn the alerts among events after the mailing's position into mails, and return how many there are."""
    made = 0
    for position, event in events:
        if event.kind != ALERT:
            continue
        order = uow.orders.get(str(event.data["order_id"])) if event.data.get("order_id") else None
        if order is None and not told.all_alerts:
            continue
        cause = str(event.data["cause"])
        text = "\n".join([cause, *_about(uow, order, told.zone), "", told.console_url, ""])
        uow.mails.add(Mail(new_id(), position, cause[:LONGEST_SUBJECT], text, at, at))
        made += 1
    if events:
        uow.mailings.save(replace(mailing, position=events[-1][0]))
    return made


def claim(uow: UnitOfWork, mail: Mail, at: datetime) -> Mail:
    """Count an attempt, and keep others from making it too."""
    claimed = replace(mail, attempts=mail.attempts + 1, due_at=at + CLAIM)
    uow.mails.save(claimed)
    return claimed


def settle(uow: UnitOfWork, mail: Mail, at: datetime, error: str | None, *, for_good: bool = False) -> Mail:
    """Note how an attempt ended: sent without an error, else to be tried again, or given up `for_good`."""
    if error is None:
        settled = replace(mail, due_at=None, sent_at=at, error=None)
    else:
        due_at = None if for_good else next_attempt(mail.attempts, at)
        settled = replace(mail, due_at=due_at, error=error[:LONGEST_ERROR])
    uow.mails.save(settled)
    return settled


def _about(uow: UnitOfWork, order: Order | None, zone: tzinfo) -> list[str]:
    """Return what somebody who reads of an order wants to know next, a line each."""
    if order is None:
        return []
    site, part = uow.locations.require(order.site_id), uow.parts.require(order.part_number)
    contract = uow.contracts.require(order.contract_id)
    courier = None if order.courier_id is None else uow.couriers.require(order.courier_id)
    planned = f"by {courier.display_name}" if courier else "not planned yet"
    if courier and order.predicted_at is not None:
        planned += f", there at {_told(order.predicted_at, zone)}"
    return [
        "",
        f"Order:    {order.number}, {order.quantity} x {part.name} ({part.part_number})",
        f"Site:     {site.name}{f', {site.address}' if site.address else ''}",
        f"Contract: {contract.name}, due {_told(order.due_at, zone)}",
        f"Planned:  {planned}",
        *([f"Unserved: {order.unserved_reason}"] if order.unserved_reason else []),
    ]


def _told(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%a %d %b, %H:%M}"
