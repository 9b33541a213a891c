"""What one contestant is asked, and what it answers; both cross a process boundary as JSON."""

from __future__ import annotations

from dataclasses import dataclass

from routing.formats.choices import Objective


@dataclass(frozen=True, slots=True)
class Request:
    """Solve the instance in `file` within `seconds` on one thread."""

    solver: str
    file: str
    as_vrptw: bool
    objective: Objective
    seconds: float
    seed: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Routes of node numbers, or None, and how long the search took, without start of the process."""

    routes: list[list[int]] | None
    seconds: float
