"""API keys of programs, and the audit log."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from mobile_contract.common import SORTED, Answer, Instant, Message, Name, PageQuery, SentInstant


class KeyScope(StrEnum):
    """What a program may do."""

    READ = "read"
    ORDERS_WRITE = "orders:write"
    RETURNS_WRITE = "returns:write"
    REPAIRS_WRITE = "repairs:write"
    RULES_WRITE = "rules:write"
    STOCK_WRITE = "stock:write"
    FLEET_WRITE = "fleet:write"
    WEBHOOKS_WRITE = "webhooks:write"
    AUDIT_READ = "audit:read"


class NewApiKey(Message):
    """A key for one program."""

    name: Name
    scopes: list[KeyScope] = Field(min_length=1, max_length=20)
    expires_at: SentInstant | None = Field(None, description="When it stops to hold; never unless given.")


class ApiKeyView(Answer):
    """A key, without the key itself."""

    key_id: str
    name: str
    scopes: list[str]
    added_by: str
    added_at: Instant
    expires_at: Instant | None
    last_used_at: Instant | None = Field(description="To the minute.")
    revoked_at: Instant | None


class ApiKeySecret(ApiKeyView):
    """A key that was made, with its text, which is told this once."""

    key: str = Field(description="Sent as Authorization: Bearer.")


class AuditQuery(PageQuery):
    """Which writes to list."""

    actor: str | None = Field(
        None, max_length=100, description="A login, or key: and the name of an API key."
    )
    operation: str | None = Field(None, max_length=100, description="As openapi.json names it: place_order.")
    sort: Literal["at", "-at", "actor", "-actor"] | None = SORTED


class ApiKeyQuery(PageQuery):
    """Which keys to list."""

    sort: Literal["name", "-name", "added_at", "-added_at"] | None = SORTED


class AuditView(Answer):
    """One write over the API."""

    entry_id: str
    at: Instant
    actor: str
    operation: str
    path: str
    request: str = Field(description="What was sent, its first 4,000 characters.")
