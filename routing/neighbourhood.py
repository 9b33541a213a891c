"""Confines a search to the routes of a few couriers near a change, while all others stand as they are."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np

from routing.answer import plan_of
from routing.plan import Plan
from routing.problem import Problem, Stock
from routing.tours import Tour, Tours, make_tour, sequences_of


def neighbours(tours: Tours, centre: Collection[str], most: int) -> list[int]:
    """Return `most` couriers at most: those that `centre` names, and those whose tours lie nearest to theirs.

    How near is the time to a visit of the one from the nearest visit of the other, in the mean. Of those with
    nothing to do the nearest is among them, the others only where too few have work.
    """
    couriers = tours.compiled.couriers
    first = [courier.index for courier in couriers if courier.vehicle.id in centre][:most]
    around = [place for v in first for place in _places(tours, v)]
    others = (courier.index for courier in couriers if courier.index not in first)
    near = sorted(others, key=lambda v: (_apart_s(tours, v, around), v))
    idle = [v for v in near if not tours.tours[v].visits]
    busy = [v for v in near if tours.tours[v].visits]
    return sorted([*first, *idle[:1], *busy, *idle[1:]][:most])


def confined(tours: Tours, couriers: Collection[int]) -> Problem:
    """Return the problem of these couriers: their work, what is unserved, the stock that the others leave."""
    compiled = tours.compiled
    problem, stock = compiled.problem, dict(tours.stock)
    inside = set[int]()
    for v in couriers:
        inside.update(compiled.couriers[v].stacked)
        for visit in tours.tours[v].visits:
            inside.add(visit.shipment)
            for draw in visit.site.draws:
                stock[draw.location, draw.part] += draw.quantity
    left = (s for s in range(len(problem.shipments)) if s not in tours.served)
    inside.update(s for s in left if compiled.bound[s] < 0 or compiled.bound[s] in couriers)
    return replace(
        problem,
        vehicles=tuple(problem.vehicles[v] for v in sorted(couriers)),
        shipments=tuple(problem.shipments[s] for s in sorted(inside)),
        stock=tuple(Stock(*key, max(0, count)) for key, count in stock.items()),
    )


def joined(tours: Tours, couriers: Iterable[int], found: Plan) -> Plan:
    """Return the plan of `tours` in which the couriers do what `found`, their confined plan, says."""
    both = tours.copy()
    both.replace_all(_toured(tours, couriers, found))
    return plan_of(both, found.solver, found.seed, found.notes)


def _toured(tours: Tours, couriers: Iterable[int], found: Plan) -> dict[int, Tour]:
    sequences, toured = sequences_of(tours.compiled, found), {}
    for v in couriers:
        courier = tours.compiled.couriers[v]
        tour = make_tour(courier, (*courier.locked, *sequences.get(v, ())))
        if tour is None:
            raise AssertionError(f"The route found for {courier.vehicle.id} has no timetable.")
        toured[v] = tour
    return toured


def _apart_s(tours: Tours, v: int, around: list[int]) -> float:
    """Return how far the visits of a courier are from the places `around`, in s."""
    if not around:
        return 0.0
    courier = tours.compiled.couriers[v]
    duration_s = tours.compiled.problem.travel_of(courier.vehicle).duration_s
    return float(duration_s[np.ix_(around, _places(tours, v))].min(axis=0).mean())


def _places(tours: Tours, v: int) -> list[int]:
    return [tours.compiled.couriers[v].start, *(visit.place for visit in tours.tours[v].visits)]
