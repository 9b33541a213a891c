"""Reading a CSV file: bytes in; rows with the values of their cells, and all faults, out."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tracking.sheets.cells import LONGEST_CELL, BadCell, Column
from tracking.sheets.draft import STEP, Draft, Progress, Row, SheetKind, no_progress
from tracking.sheets.faults import LONGEST_SHOWN, Fault, SheetTooLarge
from tracking.sheets.guard import unguarded

LARGEST_BYTES = 64 * 1024 * 1024
MOST_ROWS = 250_000
_BOM = b"\xef\xbb\xbf"
_OTHER_FORMATS = {
    b"\xff\xfe": "is UTF-16",
    b"\xfe\xff": "is UTF-16",
    b"PK\x03\x04": "is a workbook or an archive",
    b"\xd0\xcf\x11\xe0": "is a workbook",
}
_OTHER_DELIMITERS = (";", "\t", "|")


@dataclass(frozen=True, slots=True)
class _Line:
    """A row as the CSV reader gives it, or why it cannot: `number` is the line of the file it begins in."""

    number: int
    cells: list[str]
    trouble: str = ""


def read_sheet(
    kind: SheetKind, content: bytes, *, most_rows: int = MOST_ROWS, progress: Progress = no_progress
) -> Draft:
    """Read a file: UTF-8, with or without a byte order mark; commas; one row of names; double quotes.

    All rows are read, whatever is wrong with others; faults are in the order of their lines. Raises
    `SheetTooLarge` for more than `LARGEST_BYTES` or `most_rows`.
    """
    if len(content) > LARGEST_BYTES:
        raise SheetTooLarge(f"A file has at most {LARGEST_BYTES >> 20} MiB.")
    faults = list(_encoding_faults(content))
    if len(faults) == 1 and faults[0].line == 0:
        return _refused(kind, content, faults[0].reason)
    lines = _lines(content.decode("utf-8-sig", errors="replace"))
    header = next(lines, None)
    if header is None:
        return _refused(kind, content, "the file is empty: it needs at least the row of names")
    columns, header_faults = _columns(kind, header)
    faults += header_faults
    rows: list[Row] = []
    if columns:
        total = content.count(b"\n")
        for count, line in enumerate(lines, start=1):
            if count > most_rows:
                raise SheetTooLarge(f"A file has at most {most_rows:,} rows here.")
            row = _row(line, columns, faults)
            if row is not None:
                rows.append(row)
            if count % STEP == 0:
                progress("reading", line.number, total)
    faults += kind.check_file(rows)
    given = tuple(column.name for column in columns if column is not None)
    return Draft(kind.name, given, tuple(rows), tuple(sorted(faults)), _digest(content))


def _refused(kind: SheetKind, content: bytes, reason: str) -> Draft:
    return Draft(kind.name, (), (), (Fault(1, "", reason),), _digest(content))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _encoding_faults(content: bytes) -> Iterator[Fault]:
    """Yield a fault for each line that is not UTF-8; one in line 0 means that it is no CSV file at all."""
    for magic, what in _OTHER_FORMATS.items():
        if content.startswith(magic):
            yield Fault(0, "", f"the file {what}: save it as CSV in UTF-8")
            return
    try:
        content.decode()
        return
    except UnicodeDecodeError:
        pass
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            line.decode()
        except UnicodeDecodeError as error:
            wrong = line[error.start]
            yield Fault(
                number, "", f"byte {error.start + 1} (0x{wrong:02x}) is not UTF-8: save as CSV in UTF-8"
            )


def _lines(text: str) -> Iterator[_Line]:
    """Yield the rows that are not blank; a broken one costs none of the others."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _Line(number, [], _quoting_trouble(str(error)))
            continue
        if cells:
            yield _Line(number, cells)


def _quoting_trouble(error: str) -> str:
    if "field limit" in error:
        return f"a cell has more than {LONGEST_CELL} characters; is a double quote missing?"
    if "unexpected end of data" in error:
        return "a double quote is opened and never closed"
    return "a double quote inside a cell must be doubled, and the cell stand in double quotes"


def _columns(kind: SheetKind, header: _Line) -> tuple[list[Column | None], list[Fault]]:
    """Return the column of each cell, None for one that is not known; none at all without a usable header."""
    names = [cell.strip() for cell in header.cells]
    by_name = {column.name: column for column in kind.columns}
    for delimiter in _OTHER_DELIMITERS:
        if len(names) == 1 and delimiter in names[0]:
            reason = f"the names are separated by {delimiter!r}: write commas between cells"
            return [], [Fault(header.number, "", reason)]
    if header.trouble or not by_name.keys() & set(names):
        expected = ", ".join(by_name)
        return [], [Fault(header.number, "", header.trouble or f"there is no row of names: write {expected}")]
    faults = [
        Fault(header.number, name[:LONGEST_SHOWN], f"is no column of {kind.name}: leave it out")
        for name in names
        if name not in by_name
    ]
    faults += [
        Fault(header.number, column.name, "is missing: the file needs this column")
        for column in kind.columns
        if column.needed and column.name not in names
    ]
    twice = sorted({name for name in names if name in by_name and names.count(name) > 1})
    faults += [Fault(header.number, name, "stands twice in the row of names") for name in twice]
    return ([] if twice else [by_name.get(name) for name in names]), faults


def _row(line: _Line, columns: Sequence[Column | None], faults: list[Fault]) -> Row | None:
    """Read a row; what is wrong is added to `faults`."""
    if line.trouble:
        faults.append(Fault(line.number, "", line.trouble))
        return None
    if len(line.cells) != len(columns):
        reason = f"has {len(line.cells)} cells where the row of names has {len(columns)}"
        faults.append(Fault(line.number, "", reason))
        return None
    values: dict[str, Any] = {}
    bad: set[str] = set()
    for column, cell in zip(columns, line.cells, strict=True):
        if column is None:
            continue
        try:
            values[column.name] = _value(column, cell)
        except BadCell as error:
            faults.append(Fault(line.number, column.name, str(error), cell[:LONGEST_SHOWN]))
            bad.add(column.name)
    return Row(line.number, values, frozenset(bad))


def _value(column: Column, cell: str) -> object:
    if len(cell) > LONGEST_CELL:
        raise BadCell(f"must have at most {LONGEST_CELL} characters, not {len(cell)}")
    if "\0" in cell:
        raise BadCell("holds a NUL character")
    text = cell if column.free else cell.strip(" ")
    text = unguarded(text)
    if text:
        return column.read(text)
    if column.needed:
        raise BadCell("is missing")
    return column.empty
