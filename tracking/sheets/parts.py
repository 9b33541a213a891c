"""The sheet of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tracking.parts.part import LONGEST_REVISION, MODEL_SEPARATOR, Hazard, Part, PartKind
from tracking.sheets.cells import (
    Column,
    customs_code,
    free_text,
    identifier,
    model,
    one_of,
    several,
    whole,
)
from tracking.sheets.draft import (
    Draft,
    Occasion,
    Prepared,
    Row,
    SheetKind,
    known,
    repeated,
    settle,
    write_records,
)
from tracking.sheets.faults import Fault
from tracking.unit_of_work import UnitOfWork

MOST_SUBSTITUTES = 20
MOST_MODELS = 200

_COLUMNS = (
    Column("part_number", identifier, "1-64 printable ASCII characters without spaces", "PUMP-1"),
    Column("name", free_text(200), "text, at most 200 characters", "Infusion pump", free=True),
    Column("kind", one_of(PartKind), "`repairable` (has serials) or `consumable` (is counted)", "repairable"),
    Column("weight_g", whole(0, 1_000_000), "grams of one piece, 0-1000000", "2500", number=True),
    Column("volume_cm3", whole(0, 10_000_000), "cubic centimetres, 0-10000000", "6000", number=True),
    Column("value_cents", whole(0, 10**12), "hundredths of the currency, 0-10^12", "120000", number=True),
    Column(
        "revision", free_text(LONGEST_REVISION), "text, at most 64 characters", "C", needed=False, free=True
    ),
    Column(
        "hazards",
        several(one_of(Hazard), len(Hazard)),
        "words with spaces between them (see below)",
        "lithium_battery",
        needed=False,
        empty=(),
    ),
    Column("customs_code", customs_code, "HS code, 6-10 digits", "901839", needed=False),
    Column(
        "substitutes",
        several(identifier, MOST_SUBSTITUTES),
        "at most 20 part numbers with spaces between them, in the catalogue or in the file",
        "PUMP-1A PUMP-2",
        needed=False,
        empty=(),
    ),
    Column(
        "fits_models",
        several(model, MOST_MODELS, MODEL_SEPARATOR),
        "at most 200 models of machines with `|` between them; empty: any",
        "Infusomat 3000|Infusomat 4000",
        needed=False,
        empty=(),
    ),
)


def _check_file(rows: Sequence[Row]) -> Iterator[Fault]:
    yield from repeated(rows, "part_number")
    for row in rows:
        if row.values.get("part_number") in row.values.get("substitutes", ()):
            yield row.fault("substitutes", "names the part itself")


def _prepare(uow: UnitOfWork, draft: Draft) -> Prepared[Part]:
    in_file = {row.values.get("part_number") for row in draft.rows}
    named = {number for row in draft.rows for number in row.values.get("substitutes", ())}
    there = {part.part_number: part for part in known(uow.parts, "part_number", in_file | named)}
    prepared: Prepared[Part] = Prepared()
    for row in draft.rows:
        values, old = row.values, there.get(row.values.get("part_number", ""))
        for number in values.get("substitutes", ()):
            if number not in there and number not in in_file:
                prepared.faults.append(row.fault("substitutes", f"names {number}, which is no part"))
        if old is not None and values.get("kind", old.kind) is not old.kind:
            prepared.faults.append(row.fault("kind", f"cannot be changed: the part is {old.kind} already"))
        if not draft.faults and not prepared.faults:
            settle(prepared, old, replace(old, **values) if old else Part(**values))
    return prepared


def _write(uow: UnitOfWork, prepared: Prepared[Part], occasion: Occasion) -> None:
    write_records(uow.parts, prepared, occasion.progress, "parts")


def _lines(uow: UnitOfWork) -> Iterator[Mapping[str, Any]]:
    for part in uow.parts.scan():
        yield {column.name: getattr(part, column.name) for column in _COLUMNS} | {
            "hazards": " ".join(part.hazards),
            "substitutes": " ".join(part.substitutes),
            "fits_models": MODEL_SEPARATOR.join(part.fits_models),
        }


PARTS = SheetKind("parts", _COLUMNS, _check_file, _prepare, _write, _lines)
