"""One limit at a time let go: what would serve a shipment that nothing serves, and how much is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, pairwise

from routing.compiled import FOREVER_S, Courier, Visit
from routing.plan import Reason
from routing.schedule import Timetable, timetable
from routing.tours import Tours, tour_cost
from routing.values import MAX_AMOUNT, MAX_TIME_S
from routing.wording import after_zero, lasting

Pair = tuple[Courier, Visit | None, Visit]
"""A courier with one way to serve the shipment: its pickup, unless that is behind, and its delivery."""

NEAREST = 100
"""So many pairs, those with the shortest way, are looked at for what would serve a shipment."""

COURIERS = 4
"""So many couriers, the nearest, are looked at for what would serve a shipment beside their other work."""

UNITS = ("g", "cm3", "pieces")


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit: whether it `binds` a pair, how to `relax` it, and how much a tour is `missing` of it."""

    reason: Reason
    binds: Callable[[Pair], bool]
    relax: Callable[[Pair], Pair]
    missing: Callable[[Pair, Sequence[Visit], Timetable], tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Cure:
    """A tour that would serve the shipment, were it not for `limits`: which break by `excess` in all."""

    limits: tuple[Limit, ...]
    pair: Pair
    times: Timetable
    arrival_s: int
    excess: int
    remedy: str


def alone(pair: Pair) -> Timetable | None:
    """Return the times of serving the shipment with nothing else to do but locked stops."""
    too_late = _reached_s(pair) > pair[2].windows[-1][1]  # quickly told, and most often the matter
    return None if too_late else timetable(pair[0], _alone(pair))


def cure_alone(pairs: Iterable[Pair]) -> Cure | None:
    """Return the cure of least size for a courier with nothing else to do: one limit, else two or three."""
    near = nearest(pairs)
    tries = chain(combinations(LIMITS, 1), combinations(LIMITS, 2), combinations(LIMITS, 3))
    found = (_least(_cures(limits, pair, [_alone]) for pair in near) for limits in tries)
    return next((cure for cure in found if cure is not None), None)


def cure_beside(
    tours: Tours, pairs: Iterable[Pair], limits: tuple[Limit, ...], worth_millicents: int
) -> Cure | None:
    """Return what would let a shipment into the tours as they are, for less than its worth."""
    near = _one_each(nearest(pairs))
    return _least(_cures(limits, pair, _places(tours, pair), tours, worth_millicents) for pair in near)


def cures_beside(tours: Tours, pairs: Iterable[Pair], worth_millicents: int) -> list[Cure]:
    """Return for each limit that alone keeps a shipment out of the tours what would let it in."""
    near = nearest(pairs)
    found = (cure_beside(tours, near, (limit,), worth_millicents) for limit in (*LIMITS, STACKING))
    return [cure for cure in found if cure is not None]


def last(tours: Tours, pair: Pair) -> int | None:
    """Return the arrival at the delivery after all other work, whatever the hours and the shift."""
    courier, pickup, delivery = _any_shift(_any_hours(pair))
    visits = [*tours.tours[courier.index].visits, *([] if pickup is None else [pickup]), delivery]
    times = timetable(courier, visits)
    return None if times is None else _arrival_s(visits, times, delivery)


def nearest(pairs: Iterable[Pair]) -> list[Pair]:
    """Return the pairs with the earliest arrivals at the delivery, going by the roads alone."""
    return sorted(pairs, key=_reached_s)[:NEAREST]


def _reached_s(pair: Pair) -> int:
    """Return when the courier could be at the delivery at the earliest, were it only for the roads."""
    courier, pickup, delivery = pair
    here = courier.locked[-1].place if courier.locked else courier.start
    if pickup is None:
        return courier.earliest_s + courier.drive_s(here, delivery.place)
    driven_s = courier.drive_s(here, pickup.place) + courier.drive_s(pickup.place, delivery.place)
    return courier.earliest_s + driven_s


def _one_each(pairs: Iterable[Pair]) -> list[Pair]:
    """Return the first pair of each of the first couriers."""
    first: dict[int, Pair] = {}
    for pair in pairs:
        first.setdefault(pair[0].index, pair)
    return list(first.values())[:COURIERS]


_Place = Callable[[Pair], list[Visit]]


def _cures(
    limits: Sequence[Limit],
    pair: Pair,
    places: Iterable[_Place],
    tours: Tours | None = None,
    worth_millicents: int = 0,
) -> Iterator[Cure]:
    """Yield what each place for the pair would take, if it is possible without `limits`, and worth it."""
    if not all(limit.binds(pair) for limit in limits):
        return
    relaxed = pair
    for limit in limits:
        relaxed = limit.relax(relaxed)
    for place in places:
        visits = place(relaxed)
        times = timetable(relaxed[0], visits)
        if times is None:
            continue
        if tours is not None:
            extra = tour_cost(relaxed[0], visits, times) - tours.tours[pair[0].index].cost_millicents
            if extra >= worth_millicents:
                continue
        missing = [limit.missing(pair, visits, times) for limit in limits]
        excess = sum(amount for amount, _ in missing)
        if excess == 0:
            continue
        remedy = " and ".join(text for _, text in missing)
        yield Cure(tuple(limits), pair, times, _arrival_s(visits, times, relaxed[2]), excess, remedy)


def _least(cures: Iterable[Iterator[Cure]]) -> Cure | None:
    every = chain.from_iterable(cures)
    return min(every, key=lambda cure: (cure.excess, cure.arrival_s), default=None)


def _alone(pair: Pair) -> list[Visit]:
    courier, pickup, delivery = pair
    return [*courier.locked, *([] if pickup is None else [pickup]), delivery]


def _places(tours: Tours, pair: Pair) -> list[_Place]:
    """Return every place for pickup and delivery together, and for the delivery after the pickup at once."""
    count, locked = len(tours.tours[pair[0].index].visits), len(pair[0].locked)
    spans = {(k, k) for k in range(locked, count + 1)} | {(locked, k) for k in range(locked, count + 1)}
    return [_placed(tours, before, after) for before, after in sorted(spans)]


def _placed(tours: Tours, before: int, after: int) -> _Place:
    def place(pair: Pair) -> list[Visit]:
        courier, pickup, delivery = pair
        visits = tours.tours[courier.index].visits
        first = [] if pickup is None else [pickup]
        return [*visits[:before], *first, *visits[before:after], delivery, *visits[after:]]

    return place


def _timings(visits: Sequence[Visit], times: Timetable) -> Iterator[tuple[Visit, int]]:
    """Yield the visits with the start of their service."""
    starts_s = (timing.start_s for timing in times.timings[:-1] if timing.pause < 0)
    return zip(visits, starts_s, strict=True)


def _arrival_s(visits: Sequence[Visit], times: Timetable, delivery: Visit) -> int:
    arrivals_s = (timing.arrival_s for timing in times.timings[:-1] if timing.pause < 0)
    return next(a for visit, a in zip(visits, arrivals_s, strict=True) if visit is delivery)


def _any_hours(pair: Pair) -> Pair:
    courier, pickup, delivery = pair
    return courier, _open(pickup) if pickup else None, _open(delivery)


def _open(visit: Visit) -> Visit:
    return replace(visit, windows=(*visit.windows[:-1], (visit.windows[-1][0], FOREVER_S)))


def _missing_hours(pair: Pair, visits: Sequence[Visit], times: Timetable) -> tuple[int, str]:
    latest_s = {visit.site: visit.windows[-1][1] for visit in pair[1:] if visit is not None}
    shipment = pair[2].shipment
    late = [
        (visit.site.called, start_s, start_s - latest_s[visit.site])
        for visit, start_s in _timings(visits, times)
        if visit.shipment == shipment and not visit.locked and start_s > latest_s[visit.site]
    ]
    hours = " and ".join(f"{site} were open until {after_zero(start_s)}" for site, start_s, _ in late)
    return sum(late_s for _, _, late_s in late), hours or "its hours were longer"


def _has_hours(pair: Pair) -> bool:
    return any(visit is not None and visit.windows[-1][1] < FOREVER_S for visit in pair[1:])


def _any_shift(pair: Pair) -> Pair:
    courier, pickup, delivery = pair
    return replace(courier, latest_s=FOREVER_S, until_s=FOREVER_S), pickup, delivery


def _missing_shift(pair: Pair, _: Sequence[Visit], times: Timetable) -> tuple[int, str]:
    name = pair[0].vehicle.called
    return times.end_s - pair[0].until_s, f"{name}'s shift lasted until {after_zero(times.end_s)}"


def _any_driving(pair: Pair) -> Pair:
    courier, pickup, delivery = pair
    return replace(courier, vehicle=replace(courier.vehicle, max_driving_s=MAX_TIME_S)), pickup, delivery


def _missing_driving(pair: Pair, visits: Sequence[Visit], _: Timetable) -> tuple[int, str]:
    courier = pair[0]
    places = [courier.start, *(visit.place for visit in visits), courier.end]
    driven_s = sum(courier.drive_s(a, b) for a, b in pairwise(places))
    return (
        driven_s - courier.vehicle.max_driving_s,
        f"{courier.vehicle.called} might drive {lasting(driven_s)}",
    )


def _any_stretch(pair: Pair) -> Pair:
    courier, pickup, delivery = pair
    return replace(courier, vehicle=replace(courier.vehicle, max_stretch_s=MAX_TIME_S)), pickup, delivery


def _missing_stretch(pair: Pair, visits: Sequence[Visit], times: Timetable) -> tuple[int, str]:
    courier = pair[0]
    longest_s = _longest_stretch_s(courier, visits, times)
    return (
        longest_s - courier.vehicle.max_stretch_s,
        f"{courier.vehicle.called} might drive {lasting(longest_s)} without a break",
    )


def _longest_stretch_s(courier: Courier, visits: Sequence[Visit], times: Timetable) -> int:
    """Return the longest drive without a break on the way to what is not locked, as the tour is timed."""
    longest_s, driven_s, free_s, here = 0, courier.vehicle.driven_s, courier.earliest_s, courier.start
    following = [(visit.place, visit.locked) for visit in visits]
    following.append((courier.end, len(visits) == len(courier.locked)))
    left_s = courier.drive_s(here, following[0][0])
    for timing in times.timings:
        there, is_fact = following[0]
        leg_s = left_s if timing.pause < 0 else min(left_s, timing.start_s - free_s)
        driven_s, left_s, free_s = driven_s + leg_s, left_s - leg_s, timing.departure_s
        if leg_s > 0 and not is_fact:
            longest_s = max(longest_s, driven_s)
        if timing.pause >= 0:
            driven_s = 0
        elif len(following) > 1:
            following.pop(0)
            left_s = courier.drive_s(there, following[0][0])
    return longest_s


def _any_break(pair: Pair) -> Pair:
    courier, pickup, delivery = pair
    unbroken = replace(courier, vehicle=replace(courier.vehicle, breaks=()), pause_latest_s=())
    return unbroken, pickup, delivery


def _missing_break(pair: Pair, _: Sequence[Visit], __: Timetable) -> tuple[int, str]:
    breaks = pair[0].vehicle.breaks
    names = ", ".join(pause.id for pause in breaks)
    return sum(pause.duration_s for pause in breaks), f"{pair[0].vehicle.called} had no break ({names})"


def _any_load(pair: Pair) -> Pair:
    courier, pickup, delivery = pair
    return replace(courier, capacity=(FOREVER_S, FOREVER_S, FOREVER_S)), pickup, delivery


def _missing_load(pair: Pair, visits: Sequence[Visit], _: Timetable) -> tuple[int, str]:
    courier = pair[0]
    load, over = list(courier.on_board), [0, 0, 0]
    for visit in visits:
        for dim, added in enumerate(visit.load):
            load[dim] += added
            if added > 0 and not visit.locked:
                over[dim] = max(over[dim], load[dim] - courier.capacity[dim])
    parts = [f"{n} {unit}" for n, unit in zip(over, UNITS, strict=True) if n > 0]
    return sum(over), f"{courier.vehicle.called} carried {' and '.join(parts)} more"


def _any_order(pair: Pair) -> Pair:
    courier, pickup, delivery = pair
    return replace(courier, vehicle=replace(courier.vehicle, lifo=False)), pickup, delivery


def _missing_order(pair: Pair, _: Sequence[Visit], __: Timetable) -> tuple[int, str]:
    return 1, f"{pair[0].vehicle.called}'s van could be unloaded in any order"


LIMITS = (
    Limit(Reason.TIME_WINDOW, _has_hours, _any_hours, _missing_hours),
    Limit(Reason.SHIFT, lambda pair: True, _any_shift, _missing_shift),
    Limit(
        Reason.DRIVING_LIMIT,
        lambda pair: pair[0].vehicle.max_driving_s < MAX_TIME_S,
        _any_driving,
        _missing_driving,
    ),
    Limit(
        Reason.DRIVING_STRETCH,
        lambda pair: pair[0].vehicle.must_rest,
        _any_stretch,
        _missing_stretch,
    ),
    Limit(Reason.CAPACITY, lambda pair: min(pair[0].capacity) < MAX_AMOUNT, _any_load, _missing_load),
    Limit(Reason.BREAK, lambda pair: bool(pair[0].vehicle.breaks), _any_break, _missing_break),
)
"""The limits that can stand in the way of a courier with nothing else to do, the most telling first."""

STACKING = Limit(Reason.STACKING, lambda pair: pair[0].vehicle.lifo, _any_order, _missing_order)
