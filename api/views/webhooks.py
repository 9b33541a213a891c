"""Webhooks, and the feed of events that programs follow."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from api.access import caller
from api.context import context
from api.operation import audit, effect, operation
from api.paging import decoded_cursor, encoded_cursor, page_of
from api.webhook_client import checked_url
from mobile_contract.common import Page
from mobile_contract.webhooks import (
    DeliveryQuery,
    DeliveryView,
    EventFeed,
    EventQuery,
    EventView,
    NewWebhook,
    WebhookQuery,
    WebhookSecret,
    WebhookView,
)
from tracking.identity.roles import Scope
from tracking.identity.secrets import SecretSeal
from tracking.values.errors import FieldstockError, InvalidValue
from tracking.webhooks import service
from tracking.webhooks.webhook import Delivery, Webhook, is_of

webhooks = APIBlueprint("webhooks", __name__, url_prefix="/v1", tag="Webhooks")


class EventsForgotten(FieldstockError):
    """A cursor goes on after events that are not kept any more."""

    code = "events_forgotten"
    action = "Read the state anew, and follow the feed from its end: ask without a cursor."


@operation(webhooks, "GET", "/webhooks", Page[WebhookView], scope=Scope.WEBHOOKS_WRITE, query=WebhookQuery)
def list_webhooks(query: WebhookQuery) -> dict[str, Any]:
    """Who is told of events."""
    with context().store.reading() as uow:
        return page_of(
            uow.records(Webhook), query, lambda found: [_view(each) for each in found], key="webhook_id"
        )


@operation(
    webhooks,
    "POST",
    "/webhooks",
    WebhookSecret,
    scope=Scope.WEBHOOKS_WRITE,
    body=NewWebhook,
    status=201,
    errors={409: "There are too many."},
)
def add_webhook(body: NewWebhook) -> Any:
    """Tell somebody of events from now on. The secret is told this once."""
    url = checked_url(body.url, allow_private=context().settings.webhook_private)
    with effect() as this:
        webhook, secret = service.add_webhook(
            this.uow,
            url,
            body.kinds,
            this.uow.outbox.newest(),
            caller().login,
            context().clock(),
            _seal(),
        )
        return this.conclude(WebhookSecret(**_view(webhook).model_dump(), secret=secret))


@operation(
    webhooks,
    "POST",
    "/webhooks/<webhook_id>/rotate",
    WebhookSecret,
    scope=Scope.WEBHOOKS_WRITE,
)
def rotate_webhook(webhook_id: str) -> Any:
    """Give a webhook another secret; for 24 h deliveries carry a signature by each of both."""
    with effect() as this:
        webhook, secret = service.rotate_secret(this.uow, webhook_id, context().clock(), _seal())
        return this.conclude(WebhookSecret(**_view(webhook).model_dump(), secret=secret))


@operation(
    webhooks,
    "POST",
    "/webhooks/<webhook_id>/enable",
    WebhookView,
    scope=Scope.WEBHOOKS_WRITE,
    idempotent=True,
)
def enable_webhook(webhook_id: str) -> Any:
    """Let deliveries go on to a webhook that was disabled."""
    with effect() as this:
        return this.conclude(_view(service.enable(this.uow, webhook_id)))


@operation(webhooks, "DELETE", "/webhooks/<webhook_id>", None, scope=Scope.WEBHOOKS_WRITE, status=204)
def remove_webhook(webhook_id: str) -> tuple[str, int]:
    """Tell somebody no more, and forget what was on its way there."""
    with context().store.writing() as uow:
        service.remove_webhook(uow, webhook_id)
        audit(uow)
        uow.commit()
    return "", 204


@operation(
    webhooks,
    "GET",
    "/webhooks/<webhook_id>/deliveries",
    Page[DeliveryView],
    scope=Scope.WEBHOOKS_WRITE,
    query=DeliveryQuery,
)
def list_deliveries(webhook_id: str, query: DeliveryQuery) -> dict[str, Any]:
    """What was and is on its way to a webhook, the newest first."""
    with context().store.reading() as uow:
        uow.webhooks.require(webhook_id)
        return page_of(
            uow.records(Delivery),
            query,
            lambda found: [_delivery_view(each) for each in found],
            key="delivery_id",
            newest_first=True,
            webhook_id=webhook_id,
        )


@operation(
    webhooks,
    "POST",
    "/webhooks/<webhook_id>/deliveries/<delivery_id>/retry",
    DeliveryView,
    scope=Scope.WEBHOOKS_WRITE,
    idempotent=True,
)
def retry_delivery(webhook_id: str, delivery_id: str) -> Any:
    """Send an event again at once, whatever became of it."""
    with effect() as this:
        this.uow.webhooks.require(webhook_id)
        return this.conclude(_delivery_view(service.retry(this.uow, delivery_id, context().clock())))


@operation(
    webhooks,
    "GET",
    "/events",
    EventFeed,
    scope=Scope.READ,
    query=EventQuery,
    errors={410: "Events after the cursor are not kept any more."},
)
def read_events(query: EventQuery) -> EventFeed:
    """The events after a cursor, in order; without one, those that come from now on."""
    with context().store.reading() as uow:
        if query.cursor is None:
            return EventFeed(items=[], next_cursor=encoded_cursor(str(uow.outbox.newest())), more=False)
        after = _position(query.cursor)
        if after < uow.outbox.oldest() - 1:
            raise EventsForgotten(
                f"Events from {after + 1} to {uow.outbox.oldest() - 1} are not kept any more."
            )
        found = uow.outbox.read(after, query.limit + 1)
    shown = found[: query.limit]
    items = [
        EventView(
            position=stamped.position,
            kind=stamped.event.kind,
            subject=stamped.event.subject,
            at=stamped.event.at,
            data=stamped.event.data,
        )
        for stamped in shown
        if query.kind is None or is_of(stamped.event.kind, query.kind)
    ]
    end = shown[-1].position if shown else after
    return EventFeed(items=items, next_cursor=encoded_cursor(str(end)), more=len(found) > query.limit)


def _position(cursor: str) -> int:
    text = decoded_cursor(cursor)
    if not text.isdecimal() or len(text) > 18:
        raise InvalidValue("This cursor is not one that the server gave out.")
    return int(text)


def _seal() -> SecretSeal:
    return SecretSeal(context().secrets.webhook_seal_key)


def _view(webhook: Webhook) -> WebhookView:
    return WebhookView(
        webhook_id=webhook.webhook_id,
        url=webhook.url,
        kinds=list(webhook.kinds),
        added_by=webhook.added_by,
        added_at=webhook.added_at,
        old_secret_until=webhook.old_until,
        disabled_at=webhook.disabled_at,
        disabled_cause=webhook.disabled_cause,
    )


def _delivery_view(delivery: Delivery) -> DeliveryView:
    return DeliveryView(
        delivery_id=delivery.delivery_id,
        position=delivery.position,
        kind=delivery.kind,
        made_at=delivery.made_at,
        attempts=delivery.attempts,
        due_at=delivery.due_at,
        delivered_at=delivery.delivered_at,
        status=delivery.status,
        error=delivery.error,
    )
