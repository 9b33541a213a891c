"""What every store of fixes keeps to: the same tests on the SQLite file and on a real InfluxDB."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.telemetry.samples import START, at, fix, uncounted
from tracking.telemetry.fixes import Fix, FixSource
from tracking.telemetry.store import FixStore
from tracking.values.coordinates import Coordinate

FULL = fix(
    5,
    accuracy_m=3.0,
    speed_mps=7.25,
    bearing_deg=359.5,
    altitude_m=-12.5,
    battery_pct=0.0,
    boot_id='quote" back\\slash, comma=',
)
BARE = uncounted(3.123, speed_mps=None)


@pytest.mark.parametrize("written", [FULL, BARE, fix(9, coordinate=Coordinate(-90.0, 180.0))])
def test_a_fix_comes_back_as_it_was(fix_store: FixStore, written: Fix) -> None:
    assert fix_store.write([written]) == []
    assert fix_store.track(written.device, START, at(60)) == [written]
    assert fix_store.latest(written.device) == written


def test_a_store_that_was_never_written_is_empty(fix_store: FixStore) -> None:
    assert fix_store.track("courier-1", START, at(60)) == []
    assert fix_store.latest("courier-1") is None
    assert (fix_store.count(), fix_store.count("courier-1")) == (0, 0)


def test_writing_again_changes_nothing(fix_store: FixStore) -> None:
    fixes = [fix(i) for i in range(20)] + [uncounted(i) for i in range(20)]
    for _ in range(3):
        assert fix_store.write(fixes) == []
    assert fix_store.count() == 40


def test_nothing_written_is_nothing_kept(fix_store: FixStore) -> None:
    assert fix_store.write([]) == []
    assert fix_store.count() == 0


def test_a_track_is_in_order_of_the_devices_time_and_half_open(fix_store: FixStore) -> None:
    fix_store.write([fix(i) for i in (7, 3, 5, 1, 9)])
    track = fix_store.track("courier-1", at(3), at(9))
    assert [f.seq for f in track] == [3, 5, 7]
    assert [f.seq for f in fix_store.track("courier-1", START, at(60), limit=2)] == [1, 3]


def test_a_late_fix_does_not_move_the_latest_back(fix_store: FixStore) -> None:
    fix_store.write([fix(10)])
    fix_store.write([fix(2, received_at=at(100))])
    latest = fix_store.latest("courier-1")
    assert latest is not None
    assert latest.seq == 10


def test_fixes_of_one_millisecond_do_not_merge(fix_store: FixStore) -> None:
    counted = [fix(i, fix_at=at(0)) for i in range(50)]
    others = [uncounted(0, coordinate=Coordinate(47 + i / 1000, 9.5)) for i in range(50)]
    fix_store.write(counted + others)
    assert fix_store.count() == 100
    track = fix_store.track("courier-1", START, at(1))
    assert {f.coordinate for f in track} == {f.coordinate for f in counted + others}


def test_devices_do_not_mix(fix_store: FixStore) -> None:
    fix_store.write([fix(i, device=name) for name in ("courier-1", "courier-2") for i in range(3)])
    assert {f.device for f in fix_store.track("courier-2", START, at(60))} == {"courier-2"}
    assert (fix_store.count(), fix_store.count("courier-2")) == (6, 3)


def test_sources_of_one_device_make_one_track(fix_store: FixStore) -> None:
    fix_store.write([fix(1), uncounted(2), fix(3, source=FixSource.OSMAND)])
    assert [f.source for f in fix_store.track("courier-1", START, at(60))] == [
        FixSource.NATIVE,
        FixSource.OWNTRACKS,
        FixSource.OSMAND,
    ]


def test_a_fix_of_long_ago_is_kept(fix_store: FixStore) -> None:
    old = fix(1, fix_at=START - timedelta(days=18 * 365))
    assert fix_store.write([old]) == []
    assert fix_store.latest("courier-1") == old


def test_a_deleted_device_is_gone_and_others_stay(fix_store: FixStore) -> None:
    fix_store.write([fix(i, device=name) for name in ("courier-1", "courier-2") for i in range(3)])
    fix_store.delete_device("courier-1")
    assert fix_store.track("courier-1", START, at(60)) == []
    assert fix_store.latest("courier-1") is None
    assert fix_store.count() == 3
    fix_store.delete_device("nobody")


def test_many_fixes_are_written_at_once(fix_store: FixStore) -> None:
    fixes = [fix(i) for i in range(5000)]
    assert fix_store.write(fixes) == []
    assert fix_store.count("courier-1") == 5000
    assert len(fix_store.track("courier-1", START, at(10_000), limit=4000)) == 4000
