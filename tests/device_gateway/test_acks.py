"""Ranges name exactly what is durable."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_gateway.acks import join, merge_acks
from device_gateway.protocol.decoded import AckRange
from device_gateway.protocol.messages import AckMessage


@pytest.mark.parametrize(
    ("pairs", "joined"),
    [
        ([], []),
        ([(1, 3), (4, 6)], [(1, 6)]),
        ([(5, 9), (1, 3)], [(1, 3), (5, 9)]),
        ([(1, 9), (2, 3)], [(1, 9)]),
        ([(7, 7), (7, 7)], [(7, 7)]),
    ],
)
def test_ranges_that_touch_become_one(pairs: list[tuple[int, int]], joined: list[tuple[int, int]]) -> None:
    assert join(pairs) == joined


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 8))))
def test_joined_ranges_cover_the_same_numbers_and_do_not_touch(starts: list[tuple[int, int]]) -> None:
    pairs = [(first, first + more) for first, more in starts]
    joined = join(pairs)
    covered = {n for first, last in joined for n in range(first, last + 1)}
    assert covered == {n for first, last in pairs for n in range(first, last + 1)}
    assert all(a[1] + 1 < b[0] for a, b in itertools.pairwise(joined))


def test_boots_and_devices_are_kept_apart() -> None:
    acks = [
        AckRange("a", "x", 1, 2),
        AckRange("a", "y", 3, 3),
        AckRange("b", "x", 3, 4),
        AckRange("a", "x", 3, 5),
    ]
    assert merge_acks(acks) == {
        "a": [AckMessage("x", [(1, 5)]), AckMessage("y", [(3, 3)])],
        "b": [AckMessage("x", [(3, 4)])],
    }
