"""What stands in a CSV file is read cell by cell; what is wrong with the file itself is named."""

from __future__ import annotations

import pytest

from tracking.sheets.faults import SheetTooLarge
from tracking.sheets.guard import guarded, unguarded
from tracking.sheets.machines import MACHINES
from tracking.sheets.parts import PARTS
from tracking.sheets.reading import LARGEST_BYTES, read_sheet

HEADER = "machine_id,site_id,model,serial"
GOOD = f"{HEADER}\nct-1,hospital,X-Ray 7,4711\n"


def _faults(content: bytes) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.column, fault.reason) for fault in read_sheet(MACHINES, content).faults]


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("\n", "\r").encode(),
        f'\n{HEADER}\n\n"ct-1","hospital","X-Ray 7","4711"'.encode(),
        b"serial,model,machine_id,site_id\n 4711 ,X-Ray 7,ct-1 , hospital\n",
    ],
)
def test_file_is_read_whatever_program_wrote_it(content: bytes) -> None:
    draft = read_sheet(MACHINES, content)
    assert draft.faults == ()
    (row,) = draft.rows
    assert row.values == {"machine_id": "ct-1", "site_id": "hospital", "model": "X-Ray 7", "serial": "4711"}


def test_line_is_that_of_the_file_where_the_row_begins() -> None:
    header = "part_number,name,kind,weight_g,volume_cm3,value_cents"
    text = f'{header}\nA,"two\nlines",consumable,1,1,1\n\nB,b,x,1,1,1'
    (fault,) = read_sheet(PARTS, text.encode()).faults
    assert (fault.line, fault.column, fault.value) == (5, "kind", "x")


@pytest.mark.parametrize(
    ("content", "line", "column", "says"),
    [
        (b"", 1, "", "the file is empty"),
        (b"\xef\xbb\xbf", 1, "", "the file is empty"),
        (b"\n\r\n\n", 1, "", "the file is empty"),
        (GOOD.encode("utf-16"), 1, "", "is UTF-16: save it as CSV in UTF-8"),
        (GOOD.encode("utf-16-be").join([b"\xfe\xff", b""]), 1, "", "is UTF-16"),
        (b"PK\x03\x04rest of a workbook", 1, "", "is a workbook or an archive"),
        (b"\xd0\xcf\x11\xe0rest", 1, "", "is a workbook"),
        (f"{HEADER}\nct-1,hospital,R\u00f6ntgen,1\n".encode("latin-1"), 2, "", "byte 16 (0xf6) is not UTF-8"),
        (HEADER.replace(",", ";").encode(), 1, "", "separated by ';': write commas"),
        (HEADER.replace(",", "\t").encode(), 1, "", "separated by '\\t': write commas"),
        (b"ct-1,hospital,X-Ray 7,4711\n", 1, "", "there is no row of names: write machine_id, site_id"),
        (b"machine_id,site_id,model\n", 1, "serial", "is missing: the file needs this column"),
        (f"{HEADER},colour\nct-1,h,X,1,red\n".encode(), 1, "colour", "is no column of machines"),
        (f"{HEADER},\nct-1,h,X,1,\n".encode(), 1, "", "is no column of machines"),
        (f"{HEADER},model\nct-1,h,X,1,X\n".encode(), 1, "model", "stands twice in the row of names"),
        (f"{HEADER}\nct-1,h,X\n".encode(), 2, "", "has 3 cells where the row of names has 4"),
        (f"{HEADER}\nct-1,h,X,1,2\n".encode(), 2, "", "has 5 cells where the row of names has 4"),
        (f'{HEADER}\nct-1,h,"X" 7,1\n'.encode(), 2, "", "a double quote inside a cell must be doubled"),
        (f'{HEADER}\nct-1,h,"X,1\nct-2,h,Y,2\n'.encode(), 2, "", "is opened and never closed"),
        (f"{HEADER}\nct-1,h,{'x' * 16_385},1\n".encode(), 2, "model", "at most 16384 characters, not 16385"),
        (f"{HEADER}\nct-1,h,{'x' * 140_000},1\n".encode(), 2, "", "a cell has more than 16384 characters"),
        (f"{HEADER}\nct-1,h,X\0,1\n".encode(), 2, "model", "holds a NUL character"),
    ],
)
def test_file_that_is_none_is_told_why(content: bytes, line: int, column: str, says: str) -> None:
    faults = _faults(content)
    assert len(faults) == 1, faults
    assert faults[0][:2] == (line, column)
    assert says in faults[0][2]


def test_broken_row_costs_none_of_the_others() -> None:
    rows = [
        'ct-1,h,"X" 7,1',
        "ct-2,h,X",
        "ct-3,h,X,2",
        "ct 4,h,X,3",
        f"ct-5,h,{'x' * 140_000},1",
        "ct-6,h,X,",
    ]
    draft = read_sheet(MACHINES, "\n".join([HEADER, *rows]).encode())
    assert [fault.line for fault in draft.faults] == [2, 3, 5, 6, 7]
    assert [row.values.get("machine_id") for row in draft.rows] == ["ct-3", None, "ct-6"]


def test_every_line_that_is_not_utf_8_is_named_and_the_others_are_read() -> None:
    rows = [HEADER.encode(), b"ct-1,h,\xe4,1", b"ct-2,h,ok,2", b"ct-3,h,\xfc\xfc,3", b"ct 4,h,ok,4"]
    assert [(line, column) for line, column, _ in _faults(b"\n".join(rows))] == [
        (2, ""),
        (4, ""),
        (5, "machine_id"),
    ]


def test_file_has_bounds() -> None:
    with pytest.raises(SheetTooLarge, match="64 MiB"):
        read_sheet(MACHINES, b" " * (LARGEST_BYTES + 1))
    rows = f"{HEADER}\n" + "ct-1,h,X,1\n" * 3
    assert len(read_sheet(MACHINES, rows.encode(), most_rows=3).rows) == 3
    with pytest.raises(SheetTooLarge, match="at most 2 rows"):
        read_sheet(MACHINES, rows.encode(), most_rows=2)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\uff1d1", "'\uff1d1"),
        ("'=1", "''=1"),
        ("''@", "'''@"),
        ("'tis", "'tis"),
        ("a=1", "a=1"),
        ("", ""),
    ],
)
def test_cell_that_a_spreadsheet_would_run_is_guarded_and_comes_back(text: str, cell: str) -> None:
    assert guarded(text) == cell
    assert unguarded(cell) == text
