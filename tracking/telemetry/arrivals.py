"""Arrivals: the stays at a place that a courier's plausible fixes show, whatever order they came in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from tracking.fleet.visits import Stay
from tracking.telemetry.fixes import Fix
from tracking.values.coordinates import Coordinate
from tracking.values.geodesy import great_circle_m

ENTER_M = 120.0
"""A fix this near is at the place."""

LEAVE_M = 180.0
"""A fix that is farther than this, less its accuracy, is away from it; between the two it tells nothing."""

CLEARLY_AWAY_DEG = 0.01
"""A difference of latitude of more than a kilometre, which needs no distance to be worked out."""


@dataclass(frozen=True, slots=True)
class Fence:
    """A place to watch."""

    place_id: str
    coordinate: Coordinate


class Reading(NamedTuple):
    """A fix that says clearly whether its courier was at a place."""

    at: datetime
    is_there: bool


def read(fence: Fence, fix: Fix) -> Reading | None:
    """Return what a fix says of a place, None when it could be either."""
    if abs(fix.coordinate.lat_deg - fence.coordinate.lat_deg) > CLEARLY_AWAY_DEG:
        return Reading(fix.fix_at, False)
    accuracy_m = fix.accuracy_m or 0.0
    distance_m = great_circle_m(fix.coordinate, fence.coordinate)
    if distance_m <= ENTER_M:
        return Reading(fix.fix_at, True) if accuracy_m <= ENTER_M else None
    return Reading(fix.fix_at, False) if distance_m - accuracy_m > LEAVE_M else None


def readings(fence: Fence, fixes: Iterable[Fix]) -> Iterator[Reading]:
    """Yield the clear readings among fixes, in their order."""
    return (reading for fix in fixes if (reading := read(fence, fix)) is not None)


def stays(started_at: datetime | None, between: Sequence[Reading], ends_at: datetime | None) -> list[Stay]:
    """Return the stays that readings in order of time show.

    `started_at` is when the stay began that goes on before them, `ends_at` when the one ends that goes on
    after them; None for none.
    """
    found: list[Stay] = []
    for at, is_there in between:
        if is_there and started_at is None:
            started_at = at
        elif not is_there and started_at is not None:
            if at > started_at:
                found.append(Stay(started_at, at))
            started_at = None
    if started_at is not None:
        found.append(Stay(started_at, ends_at))
    return found
