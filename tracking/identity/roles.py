"""Roles of people, and the scopes that each role holds."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What a person is here to do."""

    COURIER = "courier"
    DISPATCHER = "dispatcher"
    DESK = "desk"
    BENCH = "bench"
    PLANNER = "planner"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a caller may do."""

    DRIVE = "drive"
    READ = "read"
    ORDERS_WRITE = "orders:write"
    RETURNS_WRITE = "returns:write"
    REPAIRS_WRITE = "repairs:write"
    RULES_WRITE = "rules:write"
    STOCK_WRITE = "stock:write"
    FLEET_WRITE = "fleet:write"
    POSITIONS_ERASE = "positions:erase"
    WEBHOOKS_WRITE = "webhooks:write"
    KEYS_WRITE = "keys:write"
    AUDIT_READ = "audit:read"


_STAFF = frozenset({Scope.READ})

SCOPES = MappingProxyType(
    {
        Role.COURIER: frozenset({Scope.DRIVE}),
        Role.DISPATCHER: _STAFF | {Scope.ORDERS_WRITE, Scope.RETURNS_WRITE, Scope.FLEET_WRITE},
        Role.DESK: _STAFF | {Scope.ORDERS_WRITE, Scope.RETURNS_WRITE},
        Role.BENCH: _STAFF | {Scope.RETURNS_WRITE, Scope.REPAIRS_WRITE, Scope.STOCK_WRITE},
        Role.PLANNER: _STAFF | {Scope.STOCK_WRITE},
        Role.ADMIN: frozenset(Scope) - {Scope.DRIVE},
    }
)
"""The scopes of each role; a courier sees only what concerns the courier's own work."""
