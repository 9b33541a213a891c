"""What is wrong with a sheet, by line, column and reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracking.values.errors import FieldstockError

LONGEST_SHOWN = 60
"""Characters of a wrong value that are shown."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One wrong cell: `line` is where its row begins, from 1; `column` is empty for the row as a whole.

    `value` is the beginning of what stands there.
    """

    line: int
    column: str
    reason: str
    value: str = ""

    def __str__(self) -> str:
        place = f"line {self.line}, {self.column}" if self.column else f"line {self.line}"
        return f"{place}: {self.reason}" + (f" ({self.value!r})" if self.value else "")


class SheetRefused(FieldstockError):
    """A sheet has faults, and nothing of it was imported."""

    code = "sheet_refused"
    action = "Correct the named cells and send the whole file again."

    def __init__(self, faults: Sequence[Fault]) -> None:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__(f"Nothing was imported: the file has {count}, the first in {faults[0]}.")
        self.faults = tuple(faults)


class SheetTooLarge(FieldstockError):
    """A sheet has more bytes or rows than are read at once."""

    code = "sheet_too_large"
    action = "Cut it into several files; each needs the header."
