"""Keeping spreadsheets from running what stands in a cell, in a way that can be taken back.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, whoever wrote it. We write an
apostrophe before it, as people do; what began with apostrophes before such a sign gets one more.
"""

from __future__ import annotations

import re

_SIGNS = r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
"""The four, their full-width forms, and what some programs skip before them."""
_RISKY = re.compile(f"'*{_SIGNS}")
_GUARDED = re.compile(f"'+{_SIGNS}")


def guarded(text: str) -> str:
    """Return the text as it is written into a cell."""
    return f"'{text}" if _RISKY.match(text) else text


def unguarded(cell: str) -> str:
    """Return the text that was written into a cell; what was never guarded stays as it is."""
    return cell[1:] if _GUARDED.match(cell) else cell
