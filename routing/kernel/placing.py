"""The best place for a shipment in one route, and in all: positions are tried with constant work each.

Earliest departures and latest arrivals of the route decide whether a position is possible (Savelsbergh 1992);
where the vehicle or the shipment has rules beyond windows and loads, `timing.exact` decides.
"""

from __future__ import annotations

import numpy as np

from routing.kernel.jit import compiled
from routing.kernel.layout import (
    AFTER,
    ALIKE,
    AT_SOURCES,
    AT_VERSION,
    CAPACITY,
    CLOSE,
    COUNT,
    DELIVERIES,
    DELIVERY,
    DELIVERY_AFTER,
    END,
    EXACT,
    EXACTLY,
    EXTRA,
    FIXED,
    FREE,
    LAST_LOCKED,
    LATE,
    LATEST,
    LOAD,
    NEVER,
    NEXT,
    PICKUP,
    PICKUP_AFTER,
    PICKUPS,
    PLACE,
    PREV,
    PROFILE,
    SERVICE,
    START,
    TOLD,
    TOLD_COST,
    VERSION,
    Data,
    State,
)
from routing.kernel.routes import has_stock, sequence_of
from routing.kernel.timing import drive_cost, drive_s, exact, lateness, starts

SOURCES_REMEMBERED = 62
"""Shipments with more sources than this are looked up anew each time."""


@compiled
def _fits(data: Data, state: State, c: int, gap: int, v: int) -> bool:
    """Whether the load of pickup `v` fits while the courier drives on from node `gap`."""
    for dim in range(3):
        added = data.node[v, LOAD + dim]
        if added > 0 and state.link[gap, AFTER + dim] + added > data.vehicle[c, CAPACITY + dim]:
            return False
    return True


@compiled
def _later(data: Data, state: State, c: int, v: int, here: int, time: int) -> int:
    """Return how much dearer lateness gets from `v` on when the courier leaves place `here` at `time`."""
    extra = np.int64(0)
    end, profile = data.vehicle[c, END], data.vehicle[c, PROFILE]
    while v != end:
        leaves = (
            starts(data, v, time + drive_s(data, profile, here, data.node[v, PLACE])) + data.node[v, SERVICE]
        )
        if leaves <= state.link[v, FREE]:
            return extra
        if data.node[v, LATE] > 0:
            extra += lateness(data, v, leaves) - lateness(data, v, state.link[v, FREE])
        here, time = data.node[v, PLACE], leaves
        v = state.link[v, NEXT]
    if data.node[end, LATE] > 0:
        there = data.node[end, PLACE]
        last = state.link[end, PREV]
        ended = state.link[last, FREE] + drive_s(data, profile, data.node[last, PLACE], there)
        ends = time + drive_s(data, profile, here, there)
        extra += lateness(data, end, ends) - lateness(data, end, ended)
    return extra


@compiled
def _exact_extra(
    data: Data, state: State, c: int, p: int, d: int, p_after: int, d_after: int, travel: int
) -> int:
    """Return what the insertion costs by the exact timing, `travel` being its detour; NEVER: impossible."""
    count, k = np.int64(0), np.int64(0)
    old = sequence_of(data, state, c, 0)
    row = state.scratch[1]
    before = data.vehicle[c, START]
    while True:
        if before == p_after and p >= 0:
            row[count] = p
            count += 1
        if before == d_after and d_after != p:
            row[count] = d
            count += 1
        if before == p_after and d_after == p:
            row[count] = d
            count += 1
        if k == old:
            break
        before = state.scratch[0, k]
        row[count] = before
        count += 1
        k += 1
    late, _ = exact(data, state, c, row, count)
    if late == NEVER:
        return NEVER
    was, _ = exact(data, state, c, state.scratch[0], old)
    return travel + late - (was if old > 0 and was != NEVER else np.int64(0))


