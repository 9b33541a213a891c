"""API keys of programs, and the audit log of what was written over the API."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from api.access import caller
from api.context import context
from api.operation import effect, operation
from api.paging import page_of
from mobile_contract.common import Page
from mobile_contract.programs import ApiKeyQuery, ApiKeySecret, ApiKeyView, AuditQuery, AuditView, NewApiKey
from tracking.identity.api_key import ApiKey
from tracking.identity.api_keys import add_key, revoke_key
from tracking.identity.roles import Scope
from tracking.store.tables import AuditEntry

programs = APIBlueprint("programs", __name__, url_prefix="/v1", tag="Programs")


@operation(programs, "GET", "/api-keys", Page[ApiKeyView], scope=Scope.KEYS_WRITE, query=ApiKeyQuery)
def list_api_keys(query: ApiKeyQuery) -> dict[str, Any]:
    """The keys of programs, revoked ones included."""
    with context().store.reading() as uow:
        return page_of(uow.records(ApiKey), query, lambda found: [_view(key) for key in found], key="key_id")


@operation(
    programs,
    "POST",
    "/api-keys",
    ApiKeySecret,
    scope=Scope.KEYS_WRITE,
    body=NewApiKey,
    status=201,
    errors={409: "A key of this name holds already, or there are too many."},
)
def add_api_key(body: NewApiKey) -> Any:
    """Make a key for a program. Its text is told this once."""
    scopes = [Scope(scope) for scope in body.scopes]
    with effect() as this:
        key, text = add_key(this.uow, body.name, scopes, caller().login, context().clock(), body.expires_at)
        return this.conclude(ApiKeySecret(**_view(key).model_dump(), key=text))


@operation(programs, "POST", "/api-keys/<key_id>/revoke", ApiKeyView, scope=Scope.KEYS_WRITE, idempotent=True)
def revoke_api_key(key_id: str) -> Any:
    """Refuse a key from now on."""
    with effect() as this:
        return this.conclude(_view(revoke_key(this.uow, key_id, caller().login, context().clock())))


@operation(programs, "GET", "/audit", Page[AuditView], scope=Scope.AUDIT_READ, query=AuditQuery)
def list_audit(query: AuditQuery) -> dict[str, Any]:
    """Who wrote what over the API, the newest first."""
    with context().store.reading() as uow:
        return page_of(
            uow.records(AuditEntry),
            query,
            lambda found: [_audit_view(entry) for entry in found],
            key="entry_id",
            newest_first=True,
        )


def _view(key: ApiKey) -> ApiKeyView:
    return ApiKeyView(
        key_id=key.key_id,
        name=key.name,
        scopes=list(key.scopes),
        added_by=key.added_by,
        added_at=key.added_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
    )


def _audit_view(entry: AuditEntry) -> AuditView:
    return AuditView(
        entry_id=entry.entry_id,
        at=entry.at,
        actor=entry.actor,
        operation=entry.operation,
        path=entry.path,
        request=entry.request,
    )
