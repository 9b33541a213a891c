"""Routes as linked nodes: linking and unlinking them, and what is known of each for fast insertion."""

from __future__ import annotations

import numpy as np

from routing.kernel.jit import compiled
from routing.kernel.layout import (
    AFTER,
    BROKEN,
    BY,
    CAPACITY,
    CHOSEN_COLUMNS,
    CLOSE,
    COST,
    COUNT,
    DRAWS,
    END,
    EXACT,
    FIXED,
    FREE,
    FROM,
    KIND,
    LATEST,
    LINK_COLUMNS,
    LOAD,
    LOCKED,
    NEVER,
    NEXT,
    OPEN,
    PLACE,
    PREV,
    PROFILE,
    ROUTE,
    ROUTE_COLUMNS,
    SERVICE,
    SHIPMENT,
    START,
    TO,
    TOLD,
    TOLD_COST,
    VERSION,
    WINDOWS,
    WORTH,
    Data,
    State,
)
from routing.kernel.timing import drive_cost, drive_s, exact, lateness, starts


@compiled
def reset(data: Data, state: State) -> None:
    """Let every courier have nothing to do; the times and loads of their starts are the caller's to set."""
    for c in range(len(data.vehicle)):
        start, end = data.vehicle[c, START], data.vehicle[c, END]
        state.link[start, NEXT], state.link[end, PREV] = end, start
        state.link[start, ROUTE] = state.link[end, ROUTE] = c
        state.route[c, COUNT] = 0
        refresh(data, state, c)


@compiled
def link_after(data: Data, state: State, c: int, v: int, before: int) -> None:
    """Put node `v` behind node `before` in the route of `c`."""
    after = state.link[before, NEXT]
    state.link[before, NEXT], state.link[v, PREV] = v, before
    state.link[v, NEXT], state.link[after, PREV] = after, v
    state.link[v, ROUTE] = c
    state.route[c, COUNT] += 1


@compiled
def unlink(data: Data, state: State, v: int) -> None:
    """Take node `v` out of its route."""
    before, after = state.link[v, PREV], state.link[v, NEXT]
    state.link[before, NEXT], state.link[after, PREV] = after, before
    state.route[state.link[v, ROUTE], COUNT] -= 1
    state.link[v, ROUTE] = -1


@compiled
def draw(data: Data, state: State, v: int, sign: int) -> None:
    """Take what the pickup `v` draws from the stock (`sign` -1), or put it back (1)."""
    for d in range(data.node[v, DRAWS], data.node[v, DRAWS + 1]):
        state.stock[data.draw[d, 0]] += sign * data.draw[d, 1]


@compiled
def has_stock(data: Data, state: State, v: int) -> bool:
    """Whether the stock that the pickup `v` would draw is left."""
    for d in range(data.node[v, DRAWS], data.node[v, DRAWS + 1]):
        if state.stock[data.draw[d, 0]] < data.draw[d, 1]:
            return False
    return True


@compiled
def put(
    data: Data, state: State, s: int, c: int, pickup: int, delivery: int, p_after: int, d_after: int
) -> None:
    """Let `c` serve shipment `s`: `pickup` (-1: none) behind `p_after`, `delivery` behind `d_after`."""
    if pickup >= 0:
        link_after(data, state, c, pickup, p_after)
        draw(data, state, pickup, -1)
    link_after(data, state, c, delivery, d_after)
    state.chosen[s, BY], state.chosen[s, FROM], state.chosen[s, TO] = c, pickup, delivery
    refresh(data, state, c)


@compiled
def follow(data: Data, state: State, c: int, count: int) -> None:
    """Let `c`, who has nothing to do, visit the first `count` nodes in row 0 of the scratch space."""
    before = data.vehicle[c, START]
    for k in range(count):
        v = state.scratch[0, k]
        link_after(data, state, c, v, before)
        draw(data, state, v, -1)
        s = data.node[v, SHIPMENT]
        if data.node[v, KIND] < 0:
            state.chosen[s, BY], state.chosen[s, TO] = c, v
        elif not data.node[v, LOCKED]:  # A locked pickup stays whatever becomes of the rest.
            state.chosen[s, FROM] = v
        before = v
    refresh(data, state, c)


@compiled
def take(data: Data, state: State, s: int) -> int:
    """Take shipment `s` out of its route, without a refresh; return the courier."""
    c, pickup, delivery = state.chosen[s, BY], state.chosen[s, FROM], state.chosen[s, TO]
    if pickup >= 0:
        unlink(data, state, pickup)
        draw(data, state, pickup, 1)
    unlink(data, state, delivery)
    state.chosen[s, BY] = -1
    return c


@compiled
def sequence_of(data: Data, state: State, c: int, row: int) -> int:
    """Write the nodes of a route into a row of the scratch space; return how many."""
    count = 0
    v = state.link[data.vehicle[c, START], NEXT]
    while v != data.vehicle[c, END]:
        state.scratch[row, count] = v
        count += 1
        v = state.link[v, NEXT]
    return count


