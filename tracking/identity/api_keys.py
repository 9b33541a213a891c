"""Use cases of API keys: made, recognised, revoked."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from tracking.identity.api_key import ApiKey
from tracking.identity.roles import Scope
from tracking.identity.secrets import sha256_hex
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import AlreadyExists, Conflict, InvalidValue
from tracking.values.events import DomainEvent
from tracking.values.ids import checked_name, new_id

KEY_PREFIX = "fsk_"
KEY_BYTES = 32
MOST = 200
"""Keys of one installation, revoked ones included."""
SEEN_EVERY = timedelta(minutes=1)
"""How exact `last_used_at` is."""
FOR_PEOPLE = frozenset({Scope.DRIVE, Scope.KEYS_WRITE, Scope.POSITIONS_ERASE})
"""What no program may do: drive, make keys, erase what people are entitled to have erased."""


def add_key(
    uow: UnitOfWork,
    name: str,
    scopes: Collection[Scope],
    by: str,
    at: datetime,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key and return it with its text, which is not told again.

    Raises `InvalidValue` for scopes that are people's or a time that is over, `AlreadyExists` for the name of
    a key that holds, `Conflict` when there are too many.
    """
    checked_name(name, "key")
    theirs = sorted(set(scopes) & FOR_PEOPLE)
    if theirs or not scopes:
        raise InvalidValue(f"A key needs scopes, and may not have {theirs or 'none'}.")
    if expires_at is not None and expires_at <= at:
        raise InvalidValue("A key must expire in the future.")
    known = uow.api_keys.find()
    if any(key.name == name and key.holds_at(at) for key in known):
        raise AlreadyExists(f"There is a key {name!r} already.")
    if len(known) >= MOST:
        raise Conflict(f"There are {MOST} keys already.")
    text = KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)
    key = ApiKey(new_id(), name, sha256_hex(text), tuple(sorted(scopes)), by, at, expires_at)
    uow.api_keys.add(key)
    uow.outbox.add(DomainEvent("api_key.added", key.key_id, at, {"name": name, "by": by}))
    return key, text


def revoke_key(uow: UnitOfWork, key_id: str, by: str, at: datetime) -> ApiKey:
    """Refuse a key from now on; one that is revoked already stays so."""
    key = uow.api_keys.require(key_id, lock=True)
    if key.revoked_at is not None:
        return key
    revoked = replace(key, revoked_at=at)
    uow.api_keys.save(revoked)
    uow.outbox.add(DomainEvent("api_key.revoked", key_id, at, {"name": key.name, "by": by}))
    return revoked


def key_of(uow: UnitOfWork, text: str, at: datetime) -> ApiKey | None:
    """Return the key that a text is, if it holds."""
    found = uow.api_keys.find(secret_sha256=sha256_hex(text))
    return next((key for key in found if key.holds_at(at)), None)


def was_seen_lately(key: ApiKey, at: datetime) -> bool:
    """Whether `last_used_at` is exact enough."""
    return key.last_used_at is not None and at - key.last_used_at < SEEN_EVERY
