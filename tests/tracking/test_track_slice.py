from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.world import NOW, VADUZ
from tracking.custody.timeline import CustodyDetail
from tracking.custody.track_slice import (
    AROUND,
    MOST_POINTS,
    Point,
    TrackSlice,
    digest_of,
    frozen,
    slice_faults,
)
from tracking.values.coordinates import Coordinate


def _points(*seconds: int) -> list[Point]:
    return [Point(NOW + timedelta(seconds=second), VADUZ, 5.0) for second in seconds]


def _slice(*seconds: int) -> TrackSlice:
    kept = frozen("anna", NOW, _points(*seconds), "salt")
    assert kept is not None
    return kept


def _faults(kept: TrackSlice, named: str) -> list[str]:
    detail = CustodyDetail("P-1", 3, "s", "anna", {"kind": "scan", "gps_sha256": named})
    return list(slice_faults([detail], {named: kept}))


def test_slice_holds_what_lies_two_minutes_around_the_hand_over_in_order() -> None:
    kept = _slice(60, -121, -120, 0, 120, 121)
    seconds = [(point["fix_at_ms"] - kept.points[1]["fix_at_ms"]) / 1000 for point in kept.points]
    assert seconds == [-120, 0, 60, 120]
    assert kept.proof == {"gps_sha256": kept.sha256, "gps_points": "4"}
    assert timedelta(minutes=2) == AROUND


def test_nothing_is_frozen_where_nobody_knows_where_the_courier_was() -> None:
    assert frozen("anna", NOW, _points(-500, 500), "salt") is None


def test_long_slice_is_thinned_evenly_and_keeps_its_ends() -> None:
    kept = _slice(*range(-120, 121))
    assert len(kept.points) == MOST_POINTS
    span_ms = kept.points[-1]["fix_at_ms"] - kept.points[0]["fix_at_ms"]
    assert span_ms == 240_000


@pytest.mark.parametrize(
    "change",
    [
        {"courier_id": "ben"},
        {"at": NOW + timedelta(seconds=1)},
        {"salt": "another"},
        {"points": ()},
    ],
)
def test_changed_slice_is_found(change: dict[str, Any]) -> None:
    kept = _slice(-10, 0)
    assert _faults(kept, kept.sha256) == []
    changed = replace(kept, **change)
    assert _faults(changed, kept.sha256) == ["where the courier was at position 3 was changed"]


def test_position_that_was_moved_is_found() -> None:
    kept = _slice(0)
    moved = replace(kept, points=({**kept.points[0], "lat_deg": 0.0},))
    assert digest_of(moved) != kept.sha256


def test_erased_slice_is_no_fault() -> None:
    detail = CustodyDetail("P-1", 3, "s", "anna", {"gps_sha256": _slice(0).sha256})
    assert list(slice_faults([detail], {})) == []


def test_same_places_of_two_hand_overs_have_digests_that_say_nothing() -> None:
    point = Point(NOW, Coordinate(47.0, 9.0), None)
    one, other = (frozen("anna", NOW, [point], salt) for salt in ("a", "b"))
    assert one is not None
    assert other is not None
    assert one.sha256 != other.sha256
