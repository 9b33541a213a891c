"""Trips: what lies between stays and gaps, kept from the track whatever order it came in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from tests.telemetry.folding import fold_all, seconds, seen, world
from tests.world import NOW
from tracking.fleet.service import open_shift
from tracking.store.unit_of_work import Store
from tracking.telemetry.fixes import Fix
from tracking.telemetry.journal import Journal
from tracking.telemetry.summaries import summarise, unsettled_since
from tracking.telemetry.trips import trips_of

LATER = NOW + timedelta(hours=6)


def drive(start_s: int, from_m: int, to_m: int, every_s: int = 20, speed_mps: int = 15) -> list[Fix]:
    """A drive along the meridian, with a fix every so often."""
    steps = abs(to_m - from_m) // (every_s * speed_mps)
    sign = 1 if to_m > from_m else -1
    return [seen(start_s + n * every_s, from_m + sign * n * every_s * speed_mps) for n in range(steps + 1)]


def stay(start_s: int, at_m: int, lasting_s: int, every_s: int = 60) -> list[Fix]:
    return [seen(start_s + n, at_m + (n // every_s) % 3 * 10) for n in range(0, lasting_s + 1, every_s)]


DAY = [
    *drive(0, 0, 9_000),  # until 600 s
    *stay(620, 9_000, 900),  # until 1520 s; the drive begins where it ends
    *drive(1540, 9_000, 3_000),  # until 1940 s; then nothing for an hour
    *drive(5540, 3_000, 0),  # until 5740 s
]
WHAT_IT_SHOWS = [(0, 600), (1540, 1940), (5540, 5740)]


def shown(fixes: list[Fix]) -> list[tuple[Any, Any]]:
    return [(seconds(trip.started_at), seconds(trip.ended_at)) for trip in trips_of(fixes)]


def kept(store: Store) -> list[tuple[Any, Any]]:
    with store.reading() as uow:
        return [(seconds(trip.started_at), seconds(trip.ended_at)) for trip in uow.trips.find()]


def test_a_trip_lies_between_stays_and_gaps() -> None:
    assert shown(DAY) == WHAT_IT_SHOWS


def test_a_trip_says_from_where_to_where_how_far_and_by_how_many_fixes() -> None:
    first = trips_of(DAY)[0]
    assert first.distance_m == pytest.approx(9_000, abs=1)
    assert (first.fixes, first.courier_id) == (31, "anna")
    assert (first.start, first.end) == (DAY[0].coordinate, DAY[30].coordinate)


@pytest.mark.parametrize(
    ("fixes", "why"),
    [
        ([], "nothing"),
        ([seen(0)], "one fix"),
        (stay(0, 0, 3600), "a stay"),
        ([seen(0), seen(60, 200, accuracy_m=190.0), seen(120)], "a fix that may lie anywhere near"),
        ([seen(0), seen(60, 50), seen(120, 10)], "steps within the place"),
        ([seen(0), seen(10, 90_000), seen(20)], "a leap"),
    ],
)
def test_no_trip_is_made_of(fixes: list[Fix], why: str) -> None:
    assert shown(fixes) == [], why


def test_a_short_stop_parts_no_trip() -> None:
    fixes = [*drive(0, 0, 3_000), *stay(220, 3_000, 240), *drive(480, 3_000, 6_000)]
    assert shown(fixes) == [(0, 680)]


@pytest.fixture
def heard(journal: Journal, store: Store) -> tuple[Journal, Store]:
    world(store)
    return journal, store


def test_what_has_settled_is_kept_and_kept_once(heard: tuple[Journal, Store]) -> None:
    journal, store = heard
    fold_all(journal, store, *DAY)
    assert summarise(journal, store.writing, LATER) == 3
    assert summarise(journal, store.writing, LATER) == 0
    assert kept(store) == WHAT_IT_SHOWS
    with store.reading() as uow:
        assert unsettled_since(uow) is None


def test_a_section_that_may_go_on_waits(heard: tuple[Journal, Store]) -> None:
    journal, store = heard
    fold_all(journal, store, *DAY)
    summarise(journal, store.writing, NOW + timedelta(seconds=1940, hours=1))
    assert kept(store) == WHAT_IT_SHOWS[:2]
    with store.reading() as uow:
        assert unsettled_since(uow) == NOW + timedelta(hours=1)
    summarise(journal, store.writing, NOW + timedelta(seconds=5741, hours=1))
    assert kept(store) == WHAT_IT_SHOWS


def test_a_batch_that_is_three_days_late_changes_the_trips_that_it_touches(
    heard: tuple[Journal, Store],
) -> None:
    journal, store = heard
    late, in_time = DAY[10:40], [*DAY[:10], *DAY[40:]]
    fold_all(journal, store, *in_time)
    summarise(journal, store.writing, LATER)
    assert kept(store) != WHAT_IT_SHOWS
    fold_all(journal, store, *late)
    summarise(journal, store.writing, LATER + timedelta(hours=72))
    assert kept(store) == WHAT_IT_SHOWS


def test_late_fixes_that_bridge_a_gap_make_one_trip_of_two(heard: tuple[Journal, Store]) -> None:
    journal, store = heard
    whole = drive(0, 0, 30_000)
    fold_all(journal, store, *whole[:20], *whole[70:])
    summarise(journal, store.writing, LATER)
    assert len(kept(store)) == 2
    fold_all(journal, store, *whole[20:70])
    summarise(journal, store.writing, LATER)
    assert kept(store) == [(0, 2000)]


def test_a_trip_whose_fixes_are_forgotten_outlives_a_late_fix(heard: tuple[Journal, Store]) -> None:
    journal, store = heard
    fold_all(journal, store, *DAY)
    summarise(journal, store.writing, LATER)
    with journal.file.writing() as connection:
        for table in ("released", "verdicts", "entries"):
            connection.execute(f"DELETE FROM {table}")
    fold_all(journal, store, seen(100, 4_000), seen(120, 4_300))
    summarise(journal, store.writing, LATER)
    assert kept(store)[0] == (0, 600)


ENDLESS = [seen(n * 540, n % 4 * 4_000) for n in range(420)]
"""Two days and 15 hours of a phone that never falls silent, and never stays."""


def on_duty_for_days(store: Store) -> list[Fix]:
    with store.writing() as uow:
        for day in range(4):
            open_shift(uow, "ben", NOW + timedelta(days=day), NOW + timedelta(days=day + 1), NOW)
        uow.commit()
    return [replace(fix, device="ben") for fix in ENDLESS]


def test_a_section_that_never_ends_is_cut_at_each_midnight(heard: tuple[Journal, Store]) -> None:
    journal, store = heard
    fixes = on_duty_for_days(store)
    fold_all(journal, store, *fixes)
    summarise(journal, store.writing, fixes[-1].fix_at)
    assert kept(store) == shown(fixes)[:-1]
    with store.reading() as uow:
        unsettled = unsettled_since(uow)
    assert unsettled is not None
    assert fixes[-1].fix_at - unsettled <= timedelta(hours=25)


@pytest.mark.parametrize("seed", range(4))
def test_an_endless_section_shows_the_same_trips_in_whatever_order_it_comes(
    heard: tuple[Journal, Store], seed: int
) -> None:
    journal, store = heard
    fixes = on_duty_for_days(store)
    batches = [fixes[start : start + 70] for start in range(0, len(fixes), 70)]
    Random(seed).shuffle(batches)
    for batch in batches:
        fold_all(journal, store, *batch)
        summarise(journal, store.writing, NOW + timedelta(days=5))
    assert kept(store) == shown(fixes)
