"""Offsets: how far a reader of the journal has come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offset:
    """The last position that a named reader has dealt with; committed with what it made of it."""

    reader: str
    position: int
