"""Small values of a routing problem that several of its parts share, and the error they raise."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tracking.values.errors import FieldstockError

MAX_TIME_S = 100_000_000
"""Later times (about three years after the problem's zero) are refused."""

MAX_AMOUNT = 1_000_000_000
"""Larger loads, rates and amounts of money are refused, so that every cost fits 64 bits."""


class StopKind(StrEnum):
    """What happens at a stop of a route."""

    START = "start"
    PICKUP = "pickup"
    DELIVERY = "delivery"
    BREAK = "break"
    END = "end"


class InvalidProblem(FieldstockError, ValueError):
    """A routing problem that contradicts itself; `path` leads to the field."""

    code = "invalid_problem"
    action = "Correct the field that the path names."

    def __init__(self, path: str, cause: str) -> None:
        super().__init__(f"{path}: {cause}")
        self.path = path


def require(condition: bool, path: str, cause: str) -> None:
    """Raise `InvalidProblem` at `path` unless `condition` holds."""
    if not condition:
        raise InvalidProblem(path, cause)


def require_int(value: object, path: str, low: int = 0, high: int = MAX_AMOUNT) -> None:
    """Raise `InvalidProblem` unless `value` is a plain integer in [`low`, `high`]."""
    is_int = isinstance(value, int) and not isinstance(value, bool)
    require(is_int, path, f"must be a whole number, not {value!r}.")
    require(low <= value <= high, path, f"must lie in [{low}, {high}], not {value}.")  # type: ignore[operator]


def require_id(value: object, path: str) -> None:
    """Raise `InvalidProblem` unless `value` is a non-empty string."""
    require(isinstance(value, str) and value != "", path, f"must be a non-empty text, not {value!r}.")


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """When a service, or a break, may start: from `earliest_s` to `latest_s`, both included, hard."""

    earliest_s: int
    latest_s: int

    def __post_init__(self) -> None:
        require_int(self.earliest_s, "window.earliest_s", 0, MAX_TIME_S)
        require_int(self.latest_s, "window.latest_s", 0, MAX_TIME_S)
        backwards = f"lies before earliest_s {self.earliest_s}, at {self.latest_s}."
        require(self.earliest_s <= self.latest_s, "window.latest_s", backwards)
