"""Clocks that are off: corrected where it is certain, left alone where it may be a delay."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.telemetry.folding import fold_all, position, seconds, seen, visits, world
from tests.telemetry.samples import fix, uncounted
from tracking.store.unit_of_work import Store
from tracking.telemetry import codec
from tracking.telemetry.clock_offset import ClockOffsets
from tracking.telemetry.fixes import Fix
from tracking.telemetry.journal import Journal
from tracking.telemetry.sqlite_store import SqliteFixStore


def skewed(true: Fix, skew_s: float, delay_s: float = 0.5) -> Fix:
    """What a phone says whose clock is off by `skew_s`, heard `delay_s` after it was sent."""
    skew = timedelta(seconds=skew_s)
    return replace(
        true,
        fix_at=true.fix_at + skew,
        sent_at=true.fix_at + skew,
        received_at=true.fix_at + timedelta(seconds=delay_s),
    )


def drive(count: int = 40) -> list[Fix]:
    """A fix every 10 s, first 2 km away, then at the gate, then away again."""
    distances = [max(0.0, 2000 - 200.0 * n) if n < 25 else 200.0 * (n - 24) for n in range(count)]
    return [seen(10 * n, distance) for n, distance in enumerate(distances)]


def settle(clocks: ClockOffsets, fixes: list[Fix]) -> list[Fix]:
    return [clocks.settled((each,))[0] for each in fixes]


def test_a_clock_that_is_ahead_is_corrected_from_the_first_message() -> None:
    true = drive(5)
    settled = settle(ClockOffsets(), [skewed(each, 600, delay_s=0.4) for each in true])
    off_s = [abs((a.fix_at - b.fix_at).total_seconds()) for a, b in zip(settled, true, strict=True)]
    assert max(off_s) < 1
    assert [each.said_at for each in settled] == [each.fix_at + timedelta(seconds=600) for each in true]


def test_a_clock_that_is_behind_is_believed_after_a_minute() -> None:
    settled = settle(ClockOffsets(), [skewed(each, -600) for each in drive(10)])
    assert [each.said_at is not None for each in settled] == [*(False,) * 6, *(True,) * 4]


def test_a_backlog_is_no_clock_that_is_behind() -> None:
    received_at = seen(3600).received_at
    late = [replace(each, received_at=received_at + timedelta(seconds=n)) for n, each in enumerate(drive())]
    settled = settle(ClockOffsets(), late)
    assert all(each.said_at is None for each in settled)


def test_a_clock_that_is_set_right_is_believed_at_its_third_message() -> None:
    true = drive(12)
    said = [skewed(each, 600) if n < 6 else skewed(each, 0) for n, each in enumerate(true)]
    settled = settle(ClockOffsets(), said)
    assert [each.said_at is not None for each in settled] == [*(True,) * 8, *(False,) * 4]


@pytest.mark.parametrize("skew_s", [-20, 0, 20])
def test_a_clock_that_is_nearly_right_is_left_alone(skew_s: float) -> None:
    assert all(each.said_at is None for each in settle(ClockOffsets(), [skewed(e, skew_s) for e in drive()]))


def test_devices_do_not_share_a_clock_and_messages_without_a_time_of_sending_stay() -> None:
    clocks = ClockOffsets()
    settle(clocks, [skewed(each, 600) for each in drive(3)])
    other = skewed(seen(0, device="ben"), 0)
    assert clocks.settled((other,)) == (other,)
    unsent = replace(skewed(seen(40), 600), sent_at=None)
    assert clocks.settled((unsent,)) == (unsent,)


def test_a_correction_changes_nothing_of_what_a_fix_is_recognised_by(journal: Journal) -> None:
    for said in (fix(1), uncounted(1)):
        corrected = replace(said, fix_at=said.fix_at - timedelta(seconds=600), said_at=said.fix_at)
        assert codec.to_row(corrected).identity == codec.to_row(said).identity
        assert codec.to_value(codec.to_row(corrected)) == corrected
    first = uncounted(1)
    journal.append([replace(first, fix_at=first.fix_at - timedelta(seconds=600), said_at=first.fix_at)])
    again = replace(first, fix_at=first.fix_at - timedelta(seconds=601), said_at=first.fix_at)
    assert journal.append([again]).duplicates == 1


@pytest.mark.parametrize("skew_s", [600, 86_400])
def test_with_a_clock_ahead_arrivals_and_position_are_those_of_a_right_one(
    journal: Journal, sqlite_store: Store, skew_s: float
) -> None:
    """Issue: the same arrivals within 60 s with clock skew after correction."""
    choice, clocks, true = random.Random(5), ClockOffsets(), drive()
    world(sqlite_store)
    said = [skewed(each, skew_s, delay_s=choice.uniform(0.1, 3.0)) for each in true]
    fold_all(journal, sqlite_store, *settle(clocks, said))
    [(courier, place, arrived_s, departed_s)] = visits(sqlite_store)
    assert (courier, place) == ("anna", "gate")
    assert arrived_s == pytest.approx(100, abs=60)
    assert departed_s == pytest.approx(250, abs=60)
    latest = position(sqlite_store)
    assert latest is not None
    assert seconds(latest.fix_at) == pytest.approx(390, abs=5)
    assert SqliteFixStore(journal).count("anna") == len(true)