@compiled
def best_pair(
    data: Data, state: State, c: int, s: int, p: int, d: int, limit: int, first: bool
) -> tuple[int, int, int]:
    """Return (extra cost, nodes before the pickup and the delivery) of the cheapest place below `limit`.

    `p` is -1 where nothing is to be picked up; `d`'s predecessor may be `p` itself. NEVER: there is none.
    With `first`, any place below `limit` will do.
    """
    node, link = data.node, state.link
    profile, end, i = data.vehicle[c, PROFILE], data.vehicle[c, END], data.vehicle[c, LAST_LOCKED]
    exactly = data.vehicle[c, EXACT] or data.shipment[s, EXACTLY]
    best, best_p, best_d = np.int64(limit), np.int64(-1), np.int64(-1)
    place_d, close_d, service_d = node[d, PLACE], node[d, CLOSE], node[d, SERVICE]
    base = np.int64(0)
    if state.route[c, COUNT] == 0:
        start = data.vehicle[c, START]
        base = data.vehicle[c, FIXED] + drive_cost(data, c, node[start, PLACE], node[end, PLACE])
    if data.shipment[s, TOLD] >= 0 and data.shipment[s, TOLD] != c:
        base += data.shipment[s, TOLD_COST]
    while i != end:
        place_i = node[i, PLACE]
        after = link[i, NEXT]
        place_after = node[after, PLACE]
        straight = drive_cost(data, c, place_i, place_after)
        detour, shifted = base, np.int64(0)
        if p >= 0:
            if link[i, FREE] > node[p, CLOSE]:
                break
            begins = starts(data, p, link[i, FREE] + drive_s(data, profile, place_i, node[p, PLACE]))
            if begins < 0 or not _fits(data, state, c, i, p):
                i = after
                continue
            time, here, behind = begins + node[p, SERVICE], node[p, PLACE], p
            to_p = drive_cost(data, c, place_i, here)
            detour += to_p + drive_cost(data, c, here, place_after) - straight
            if detour >= best:
                i = after
                continue
            next_leg = to_p - straight + base
        else:
            if link[i, FREE] > close_d:
                break
            time, here, behind = link[i, FREE], place_i, i
            next_leg = base - straight
        j = after
        while True:
            # The delivery between `behind` (at place `here`, left at `time`) and `j`.
            begins = starts(data, d, time + drive_s(data, profile, here, place_d))
            if begins >= 0:
                leaves = begins + service_d
                place_j = node[j, PLACE]
                if leaves + drive_s(data, profile, place_d, place_j) <= link[j, LATEST]:
                    extra = (
                        next_leg + drive_cost(data, c, here, place_d) + drive_cost(data, c, place_d, place_j)
                    )
                    if exactly:
                        if extra < best:
                            extra = _exact_extra(data, state, c, p, d, i, behind, extra)
                    elif data.soft:
                        extra += shifted + lateness(data, d, leaves)
                        if extra < best:
                            extra += _later(data, state, c, j, place_d, leaves)
                    if extra < best:
                        best, best_p, best_d = extra, i, behind
                        if first:
                            return best, best_p, best_d
            elif time > close_d:
                break
            if p < 0 or j == end:
                break
            place_j = node[j, PLACE]
            arrival = time + drive_s(data, profile, here, place_j)
            if arrival > link[j, LATEST] or not _fits(data, state, c, j, p):
                break
            time = starts(data, j, arrival) + node[j, SERVICE]
            if data.soft and node[j, LATE] > 0:
                shifted += lateness(data, j, time) - lateness(data, j, link[j, FREE])
            here, behind = place_j, j
            j = link[j, NEXT]
            next_leg = detour - drive_cost(data, c, here, node[j, PLACE])
        i = after
    if best_d < 0:
        return NEVER, best_p, best_d
    return best, best_p, best_d


@compiled
def sources_left(data: Data, state: State, s: int) -> int:
    """Return which pickups of `s` have stock, one bit for each; -1 when they are too many to remember."""
    first, last = data.shipment[s, PICKUPS], data.shipment[s, PICKUPS + 1]
    if last - first > SOURCES_REMEMBERED:
        return np.int64(-1)
    bits = np.int64(0)
    for p in range(first, last):
        if has_stock(data, state, p):
            bits |= np.int64(1) << np.int64(p - first)
    return bits


