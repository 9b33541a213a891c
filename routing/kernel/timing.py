"""Exact times of one sequence of nodes: windows, loads, breaks, driving limits, stacking, lateness.

The same rules as `routing.schedule.timetable`, which times what is published; a test holds the two together.
"""

from __future__ import annotations

import numpy as np

from routing.kernel.jit import compiled
from routing.kernel.layout import (
    AFTER,
    CAPACITY,
    CLOSE,
    DRIVEN,
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
    MAX_STRETCH,
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
"""The first of six rows of the scratch space: times, lateness and driving since the last break, of two labels
for each number of breaks taken: the earliest, and the one that has driven least since."""
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
    driven = _driven(data, c, sequence, count)
    if locked < count and driven > data.vehicle[c, MAX_DRIVING]:
        return NEVER, FOREVER
    late, ends = _unbroken(data, c, state, sequence, count)
    if late == NEVER:
        return late, ends
    tires = data.vehicle[c, DRIVEN] + driven > data.vehicle[c, MAX_STRETCH]
    if tires or (data.vehicle[c, PAUSES + 1] > data.vehicle[c, PAUSES] and _owes(data, c, ends, 0)):
        late, ends = _broken(data, c, state, sequence, count, locked)
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
def _broken(
    data: Data, c: int, state: State, sequence: Int64Rows, count: int, locked: int
) -> tuple[int, int]:
    """Return the times with breaks: for each number of breaks behind, the earliest way so far, and the one
    that has driven least since the last of them.
    """
    first = data.vehicle[c, PAUSES]
    pauses = data.vehicle[c, PAUSES + 1] - first
    start, profile = data.vehicle[c, START], data.vehicle[c, PROFILE]
    rests = data.vehicle[c, MAX_STRETCH] < FOREVER
    time, late, driven = state.scratch[LABELS], state.scratch[LABELS + 1], state.scratch[LABELS + 2]
    new_time, new_late = state.scratch[LABELS + 3], state.scratch[LABELS + 4]
    new_driven = state.scratch[LABELS + 5]
    time[: 2 * MAX_PAUSES + 2] = -1
    time[0], late[0] = state.link[start, FREE], 0
    driven[0] = data.vehicle[c, DRIVEN] if rests else 0
    here = data.node[start, PLACE]
    for k in range(count + 1):
        v = sequence[k] if k < count else data.vehicle[c, END]
        there = data.node[v, PLACE]
        drive = drive_s(data, profile, here, there)
        if drive >= UNREACHABLE:
            return NEVER, FOREVER
        is_fact = data.node[v, LOCKED] if k < count else locked == count
        most = data.vehicle[c, MAX_STRETCH] if rests and not is_fact else FOREVER
        new_time[: 2 * MAX_PAUSES + 2] = -1
        for label in range(2 * pauses + 2):
            if time[label] < 0:
                continue
            now, left, since = time[label], drive, driven[label]
            for b in range(label // 2, pauses + 1):
                if left == 0 or since + left <= most:
                    if k < count:
                        begins = starts(data, v, now + left)
                        leaves = begins + data.node[v, SERVICE]
                    else:
                        begins = leaves = now + left
                    if begins >= 0 and not _owes(data, c, leaves, b):
                        cost = late[label] + (lateness(data, v, leaves) if k < count else 0)
                        since_then = since + left if rests else np.int64(0)
                        if _is_better(new_time, new_late, new_driven, b, leaves, cost, since_then, k < count):
                            new_time[2 * b], new_late[2 * b], new_driven[2 * b] = leaves, cost, since_then
                        if rests and _is_fresher(new_time, new_late, new_driven, b, leaves, cost, since_then):
                            fresh = 2 * b + 1
                            new_time[fresh], new_late[fresh], new_driven[fresh] = leaves, cost, since_then
                if b == pauses:
                    break
                begin = max(now, data.pause[first + b, 0])
                drives = min(left, begin - now)
                if begin > data.pause[first + b, 1] or (drives > 0 and since + drives > most):
                    break
                left, since = left - drives, np.int64(0)
                now = begin + data.pause[first + b, 2]
        time, new_time, late, new_late = new_time, time, new_late, late
        driven, new_driven, here = new_driven, driven, there
    best_late, best_time = NEVER, FOREVER
    for label in range(0, 2 * pauses + 2, 2):
        if time[label] >= 0 and (
            late[label] < best_late or (late[label] == best_late and time[label] < best_time)
        ):
            best_late, best_time = late[label], time[label]
    return best_late, best_time


@compiled
def _is_better(
    time: Int64Rows,
    late: Int64Rows,
    driven: Int64Rows,
    b: int,
    leaves: int,
    cost: int,
    since: int,
    on_the_way: bool,
) -> bool:
    """Whether a way to leave a node after `b` breaks is the earliest; at the end of a tour, the cheapest."""
    k = 2 * b
    if time[k] < 0:
        return True
    if not on_the_way:
        return cost < late[k] or (cost == late[k] and leaves < time[k])
    if leaves != time[k]:
        return leaves < time[k]
    return since < driven[k] or (since == driven[k] and cost < late[k])


@compiled
def _is_fresher(
    time: Int64Rows, late: Int64Rows, driven: Int64Rows, b: int, leaves: int, cost: int, since: int
) -> bool:
    """Whether a way that leaves a node after `b` breaks has driven least since the last of them."""
    k = 2 * b + 1
    if time[k] < 0 or since != driven[k]:
        return time[k] < 0 or since < driven[k]
    return leaves < time[k] or (leaves == time[k] and cost < late[k])
