"""Best insertion: the instant plan, and one new shipment into a plan that stands.

For every courier and pair of sites, every pair of positions is priced by the detour and the lateness of
the shipment itself, and screened by earliest departures, latest arrivals and loads; then the cheapest are
timed exactly, until none left can be cheaper (Solomon 1987, I1, for pairs with alternatives).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from routing.compiled import FOREVER_S, Compiled, Courier, Visit
from routing.schedule import first_start_s, latest_arrivals
from routing.tours import Candidate, Tour, Tours, make_tour

MAX_TRIALS = 400
"""Tours that one insertion times exactly, at most."""

NO_LIMIT = 1 << 62


@dataclass(frozen=True, slots=True)
class Insertion:
    """A shipment's best place: the courier's new tour and what it costs more than the present one."""

    courier: int
    tour: Tour
    extra_millicents: int


@dataclass(frozen=True, slots=True)
class _Gaps:
    """A tour as insertion sees it.

    Before visit k the courier leaves `places[k]` at `free_s[k]` or later with the load given, and must be
    at `places[k + 1]` by `latest_s[k]`.
    """

    places: list[int]
    free_s: list[int]
    weight_g: list[int]
    volume_cm3: list[int]
    latest_s: list[int]
    first: int


def insert_all(tours: Tours, shipments: Iterable[int]) -> None:
    """Insert each of `shipments` where it is cheapest, if that is cheaper than leaving it unserved.

    Those that find no place get a second chance when all others have theirs.
    """
    left = [s for s in shipments if not _insert_one(tours, s)]
    for s in left:
        _insert_one(tours, s)


def complete(tours: Tours) -> None:
    """Insert every shipment that `tours` leave out, the most urgent first."""
    left = [s for s in range(len(tours.compiled.problem.shipments)) if s not in tours.served]
    insert_all(tours, by_urgency(tours.compiled, left))


def by_urgency(compiled: Compiled, shipments: Iterable[int]) -> list[int]:
    """Return `shipments`, high priority first, then by the last time they may be delivered or are due."""

    def urgency(s: int) -> tuple[int, int, int]:
        shipment = compiled.problem.shipments[s]
        latest_s = max(visit.windows[-1][1] for visit in compiled.deliveries[s])
        return (-shipment.priority, min(latest_s, compiled.deliveries[s][0].due_s), s)

    return sorted(shipments, key=urgency)


def best_insertion(tours: Tours, shipment: int, limit_millicents: int = NO_LIMIT) -> Insertion | None:
    """Return the cheapest insertion of `shipment` into one tour that costs less than the limit, if any."""
    best: Insertion | None = None
    for candidate in islice(_candidates(tours, shipment), MAX_TRIALS):
        limit = limit_millicents if best is None else best.extra_millicents
        if candidate[0] >= limit:
            break
        courier = candidate[1]
        tour = _try(tours, shipment, candidate)
        extra = 0 if tour is None else tour.cost_millicents - tours.tours[courier].cost_millicents
        if tour is not None and extra < limit:
            best = Insertion(courier, tour, extra)
    return best


def _insert_one(tours: Tours, s: int) -> bool:
    found = best_insertion(tours, s, tours.compiled.problem.shipments[s].unserved_millicents)
    if found is not None:
        tours.replace(found.courier, found.tour)
    return found is not None


def _try(tours: Tours, s: int, candidate: Candidate) -> Tour | None:
    """Return the tour with shipment `s` inserted, if it is feasible; the old tour remembers it."""
    _, v, i, j, p, d = candidate
    compiled, old = tours.compiled, tours.tours[v]
    key = (s, i, j, p, d)
    if key not in old.trials:
        visits = list(old.visits)
        visits.insert(j, compiled.deliveries[s][d])
        if p >= 0:
            visits.insert(i, compiled.pickups[s][p])
        old.trials[key] = make_tour(compiled.couriers[v], visits)
    return old.trials[key]


def _candidates(tours: Tours, s: int) -> Iterator[Candidate]:
    """Yield the candidates over all couriers, the cheapest bound first."""
    compiled = tours.compiled
    stocked = [tours.has_stock(visit) for visit in compiled.pickups[s]]
    lists = [_candidates_in(compiled, compiled.couriers[v], tours.tours[v], s) for v in compiled.eligible[s]]
    for candidate in heapq.merge(*lists):
        if candidate[4] < 0 or stocked[candidate[4]]:
            yield candidate


def _candidates_in(compiled: Compiled, courier: Courier, tour: Tour, s: int) -> list[Candidate]:
    """Return the candidates of one courier in order; the tour remembers them."""
    kept = tour.candidates.get(s)
    if kept is None:
        gaps = _gaps(courier, tour.visits)
        leaving = 0 if tour.visits else _cost_of_leaving(courier)
        pickups: list[tuple[int, Visit | None]] = [(-1, None)]
        if not compiled.picked_up[s]:
            pickups = list(enumerate(compiled.pickups[s]))
        kept = sorted(
            (bound + leaving, courier.index, i, j, p, d)
            for p, pickup in pickups
            for d, delivery in enumerate(compiled.deliveries[s])
            for bound, i, j in _positions(courier, tour.visits, gaps, pickup, delivery)
        )
        tour.candidates[s] = kept
    return kept


def _cost_of_leaving(courier: Courier) -> int:
    return courier.vehicle.fixed_cents * 1000 + courier.cost_millicents[courier.start][courier.end]


def _gaps(courier: Courier, visits: Sequence[Visit]) -> _Gaps:
    places = [courier.start]
    free_s, weight, volume = [courier.earliest_s], [courier.on_board_g], [courier.on_board_cm3]
    for visit in visits:
        start_s = first_start_s(visit, free_s[-1] + courier.duration_s[places[-1]][visit.place])
        places.append(visit.place)
        free_s.append((FOREVER_S if start_s < 0 else start_s) + visit.service_s)
        weight.append(weight[-1] + visit.weight_g)
        volume.append(volume[-1] + visit.volume_cm3)
    places.append(courier.end)
    return _Gaps(places, free_s, weight, volume, latest_arrivals(courier, visits), len(courier.locked))


def _positions(
    courier: Courier, visits: Sequence[Visit], gaps: _Gaps, pickup: Visit | None, delivery: Visit
) -> Iterator[tuple[int, int, int]]:
    """Yield (bound in millicents, pickup before visit i, delivery before visit j) that may be feasible."""
    if pickup is None:
        for i in range(gaps.first, len(visits) + 1):
            here, time_s = gaps.places[i], gaps.free_s[i]
            bound = _delivery_bound(courier, gaps, i, here, time_s, here, delivery)
            if bound is not None:
                yield bound, i, i
        return
    for i in range(gaps.first, len(visits) + 1):
        yield from _delivery_positions(courier, visits, gaps, i, pickup, delivery)


def _delivery_positions(
    courier: Courier, visits: Sequence[Visit], gaps: _Gaps, i: int, pickup: Visit, delivery: Visit
) -> Iterator[tuple[int, int, int]]:
    duration, cost = courier.duration_s, courier.cost_millicents
    before, after = gaps.places[i], gaps.places[i + 1]
    start_s = first_start_s(pickup, gaps.free_s[i] + duration[before][pickup.place])
    if start_s < 0 or not _room(courier, gaps, i, pickup):
        return
    time_s, here = start_s + pickup.service_s, pickup.place
    to_pickup = cost[before][pickup.place]
    detour = to_pickup + cost[pickup.place][after] - cost[before][after]
    bound = _delivery_bound(courier, gaps, i, here, time_s, before, delivery)
    if bound is not None:
        yield to_pickup + bound, i, i
    for j in range(i, len(visits)):
        visit = visits[j]
        arrival_s = time_s + duration[here][visit.place]
        if arrival_s > gaps.latest_s[j] or not _room(courier, gaps, j + 1, pickup):
            return
        time_s, here = first_start_s(visit, arrival_s) + visit.service_s, visit.place
        bound = _delivery_bound(courier, gaps, j + 1, here, time_s, here, delivery)
        if bound is not None:
            yield detour + bound, i, j + 1


def _room(courier: Courier, gaps: _Gaps, gap: int, pickup: Visit) -> bool:
    vehicle = courier.vehicle
    light = pickup.weight_g == 0 or gaps.weight_g[gap] + pickup.weight_g <= vehicle.weight_g
    return light and (
        pickup.volume_cm3 == 0 or gaps.volume_cm3[gap] + pickup.volume_cm3 <= vehicle.volume_cm3
    )


def _delivery_bound(
    courier: Courier, gaps: _Gaps, gap: int, here: int, time_s: int, left: int, delivery: Visit
) -> int | None:
    """Return what a delivery in `gap` costs more, coming from `here`, than driving there from `left`."""
    start_s = first_start_s(delivery, time_s + courier.duration_s[here][delivery.place])
    if start_s < 0:
        return None
    free_s, after = start_s + delivery.service_s, gaps.places[gap + 1]
    if free_s + courier.duration_s[delivery.place][after] > gaps.latest_s[gap]:
        return None
    cost = courier.cost_millicents
    late = max(0, free_s - delivery.due_s) * delivery.late_millicents_per_s
    return cost[here][delivery.place] + cost[delivery.place][after] - cost[left][after] + late
