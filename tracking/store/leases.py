"""Leases: who may do what only one may do, by the database's clock, with a token that only grows."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select, text, update

from tracking.store.columns import upsert
from tracking.store.tables import leases
from tracking.values.errors import LeaseLost


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that is held; `token` is larger than that of every earlier holder."""

    name: str
    holder: str
    token: int


class SqlLeases:
    """Leases in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def acquire(self, name: str, holder: str, lasts_ms: int) -> Lease | None:
        """Take or prolong a lease for `lasts_ms`; None while another holder's has not run out."""
        now = self._now_ms()
        first = upsert(self._connection, leases).values(name=name, holder="", token=0, expires_at_ms=0)
        self._connection.execute(first.on_conflict_do_nothing())
        row = self._connection.execute(select(leases).where(leases.c.name == name).with_for_update()).one()
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

    def holders(self, prefix: str) -> dict[str, str]:
        """Return who holds each lease whose name begins with `prefix`, those that have run out left out."""
        own = leases.c.name.startswith(prefix, autoescape=True) & (leases.c.expires_at_ms > self._now_ms())
        query = select(leases.c.name, leases.c.holder).where(own)
        return {row.name: row.holder for row in self._connection.execute(query)}

    def _now_ms(self) -> int:
        if self._connection.dialect.name == "sqlite":
            return int(self._connection.execute(text("SELECT unixepoch('subsec') * 1000")).scalar_one())
        return int(
            self._connection.execute(
                select(func.extract("epoch", func.clock_timestamp()) * 1000)
            ).scalar_one()
        )
