"""API keys: how programs call us, each with scopes of its own, until it expires or is revoked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key by its digest; the key itself is kept nowhere. `name` is what the audit log calls its holder."""

    key_id: str
    name: str
    secret_sha256: str = field(repr=False)
    scopes: tuple[str, ...]
    added_by: str
    added_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def holds_at(self, at: datetime) -> bool:
        """Whether the key may be used."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)
