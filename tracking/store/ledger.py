"""The stock ledger in tables: moves are two postings each, balances are sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select

from tracking.parts.part import Condition, Unit
from tracking.parts.stock import Balance, Reservation, StockMove
from tracking.store.columns import upsert
from tracking.store.tables import TABLES, stock_lines, stock_moves, stock_postings

Line = tuple[str, str]
_P = stock_postings.c
_R = TABLES[Reservation].c
_U = TABLES[Unit].c


class SqlLedger:
    """The ledger in one transaction; see `tracking.unit_of_work.Ledger`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self, lines: Iterable[Line]) -> None:
        wanted = sorted(set(lines))
        make = upsert(self._connection, stock_lines).on_conflict_do_nothing()
        rows = [{"location_id": location, "part_number": part} for location, part in wanted]
        self._connection.execute(make, rows)
        for location, part in wanted:  # one by one, in one order for everybody: no deadlock
            row = (stock_lines.c.location_id == location) & (stock_lines.c.part_number == part)
            self._connection.execute(select(stock_lines).where(row).with_for_update())

    def balance(self, location_id: str, part_number: str) -> Balance:
        found = self.balances(location_id, part_number)
        return found[0] if found else Balance(location_id, part_number, 0, 0)

    def balances(self, location_id: str | None = None, part_number: str | None = None) -> list[Balance]:
        on_hand = self._sums(location_id, part_number)
        reserved, taken = self._reserved(location_id, part_number)
        present = self._serials(location_id, part_number)
        broken = self._serials(location_id, part_number, Condition.DEFECTIVE)
        return [
            Balance(
                *line,
                pieces,
                reserved.get(line, 0),
                tuple(s for s in present[line] if s not in taken and s not in broken[line]),
                tuple(broken[line]),
            )
            for line, pieces in sorted(on_hand.items())
            if pieces or reserved.get(line)
        ]

    def whereabouts(self, serial: str) -> str | None:
        query = (
            select(_P.location_id)
            .where(_P.serial == serial)
            .group_by(_P.location_id)
            .having(func.sum(_P.quantity) > 0)
        )
        return self._connection.execute(query).scalar()

    def serials_at(self, location_id: str, part_number: str | None = None) -> list[str]:
        return [s for serials in self._serials(location_id, part_number).values() for s in serials]

    def post(self, move: StockMove) -> None:
        self._connection.execute(
            insert(stock_moves).values(
                move_id=move.move_id,
                part_number=move.part_number,
                from_id=move.from_id,
                to_id=move.to_id,
                quantity=move.quantity,
                reason=move.reason,
                reference=move.reference,
                actor=move.actor,
                at=move.at,
                recorded_at=move.recorded_at,
            )
        )
        pieces: list[tuple[str | None, int]] = [(s, 1) for s in move.serials] or [(None, move.quantity)]
        self._connection.execute(
            insert(stock_postings),
            [
                {
                    "move_id": move.move_id,
                    "location_id": location,
                    "part_number": move.part_number,
                    "serial": serial,
                    "quantity": sign * quantity,
                }
                for serial, quantity in pieces
                for location, sign in ((move.from_id, -1), (move.to_id, 1))
            ],
        )

    def _sums(self, location_id: str | None, part_number: str | None) -> dict[Line, int]:
        query = select(_P.location_id, _P.part_number, func.sum(_P.quantity)).group_by(
            _P.location_id, _P.part_number
        )
        rows = self._connection.execute(_narrowed(query, location_id, part_number))
        return {(location, part): int(pieces) for location, part, pieces in rows}

    def _reserved(
        self, location_id: str | None, part_number: str | None
    ) -> tuple[dict[Line, int], frozenset[str]]:
        query = select(_R.location_id, _R.part_number, _R.quantity, _R.serials).where(
            _R.released_at.is_(None)
        )
        if location_id is not None:
            query = query.where(_R.location_id == location_id)
        if part_number is not None:
            query = query.where(_R.part_number == part_number)
        pieces: dict[Line, int] = defaultdict(int)
        serials: set[str] = set()
        for location, part, quantity, named in self._connection.execute(query):
            pieces[location, part] += quantity
            serials.update(named)
        return pieces, frozenset(serials)

    def _serials(
        self, location_id: str | None, part_number: str | None, condition: Condition | None = None
    ) -> dict[Line, list[str]]:
        query = (
            select(_P.location_id, _P.part_number, _P.serial, func.max(_P.posting_id).label("last"))
            .where(_P.serial.is_not(None))
            .group_by(_P.location_id, _P.part_number, _P.serial)
            .having(func.sum(_P.quantity) > 0)
            .order_by("last")
        )
        if condition is not None:
            query = query.join(TABLES[Unit], _U.serial == _P.serial).where(_U.condition == condition)
        found: dict[Line, list[str]] = defaultdict(list)
        for location, part, serial, _ in self._connection.execute(_narrowed(query, location_id, part_number)):
            found[location, part].append(serial)
        return found


def _narrowed(query: Select[Any], location_id: str | None, part_number: str | None) -> Select[Any]:
    if location_id is not None:
        query = query.where(_P.location_id == location_id)
    if part_number is not None:
        query = query.where(_P.part_number == part_number)
    return query