@compiled
def refresh(data: Data, state: State, c: int) -> None:
    """Compute anew what is known of the route of `c`: times, loads and cost; give it a new version."""
    state.counters[0] += np.uint64(1)
    state.route[c, VERSION] = np.int64(state.counters[0])
    _cost(data, state, c)
    _latest(data, state, c)


@compiled
def retime(data: Data, state: State, c: int) -> None:
    """Compute anew the times and loads of the route of `c` alone."""
    link, node = state.link, data.node
    start, end, profile = data.vehicle[c, START], data.vehicle[c, END], data.vehicle[c, PROFILE]
    last, v = start, link[start, NEXT]
    while v != end:
        arrival = link[last, FREE] + drive_s(data, profile, node[last, PLACE], node[v, PLACE])
        begins = starts(data, v, arrival)
        link[v, FREE] = (begins if begins >= 0 else arrival) + node[v, SERVICE]
        for dim in range(3):
            link[v, AFTER + dim] = link[last, AFTER + dim] + node[v, LOAD + dim]
        last = v
        v = link[v, NEXT]
    _latest(data, state, c)


@compiled
def _cost(data: Data, state: State, c: int) -> None:
    link, node = state.link, data.node
    start, end, profile = data.vehicle[c, START], data.vehicle[c, END], data.vehicle[c, PROFILE]
    cost, late, last = np.int64(0), np.int64(0), start
    possible, bound = True, True
    v = link[start, NEXT]
    while True:
        a, b = node[last, PLACE], node[v, PLACE]
        arrival = link[last, FREE] + drive_s(data, profile, a, b)
        cost += drive_cost(data, c, a, b)
        if v == end:
            break
        begins = starts(data, v, arrival)
        link[v, FREE] = (begins if begins >= 0 else arrival) + node[v, SERVICE]
        for dim in range(3):
            added = node[v, LOAD + dim]
            link[v, AFTER + dim] = link[last, AFTER + dim] + added
            if added > 0 and link[v, AFTER + dim] > data.vehicle[c, CAPACITY + dim] and not node[v, LOCKED]:
                possible = False
        possible = possible and begins >= 0
        bound = bound and node[v, LOCKED] > 0
        late += lateness(data, v, link[v, FREE])
        if node[v, KIND] < 0:
            s = node[v, SHIPMENT]
            if data.shipment[s, TOLD] >= 0 and data.shipment[s, TOLD] != c:
                cost += data.shipment[s, TOLD_COST]
        last = v
        v = link[v, NEXT]
    ends = arrival
    late += lateness(data, end, ends)
    if data.vehicle[c, EXACT] and state.route[c, COUNT] > 0:
        count = sequence_of(data, state, c, 0)
        late, _ = exact(data, state, c, state.scratch[0], count)
        possible = late != NEVER
        late = late if possible else np.int64(0)
    elif ends > node[end, CLOSE] and not bound:
        possible = False
    if not possible:
        late += BROKEN
    state.route[c, COST] = cost + late + data.vehicle[c, FIXED] if state.route[c, COUNT] > 0 else 0


@compiled
def _latest(data: Data, state: State, c: int) -> None:
    """Compute backwards the latest arrival at every node that breaks no window after it."""
    link, node = state.link, data.node
    start, end, profile = data.vehicle[c, START], data.vehicle[c, END], data.vehicle[c, PROFILE]
    link[end, LATEST] = node[end, CLOSE]
    after, v = end, link[end, PREV]
    while v != start:
        bound = (
            link[after, LATEST]
            - drive_s(data, profile, node[v, PLACE], node[after, PLACE])
            - node[v, SERVICE]
        )
        latest = np.int64(-1)
        first, last = node[v, WINDOWS], node[v, WINDOWS + 1]
        if last - first <= 1:
            if node[v, OPEN] <= bound:
                latest = min(node[v, CLOSE], bound)
        else:
            for w in range(last - 1, first - 1, -1):
                if data.window[w, 0] <= bound:
                    latest = min(data.window[w, 1], bound)
                    break
        link[v, LATEST] = latest
        after = v
        v = link[v, PREV]


@compiled
def total(data: Data, state: State) -> int:
    """Return what all routes and all unserved shipments cost."""
    cost = np.int64(0)
    for c in range(len(data.vehicle)):
        cost += state.route[c, COST]
    for s in range(len(data.shipment)):
        if state.chosen[s, BY] < 0:
            cost += data.shipment[s, WORTH]
    return cost


@compiled
def copy_to(source: State, target: State) -> None:
    """Let `target` have the routes and the stock of `source`; memory and counters are its own or shared."""
    for v in range(len(source.link)):
        for k in range(LINK_COLUMNS):
            target.link[v, k] = source.link[v, k]
    for c in range(len(source.route)):
        for k in range(ROUTE_COLUMNS):
            target.route[c, k] = source.route[c, k]
    for s in range(len(source.chosen)):
        for k in range(CHOSEN_COLUMNS):
            target.chosen[s, k] = source.chosen[s, k]
    for k in range(len(source.stock)):
        target.stock[k] = source.stock[k]
