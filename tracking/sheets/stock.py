"""The sheet of opening stock: what lies where when an operator begins, one row a serial or a counted line.

It goes through the ledger as moves from a supplier, and each serial begins its custody timeline with it. It
opens, and does not count: a serial that is known, or a line that has moved, is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tracking.custody.timeline import HandOver
from tracking.parts.location import Location, LocationKind
from tracking.parts.part import Condition, Part, Unit
from tracking.parts.stock import StockMove
from tracking.sheets.cells import Column, identifier, name, one_of, whole
from tracking.sheets.draft import STEP, Draft, Occasion, Prepared, Row, SheetKind, known, repeated, steps
from tracking.sheets.faults import Fault, SheetRefused
from tracking.unit_of_work import UnitOfWork
from tracking.values.ids import new_id

REASON = "opening_stock"
NO_SHELVES = {
    LocationKind.SUPPLIER: "is a supplier, where opening stock comes from",
    LocationKind.UNACCOUNTED: "is for what nobody can account for",
    LocationKind.LOCKER: "is a locker: name one of its compartments",
}
"""Kinds of places where no stock can be opened, and why."""

PLACES_AT_ONCE = 20
"""Of an export, so that no query takes long."""

_COLUMNS = (
    Column("location_id", name, "a location; no supplier, and of a locker its compartment", "depot-vaduz"),
    Column("part_number", identifier, "a part of the catalogue", "PUMP-1"),
    Column("serial", identifier, "for a repairable part: the unit's, known nowhere yet", "SN1", needed=False),
    Column(
        "condition",
        one_of(Condition),
        "for a repairable part: `new`, `refurbished` or `defective`; empty: new",
        "new",
        needed=False,
    ),
    Column(
        "quantity",
        whole(1, 10**9),
        "for a consumable: pieces, 1-10^9; for a repairable part 1 or empty",
        "25",
        needed=False,
        empty=None,
        number=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Opening:
    """What one row puts into stock; without a serial it is a consumable."""

    line: int
    location_id: str
    part_number: str
    serial: str
    condition: Condition
    quantity: int


@dataclass(frozen=True, slots=True)
class _Records:
    """What rows are held against."""

    places: Mapping[str, Location]
    parts: Mapping[str, Part]
    serials: Mapping[str, str]
    moved: frozenset[tuple[str, str]]


def _check_file(rows: Sequence[Row]) -> Iterator[Fault]:
    yield from repeated(rows, "serial")
    yield from repeated([row for row in rows if row.lacks("serial")], "location_id", "part_number")


def _prepare(uow: UnitOfWork, draft: Draft) -> Prepared[Opening]:
    prepared: Prepared[Opening] = Prepared()
    if draft.rows and not uow.locations.find(kind=LocationKind.SUPPLIER):
        reason = "opening stock comes from a supplier: add a location of that kind first"
        prepared.faults.append(Fault(1, "", reason))
    records = _records(uow, [row.values for row in draft.rows])
    for row in draft.rows:
        prepared.faults += _faults(row, records)
        if not draft.faults and not prepared.faults:
            prepared.added.append(_opening(row))
    return prepared


def _records(uow: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> _Records:
    places = known(uow.locations, "location_id", (row.get("location_id") for row in rows))
    parts = known(uow.parts, "part_number", (row.get("part_number") for row in rows))
    units = known(uow.units, "serial", (row.get("serial") for row in rows))
    by_id = {place.location_id: place for place in places}
    counted = {
        row["location_id"] for row in rows if row.get("location_id") in by_id and not row.get("serial")
    }
    return _Records(
        by_id,
        {part.part_number: part for part in parts},
        {unit.serial: unit.part_number for unit in units},
        frozenset(uow.ledger.moved_lines(sorted(counted))),
    )


def _faults(row: Row, records: _Records) -> Iterator[Fault]:
    values = row.values
    place, part = (
        records.places.get(values.get("location_id", "")),
        records.parts.get(values.get("part_number", "")),
    )
    if place is None and "location_id" in values:
        yield row.fault("location_id", "is no location that is known")
    elif place is not None and place.kind in NO_SHELVES:
        yield row.fault("location_id", NO_SHELVES[place.kind])
    if part is None and "part_number" in values:
        yield row.fault("part_number", "is no part of the catalogue")
    if part is not None:
        yield from _serial_faults(row, records) if part.serialised else _quantity_faults(row, records)


def _serial_faults(row: Row, records: _Records) -> Iterator[Fault]:
    values = row.values
    if row.lacks("serial"):
        yield row.fault("serial", "is missing: the part is repairable, and each row names one unit")
    elif values.get("serial") in records.serials:
        yield row.fault("serial", f"is known already, of the part {records.serials[values['serial']]}")
    if values.get("quantity", 1) not in (1, None):
        yield row.fault("quantity", "must be 1 or empty: the part is repairable, and each row names one unit")


def _quantity_faults(row: Row, records: _Records) -> Iterator[Fault]:
    values = row.values
    for column in ("serial", "condition"):
        if values.get(column):
            yield row.fault(column, "must be empty: the part is a consumable, and is counted")
    if row.lacks("quantity"):
        yield row.fault("quantity", "is missing: the part is a consumable, and is counted")
    if row.lacks("serial") and (values.get("location_id"), values["part_number"]) in records.moved:
        yield row.fault("part_number", "has moved here already: receive or count it")


def _opening(row: Row) -> Opening:
    values = row.values
    return Opening(
        row.line,
        values["location_id"],
        values["part_number"],
        values.get("serial", ""),
        values.get("condition") or Condition.NEW,
        values.get("quantity") or 1,
    )


def _write(uow: UnitOfWork, prepared: Prepared[Opening], occasion: Occasion) -> None:
    openings = prepared.added
    if not openings:
        return
    uow.ledger.lock_all((opening.location_id, opening.part_number) for opening in openings)
    _refuse_what_moved_meanwhile(uow, openings)
    units = [opening for opening in openings if opening.serial]
    for step in steps(units, "writing units", occasion.progress):
        uow.units.add_all([Unit(o.serial, o.part_number, o.condition) for o in step])
    supplier = uow.locations.find(kind=LocationKind.SUPPLIER)[0].location_id
    for moves in steps(list(_moves(openings, supplier, occasion)), "writing moves", occasion.progress):
        uow.ledger.post_all(moves)
    for step in steps(units, "writing custody", occasion.progress):
        uow.custody.append_all([_hand_over(opening, occasion) for opening in step])


def _refuse_what_moved_meanwhile(uow: UnitOfWork, openings: Sequence[Opening]) -> None:
    """Look again, now that the lines are locked: others may have moved them since they were looked at."""
    counted = {opening.location_id for opening in openings if not opening.serial}
    moved = uow.ledger.moved_lines(sorted(counted))
    faults = [
        Fault(o.line, "part_number", "has moved here already: receive or count it", o.part_number)
        for o in openings
        if not o.serial and (o.location_id, o.part_number) in moved
    ]
    if faults:
        raise SheetRefused(faults)


def _moves(openings: Iterable[Opening], supplier: str, occasion: Occasion) -> Iterator[StockMove]:
    """Yield one move for all units of a part that come to a location, and for each line of consumables."""
    lines: dict[tuple[str, str], list[Opening]] = defaultdict(list)
    for opening in openings:
        lines[opening.location_id, opening.part_number].append(opening)
    for (location_id, part_number), of_line in lines.items():
        for n in range(0, len(of_line), STEP):
            some = of_line[n : n + STEP]
            yield StockMove(
                new_id(),
                part_number,
                sum(opening.quantity for opening in some),
                tuple(opening.serial for opening in some if opening.serial),
                supplier,
                location_id,
                REASON,
                occasion.reference,
                occasion.actor,
                occasion.at,
                occasion.at,
            )


def _hand_over(opening: Opening, occasion: Occasion) -> HandOver:
    proof = {
        "kind": "import",
        "sha256": occasion.sha256,
        "line": str(opening.line),
        "reference": occasion.reference,
    }
    at = occasion.at
    return HandOver(opening.serial, REASON, opening.location_id, occasion.actor, at, at, proof)


def _lines(uow: UnitOfWork) -> Iterator[Mapping[str, Any]]:
    shelves = [place.location_id for place in uow.locations.scan() if place.kind not in NO_SHELVES]
    for n in range(0, len(shelves), PLACES_AT_ONCE):
        for lying in uow.ledger.contents(shelves[n : n + PLACES_AT_ONCE]):
            yield asdict(lying)


STOCK = SheetKind("stock", _COLUMNS, _check_file, _prepare, _write, _lines)
