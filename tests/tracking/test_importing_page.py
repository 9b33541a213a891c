"""docs/importing.md tells the columns as the code has them, and its examples can be imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracking.parts.location import LocationKind
from tracking.parts.part import Hazard
from tracking.sheets.cells import Column
from tracking.sheets.service import KINDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "importing.md"


def row_of(column: Column) -> str:
    """Return the line of the page that tells of a column."""
    need = "" if column.needed else " (may be left out)"
    example = column.example.replace("|", "\\|")
    return f"| `{column.name}`{need} | {column.takes.replace('`|`', 'a vertical bar')} | `{example}` |"


@pytest.mark.parametrize("kind", list(KINDS))
def test_page_tells_of_every_column(kind: str) -> None:
    section = PAGE.read_text().partition(f"### {kind}\n")[2].partition("\n###")[0]
    told = [line for line in section.splitlines() if line.startswith("| `")]
    assert told == [row_of(column) for column in KINDS[kind].columns]
    assert all(column.read(column.example) is not None for column in KINDS[kind].columns)


@pytest.mark.parametrize("word", [*Hazard, *LocationKind])
def test_page_names_every_word(word: str) -> None:
    assert f"`{word}`" in PAGE.read_text()
