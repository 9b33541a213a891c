"""The stock ledger in tables: moves are two postings each, balances are sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, collate, func, select, tuple_

from tracking.fleet.courier import VAN, van_id
from tracking.orders.order import Order, OrderState
from tracking.parts.part import Condition, Unit
from tracking.parts.stock import Balance, Lying, Reservation, StockMove
from tracking.returns.rma import Return, ReturnState
from tracking.store.columns import insert_all, upsert
from tracking.store.tables import TABLES, stock_lines, stock_moves, stock_postings

Line = tuple[str, str]
LINES_AT_ONCE = 1000
BYTEWISE = {"sqlite": "BINARY", "postgresql": "C"}
"""The collation of each database that sorts as Python does: lines are locked in one order by everybody."""
_P = stock_postings.c
_R = TABLES[Reservation].c
_O = TABLES[Order].c
_B = TABLES[Return].c
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

    def lock_all(self, lines: Iterable[Line]) -> None:
        wanted = sorted(set(lines))
        key = tuple_(stock_lines.c.location_id, stock_lines.c.part_number)
        order = [
            collate(column, BYTEWISE[self._connection.dialect.name]) for column in stock_lines.primary_key
        ]
        for n in range(0, len(wanted), LINES_AT_ONCE):
            some = wanted[n : n + LINES_AT_ONCE]
            rows = [{"location_id": location, "part_number": part} for location, part in some]
            insert_all(self._connection, stock_lines, rows, unless_there=True)
            query = select(stock_lines).where(key.in_(some)).order_by(*order)
            self._connection.execute(query.with_for_update()).all()

    def balance(self, location_id: str, part_number: str) -> Balance:
        found = self.balances(location_id, part_number)
        return found[0] if found else Balance(location_id, part_number, 0, 0)

    def balances(self, location_id: str | None = None, part_number: str | None = None) -> list[Balance]:
        on_hand = self._sums(location_id, part_number)
        present = self._serials(location_id, part_number)
        broken = self._serials(location_id, part_number, Condition.DEFECTIVE) if present else present
        reserved, taken = self._reserved(location_id, part_number)
        for line, pieces, serials in self._spoken_for(location_id, part_number):
            named = [s for s in serials if s in present[line] and s not in broken[line] and s not in taken]
            reserved[line] += len(named) if serials else pieces
            taken |= set(named)
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
        came = select(_P.location_id).where(_P.serial == serial, _P.quantity > 0)
        return self._connection.execute(came.order_by(_P.posting_id.desc()).limit(1)).scalar()

    def serials_at(self, location_id: str, part_number: str | None = None) -> list[str]:
        return [s for serials in self._serials(location_id, part_number).values() for s in serials]

    def moved_lines(self, location_ids: Sequence[str]) -> set[Line]:
        found: set[Line] = set()
        for n in range(0, len(location_ids), LINES_AT_ONCE):
            some = location_ids[n : n + LINES_AT_ONCE]
            query = select(_P.location_id, _P.part_number).where(_P.location_id.in_(some)).distinct()
            found.update((location, part) for location, part in self._connection.execute(query))
        return found

    def contents(self, location_ids: Sequence[str]) -> Iterator[Lying]:
        place = (_P.location_id, _P.part_number, _P.serial)
        query = (
            select(*place, _U.condition, func.sum(_P.quantity).label("pieces"))
            .outerjoin_from(stock_postings, TABLES[Unit], _U.serial == _P.serial)
            .where(_P.location_id.in_(location_ids))
            .group_by(*place, _U.condition)
            .having(func.sum(_P.quantity) > 0)
            .order_by(*place)
        )
        for location, part, serial, condition, pieces in self._connection.execute(query):
            yield Lying(location, part, serial, condition, int(pieces))

    def post(self, move: StockMove) -> None:
        self.post_all([move])

    def post_all(self, moves: Sequence[StockMove]) -> None:
        insert_all(self._connection, stock_moves, [_row_of(move) for move in moves])
        insert_all(self._connection, stock_postings, [row for move in moves for row in _postings(move)])

    def _sums(self, location_id: str | None, part_number: str | None) -> dict[Line, int]:
        query = select(_P.location_id, _P.part_number, func.sum(_P.quantity)).group_by(
            _P.location_id, _P.part_number
        )
        rows = self._connection.execute(_narrowed(query, location_id, part_number))
        return {(location, part): int(pieces) for location, part, pieces in rows}

    def _reserved(self, location_id: str | None, part_number: str | None) -> tuple[dict[Line, int], set[str]]:
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
        return pieces, serials

    def _spoken_for(
        self, location_id: str | None, part_number: str | None
    ) -> Iterator[tuple[Line, int, Sequence[str]]]:
        """Yield what lies in vans for somebody: for the orders it is on board for, or on its way back."""
        if location_id is not None and not location_id.startswith(VAN):
            return
        orders = select(_O.courier_id, _O.part_number, _O.quantity, _O.serials).where(
            _O.state == OrderState.PICKED_UP, _O.courier_id.is_not(None)
        )
        back = select(_B.courier_id, _B.part_number, _B.serial).where(
            _B.state == ReturnState.PICKED_UP, _B.courier_id.is_not(None), _B.serial.is_not(None)
        )
        if part_number is not None:
            orders = orders.where(_O.part_number == part_number)
            back = back.where(_B.part_number == part_number)
        for courier_id, part, pieces, serials in self._connection.execute(orders):
            if location_id in (None, van_id(courier_id)):
                yield (van_id(courier_id), part), pieces, serials
        for courier_id, part, serial in self._connection.execute(back):
            if location_id in (None, van_id(courier_id)):
                yield (van_id(courier_id), part), 1, (serial,)

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


def _row_of(move: StockMove) -> dict[str, Any]:
    return {column.name: getattr(move, column.name) for column in stock_moves.c}


def _postings(move: StockMove) -> Iterator[dict[str, Any]]:
    pieces: list[tuple[str | None, int]] = [(s, 1) for s in move.serials] or [(None, move.quantity)]
    for serial, quantity in pieces:
        for location, sign in ((move.from_id, -1), (move.to_id, 1)):
            yield {
                "move_id": move.move_id,
                "location_id": location,
                "part_number": move.part_number,
                "serial": serial,
                "quantity": sign * quantity,
            }


def _narrowed(query: Select[Any], location_id: str | None, part_number: str | None) -> Select[Any]:
    if location_id is not None:
        query = query.where(_P.location_id == location_id)
    if part_number is not None:
        query = query.where(_P.part_number == part_number)
    return query
