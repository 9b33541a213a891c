"""Webhooks, and the feed of events that programs follow."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from mobile_contract.common import SORTED, Answer, Instant, Message, PageQuery, SentInstant

EventKind = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}(\.[a-z_]{1,40})?$")]
"""A kind of events, `order.delivered`, or a family of them, `order`."""


class NewWebhook(Message):
    """Who is told of events from now on, by POST."""

    url: str = Field(min_length=1, max_length=2_000, description="https, and not in a private network.")
    kinds: list[EventKind] = Field(
        [], max_length=100, description="Kinds or families of events; all where empty."
    )


class WebhookView(Answer):
    """Somebody who is told of events."""

    webhook_id: str
    url: str
    kinds: list[str]
    added_by: str
    added_at: Instant
    old_secret_until: Instant | None = Field(
        description="Until when deliveries are signed by the old secret too."
    )
    disabled_at: Instant | None
    disabled_cause: str | None


class WebhookSecret(WebhookView):
    """A webhook with its secret, which is told this once."""

    secret: str = Field(description="whsec_ and base64, as Standard Webhooks has it.")


class DeliveryView(Answer):
    """One event on its way to a webhook, or there."""

    delivery_id: str = Field(description="What the header webhook-id says.")
    position: int
    kind: str
    made_at: Instant
    attempts: int
    due_at: Instant | None = Field(description="When it is tried next; null when it is over.")
    delivered_at: Instant | None
    status: int | None = Field(description="Of the last attempt.")
    error: str | None


class WebhookQuery(PageQuery):
    """Which webhooks to list."""

    sort: Literal["url", "-url", "added_at", "-added_at"] | None = SORTED


class DeliveryQuery(PageQuery):
    """Which deliveries to list."""

    kind: EventKind | None = None
    made_from: SentInstant | None = None
    made_until: SentInstant | None = None
    sort: Literal["made_at", "-made_at", "attempts", "-attempts"] | None = SORTED


class EventQuery(PageQuery):
    """Which events to read."""

    kind: EventKind | None = Field(None, description="A kind of events, or a family.")


class EventView(Answer):
    """Something that happened; `position` orders events and is never given twice."""

    position: int
    kind: str
    subject: str
    at: Instant
    data: dict[str, Any]


class EventFeed(Answer):
    """The next events: `next_cursor` goes on from there, also when there is nothing new."""

    items: list[EventView]
    next_cursor: str
    more: bool = Field(description="Whether there are more already.")
