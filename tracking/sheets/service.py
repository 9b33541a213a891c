"""Use cases of sheets: check what a file would do, import it as a whole or not at all, and export."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TextIO

from tracking.sheets.cells import written
from tracking.sheets.draft import Draft, Occasion, Prepared, Progress, SheetKind, no_progress
from tracking.sheets.faults import Fault, SheetRefused
from tracking.sheets.guard import guarded
from tracking.sheets.locations import LOCATIONS
from tracking.sheets.machines import MACHINES
from tracking.sheets.parts import PARTS
from tracking.sheets.stock import STOCK
from tracking.unit_of_work import UnitOfWork
from tracking.values.events import DomainEvent

KINDS = {kind.name: kind for kind in (PARTS, LOCATIONS, STOCK, MACHINES)}
EXPORT_STEP = 1000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a file does to the records: how many it adds and changes, how many are as it says already.

    With `faults` it does nothing; `reference` names the import that was made, and is empty before.
    """

    added: int
    changed: int
    unchanged: int
    faults: tuple[Fault, ...]
    reference: str = ""


def check(uow: UnitOfWork, draft: Draft) -> Outcome:
    """Tell what a file would do; nothing is written."""
    return _outcome(draft, KINDS[draft.kind].prepare(uow, draft))


def import_sheet(
    uow: UnitOfWork, draft: Draft, actor: str, at: datetime, progress: Progress = no_progress
) -> Outcome:
    """Write all that a file says, with one event. Raises `SheetRefused` when there is any fault in it.

    Imports take turns: the number that each takes is locked until the transaction ends.
    """
    kind = KINDS[draft.kind]
    reference = f"import-{uow.next_number('import')}"
    prepared = kind.prepare(uow, draft)
    outcome = _outcome(draft, prepared, reference)
    if outcome.faults:
        raise SheetRefused(outcome.faults)
    kind.write(uow, prepared, Occasion(actor, at, reference, draft.sha256, progress))
    data = {"added": outcome.added, "changed": outcome.changed, "sha256": draft.sha256, "actor": actor}
    uow.outbox.add(DomainEvent(f"{kind.name}.imported", reference, at, data))
    return outcome


def export_sheet(uow: UnitOfWork, kind: SheetKind, file: TextIO, progress: Progress = no_progress) -> int:
    """Write all records of a kind as CSV, in the form that is imported, and return how many there are."""
    writer = csv.writer(file)
    writer.writerow([column.name for column in kind.columns])
    count = 0
    for count, cells in enumerate(_cells(uow, kind), start=1):
        writer.writerow(cells)
        if count % EXPORT_STEP == 0:
            progress("writing", count, 0)
    return count


def _outcome(draft: Draft, prepared: Prepared[Any], reference: str = "") -> Outcome:
    faults = tuple(sorted({*draft.faults, *prepared.faults}))
    if faults:
        return Outcome(0, 0, 0, faults)
    return Outcome(len(prepared.added), len(prepared.changed), prepared.unchanged, (), reference)


def _cells(uow: UnitOfWork, kind: SheetKind) -> Iterator[list[str]]:
    for line in kind.lines(uow):
        texts = [(column, written(line[column.name])) for column in kind.columns]
        yield [text if column.number else guarded(text) for column, text in texts]
