"""Use cases of webhooks: they are added, rotated, removed; events become deliveries, which are settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tracking.identity.secrets import SecretSeal
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import Conflict
from tracking.values.events import DomainEvent
from tracking.values.ids import new_id
from tracking.webhooks.webhook import (
    OLD_SECRET_COUNTS,
    Delivery,
    Webhook,
    body_of,
    new_secret,
    next_attempt,
)

MOST = 50
"""Webhooks of one installation."""
CLAIM = timedelta(minutes=2)
"""How long a delivery under way is left alone: longer than any attempt takes."""
GONE = 410
LONGEST_ERROR = 300
ALERT = "alert.raised"
"""The one kind of events whose failure raises no alert, which would be another of them."""


def add_webhook(
    uow: UnitOfWork, url: str, kinds: Sequence[str], position: int, by: str, at: datetime, seal: SecretSeal
) -> tuple[Webhook, str]:
    """Add a webhook for events after `position`; return it with its secret, which is not told again.

    Raises `Conflict` when there are too many.
    """
    if len(uow.webhooks.find()) >= MOST:
        raise Conflict(f"There are {MOST} webhooks already.")
    secret = new_secret()
    webhook = Webhook(new_id(), url, tuple(sorted(set(kinds))), seal.seal(secret), by, at, position)
    uow.webhooks.add(webhook)
    return webhook, secret


def rotate_secret(uow: UnitOfWork, webhook_id: str, at: datetime, seal: SecretSeal) -> tuple[Webhook, str]:
    """Give a webhook another secret; for a day deliveries are signed with both."""
    webhook = uow.webhooks.require(webhook_id, lock=True)
    secret = new_secret()
    rotated = replace(
        webhook,
        secret_sealed=seal.seal(secret),
        old_sealed=webhook.secret_sealed,
        old_until=at + OLD_SECRET_COUNTS,
    )
    uow.webhooks.save(rotated)
    return rotated, secret


def enable(uow: UnitOfWork, webhook_id: str) -> Webhook:
    """Let deliveries to a webhook go on that was disabled; what waited for it is tried at once."""
    webhook = uow.webhooks.require(webhook_id, lock=True)
    enabled = replace(webhook, disabled_at=None, disabled_cause=None)
    uow.webhooks.save(enabled)
    return enabled


def remove_webhook(uow: UnitOfWork, webhook_id: str) -> None:
    """Remove a webhook, and what was on its way to it."""
    uow.webhooks.require(webhook_id)
    for delivery in uow.deliveries.find(webhook_id=webhook_id):
        uow.deliveries.remove(delivery.delivery_id)
    uow.webhooks.remove(webhook_id)


def retry(uow: UnitOfWork, delivery_id: str, at: datetime) -> Delivery:
    """Send a delivery again at once, with all its attempts, whatever became of it."""
    delivery = uow.deliveries.require(delivery_id, lock=True)
    again = replace(delivery, due_at=at, attempts=0, delivered_at=None)
    uow.deliveries.save(again)
    return again


def make_deliveries(
    uow: UnitOfWork, webhook: Webhook, events: Sequence[tuple[int, DomainEvent]], at: datetime
) -> int:
    """Turn events after the webhook's position into deliveries, and return how many it wants."""
    made = 0
    for position, event in events:
        if webhook.wants(event.kind):
            body = body_of(position, event)
            uow.deliveries.add(Delivery(new_id(), webhook.webhook_id, position, event.kind, body, at, at))
            made += 1
    if events:
        uow.webhooks.save(replace(webhook, position=events[-1][0]))
    return made


def claim(uow: UnitOfWork, delivery: Delivery, at: datetime) -> Delivery:
    """Count an attempt, and keep others from making it too."""
    claimed = replace(delivery, attempts=delivery.attempts + 1, due_at=at + CLAIM)
    uow.deliveries.save(claimed)
    return claimed


def settle(
    uow: UnitOfWork, delivery: Delivery, at: datetime, status: int | None, error: str | None
) -> Delivery:
    """Note how an attempt ended: delivered at a status from 200 to 299, else to be tried again or given up.

    Who answers 410 wants no more and is disabled. What is given up raises an alert.
    """
    if status is not None and 200 <= status < 300:
        settled = replace(delivery, due_at=None, delivered_at=at, status=status, error=None)
        uow.deliveries.save(settled)
        return settled
    cause = (error or f"The receiver answered {status}.")[:LONGEST_ERROR]
    due_at = next_attempt(delivery.attempts, at)
    if status == GONE:
        due_at = None
        _disable(uow, delivery.webhook_id, "The receiver answered 410: it wants no more.", at)
    elif due_at is None and delivery.kind != ALERT:
        _alert(uow, delivery.webhook_id, f"{delivery.kind} could not be delivered: {cause}", at)
    settled = replace(delivery, due_at=due_at, status=status, error=cause)
    uow.deliveries.save(settled)
    return settled


def secrets_in_force(webhook: Webhook, at: datetime, seal: SecretSeal) -> list[str]:
    """Return the secrets to sign with, the newest first."""
    sealed = [webhook.secret_sealed]
    if webhook.old_sealed is not None and webhook.old_until is not None and at < webhook.old_until:
        sealed.append(webhook.old_sealed)
    return [seal.open(each) for each in sealed]


def _disable(uow: UnitOfWork, webhook_id: str, cause: str, at: datetime) -> None:
    webhook = uow.webhooks.require(webhook_id, lock=True)
    uow.webhooks.save(replace(webhook, disabled_at=at, disabled_cause=cause))
    _alert(uow, webhook_id, cause, at)


def _alert(uow: UnitOfWork, webhook_id: str, cause: str, at: datetime) -> None:
    url = uow.webhooks.require(webhook_id).url
    told = f"Webhook {url}: {cause}"
    uow.outbox.add(DomainEvent(ALERT, webhook_id, at, {"cause": told}))
