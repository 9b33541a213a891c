"""The custody timelines in tables."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, func, select

from tracking.custody.heads import Head
from tracking.custody.timeline import (
    GENESIS,
    CustodyDetail,
    CustodyEntry,
    HandOver,
    chained,
    faults,
)
from tracking.store.records import SqlRecords


class SqlCustody:
    """Custody in one transaction; see `tracking.unit_of_work.Custody`. `key` lies outside the database."""

    def __init__(self, connection: Connection, key: bytes) -> None:
        self._entries = SqlRecords(connection, CustodyEntry)
        self._details = SqlRecords(connection, CustodyDetail)
        self._connection = connection
        self._key = key

    def append(self, handover: HandOver) -> CustodyEntry:
        newest = self._newest(handover.serial)
        position, mac = (newest.position + 1, newest.mac) if newest else (1, GENESIS)
        entry, detail = chained(handover, position, mac, secrets.token_hex(16), self._key)
        self._entries.add(entry)
        self._details.add(detail)
        return entry

    def timeline(self, serial: str) -> tuple[list[CustodyEntry], dict[int, CustodyDetail]]:
        details = {detail.position: detail for detail in self._details.find(serial=serial)}
        return self._entries.find(serial=serial), details

    def faults(self, serial: str) -> list[str]:
        return faults(*self.timeline(serial), self._key)

    def heads(self) -> list[Head]:
        table = self._entries.table
        newest = select(table.c.serial, func.max(table.c.position).label("position")).group_by(table.c.serial)
        last = newest.subquery()
        query = select(table.c.serial, table.c.position, table.c.mac).join(
            last, (table.c.serial == last.c.serial) & (table.c.position == last.c.position)
        )
        rows = self._connection.execute(query.order_by(table.c.serial))
        return [Head(row.serial, row.position, row.mac) for row in rows]

    def _newest(self, serial: str) -> CustodyEntry | None:
        table = self._entries.table
        query = (
            self._entries.query()
            .where(table.c.serial == serial)
            .order_by(None)
            .order_by(table.c.position.desc())
            .limit(1)
        )
        return next(iter(self._entries.select(query)), None)
