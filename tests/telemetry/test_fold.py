"""The fold of fixes: positions and visits follow the events' own times, whatever order they came in."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import CUSTODY_KEY
from tests.telemetry.folding import (
    FENCE,
    FixedClock,
    add_stop,
    fold_all,
    fold_of,
    position,
    reasons,
    seconds,
    seen,
    told,
    visits,
    world,
)
from tests.telemetry.samples import assert_balanced
from tests.world import NOW, VADUZ
from tracking.fleet.service import end_shift, open_shift
from tracking.fleet.stops import StopState
from tracking.store.unit_of_work import Store
from tracking.telemetry.fixes import Fix
from tracking.telemetry.fold import FoldOvertaken
from tracking.telemetry.journal import Journal
from tracking.telemetry.journal_entries import Outcome
from tracking.telemetry.retention import HELD_FOR, prune
from tracking.telemetry.summaries import summarise
from tracking.values.geodesy import great_circle_m

THERE_AND_AWAY = [seen(0, 900), seen(30, 400), seen(60, 60), seen(90, 10), seen(150, 90), seen(180, 500)]


@pytest.fixture
def folded(journal: Journal, store: Store) -> tuple[Journal, Store]:
    world(store)
    return journal, store


@pytest.fixture
def on_sqlite(journal: Journal, sqlite_store: Store) -> tuple[Journal, Store]:
    world(sqlite_store)
    return journal, sqlite_store


def test_late_fix_does_not_move_the_courier_back(folded: tuple[Journal, Store]) -> None:
    journal, store = folded
    fold_all(journal, store, seen(0, 0), seen(60, 300), seen(120, 600))
    fold_all(journal, store, seen(90, 450))
    latest = position(store)
    assert latest is not None
    assert seconds(latest.fix_at) == 120
    assert reasons(journal) == {"accepted": 4}


def test_a_newer_fix_moves_the_courier_with_all_its_readings(folded: tuple[Journal, Store]) -> None:
    journal, store = folded
    fold_all(journal, store, seen(0))
    fold_all(journal, store, seen(10, 50, accuracy_m=8.0, speed_mps=5.0, bearing_deg=12.0, battery_pct=55.0))
    latest = position(store)
    assert latest is not None
    assert (latest.accuracy_m, latest.speed_mps, latest.bearing_deg, latest.battery_pct) == (8, 5, 12, 55)
    assert great_circle_m(latest.coordinate, FENCE.coordinate) == pytest.approx(50, abs=0.1)


def test_arrival_and_departure_are_told_once_each(folded: tuple[Journal, Store]) -> None:
    journal, store = folded
    for one in THERE_AND_AWAY:
        fold_all(journal, store, one)
    assert visits(store) == [("anna", "gate", 60, 180)]
    assert told(store) == [("courier.arrived", "gate", 60), ("courier.departed", "gate", 180)]


def test_folding_leaves_no_event_for_each_fix(on_sqlite: tuple[Journal, Store]) -> None:
    journal, store = on_sqlite
    with store.writing() as uow:
        before = uow.outbox.stamp()
        uow.commit()
    fold_all(journal, store, *(seen(second, 5000) for second in range(200)))
    with store.writing() as uow:
        assert (before > 0, uow.outbox.stamp()) == (True, 0)


@pytest.mark.parametrize("limit", [1, 2, 4, 1000])
def test_the_size_of_a_batch_makes_no_difference(on_sqlite: tuple[Journal, Store], limit: int) -> None:
    journal, store = on_sqlite
    fold_all(journal, store, *THERE_AND_AWAY, limit=limit)
    assert visits(store) == [("anna", "gate", 60, 180)]
    assert told(store) == [("courier.arrived", "gate", 60), ("courier.departed", "gate", 180)]


def test_a_late_fix_away_from_a_place_parts_one_visit_into_two(on_sqlite: tuple[Journal, Store]) -> None:
    journal, store = on_sqlite
    fold_all(journal, store, seen(0), seen(600), seen(700, 900))
    assert visits(store) == [("anna", "gate", 0, 700)]
    fold_all(journal, store, seen(300, 2000))
    assert visits(store) == [("anna", "gate", 0, 300), ("anna", "gate", 600, 700)]
    assert sorted(told(store)) == [
        ("courier.arrived", "gate", 0),
        ("courier.arrived", "gate", 600),
        ("courier.departed", "gate", 700),
        ("courier.departed", "gate", 700),
    ]


def test_visits_are_kept_at_places_where_the_courier_has_stops(folded: tuple[Journal, Store]) -> None:
    journal, store = folded
    add_stop(store, "depot")
    at_hospital = seen(200, 0, coordinate=VADUZ)
    fold_all(journal, store, seen(0, 900), at_hospital, seen(300, 900), places=())
    assert visits(store) == [("anna", "depot", 200, 300)]
    with store.reading() as uow:
        assert [stop.state for stop in uow.stops.find()] == [StopState.PLANNED]


def test_fixes_that_come_after_the_stop_was_done_still_show_the_visit(
    on_sqlite: tuple[Journal, Store],
) -> None:
    journal, store = on_sqlite
    add_stop(store, "depot", StopState.DONE, done_at=NOW + timedelta(seconds=250))
    fold_all(journal, store, seen(200), seen(300, 900), seen(0, 900), places=())
    assert visits(store) == [("anna", "depot", 200, 300)]


def test_a_place_becomes_watched_while_the_courier_is_there(on_sqlite: tuple[Journal, Store]) -> None:
    journal, store = on_sqlite
    fold_all(journal, store, seen(0, 900), seen(100), seen(200), places=())
    assert visits(store) == []
    add_stop(store, "depot")
    fold_all(journal, store, seen(300), places=())
    assert visits(store) == [("anna", "depot", 100, None)]


@pytest.mark.parametrize(
    ("changes", "what_is_shown"),
    [
        ({"distance_m": 150.0}, []),  # between the two radii: not yet there
        ({"distance_m": 119.0}, [("anna", "gate", 100, None)]),
        ({"distance_m": 90.0, "accuracy_m": 150.0}, []),  # too uncertain to be sure
        ({"distance_m": 90.0, "accuracy_m": 60.0}, [("anna", "gate", 100, None)]),
    ],
)
def test_an_arrival_is_seen_only_where_it_is_clear(
    on_sqlite: tuple[Journal, Store], changes: dict[str, Any], what_is_shown: list[Any]
) -> None:
    journal, store = on_sqlite
    fold_all(journal, store, seen(0, 900), seen(100, **changes))
    assert visits(store) == what_is_shown


@pytest.mark.parametrize(
    ("changes", "departed"),
    [
        ({"distance_m": 150.0}, None),
        ({"distance_m": 300.0, "accuracy_m": 150.0}, None),
        ({"distance_m": 300.0, "accuracy_m": 20.0}, 100),
        ({"distance_m": 190.0}, 100),
    ],
)
def test_a_departure_is_seen_only_where_it_is_clear(
    on_sqlite: tuple[Journal, Store], changes: dict[str, Any], departed: float | None
) -> None:
    journal, store = on_sqlite
    fold_all(journal, store, seen(0), seen(100, **changes))
    assert visits(store) == [("anna", "gate", 0, departed)]


def test_fixes_that_may_lie_anywhere_near_neither_end_a_visit_nor_begin_one(
    on_sqlite: tuple[Journal, Store],
) -> None:
    journal, store = on_sqlite
    vague = [seen(100 + n * 10, distance, accuracy_m=150.0) for n, distance in enumerate((0, 90, 200, 320))]
    fold_all(journal, store, seen(0), *vague, seen(200, 100))
    assert visits(store) == [("anna", "gate", 0, None)]
    away = [
        seen(300, 900),
        *(seen(310 + n, distance, accuracy_m=150.0) for n, distance in enumerate((0, 90))),
    ]
    fold_all(journal, store, *away)
    assert visits(store) == [("anna", "gate", 0, 300)]


def test_a_batch_that_is_three_days_late_corrects_the_visit_and_never_moves_now_back(
    folded: tuple[Journal, Store],
) -> None:
    journal, store = folded
    three_days_s = 72 * 3600
    with store.writing() as uow:
        open_shift(uow, "anna", NOW + timedelta(hours=71), NOW + timedelta(hours=80), NOW)
        uow.commit()
    clock = FixedClock(NOW + timedelta(hours=73))
    fold_all(journal, store, seen(0, 900), seen(600, 700), clock=clock)
    fold_all(journal, store, seen(three_days_s, 3000), clock=clock)
    heard_at = NOW + timedelta(seconds=three_days_s + 60)
    late = [
        seen(second, distance, received_at=heard_at)
        for second, distance in ((120, 30), (300, 20), (480, 400))
    ]
    fold_all(journal, store, *late, clock=clock)
    assert visits(store) == [("anna", "gate", 120, 480)]
    assert seconds(position(store).fix_at) == three_days_s  # type: ignore[union-attr]


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("from nobody we know", {"device": "stranger"}, "rejected: unknown_device"),
    ("from the future", {"received_at": NOW - timedelta(minutes=3)}, "rejected: future"),
    ("that may be anywhere", {"accuracy_m": 201.0}, "rejected: inaccurate"),
    ("faster than a van", {"speed_mps": 90.0}, "rejected: impossible_speed"),
    ("in nobody's shift", {"device": "ben"}, "held: off_duty"),
]


@pytest.mark.parametrize(("changes", "reason"), [case[1:] for case in REFUSED], ids=[c[0] for c in REFUSED])
def test_a_fix_that_is_refused_changes_nothing_and_has_its_reason(
    on_sqlite: tuple[Journal, Store], changes: dict[str, Any], reason: str
) -> None:
    journal, store = on_sqlite
    fold_all(journal, store, seen(0, **changes))
    assert reasons(journal) == {reason: 1}
    assert (visits(store), position(store), position(store, "ben")) == ([], None, None)
    assert_balanced(journal)


def test_a_leap_is_passed_over_and_a_true_one_is_believed_at_its_second_fix(
    on_sqlite: tuple[Journal, Store],
) -> None:
    journal, store = on_sqlite
    fold_all(journal, store, seen(0, 500), seen(10, 600), seen(20, 90_000))
    assert seconds(position(store).fix_at) == 10  # type: ignore[union-attr]
    fold_all(journal, store, seen(30, 700))
    assert seconds(position(store).fix_at) == 30  # type: ignore[union-attr]
    fold_all(journal, store, seen(40, 50_000))
    assert seconds(position(store).fix_at) == 30  # type: ignore[union-attr]
    fold_all(journal, store, seen(50, 50_100))
    assert seconds(position(store).fix_at) == 50  # type: ignore[union-attr]


def test_a_leap_out_of_a_place_is_no_departure(on_sqlite: tuple[Journal, Store]) -> None:
    journal, store = on_sqlite
    fold_all(journal, store, seen(0), seen(10), seen(20, 90_000), seen(30))
    assert visits(store) == [("anna", "gate", 0, None)]


def test_a_shift_that_is_opened_late_lets_go_what_was_held_for_it(folded: tuple[Journal, Store]) -> None:
    journal, store = folded
    clock = FixedClock(NOW + timedelta(hours=1))
    fold = fold_all(
        journal, store, *(seen(s, 0, "ben") for s in (0, 60, 120)), seen(9000, 0, "ben"), clock=clock
    )
    assert reasons(journal) == {"held: off_duty": 4}
    with store.writing() as uow:
        open_shift(uow, "ben", NOW - timedelta(minutes=5), NOW + timedelta(hours=2), clock())
        uow.commit()
    clock.now += timedelta(seconds=2)
    assert fold.step() == 3
    assert reasons(journal) == {"accepted": 3, "held: off_duty": 1}
    assert seconds(position(store, "ben").fix_at) == 120  # type: ignore[union-attr]
    assert visits(store) == [("ben", "gate", 0, None)]


def test_what_was_held_before_a_restart_is_let_go_too(on_sqlite: tuple[Journal, Store]) -> None:
    journal, store = on_sqlite
    fold_all(journal, store, seen(0, 0, "ben"))
    with store.writing() as uow:
        open_shift(uow, "ben", NOW - timedelta(minutes=5), NOW + timedelta(hours=2), NOW)
        uow.commit()
    fold_all(journal, store)
    assert position(store, "ben") is not None


def test_what_nobody_claimed_within_a_day_is_declined_and_erased(on_sqlite: tuple[Journal, Store]) -> None:
    journal, store = on_sqlite
    clock = FixedClock(NOW)
    fold = fold_all(journal, store, seen(0, 0, "ben"), clock=clock)
    assert prune(journal, NOW + HELD_FOR + timedelta(seconds=1)).declined == 1
    with store.writing() as uow:
        open_shift(uow, "ben", NOW - timedelta(minutes=5), NOW + timedelta(hours=2), NOW)
        uow.commit()
    clock.now = NOW + timedelta(days=2)
    assert fold.step() == 0
    assert position(store, "ben") is None
    assert journal.counters()["fix"][Outcome.DECLINED] == 1
    assert_balanced(journal)


def test_a_fix_after_the_end_of_the_shift_is_not_exposed(on_sqlite: tuple[Journal, Store]) -> None:
    journal, store = on_sqlite
    with store.writing() as uow:
        end_shift(uow, "anna", NOW + timedelta(seconds=50))
        uow.commit()
    fold_all(journal, store, seen(40), seen(60))
    assert seconds(position(store).fix_at) == 40  # type: ignore[union-attr]
    assert reasons(journal) == {"accepted": 1, "held: off_duty": 1}


class Killed(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("place", ["judged", "before_commit", "after_commit"])
def test_a_kill_between_verdict_and_commit_repeats_and_never_skips(
    folded: tuple[Journal, Store], monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    journal, store = folded
    journal.append(THERE_AND_AWAY)

    class Dying:
        """The store of a process that ends at `place` of its first write."""

        def writing(self) -> Any:
            if place == "judged":
                raise Killed
            uow = store.writing()
            commit = uow.commit
            uow.commit = lambda: self._die(commit)  # type: ignore[method-assign]
            return uow

        def _die(self, commit: Any) -> None:
            if place == "after_commit":
                commit()
            raise Killed

    first = fold_of(journal, store)
    monkeypatch.setattr(first, "_open", Dying().writing)
    with pytest.raises(Killed):
        first.step()
    assert reasons(journal) == {"accepted": 6}
    fold_all(journal, store, limit=2)
    assert visits(store) == [("anna", "gate", 60, 180)]
    assert told(store) == [("courier.arrived", "gate", 60), ("courier.departed", "gate", 180)]
    assert seconds(position(store).fix_at) == 180  # type: ignore[union-attr]


def test_a_second_fold_of_the_same_journal_is_found_out(folded: tuple[Journal, Store]) -> None:
    journal, store = folded
    first = fold_all(journal, store, seen(0))
    fold_all(journal, store, seen(10))
    journal.append([seen(20)])
    with pytest.raises(FoldOvertaken):
        first.step()
    assert first.step() == 2
    assert seconds(position(store).fix_at) == 20  # type: ignore[union-attr]


def test_a_visit_whose_fixes_are_forgotten_outlives_a_late_fix(on_sqlite: tuple[Journal, Store]) -> None:
    journal, store = on_sqlite
    fold_all(journal, store, *THERE_AND_AWAY)
    with journal.file.writing() as connection:
        for table in ("released", "verdicts", "entries"):
            connection.execute(f"DELETE FROM {table}")
    fold_all(journal, store, seen(100, 4000))
    assert visits(store) == [("anna", "gate", 60, 180)]
    assert seconds(position(store).fix_at) == 180  # type: ignore[union-attr]


moments = st.lists(
    st.tuples(
        st.integers(0, 3000),
        st.sampled_from([0, 50, 130, 170, 250, 700, 60_000]),
        st.sampled_from([None, 5.0, 100.0, 300.0]),
    ),
    min_size=1,
    max_size=14,
)


def _fixes(drawn: list[tuple[int, int, float | None]]) -> list[Fix]:
    return [
        seen(second, distance, accuracy_m=accuracy, seq=number)
        for number, (second, distance, accuracy) in enumerate(drawn)
    ]


def _state(fixes: list[Fix], limit: int) -> tuple[Any, ...]:
    with TemporaryDirectory() as directory:
        store = Store(f"sqlite:///{directory}/fieldstock.sqlite", CUSTODY_KEY)
        store.migrate()
        world(store)
        journal = Journal(Path(directory) / "journal.sqlite")
        half = len(fixes) // 2
        for part in (fixes[:half], fixes[half:]):  # the second is late: the trips are known already
            fold_all(journal, store, *part, limit=limit)
            summarise(journal, store.writing, NOW + timedelta(hours=72))
        latest = position(store)
        with store.reading() as uow:
            trips = uow.trips.find()
        state = (latest and (latest.fix_at, latest.coordinate), visits(store), trips)
        journal.close()
        store.close()
        return state


@settings(max_examples=15, deadline=None)
@given(moments, st.integers(0, 2**32), st.integers(1, 5))
def test_any_order_of_arrival_leads_to_the_same_state(
    drawn: list[tuple[int, int, float | None]], seed: int, limit: int
) -> None:
    fixes = _fixes(drawn)
    shuffled = random.Random(seed).sample(fixes, len(fixes))
    in_order = sorted(fixes, key=lambda one: one.fix_at)
    assert _state(in_order, 1000) == _state(shuffled, limit)
