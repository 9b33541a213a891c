"""Exact times of one sequence of nodes: windows, loads, breaks, driving limit, stacking, lateness.

The same rules as `routing.schedule.timetable`, which times what is published; a test holds the two together.
"""

from __future__ import annotations

import numpy as np

from routing.kernel.jit import compiled
from routing.kernel.layout import (
    AFTER,
    CAPACITY,
    CLOSE,
    DUE,
    END,
    FOREVER,
    FREE,
    KIND,
    LATE,
    LIFO,
    LOAD,
    LOCKED,
    MAX_DRIVING,
    NEVER,
    OPEN,
    PAUSES,
    PER_M,
    PER_S,
    PLACE,
    PROFILE,
    SERVICE,
    SHIPMENT,
    STACKED,
    START,
    WINDOWS,
    Data,
    Int64Rows,
    State,
)

MAX_PAUSES = 4
LABELS = 8
"""The first of four rows of the scratch space: times and lateness by breaks taken."""
UNREACHABLE = np.int64(1_000_000_000)


@compiled
def drive_s(data: Data, profile: int, a: int, b: int) -> int:
    """Return the seconds from place `a` to place `b`."""
    if b < 0:
        return np.int64(0)
    return np.int64(data.duration[profile, a, b])


@compiled
def drive_cost(data: Data, c: int, a: int, b: int) -> int:
    """Return what courier `c` pays from place `a` to place `b`."""
    if b < 0:
        return np.int64(0)
    profile = data.vehicle[c, PROFILE]
    cost = data.vehicle[c, PER_M] * data.distance[profile, a, b]
    if data.vehicle[c, PER_S] > 0:
        cost += data.vehicle[c, PER_S] * data.duration[profile, a, b]
    return cost


@compiled
def starts(data: Data, v: int, arrival: int) -> int:
    """Return when service at node `v` can start, or -1 when every window has passed."""
    if arrival > data.node[v, CLOSE]:
        return np.int64(-1)
    if arrival <= data.node[v, OPEN]:
        return data.node[v, OPEN]
    first, last = data.node[v, WINDOWS], data.node[v, WINDOWS + 1]
    if last - first <= 1:
        return np.int64(arrival)
    for w in range(first, last):
        if arrival <= data.window[w, 1]:
            return max(np.int64(arrival), data.window[w, 0])
    return np.int64(-1)


@compiled
def lateness(data: Data, v: int, leaves: int) -> int:
    """Return what leaving node `v` at `leaves` costs for being late."""
    if data.node[v, LATE] == 0 or leaves <= data.node[v, DUE]:
        return np.int64(0)
    return (leaves - data.node[v, DUE]) * data.node[v, LATE]


@compiled
def exact(data: Data, state: State, c: int, sequence: Int64Rows, count: int) -> tuple[int, int]:
    """Return what the first `count` nodes of `sequence` cost for lateness, and the end; NEVER: impossible."""
    locked = np.int64(0)
    for k in range(count):
        locked += data.node[sequence[k], LOCKED]
    if not _carries(data, state, c, sequence, count):
        return NEVER, FOREVER
    if data.vehicle[c, LIFO] and not _stacks(data, sequence, count):
        return NEVER, FOREVER
    if locked < count and _driven(data, c, sequence, count) > data.vehicle[c, MAX_DRIVING]:
        return NEVER, FOREVER
    late, ends = _unbroken(data, c, state, sequence, count)
    if late == NEVER:
        return late, ends
    if data.vehicle[c, PAUSES + 1] > data.vehicle[c, PAUSES] and _owes(data, c, ends, 0):
        late, ends = _broken(data, c, state, sequence, count)
        if late == NEVER:
            return late, ends
    end = data.vehicle[c, END]
    if ends > data.node[end, CLOSE] and locked < count:
        return NEVER, ends
    return late + lateness(data, end, ends), ends


@compiled
def _carries(data: Data, state: State, c: int, sequence: Int64Rows, count: int) -> bool:
    start = data.vehicle[c, START]
    for dim in range(3):
        load = state.link[start, AFTER + dim]
        most = data.vehicle[c, CAPACITY + dim]
        for k in range(count):
            v = sequence[k]
            added = data.node[v, LOAD + dim]
            load += added
            if added > 0 and load > most and not data.node[v, LOCKED]:
                return False
    return True


@compiled
def _stacks(data: Data, sequence: Int64Rows, count: int) -> bool:
    """Whether every delivery that is not locked unloads the top of the stack."""
    for k in range(count):
        v = sequence[k]
        if data.node[v, KIND] > 0 or data.node[v, LOCKED]:
            continue
        loaded = _loaded(data, sequence, k)
        if loaded == NEVER:
            continue
        for j in range(k + 1, count):
            if data.node[sequence[j], KIND] < 0:
                other = _loaded(data, sequence, j)
                if loaded < other < k:
                    return False
    return True


