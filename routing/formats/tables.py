"""Tables of numbers in text files, and errors that name the line."""

from __future__ import annotations

import math
from collections.abc import Iterator

from routing.formats.instance import MAX_NODES
from routing.values import InvalidProblem, require

MAX_VEHICLES = 1_000
"""A larger fleet is refused."""

_HEADER_LINES = 20


def lines_of(text: str) -> list[tuple[int, str]]:
    """Return the lines that are not blank, each with its number from 1. Raises `InvalidProblem`."""
    count = text.count("\n")
    most = MAX_NODES + _HEADER_LINES
    require(count <= most, "file", f"has {count} lines: more than {MAX_NODES} nodes are refused.")
    return [(n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]


def numbers(line: tuple[int, str], columns: tuple[str, ...]) -> dict[str, float]:
    """Return the finite numbers of one line by the names of their columns. Raises `InvalidProblem`."""
    number, text = line
    words = text.split()
    expected = f"must hold {len(columns)} numbers ({', '.join(columns)}), not {len(words)}."
    require(len(words) == len(columns), f"line {number}", expected)
    return {
        column: _number(word, f"line {number}, {column}") for column, word in zip(columns, words, strict=True)
    }


def whole(value: float, path: str, low: int, high: int) -> int:
    """Return `value` as a whole number in [`low`, `high`]. Raises `InvalidProblem`."""
    require(value == int(value), path, f"must be a whole number, not {value:g}.")
    require(low <= value <= high, path, f"must lie in [{low}, {high}], not {value:g}.")
    return int(value)


def rows(lines: list[tuple[int, str]], columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, float]]]:
    """Yield each node's line number and figures: numbered from 0 on, no time below zero, windows in order."""
    require(len(lines) > 0, "file", "holds no depot.")
    for expected, line in enumerate(lines):
        row, path = numbers(line, columns), f"line {line[0]}"
        require(row["number"] == expected, f"{path}, number", f"must be {expected}, not {row['number']:g}.")
        for name in ("ready", "due", "service"):
            require(row[name] >= 0, f"{path}, {name}", f"must not be negative, but is {row[name]:g}.")
        backwards = f"lies before ready ({row['ready']:g}), at {row['due']:g}."
        require(row["ready"] <= row["due"], f"{path}, due", backwards)
        yield line[0], row


def _number(word: str, path: str) -> float:
    try:
        value = float(word)
    except ValueError as error:
        raise InvalidProblem(path, f"must be a number, not {word[:40]!r}.") from error
    require(math.isfinite(value), path, f"must be a finite number, not {word}.")
    return value
