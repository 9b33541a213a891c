"""Imports of CSV files: what a file does, and what is wrong with it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from mobile_contract.common import Answer, Message


class SheetKind(StrEnum):
    """What a CSV file holds."""

    PARTS = "parts"
    LOCATIONS = "locations"
    STOCK = "stock"
    MACHINES = "machines"


class ImportQuery(Message):
    """How a file is imported."""

    dry_run: bool = Field(False, description="Check it and say what it would do; write nothing.")


class SheetFault(Answer):
    """One wrong cell, or a wrong row where `column` is empty."""

    line: int = Field(description="Where the row begins in the file; the row of names is line 1.")
    column: str
    reason: str
    value: str = Field(description="The beginning of what stands there.")


class ImportView(Answer):
    """What a file did to the records, or would do; with faults, which a dry run alone shows here, nothing."""

    kind: SheetKind
    dry_run: bool
    added: int
    changed: int
    unchanged: int
    reference: str = Field(description="Names the import that was made; empty for a dry run.")
    faults: list[SheetFault]
