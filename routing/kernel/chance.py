"""Random numbers of the kernel: xorshift64* (Vigna 2016), so that a seed means the same on every machine."""

from __future__ import annotations

import numpy as np

from routing.kernel.jit import compiled
from routing.kernel.layout import State


@compiled
def draw_bits(state: State) -> int:
    """Return 63 random bits."""
    x = state.counters[1]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state.counters[1] = x
    return np.int64((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(1))


@compiled
def below(state: State, bound: int) -> int:
    """Return a random whole number in [0, bound)."""
    return (draw_bits(state) >> np.int64(8)) % np.int64(bound)


@compiled
def chance(state: State) -> float:
    """Return a random number in [0, 1)."""
    return np.float64(draw_bits(state) >> np.int64(10)) / np.float64(1 << 53)
