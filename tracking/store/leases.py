"""Leases: who may do what only one may do, by the database's clock, with a token that only grows."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, text, update

from tracking.store.tables import leases
from tracking.values.errors import FieldstockError


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that is held; `token` is larger than that of every earlier holder."""

    name: str
    holder: str
    token: int


class LeaseLost(FieldstockError):
    """Another process holds the lease by now."""

    code = "lease_lost"
    action = "Nothing: the holder goes on with the work."


class SqlLeases:
    """Leases in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def acquire(self, name: str, holder: str, lasts_ms: int) -> Lease | None:
        """Take or prolong a lease for `lasts_ms`; None while another holder's has not run out."""
        now = self._now_ms()
        row = self._connection.execute(select(leases).where(leases.c.name == name).with_for_update()).first()
        if row is None:
            first = {"name": name, "holder": holder, "token": 1, "expires_at_ms": now + lasts_ms}
            self._connection.execute(insert(leases).values(first))
            return Lease(name, holder, 1)
        if row.holder != holder and row.expires_at_ms > now:
            return None
        token = row.token if row.holder == holder and row.expires_at_ms > now else row.token + 1
        values = {"holder": holder, "token": token, "expires_at_ms": now + lasts_ms}
        self._connection.execute(update(leases).where(leases.c.name == name).values(values))
        return Lease(name, holder, token)

    def release(self, lease: Lease) -> None:
        """Let others have the lease at once."""
        own = (leases.c.name == lease.name) & (leases.c.token == lease.token)
        self._connection.execute(update(leases).where(own).values(expires_at_ms=0))

    def check(self, lease: Lease) -> None:
        """Raise `LeaseLost` unless `lease` is still the newest; keeps it so until the transaction ends."""
        query = select(leases.c.token).where(leases.c.name == lease.name).with_for_update()
        if self._connection.execute(query).scalar() != lease.token:
            raise LeaseLost(f"The lease {lease.name} went to another process.")

    def _now_ms(self) -> int:
        if self._connection.dialect.name == "sqlite":
            return int(self._connection.execute(text("SELECT unixepoch('subsec') * 1000")).scalar_one())
        return int(
            self._connection.execute(
                select(func.extract("epoch", func.clock_timestamp()) * 1000)
            ).scalar_one()
        )
