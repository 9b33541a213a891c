"""Offline codes: HOTP (RFC 4226) of eight digits, a key per compartment, and how a locker checks them."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, replace

import pyotp

DIGITS = 8
WINDOW = 10
"""How many counters ahead a locker looks: codes may be given out and never used (RFC 4226, section 7.4)."""

MAX_WRONG = 5
WRONG_WITHIN_S = 900.0
"""A compartment takes no codes while this many wrong ones lie within these seconds."""


def code_at(key: bytes, counter: int) -> str:
    """Return the code of a counter: HOTP(K, C) of RFC 4226, section 5.3."""
    return pyotp.HOTP(_base32(key), digits=DIGITS).at(counter)


@dataclass(frozen=True, slots=True)
class CodeState:
    """What a locker must remember of one compartment's codes, over power cuts too.

    `counter` is the next that it takes; `wrong_s` are the times of wrong codes, by a clock that never goes
    back, newest last.
    """

    counter: int = 0
    wrong_s: tuple[float, ...] = ()

    def is_locked(self, now_s: float) -> bool:
        """Tell whether no code is taken now, be it right or wrong."""
        return len(_recent(self.wrong_s, now_s)) >= MAX_WRONG


@dataclass(frozen=True, slots=True)
class Tried:
    """What a try led to: `used` is the counter of a right code; `locks` is set by the try that locks."""

    state: CodeState
    used: int | None = None
    locks: bool = False
    is_locked: bool = False


def try_code(key: bytes, code: str, state: CodeState, now_s: float) -> Tried:
    """Check a code that was typed at a compartment; a right one spends itself and all before it."""
    recent = _recent(state.wrong_s, now_s)
    if len(recent) >= MAX_WRONG:
        return Tried(state, is_locked=True)
    for counter in range(state.counter, state.counter + WINDOW):
        if hmac.compare_digest(code_at(key, counter).encode(), code.encode()):
            return Tried(CodeState(counter + 1), used=counter)
    wrong_s = (*recent, now_s)
    locks = len(wrong_s) >= MAX_WRONG
    return Tried(replace(state, wrong_s=wrong_s), locks=locks, is_locked=locks)


def _recent(wrong_s: tuple[float, ...], now_s: float) -> tuple[float, ...]:
    return tuple(at_s for at_s in wrong_s if now_s - at_s < WRONG_WITHIN_S)


def _base32(key: bytes) -> str:
    """Return a key as pyotp reads it."""
    return base64.b32encode(key).decode()
