"""Offline codes: the vectors of RFC 4226, the window, the lock, and that each compartment has its own."""

from __future__ import annotations

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_gateway.protocol.offline_codes import (
    MAX_WRONG,
    WINDOW,
    WRONG_WITHIN_S,
    CodeState,
    code_at,
    try_code,
)
from tracking.lockers.offline_codes import CODE_WINDOW

KEY = b"12345678901234567890"
OTHER = b"another 20 byte key!"

RFC_4226_APPENDIX_D = [
    (0, 1284755224, "755224"),
    (1, 1094287082, "287082"),
    (2, 137359152, "359152"),
    (3, 1726969429, "969429"),
    (4, 1640338314, "338314"),
    (5, 868254676, "254676"),
    (6, 1918287922, "287922"),
    (7, 82162583, "162583"),
    (8, 673399871, "399871"),
    (9, 645520489, "520489"),
]


@pytest.mark.parametrize(("counter", "truncated", "six_digits"), RFC_4226_APPENDIX_D)
def test_codes_are_those_of_rfc_4226(counter: int, truncated: int, six_digits: str) -> None:
    code = code_at(KEY, counter)
    assert code == f"{truncated % 10**8:08d}"
    assert code.endswith(six_digits)
    assert pyotp.HOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").at(counter) == six_digits


def test_server_gives_out_no_more_codes_than_a_locker_looks_ahead() -> None:
    assert CODE_WINDOW == WINDOW


@pytest.mark.parametrize("ahead", [0, 3, WINDOW - 1])
def test_right_code_within_the_window_is_taken_once_and_spends_those_before_it(ahead: int) -> None:
    tried = try_code(KEY, code_at(KEY, 5 + ahead), CodeState(5), 0.0)
    assert (tried.used, tried.state) == (5 + ahead, CodeState(6 + ahead))
    for spent in range(5, 6 + ahead):
        assert try_code(KEY, code_at(KEY, spent), tried.state, 1.0).used is None


REFUSED = [
    ("beyond the window", code_at(KEY, 5 + WINDOW)),
    ("used before", code_at(KEY, 4)),
    ("of another compartment", code_at(OTHER, 5)),
    ("cut short", code_at(KEY, 5)[:-1]),
    ("with another digit", code_at(KEY, 5) + "0"),
    ("empty", ""),
    ("no digits", "sesame"),
    ("other digits", "٠١٢٣٤٥٦٧"),
]


@pytest.mark.parametrize("code", [c[1] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_wrong_code_opens_nothing(code: str) -> None:
    tried = try_code(KEY, code, CodeState(5), 0.0)
    assert (tried.used, tried.state.counter) == (None, 5)


def test_brute_force_is_locked_out_for_a_right_code_too_until_the_time_is_over() -> None:
    state = CodeState(5)
    for second in range(MAX_WRONG):
        assert not state.is_locked(second)
        tried = try_code(KEY, "00000000", state, float(second))
        state = tried.state
        assert tried.locks == (second == MAX_WRONG - 1)
    right = code_at(KEY, 5)
    locked = try_code(KEY, right, state, 10.0)
    assert (locked.used, locked.is_locked, locked.locks, locked.state) == (None, True, False, state)
    assert try_code(KEY, right, state, WRONG_WITHIN_S - 0.001).used is None
    assert try_code(KEY, right, state, WRONG_WITHIN_S).used == 5


@given(st.lists(st.floats(0, 86_400), max_size=60))
def test_no_more_than_five_wrong_codes_are_looked_at_in_any_fifteen_minutes(times_s: list[float]) -> None:
    state, looked_at = CodeState(), []
    for now_s in sorted(times_s):
        tried = try_code(KEY, "wrong", state, now_s)
        if tried.state is not state:
            looked_at.append(now_s)
        state = tried.state
    for first_s, sixth_s in zip(looked_at, looked_at[MAX_WRONG:], strict=False):
        assert sixth_s - first_s >= WRONG_WITHIN_S
