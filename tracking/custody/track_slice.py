"""Track slices: where a courier was around a hand-over, frozen when it was recorded.

The proof of a custody entry names the salted SHA-256 of its slice, so that the chain holds it; the slice
itself is kept apart. A person's slices can be erased, and the chain still holds: nobody can put another in
their place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tracking.custody.timeline import CustodyDetail
from tracking.values.coordinates import Coordinate
from tracking.values.times import to_ms

AROUND = timedelta(minutes=2)
"""How long before and after a hand-over positions belong to its slice."""
MOST_POINTS = 60
"""The most positions of a slice; of more, as many are kept evenly, the first and the last among them."""
DIGEST = "gps_sha256"
"""The name of the digest in a proof."""
COUNT = "gps_points"
"""The name of how many positions a slice has, in a proof."""


@dataclass(frozen=True, slots=True)
class Point:
    """One position: by the device's own time, with its accuracy in m where it was told."""

    fix_at: datetime
    coordinate: Coordinate
    accuracy_m: float | None


@dataclass(frozen=True, slots=True)
class TrackSlice:
    """A courier's positions around `at`; `sha256`, in hex, is of all the rest.

    `points` are dictionaries of `fix_at_ms` since the epoch, `lat_deg`, `lon_deg` (WGS-84) and `accuracy_m`.
    """

    sha256: str
    courier_id: str
    at: datetime
    salt: str
    points: tuple[dict[str, Any], ...]

    @property
    def proof(self) -> dict[str, str]:
        """What a custody entry says of it."""
        return {DIGEST: self.sha256, COUNT: str(len(self.points))}


def frozen(courier_id: str, at: datetime, points: Sequence[Point], salt: str) -> TrackSlice | None:
    """Return the slice of these positions that lie around `at`, or None where there is none."""
    near = sorted(
        (point for point in points if abs(point.fix_at - at) <= AROUND), key=lambda point: point.fix_at
    )
    if not near:
        return None
    told = tuple(_told(point) for point in _thinned(near))
    bare = TrackSlice("", courier_id, at, salt, told)
    return replace(bare, sha256=digest_of(bare))


def digest_of(kept: TrackSlice) -> str:
    """Return the salted SHA-256 of courier, time and positions, in hex."""
    content = [kept.salt, kept.courier_id, to_ms(kept.at), list(kept.points)]
    spelled = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(spelled.encode()).hexdigest()


def slice_faults(details: Iterable[CustodyDetail], slices: Mapping[str, TrackSlice]) -> Iterator[str]:
    """Yield where a slice, by its digest, is not the one that was frozen; an erased one is no fault."""
    for detail in details:
        kept = slices.get(detail.proof.get(DIGEST, ""))
        if kept is not None and digest_of(kept) != kept.sha256:
            yield f"where the courier was at position {detail.position} was changed"


def _thinned(points: Sequence[Point]) -> Sequence[Point]:
    if len(points) <= MOST_POINTS:
        return points
    step = (len(points) - 1) / (MOST_POINTS - 1)
    return [points[round(n * step)] for n in range(MOST_POINTS)]


def _told(point: Point) -> dict[str, Any]:
    return {
        "fix_at_ms": to_ms(point.fix_at),
        "lat_deg": point.coordinate.lat_deg,
        "lon_deg": point.coordinate.lon_deg,
        "accuracy_m": point.accuracy_m,
    }
