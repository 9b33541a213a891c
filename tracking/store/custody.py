"""The custody timelines in tables."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, func, select

from tracking.custody.heads import Head
from tracking.custody.timeline import (
    GENESIS,
    CustodyDetail,
    CustodyEntry,
    HandOver,
    chained,
    faults,
)
from tracking.custody.track_slice import DIGEST, TrackSlice, slice_faults
from tracking.store.records import SqlRecords

ASKED_AT_ONCE = 2000


class SqlCustody:
    """Custody in one transaction; see `tracking.unit_of_work.Custody`. `key` lies outside the database."""

    def __init__(self, connection: Connection, key: bytes) -> None:
        self._entries = SqlRecords(connection, CustodyEntry)
        self._details = SqlRecords(connection, CustodyDetail)
        self._slices = SqlRecords(connection, TrackSlice)
        self._connection = connection
        self._key = key

    def append(self, handover: HandOver) -> CustodyEntry:
        newest = self._newest(handover.serial)
        position, mac = (newest.position + 1, newest.mac) if newest else (1, GENESIS)
        entry, detail = chained(handover, position, mac, secrets.token_hex(16), self._key)
        self._entries.add(entry)
        self._details.add(detail)
        return entry

    def append_all(self, handovers: Sequence[HandOver]) -> None:
        links = self._links({handover.serial for handover in handovers})
        entries, details = [], []
        for handover in handovers:
            position, mac = links.get(handover.serial, (0, GENESIS))
            entry, detail = chained(handover, position + 1, mac, secrets.token_hex(16), self._key)
            links[entry.serial] = entry.position, entry.mac
            entries.append(entry)
            details.append(detail)
        self._entries.add_all(entries)
        self._details.add_all(details)

    def timeline(self, serial: str) -> tuple[list[CustodyEntry], dict[int, CustodyDetail]]:
        details = {detail.position: detail for detail in self._details.find(serial=serial)}
        return self._entries.find(serial=serial), details

    def faults(self, serial: str) -> list[str]:
        entries, details = self.timeline(serial)
        named = {detail.proof[DIGEST] for detail in details.values() if DIGEST in detail.proof}
        slices = {kept.sha256: kept for kept in self._slices.find_in(sha256=named)} if named else {}
        return [*faults(entries, details, self._key), *slice_faults(details.values(), slices)]

    def heads(self) -> list[Head]:
        return self._heads()

    def _heads(self, *which: ColumnElement[bool]) -> list[Head]:
        table = self._entries.table
        newest = select(table.c.serial, func.max(table.c.position).label("position")).where(*which)
        last = newest.group_by(table.c.serial).subquery()
        query = select(table.c.serial, table.c.position, table.c.mac).join(
            last, (table.c.serial == last.c.serial) & (table.c.position == last.c.position)
        )
        rows = self._connection.execute(query.order_by(table.c.serial))
        return [Head(row.serial, row.position, row.mac) for row in rows]

    def _links(self, serials: set[str]) -> dict[str, tuple[int, str]]:
        """Return position and `mac` of the newest entry of each serial that has one."""
        ordered = sorted(serials)
        return {
            head.serial: (head.position, head.mac)
            for n in range(0, len(ordered), ASKED_AT_ONCE)
            for head in self._heads(self._entries.table.c.serial.in_(ordered[n : n + ASKED_AT_ONCE]))
        }

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
