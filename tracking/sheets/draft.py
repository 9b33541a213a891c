"""A sheet that was read: its rows, what is wrong with them, and what is to become of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from tracking.sheets.cells import Column, written
from tracking.sheets.faults import LONGEST_SHOWN, Fault
from tracking.unit_of_work import Records, UnitOfWork

Entity = TypeVar("Entity")
Progress = Callable[[str, int, int], None]
"""Told what is done, how much of it, and out of how much; called between steps of at most `STEP`."""
STEP = 2000


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `values` are those of its cells that could be read, `bad` the columns of the others."""

    line: int
    values: dict[str, Any]
    bad: frozenset[str] = frozenset()

    def lacks(self, column: str) -> bool:
        """Tell whether a cell is empty or not there, which one that could not be read is not."""
        return column not in self.bad and self.values.get(column) in (None, "")

    def fault(self, column: str, reason: str) -> Fault:
        """Return a fault of one of its cells."""
        value = self.values.get(column, "")
        shown = " ".join(value) if isinstance(value, tuple) else written(value)
        return Fault(self.line, column, reason, shown[:LONGEST_SHOWN])


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that was read: the columns it has, its rows and faults, and its SHA-256 in hex."""

    kind: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]
    sha256: str


@dataclass(slots=True)
class Prepared(Generic[Entity]):
    """What a draft would do to the records as they are: what it adds and changes, and what keeps it from it.

    Nothing is added or changed by a draft that has faults of its own.
    """

    added: list[Entity] = field(default_factory=list)
    changed: list[Entity] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Occasion:
    """One import: who makes it and when, under which reference, of which file."""

    actor: str
    at: datetime
    reference: str
    sha256: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class SheetKind:
    """A kind of sheet.

    `check_file` finds what is wrong among its rows alone, `prepare` what is wrong beside the records, `write`
    writes what was prepared, and `lines` reads all records back as values by column.
    """

    name: str
    columns: tuple[Column, ...]
    check_file: Callable[[Sequence[Row]], Iterable[Fault]]
    prepare: Callable[[UnitOfWork, Draft], Prepared[Any]]
    write: Callable[[UnitOfWork, Prepared[Any], Occasion], None]
    lines: Callable[[UnitOfWork], Iterator[Mapping[str, Any]]]


def no_progress(what: str, done: int, total: int) -> None:
    """Tell nobody."""


def repeated(rows: Sequence[Row], *columns: str) -> Iterator[Fault]:
    """Yield a fault for each row whose values in these columns stood in an earlier row."""
    first: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = tuple(row.values.get(column) for column in columns)
        if any(value in (None, "") for value in key):
            continue
        line = first.setdefault(key, row.line)
        if line != row.line:
            what = "" if len(columns) == 1 else f" with the same {' and '.join(columns[:-1])}"
            yield row.fault(columns[-1], f"stands in line {line} already{what}")


def known(records: Records[Entity], column: str, values: Iterable[Any]) -> Iterator[Entity]:
    """Yield the records whose column has one of these values, asking for `STEP` of them at a time."""
    wanted = sorted({value for value in values if value not in (None, "")})
    for n in range(0, len(wanted), STEP):
        yield from records.find_in(**{column: wanted[n : n + STEP]})


def settle(prepared: Prepared[Entity], old: Entity | None, new: Entity) -> None:
    """Note whether a record is added, changed or unchanged."""
    if old is None:
        prepared.added.append(new)
    elif new != old:
        prepared.changed.append(new)
    else:
        prepared.unchanged += 1


def steps(items: Sequence[Entity], what: str, progress: Progress) -> Iterator[Sequence[Entity]]:
    """Yield the items `STEP` at a time, and tell after each step what is done."""
    for n in range(0, len(items), STEP):
        yield items[n : n + STEP]
        progress(what, min(n + STEP, len(items)), len(items))


def write_records(
    records: Records[Entity], prepared: Prepared[Entity], progress: Progress, what: str
) -> None:
    """Write what was prepared, in steps."""
    for some in steps(prepared.added, f"adding {what}", progress):
        records.add_all(some)
    for some in steps(prepared.changed, f"changing {what}", progress):
        records.save_all(some)
