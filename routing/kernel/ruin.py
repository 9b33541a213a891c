"""Ruin and recreate: strings of neighbouring work leave their routes and come back where it is cheapest.

Slack induction by string removals (Christiaens & Vanden Berghe 2020) for pairs: strings of nodes are taken
out of routes near a seed, whole shipments with them; shipments come back in one of seven orders, each to its
cheapest place, a route being overlooked now and then (blinks). Worse plans are taken with the
probability of simulated annealing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from routing.kernel.chance import below, chance
from routing.kernel.jit import compiled
from routing.kernel.layout import (
    ALIKE,
    BY,
    CLOSE,
    COUNT,
    DELIVERIES,
    DELIVERY,
    DELIVERY_AFTER,
    EXTRA,
    FROM,
    LOAD,
    MOVABLE,
    NEVER,
    OPEN,
    PICKUP,
    PICKUP_AFTER,
    PICKUPS,
    PLACE,
    SHIPMENT,
    START,
    TO,
    WORTH,
    Data,
    State,
)
from routing.kernel.placing import best_anywhere, remembered, sources_left
from routing.kernel.routes import copy_to, put, refresh, sequence_of, take, total

MEAN_REMOVED = 10.0
LONGEST_STRING = 10.0
SPLIT_CHANCE = 0.5
SPLIT_ON = 0.01
BLINK = 0.01
OVERLOOK = 0.1
"""How often a shipment that comes back overlooks one of its sources: another may need the piece more."""

# Rows of the scratch space that this module uses; 0 and 1 belong to timing.
SEQUENCE, REMOVED, KEYS, TOUCHED = 2, 3, 4, 5


@compiled
def ruin(data: Data, state: State, seed: int) -> int:
    """Take strings of work near shipment `seed` out of their routes into REMOVED; return how many."""
    used, served = 0, 0
    for c in range(len(data.vehicle)):
        if state.route[c, COUNT] > 0:
            used += 1
            served += state.route[c, COUNT]
    if used == 0:
        return 0
    longest = min(LONGEST_STRING, served / used)
    strings = 4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0
    strings = np.int64(np.floor(chance(state) * strings + 1.0))
    touched = state.scratch[TOUCHED]
    touched[: len(data.vehicle)] = 0
    count, done = 0, 0
    for k in range(-1, data.near.shape[1]):
        s = np.int64(seed) if k < 0 else np.int64(data.near[seed, k])
        c = state.chosen[s, BY]
        if c < 0 or touched[c] or not data.shipment[s, MOVABLE]:
            continue
        touched[c] = 1
        most = min(longest, np.float64(state.route[c, COUNT]))
        length = np.int64(np.floor(chance(state) * most + 1.0))
        count = _take_string(data, state, c, s, length, count)
        refresh(data, state, c)
        done += 1
        if done >= strings:
            break
    return count


@compiled
def _take_string(data: Data, state: State, c: int, s: int, length: int, count: int) -> int:
    """Take a string of `length` nodes around shipment `s` out of the route of `c`."""
    removed = state.scratch[REMOVED]
    nodes = sequence_of(data, state, c, SEQUENCE)
    sequence = state.scratch[SEQUENCE]
    pivot = state.chosen[s, TO]
    if state.chosen[s, FROM] >= 0 and chance(state) < 0.5:
        pivot = state.chosen[s, FROM]
    at = 0
    for k in range(nodes):
        if sequence[k] == pivot:
            at = k
    kept, span = np.int64(0), length
    if length < nodes and length > 1 and chance(state) < SPLIT_CHANCE:
        kept = np.int64(1)
        while length + kept < nodes and chance(state) > SPLIT_ON:
            kept += 1
            if chance(state) < 0.5:
                break
        span = length + kept
    low, high = max(0, at - span + 1), min(at, nodes - span)
    first = low + below(state, max(1, high - low + 1))
    hole = first + below(state, max(1, span - kept + 1))
    for k in range(first, min(nodes, first + span)):
        if kept > 0 and hole <= k < hole + kept and sequence[k] != pivot:
            continue
        t = data.node[sequence[k], SHIPMENT]
        if state.chosen[t, BY] == c and data.shipment[t, MOVABLE]:
            take(data, state, t)
            removed[count] = t
            count += 1
    return count


@compiled
def recreate(data: Data, state: State, count: int, blink: float, limit: int) -> int:
    """Insert the first `count` of REMOVED where each is cheapest, below `limit`; return how many are left."""
    _sort(data, state, count)
    removed, left = state.scratch[REMOVED], 0
    for k in range(count):
        s = removed[k]
        if not insert(data, state, s, blink, min(limit, data.shipment[s, WORTH])):
            left += 1
    return left


@compiled
def insert(data: Data, state: State, s: int, blink: float, limit: int) -> bool:
    """Insert shipment `s` at its cheapest place, if that costs less than `limit`."""
    sources = sources_left(data, state, s)
    if blink > 0.0 and chance(state) < OVERLOOK:
        sources = _fewer(data, state, s, sources)
    best, best_c, alike = np.int64(limit), np.int64(-1), np.int64(-1)
    for c in range(len(data.vehicle)):
        if not data.eligible[s, c]:
            continue
        if state.route[c, COUNT] == 0:
            if data.vehicle[c, ALIKE] == alike:
                continue
            alike = data.vehicle[c, ALIKE]
        remembered(data, state, c, s, sources)
        if state.memory[s, c, EXTRA] < best and (blink == 0.0 or chance(state) >= blink):
            best, best_c = state.memory[s, c, EXTRA], np.int64(c)
    if best_c < 0:
        return False
    row = state.memory[s, best_c]
    put(data, state, s, best_c, row[PICKUP], row[DELIVERY], row[PICKUP_AFTER], row[DELIVERY_AFTER])
    return True


@compiled
def _fewer(data: Data, state: State, s: int, sources: int) -> int:
    """Return `sources` without a random one, where there are several."""
    count = data.shipment[s, PICKUPS + 1] - data.shipment[s, PICKUPS]
    if sources < 0 or count < 2:
        return sources
    fewer = sources & ~(np.int64(1) << below(state, count))
    return fewer if fewer != 0 else sources


@compiled
def insert_all(data: Data, state: State, order: npt.NDArray[np.int64]) -> int:
    """Insert the shipments of `order`, each where it is cheapest; its front then holds those left."""
    left = 0
    for k in range(len(order)):
        s = order[k]
        extra, c, p, d, i, j = best_anywhere(data, state, s, data.shipment[s, WORTH])
        if extra == NEVER:
            order[left] = s
            left += 1
        else:
            put(data, state, s, c, p, d, i, j)
    return left


@compiled
def _sort(data: Data, state: State, count: int) -> None:
    """Sort REMOVED by a random one of seven orders (weights after the paper's)."""
    keys, removed = state.scratch[KEYS], state.scratch[REMOVED]
    order = below(state, 19)
    for k in range(count):
        s = removed[k]
        p, d = data.shipment[s, PICKUPS], data.shipment[s, DELIVERIES]
        if p == data.shipment[s, PICKUPS + 1]:
            p = d
        if order < 4:
            key = below(state, 1 << 40)
        elif order < 8:
            key = -max(data.node[p, LOAD], -data.node[d, LOAD])
        elif order < 10:
            key = -np.int64(data.duration[0, data.node[data.vehicle[0, START], PLACE], data.node[d, PLACE]])
        elif order < 11:
            key = np.int64(data.duration[0, data.node[data.vehicle[0, START], PLACE], data.node[d, PLACE]])
        elif order < 14:
            key = (data.node[p, CLOSE] - data.node[p, OPEN]) + (data.node[d, CLOSE] - data.node[d, OPEN])
        elif order < 16:
            key = data.node[p, OPEN]
        else:
            key = -data.node[d, CLOSE]
        i = k
        while i > 0 and keys[i - 1] > key:
            keys[i], removed[i] = keys[i - 1], removed[i - 1]
            i -= 1
        keys[i], removed[i] = key, s


@compiled
def improve(
    data: Data,
    current: State,
    trial: State,
    best: State,
    costs: npt.NDArray[np.int64],
    rounds: int,
    temperature: float,
) -> int:
    """Run `rounds` of ruin and recreate at a temperature in millicents; return those that found a new best.

    `costs` holds what `current` and `best` cost. `trial` equals `current` before and after.
    """
    shipments = len(data.shipment)
    gained = 0
    removed = trial.scratch[REMOVED]
    for _ in range(rounds):
        seed = below(trial, shipments)
        count = ruin(data, trial, seed)
        if count == 0 and trial.chosen[seed, BY] >= 0:
            continue
        for s in range(shipments):
            if current.chosen[s, BY] < 0 and trial.chosen[s, BY] < 0:
                removed[count] = s
                count += 1
        recreate(data, trial, count, BLINK, NEVER)
        cost = total(data, trial)
        limit = costs[0] - temperature * np.log(max(chance(trial), 1e-300))
        if cost < limit:
            copy_to(trial, current)
            costs[0] = cost
            if cost < costs[1]:
                copy_to(trial, best)
                costs[1] = cost
                gained += 1
        else:
            copy_to(current, trial)
    return gained
