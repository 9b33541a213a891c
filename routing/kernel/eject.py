"""Fitting in what does not fit: guided ejection search (Nagata & Kobayashi 2010).

A shipment without a place takes the place of one or two others, those that have been hardest to fit least
of all; the ejected look for places in turn, with some ruin and recreate in between, which makes room by
shortening the ways (random moves, as in the paper, made longer routes and came less far). With the work of a
whole route to fit in, this empties routes; with what is unserved, it serves it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from routing.kernel.chance import below, chance
from routing.kernel.jit import compiled
from routing.kernel.layout import (
    ALIKE,
    BY,
    COUNT,
    END,
    EXTRA,
    FROM,
    LINK_COLUMNS,
    MOVABLE,
    NEXT,
    SHIPMENT,
    START,
    TO,
    Data,
    State,
)
from routing.kernel.placing import best_in_route, has_place, remembered, sources_left
from routing.kernel.routes import copy_to, draw, put, refresh, retime, take, total
from routing.kernel.ruin import BLINK, recreate, ruin

STACK, MEMBERS = 6, 7
"""Rows of the scratch space: the shipments that look for a place, and those of one route."""

RELAXING = 15
"""Rounds of ruin and recreate after each ejection."""


@compiled
def fit(
    data: Data,
    state: State,
    spare: State,
    waiting: int,
    penalty: npt.NDArray[np.float64],
    weight: npt.NDArray[np.float64],
    attempts: int,
    limit: int,
    closed: int,
    temperature: float,
) -> int:
    """Find places for the first `waiting` shipments of STACK in `attempts` at most; return how many are left.

    A place may cost up to `limit`; courier `closed` (-1: none) gets nothing, nor do empty routes where a
    courier is closed. `penalty` grows for each shipment by its `weight` when it finds no place. After each
    ejection the plan is relaxed at a `temperature` in millicents; `spare` is room for that.
    """
    stack = state.scratch[STACK]
    for _ in range(attempts):
        if waiting == 0:
            break
        s = stack[waiting - 1]
        waiting -= 1
        if _place(data, state, s, limit, closed):
            continue
        penalty[s] += weight[s]
        waiting = _eject(data, state, s, waiting, penalty, limit, closed)
        _relax(data, state, spare, limit, temperature)
    return waiting


@compiled
def lift_all(data: Data, state: State, c: int) -> int:
    """Take all that can be moved out of the route of `c` onto STACK; return how many."""
    count = _members(data, state, c)
    for k in range(count):
        state.scratch[STACK, k] = state.scratch[MEMBERS, k]
        take(data, state, state.scratch[MEMBERS, k])
    refresh(data, state, c)
    return count


@compiled
def _place(data: Data, state: State, s: int, limit: int, closed: int) -> bool:
    """Put `s` into a random one of the routes that have a place for it."""
    sources, found, chosen, alike = sources_left(data, state, s), 0, -1, np.int64(-1)
    for c in range(len(data.vehicle)):
        if not _open(data, state, s, c, closed):
            continue
        if state.route[c, COUNT] == 0:
            if data.vehicle[c, ALIKE] == alike:
                continue
            alike = data.vehicle[c, ALIKE]
        remembered(data, state, c, s, sources)
        if state.memory[s, c, EXTRA] < limit:
            found += 1
            if below(state, found) == 0:
                chosen = c
    if chosen < 0:
        return False
    row = state.memory[s, chosen]
    put(data, state, s, chosen, row[3], row[4], row[5], row[6])
    return True


@compiled
def _open(data: Data, state: State, s: int, c: int, closed: int) -> bool:
    if not data.eligible[s, c] or c == closed:
        return False
    return closed < 0 or state.route[c, COUNT] > 0


@compiled
def _eject(
    data: Data, state: State, s: int, waiting: int, penalty: npt.NDArray[np.float64], limit: int, closed: int
) -> int:
    """Put `s` in the place of one or two others, or back on the stack; return how many wait then."""
    stack = state.scratch[STACK]
    best = np.float64(1e300)
    ties, found_c, found_a, found_b = 0, -1, np.int64(-1), np.int64(-1)
    members = state.scratch[MEMBERS]
    for c in range(len(data.vehicle)):
        if not _open(data, state, s, c, closed) or state.route[c, COUNT] == 0:
            continue
        count = _members(data, state, c)
        _keep(data, state, c)
        for a in range(count):
            pa = penalty[members[a]]
            if pa > best:
                continue
            if _possible(data, state, s, c, members[a], -1, limit):
                if pa < best:
                    best, ties = np.float64(pa), 0
                ties += 1
                if below(state, ties) == 0:
                    found_c, found_a, found_b = c, members[a], np.int64(-1)
                continue
            for b in range(a + 1, count):
                both = pa + penalty[members[b]]
                if both > best:
                    continue
                if _possible(data, state, s, c, members[a], members[b], limit):
                    if both < best:
                        best, ties = np.float64(both), 0
                    ties += 1
                    if below(state, ties) == 0:
                        found_c, found_a, found_b = c, members[a], members[b]
    if found_c < 0:
        for k in range(waiting, 0, -1):
            stack[k] = stack[k - 1]
        stack[0] = s
        return waiting + 1
    take(data, state, found_a)
    if found_b >= 0:
        take(data, state, found_b)
    refresh(data, state, found_c)
    _, p, d, i, j = best_in_route(data, state, found_c, s, limit, sources_left(data, state, s))
    put(data, state, s, found_c, p, d, i, j)
    stack[waiting] = found_a
    waiting += 1
    if found_b >= 0:
        stack[waiting] = found_b
        waiting += 1
    return waiting


@compiled
def _members(data: Data, state: State, c: int) -> int:
    """Write the movable shipments of a route into MEMBERS; return how many."""
    members, count = state.scratch[MEMBERS], 0
    v = state.link[data.vehicle[c, START], NEXT]
    while v != data.vehicle[c, END]:
        s = data.node[v, SHIPMENT]
        if state.chosen[s, TO] == v and data.shipment[s, MOVABLE]:
            members[count] = s
            count += 1
        v = state.link[v, NEXT]
    return count


@compiled
def _possible(data: Data, state: State, s: int, c: int, a: int, b: int, limit: int) -> bool:
    """Whether `s` has a place in the route of `c` without `a` and `b`; the route stays as kept."""
    take(data, state, a)
    if b >= 0:
        take(data, state, b)
    retime(data, state, c)
    possible = has_place(data, state, c, s, limit)
    _restore(data, state, c)
    state.chosen[a, BY] = c
    if state.chosen[a, FROM] >= 0:
        draw(data, state, state.chosen[a, FROM], -1)
    if b >= 0:
        state.chosen[b, BY] = c
        if state.chosen[b, FROM] >= 0:
            draw(data, state, state.chosen[b, FROM], -1)
    return possible


@compiled
def _keep(data: Data, state: State, c: int) -> None:
    """Write the rows of a route into `state.kept`."""
    kept, k = state.kept, 0
    v = data.vehicle[c, START]
    while True:
        kept[k, LINK_COLUMNS] = v
        for column in range(LINK_COLUMNS):
            kept[k, column] = state.link[v, column]
        if v == data.vehicle[c, END]:
            break
        v = state.link[v, NEXT]
        k += 1


@compiled
def _restore(data: Data, state: State, c: int) -> None:
    """Write the rows of `state.kept` back."""
    kept, k = state.kept, 0
    while True:
        v = kept[k, LINK_COLUMNS]
        for column in range(LINK_COLUMNS):
            state.link[v, column] = kept[k, column]
        if v == data.vehicle[c, END]:
            break
        k += 1
    state.route[c, COUNT] = k - 1


@compiled
def _relax(data: Data, state: State, spare: State, limit: int, temperature: float) -> None:
    """Ruin and recreate, at an even temperature, what is served; all of it stays served."""
    copy_to(state, spare)
    cost = total(data, state)
    for _ in range(RELAXING):
        seed = below(state, len(data.shipment))
        count = ruin(data, state, seed)
        if count == 0:
            continue
        left = recreate(data, state, count, BLINK, limit)
        now = total(data, state)
        if left == 0 and now < cost - temperature * np.log(max(chance(state), 1e-300)):
            copy_to(state, spare)
            cost = now
        else:
            copy_to(spare, state)
