"""What a person may choose of a file: its format, and what makes one plan better than another."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """How a problem is written."""

    LILIM = "lilim"
    SOLOMON = "solomon"
    JSON = "json"


class Objective(StrEnum):
    """What makes one plan of a benchmark instance better than another, when both serve all."""

    VEHICLES_FIRST = "vehicles"
    DISTANCE = "distance"
