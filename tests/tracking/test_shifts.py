from __future__ import annotations

from datetime import timedelta

import pytest

from tests.world import NOW, build_world
from tracking.fleet.courier import ShiftOverlaps
from tracking.fleet.service import end_shift, open_shift, shift_at
from tracking.store.unit_of_work import Store
from tracking.values.errors import InvalidValue

DAY = timedelta(days=1)


def test_shift_of_a_whole_day_covers_its_first_moment_and_not_its_end(store: Store) -> None:
    start = NOW + 5 * DAY
    with store.writing() as uow:
        build_world(uow)
        shift = open_shift(uow, "ben", start, start + DAY, NOW)
        assert shift_at(uow, "ben", start) == shift
        assert shift_at(uow, "ben", start + DAY - timedelta(seconds=1)) == shift
        assert shift_at(uow, "ben", start + DAY) is None


@pytest.mark.parametrize(
    ("starts", "ends", "overlaps"),
    [(-2, 0, False), (-2, 1, True), (1, 2, True), (-1, 9, True), (3, 5, True), (8, 9, False)],
)
def test_shifts_of_one_courier_do_not_overlap(store: Store, starts: int, ends: int, overlaps: bool) -> None:
    hours = timedelta(hours=1)
    with store.writing() as uow:
        build_world(uow)
        open_shift(uow, "ben", NOW, NOW + 8 * hours, NOW)
        if overlaps:
            with pytest.raises(ShiftOverlaps):
                open_shift(uow, "ben", NOW + starts * hours, NOW + ends * hours, NOW)
        else:
            open_shift(uow, "ben", NOW + starts * hours, NOW + ends * hours, NOW)


def test_shift_ends_after_it_starts_and_within_a_day(store: Store) -> None:
    with store.writing() as uow:
        build_world(uow)
        for length in (-1, 0, 25):
            with pytest.raises(InvalidValue):
                open_shift(uow, "ben", NOW, NOW + timedelta(hours=length), NOW)


def test_ended_shift_covers_nothing_more(store: Store) -> None:
    with store.writing() as uow:
        build_world(uow)
        assert end_shift(uow, "anna", NOW) is not None
        assert shift_at(uow, "anna", NOW) is None
        assert end_shift(uow, "anna", NOW) is None
