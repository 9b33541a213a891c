"""Ruin and recreate: takes a few related shipments out of the tours and inserts them anew.

After Schrimpf et al. 2000 (radial ruin) with threshold acceptance; every round starts beside a shipment
that is unserved, where there is one, or else at a random one. Rounds are counted, so that the same seed
gives the same tours.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np

from routing.compiled import Compiled
from routing.insertion import insert_all
from routing.tours import Tours, make_tour

MAX_RUINED = 8
"""Shipments that one round takes out, at most."""

THRESHOLD = 0.002
"""A round may cost this part of the travel so far more and still be gone on from."""


def improve(start: Tours, rounds: int, seed: int, expired: Callable[[bool], bool]) -> Tours:
    """Return tours that cost no more than `start`, after `rounds` rounds or when `expired` says so.

    `expired` is told whether something is still unserved in the best tours.
    """
    generator = random.Random(seed)
    near = _neighbours(start.compiled)
    movable = [s for s in range(len(near)) if not start.compiled.closed[s]]
    current = best = start
    current_cost = best_cost = start.cost_millicents()
    absent = [0] * len(near)
    for _ in range(rounds if len(movable) > 1 else 0):
        if expired(len(_left(best, movable)) > 0):
            break
        trial = _round(current, near, movable, generator)
        if trial is None:
            continue
        cost = trial.cost_millicents()
        for s in _left(trial, movable):
            absent[s] += 1
        if cost <= current_cost + _tolerance(current) or _misses_less(trial, current, movable, absent):
            current, current_cost = trial, cost
        if cost < best_cost:
            best, best_cost = trial, cost
    return best


def _tolerance(tours: Tours) -> int:
    return int(THRESHOLD * sum(tour.cost_millicents for tour in tours.tours))


def _misses_less(trial: Tours, current: Tours, movable: list[int], absent: list[int]) -> bool:
    """Whether `trial` leaves out what has been left out less often (Christiaens & Vanden Berghe 2020)."""
    return sum(absent[s] for s in _left(trial, movable)) < sum(absent[s] for s in _left(current, movable))


def _left(tours: Tours, movable: list[int]) -> list[int]:
    return [s for s in movable if s not in tours.served]


def _round(tours: Tours, near: list[list[int]], movable: list[int], generator: random.Random) -> Tours | None:
    """Return a copy of `tours` after one ruin and recreation, or None when the ruin itself broke a limit."""
    unserved = _left(tours, movable)
    first = generator.choice(unserved if unserved and generator.random() < 0.7 else movable)
    size = generator.randint(2, min(MAX_RUINED, len(movable)))
    pool = _related(tours, near, movable, first, size, generator)
    ruined = {first, *generator.sample(pool, min(size, len(pool)))}
    trial = _without(tours, ruined)
    if trial is None:
        return None
    order = _left(trial, movable)
    generator.shuffle(order)
    if generator.random() < 0.5:
        order.sort(key=lambda s: s in tours.served)
    insert_all(trial, order)
    return trial


def _related(
    tours: Tours, near: list[list[int]], movable: list[int], first: int, size: int, generator: random.Random
) -> list[int]:
    """Return shipments that stand in the way of `first`: near by, in one tour, or at the same sources."""
    kind = generator.random()
    if kind < 0.4:
        return near[first][: 3 * size]
    compiled = tours.compiled
    if kind < 0.7:
        tour = tours.tours[generator.choice(compiled.eligible[first])] if compiled.eligible[first] else None
        return sorted({visit.shipment for visit in tour.visits} - {first}) if tour else []
    places = {visit.place for visit in compiled.pickups[first]}
    return [s for s in movable if s != first and any(visit.place in places for visit in compiled.pickups[s])]


def _without(tours: Tours, shipments: set[int]) -> Tours | None:
    trial = tours.copy()
    for courier, tour in zip(tours.compiled.couriers, tours.tours, strict=True):
        kept = [visit for visit in tour.visits if visit.locked or visit.shipment not in shipments]
        if len(kept) == len(tour.visits):
            continue
        smaller = make_tour(courier, kept)
        if smaller is None:
            return None
        trial.replace(courier.index, smaller)
    return trial


def _neighbours(compiled: Compiled) -> list[list[int]]:
    """Return for every shipment the others that are not closed, nearest delivery (first site) first."""
    places = np.array([visits[0].place for visits in compiled.deliveries], dtype=np.int64)
    duration = compiled.problem.travel.duration_s[np.ix_(places, places)]
    order = np.argsort(duration, axis=1, kind="stable").tolist()
    return [[t for t in row if t != s and not compiled.closed[t]] for s, row in enumerate(order)]