@compiled
def _loaded(data: Data, sequence: Int64Rows, k: int) -> int:
    """Return when what is delivered at `k` was loaded: an index, below 0 if earlier; NEVER: a service."""
    s = data.node[sequence[k], SHIPMENT]
    for i in range(k):
        if data.node[sequence[i], SHIPMENT] == s:
            return np.int64(i)
    stacked = data.shipment[s, STACKED]
    return NEVER if stacked < 0 else stacked - FOREVER


@compiled
def _driven(data: Data, c: int, sequence: Int64Rows, count: int) -> int:
    profile = data.vehicle[c, PROFILE]
    here, total = data.node[data.vehicle[c, START], PLACE], np.int64(0)
    for k in range(count):
        there = data.node[sequence[k], PLACE]
        total += drive_s(data, profile, here, there)
        here = there
    return total + drive_s(data, profile, here, data.node[data.vehicle[c, END], PLACE])


@compiled
def _unbroken(data: Data, c: int, state: State, sequence: Int64Rows, count: int) -> tuple[int, int]:
    start, profile = data.vehicle[c, START], data.vehicle[c, PROFILE]
    time, here, late = state.link[start, FREE], data.node[start, PLACE], np.int64(0)
    for k in range(count):
        v = sequence[k]
        there = data.node[v, PLACE]
        begins = starts(data, v, time + drive_s(data, profile, here, there))
        if begins < 0:
            return NEVER, FOREVER
        time, here = begins + data.node[v, SERVICE], there
        late += lateness(data, v, time)
    ends = time + drive_s(data, profile, here, data.node[data.vehicle[c, END], PLACE])
    if ends >= UNREACHABLE:
        return NEVER, ends
    return late, ends


@compiled
def _owes(data: Data, c: int, ends: int, taken: int) -> bool:
    for b in range(data.vehicle[c, PAUSES] + taken, data.vehicle[c, PAUSES + 1]):
        if ends > data.pause[b, 1]:
            return True
    return False


@compiled
def _broken(data: Data, c: int, state: State, sequence: Int64Rows, count: int) -> tuple[int, int]:
    """Return the times with breaks: for each number of breaks behind, the earliest way so far."""
    first = data.vehicle[c, PAUSES]
    pauses = data.vehicle[c, PAUSES + 1] - first
    start, profile = data.vehicle[c, START], data.vehicle[c, PROFILE]
    time, late = state.scratch[LABELS], state.scratch[LABELS + 1]
    new_time, new_late = state.scratch[LABELS + 2], state.scratch[LABELS + 3]
    time[: MAX_PAUSES + 1] = -1
    late[0] = 0
    time[0] = state.link[start, FREE]
    here = data.node[start, PLACE]
    for k in range(count + 1):
        v = sequence[k] if k < count else data.vehicle[c, END]
        there = data.node[v, PLACE]
        drive = drive_s(data, profile, here, there)
        if drive >= UNREACHABLE:
            return NEVER, FOREVER
        new_time[: MAX_PAUSES + 1] = -1
        for taken in range(pauses + 1):
            if time[taken] < 0:
                continue
            now, left = time[taken], drive
            for b in range(taken, pauses + 1):
                if k < count:
                    begins = starts(data, v, now + left)
                    leaves = begins + data.node[v, SERVICE]
                else:
                    begins = leaves = now + left
                if begins >= 0 and not _owes(data, c, leaves, b):
                    cost = late[taken]
                    if k < count:
                        cost += lateness(data, v, leaves)
                    better = new_time[b] < 0
                    if not better and k < count:
                        better = leaves < new_time[b] or (leaves == new_time[b] and cost < new_late[b])
                    elif not better:
                        better = cost < new_late[b] or (cost == new_late[b] and leaves < new_time[b])
                    if better:
                        new_time[b], new_late[b] = leaves, cost
                if b == pauses:
                    break
                begin = max(now, data.pause[first + b, 0])
                if begin > data.pause[first + b, 1]:
                    break
                left = max(np.int64(0), left - (begin - now))
                now = begin + data.pause[first + b, 2]
        time, new_time, late, new_late, here = new_time, time, new_late, late, there
    best_late, best_time = NEVER, FOREVER
    for taken in range(pauses + 1):
        if time[taken] >= 0 and (
            late[taken] < best_late or (late[taken] == best_late and time[taken] < best_time)
        ):
            best_late, best_time = late[taken], time[taken]
    return best_late, best_time
