"""Small benchmark texts that several tests share."""

from __future__ import annotations

from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "routing" / "examples"

LILIM = (EXAMPLES / "lilim.txt").read_text()
SOLOMON = (EXAMPLES / "solomon.txt").read_text()


def changed(text: str, line: int, column: int, word: str) -> str:
    """The text with one word (line and column from 1) replaced; an empty word takes it out."""
    lines = text.splitlines()
    words = lines[line - 1].split()
    words[column - 1 : column] = [word] if word else []
    lines[line - 1] = "\t".join(words)
    return "\n".join(lines) + "\n"
