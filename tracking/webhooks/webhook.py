"""A webhook, the deliveries to it, their signatures, and when a delivery is tried again.

After the Standard Webhooks specification (standardwebhooks.com), version 1: headers `webhook-id`,
`webhook-timestamp` and `webhook-signature`, symmetric signatures `v1`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tracking.values.events import DomainEvent

SECRET_PREFIX = "whsec_"  # noqa: S105 - no secret, but what each begins with
SECRET_BYTES = 32
OLD_SECRET_COUNTS = timedelta(hours=24)
"""How long after a rotation deliveries are signed with the old secret too."""

RETRIES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long after each failed attempt the next one follows; the last is 3 days and 4 hours after the first."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Somebody who is told of events of some `kinds` or families of them; of all where there are none.

    `secret_sealed` signs, and until `old_until` `old_sealed` does too. Events up to `position` have become
    deliveries. `disabled_cause` says why nothing is sent any more.
    """

    webhook_id: str
    url: str
    kinds: tuple[str, ...]
    secret_sealed: str = field(repr=False)
    added_by: str
    added_at: datetime
    position: int
    old_sealed: str | None = field(default=None, repr=False)
    old_until: datetime | None = None
    disabled_at: datetime | None = None
    disabled_cause: str | None = None

    def wants(self, kind: str) -> bool:
        """Whether events of a kind are told here, by its name (`order.delivered`) or its family (`order`)."""
        return not self.kinds or any(is_of(kind, each) for each in self.kinds)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one webhook. `due_at` is when it is tried next; None when it is over.

    `body` is sent as it is, at every attempt. `status` and `error` are of the last attempt.
    """

    delivery_id: str
    webhook_id: str
    position: int
    kind: str
    body: str
    made_at: datetime
    due_at: datetime | None
    attempts: int = 0
    delivered_at: datetime | None = None
    status: int | None = None
    error: str | None = None


def is_of(kind: str, wanted: str) -> bool:
    """Whether a kind of events is the one that is wanted, or of that family."""
    return kind == wanted or kind.startswith(f"{wanted}.")


def new_secret() -> str:
    """Return a secret as receivers configure it: `whsec_` and 256 random bits in base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def body_of(position: int, event: DomainEvent) -> str:
    """Return what is told of an event, as JSON; `position` orders events."""
    told = {
        "type": event.kind,
        "timestamp": event.at.isoformat(),
        "data": {"position": position, "subject": event.subject, **event.data},
    }
    return json.dumps(told, separators=(",", ":"), sort_keys=True)


def signed_headers(delivery: Delivery, at: datetime, secrets_in_force: Sequence[str]) -> dict[str, str]:
    """Return the headers of a delivery that is sent at `at`: one signature for each secret."""
    sent_s = int(at.timestamp())
    content = f"{delivery.delivery_id}.{sent_s}.{delivery.body}".encode()
    signatures = [_signature(content, secret) for secret in secrets_in_force]
    return {
        "webhook-id": delivery.delivery_id,
        "webhook-timestamp": str(sent_s),
        "webhook-signature": " ".join(signatures),
    }


def next_attempt(attempts: int, failed_at: datetime) -> datetime | None:
    """Return when a delivery is tried again that failed for the `attempts`-th time; None: no more."""
    return failed_at + RETRIES[attempts - 1] if attempts <= len(RETRIES) else None


def _signature(content: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