@compiled
def _named(data: Data, state: State, p: int, number: int, sources: int) -> bool:
    if sources < 0:
        return has_stock(data, state, p)
    return (sources >> np.int64(number)) & np.int64(1) == 1


@compiled
def best_in_route(
    data: Data, state: State, c: int, s: int, limit: int, sources: int
) -> tuple[int, int, int, int, int]:
    """Return (extra, pickup, delivery, node before each) of the cheapest place with `c` below `limit`.

    Only pickups that `sources` names (as `sources_left` does) are looked at.
    """
    best, best_p, best_d, p_after, d_after = (
        np.int64(limit),
        np.int64(-1),
        np.int64(-1),
        np.int64(-1),
        np.int64(-1),
    )
    found = False
    first, last = data.shipment[s, PICKUPS], data.shipment[s, PICKUPS + 1]
    for p in range(first, max(last, first + 1)):
        pickup = np.int64(p) if last > first else np.int64(-1)
        if pickup >= 0 and not _named(data, state, pickup, p - first, sources):
            continue
        for d in range(data.shipment[s, DELIVERIES], data.shipment[s, DELIVERIES + 1]):
            extra, i, j = best_pair(data, state, c, s, pickup, d, best, False)
            if extra < best:
                best, best_p, best_d, p_after, d_after = extra, pickup, np.int64(d), i, j
                found = True
    return (best if found else NEVER), best_p, best_d, p_after, d_after


@compiled
def has_place(data: Data, state: State, c: int, s: int, limit: int) -> bool:
    """Whether the route of `c` has any place for `s` below `limit`."""
    first, last = data.shipment[s, PICKUPS], data.shipment[s, PICKUPS + 1]
    for p in range(first, max(last, first + 1)):
        pickup = np.int64(p) if last > first else np.int64(-1)
        if pickup >= 0 and not has_stock(data, state, pickup):
            continue
        for d in range(data.shipment[s, DELIVERIES], data.shipment[s, DELIVERIES + 1]):
            extra, _, _ = best_pair(data, state, c, s, pickup, d, limit, True)
            if extra < limit:
                return True
    return False


@compiled
def remembered(data: Data, state: State, c: int, s: int, sources: int) -> None:
    """Let `state.memory[s, c]` hold the best place of `s` in the route of `c` as it is."""
    row = state.memory[s, c]
    if row[AT_VERSION] == state.route[c, VERSION] and row[AT_SOURCES] == sources and sources >= 0:
        return
    extra, p, d, i, j = best_in_route(data, state, c, s, NEVER, sources)
    row[AT_VERSION], row[AT_SOURCES], row[EXTRA] = state.route[c, VERSION], sources, extra
    row[PICKUP], row[DELIVERY], row[PICKUP_AFTER], row[DELIVERY_AFTER] = p, d, i, j


@compiled
def best_anywhere(data: Data, state: State, s: int, limit: int) -> tuple[int, int, int, int, int, int]:
    """Return (extra, courier, pickup, delivery, node before each) of the cheapest place below `limit`."""
    best, best_c, best_p, best_d, p_after, d_after = np.int64(limit), -1, -1, -1, -1, -1
    alike, sources = np.int64(-1), sources_left(data, state, s)
    for c in range(len(data.vehicle)):
        if not data.eligible[s, c]:
            continue
        if state.route[c, COUNT] == 0:
            if data.vehicle[c, ALIKE] == alike:
                continue
            alike = data.vehicle[c, ALIKE]
        extra, p, d, i, j = best_in_route(data, state, c, s, best, sources)
        if extra < best:
            best, best_c, best_p, best_d, p_after, d_after = extra, c, p, d, i, j
    return (best if best_c >= 0 else NEVER), best_c, best_p, best_d, p_after, d_after
