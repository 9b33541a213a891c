"""Readings as phones write them: numbers that may be texts, choices by code, and what is out of range."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from device_gateway.protocol.decoded import Unreadable
from tracking.telemetry.fixes import RANGES
from tracking.values.times import from_ms

Chosen = TypeVar("Chosen")


def number(value: object) -> float | None:
    """Return a finite number, also one written as a text, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def required(message: Mapping[str, Any], key: str) -> float:
    """Return the number at `key`. Raises `Unreadable`."""
    value = number(message.get(key))
    if value is None:
        raise Unreadable(f"invalid_field: `{key}` must be a number.")
    return value


def reading(name: str, value: float | None) -> float | None:
    """Return `value` where `RANGES` allows it for `name`, else None: a reading that the phone lacks."""
    low, high = RANGES[name]
    return value if value is not None and low <= value <= high else None


def chosen(table: Mapping[Any, Chosen], value: object) -> Chosen | None:
    """Return what the code `value` stands for, None for a code that nobody knows."""
    is_code = isinstance(value, int | str) and not isinstance(value, bool)
    return table.get(value) if is_code else None


def epoch_s(value_s: float) -> datetime:
    """Return a time given in s since the epoch. Raises `InvalidValue` outside the years 1970 to 9999."""
    return from_ms(round(value_s * 1000))
