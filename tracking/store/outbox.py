"""The outbox: events are written with their cause, stamped with a position after it, and read by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from tracking.store.tables import outbox
from tracking.values.events import DomainEvent
from tracking.values.times import system_clock

RELAY_BATCH = 1000


@dataclass(frozen=True, slots=True)
class StampedEvent:
    """An event with its place in the one order that all readers see."""

    position: int
    event: DomainEvent


class SqlOutbox:
    """The outbox in one transaction; see `tracking.unit_of_work.Outbox`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, *events: DomainEvent) -> None:
        now = system_clock()
        if events:
            self._connection.execute(
                insert(outbox),
                [
                    {"kind": e.kind, "subject": e.subject, "at": e.at, "recorded_at": now, "data": e.data}
                    for e in events
                ],
            )

    def has_unstamped(self) -> bool:
        """Tell whether an event waits for its position."""
        waiting = select(outbox.c.outbox_id).where(outbox.c.position.is_(None)).limit(1)
        return self._connection.execute(waiting).first() is not None

    def stamp(self) -> int:
        """Give positions to committed events without one, and return how many; for the one relay only.

        A transaction that commits later gets a later position, whatever its `outbox_id`: readers that
        go by position never miss it.
        """
        waiting = select(outbox.c.outbox_id).where(outbox.c.position.is_(None)).order_by(outbox.c.outbox_id)
        ids = list(self._connection.execute(waiting.limit(RELAY_BATCH)).scalars())
        if ids:
            first = self.newest() + 1
            stamp = (
                update(outbox)
                .where(outbox.c.outbox_id == bindparam("id_"), outbox.c.position.is_(None))
                .values(position=bindparam("at_"))
            )
            self._connection.execute(stamp, [{"id_": i, "at_": first + n} for n, i in enumerate(ids)])
        return len(ids)

    def newest(self) -> int:
        """Return the newest position, 0 when there is none."""
        return self._connection.execute(select(func.max(outbox.c.position))).scalar() or 0

    def oldest(self) -> int:
        """Return the oldest position that is retained, 0 when there is none."""
        return self._connection.execute(select(func.min(outbox.c.position))).scalar() or 0

    def read(self, after: int, limit: int) -> list[StampedEvent]:
        """Return at most `limit` events whose position is beyond `after`, in order."""
        query = select(outbox).where(outbox.c.position > after).order_by(outbox.c.position).limit(limit)
        return [
            StampedEvent(row.position, DomainEvent(row.kind, row.subject, row.at, row.data))
            for row in self._connection.execute(query)
        ]

    def prune(self, before: datetime) -> int:
        """Forget events recorded before a time, but never the newest, and return how many."""
        old = delete(outbox).where(outbox.c.recorded_at < before, outbox.c.position < self.newest())
        return self._connection.execute(old).rowcount
