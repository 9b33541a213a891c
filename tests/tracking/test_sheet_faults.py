"""Each of five hundred kinds of broken rows is named by line, column and reason, and nothing is imported."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.tracking.sheet_faults import (
    OLD_MACHINE,
    OLD_SERIAL,
    SHELVES,
    Broken,
    as_file,
    broken_rows,
    template,
)
from tests.world import FUSE, NOW, PUMP, VADUZ, build_world, stock_up
from tracking.parts.location import Location, LocationKind
from tracking.parts.machine import Machine
from tracking.sheets.faults import SheetRefused
from tracking.sheets.reading import read_sheet
from tracking.sheets.service import KINDS, check, import_sheet
from tracking.store.unit_of_work import Store

ROWS = broken_rows()
STRUCTURAL = ("has {} cells where the row of names has {}", "a double quote inside a cell", "is not UTF-8")


@pytest.fixture
def world(sqlite_store: Store) -> Store:
    with sqlite_store.writing() as uow:
        build_world(uow)
        stock_up(uow, "depot", PUMP, 1, OLD_SERIAL)
        stock_up(uow, "depot", FUSE, 1)
        uow.machines.add(Machine(OLD_MACHINE[0], "hospital", *OLD_MACHINE[1:]))
        uow.locations.add_all(
            [Location(f"shelf-{n}", LocationKind.STOCKING_LOCATION, "Shelf", VADUZ) for n in range(SHELVES)]
        )
        uow.commit()
    return sqlite_store


def test_there_are_five_hundred_kinds_of_broken_rows() -> None:
    kinds = Counter((row.kind, row.column, row.value, tuple(row.beside.items())) for row in ROWS)
    assert [kind for kind, count in kinds.items() if count > 1] == []
    assert len(ROWS) >= 500
    assert {(row.kind, row.column) for row in ROWS} == {
        (kind.name, column.name) for kind in KINDS.values() for column in kind.columns
    }


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_broken_row_is_named_and_nothing_is_imported(world: Store, kind: str) -> None:
    rows = [row for row in ROWS if row.kind == kind]
    content = as_file(kind, rows).encode()
    good = ",".join(template(kind, 9999).get(column.name, "") for column in KINDS[kind].columns)
    draft = read_sheet(KINDS[kind], content + f"{good}\n".encode())
    with world.reading() as uow:
        before = [len(records.find()) for records in (uow.parts, uow.locations, uow.machines, uow.units)]
        outcome = check(uow, draft)
    lines = _line_numbers(rows)
    first_self = next((line for line, row in zip(lines, rows, strict=True) if "SELF" in row.value), 0)
    expected = [
        (line, row.column, row.reason.format(line=first_self) if "{line}" in row.reason else row.reason)
        for line, row in zip(lines, rows, strict=True)
    ]
    assert [(fault.line, fault.column, fault.reason) for fault in outcome.faults] == expected
    with world.writing() as uow, pytest.raises(SheetRefused):
        import_sheet(uow, draft, "test", NOW)
    with world.reading() as uow:
        after = [len(records.find()) for records in (uow.parts, uow.locations, uow.machines, uow.units)]
    assert after == before


@pytest.mark.parametrize("kind", list(KINDS))
def test_rows_that_are_no_rows_are_named_among_good_ones(world: Store, kind: str) -> None:
    columns = [column.name for column in KINDS[kind].columns]
    good = [",".join(template(kind, n).get(column, "") for column in columns) for n in range(5)]
    lines = [
        ",".join(columns).encode(),
        good[0].encode(),
        good[1].rpartition(",")[0].encode(),
        good[2].encode() + b",more",
        good[3].encode(),
        b'"a"b' + good[4].encode(),
        good[4].encode() + b"\xff",
    ]
    with world.reading() as uow:
        faults = check(uow, read_sheet(KINDS[kind], b"\n".join(lines))).faults
    count = len(columns)
    assert [fault.line for fault in faults if fault.line < 5] == [3, 4]
    assert faults[0].reason == STRUCTURAL[0].format(count - 1, count)
    assert faults[1].reason == STRUCTURAL[0].format(count + 1, count)
    assert [f.line for f in faults if f.reason.startswith(STRUCTURAL[1])] == [6]
    assert [f.line for f in faults if STRUCTURAL[2] in f.reason] == [7]


def _line_numbers(rows: list[Broken]) -> list[int]:
    """Return the line each row begins in: cells may hold line breaks."""
    lines, line = [], 2
    for row in rows:
        lines.append(line)
        line += 1 + row.value.count("\n")
    return lines
