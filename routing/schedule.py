"""When a courier is where: the earliest times of a tour, with waiting and breaks, or that there are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise

from routing.compiled import Courier, Visit
from routing.problem import StopKind
from routing.travel.matrix import UNREACHABLE
from routing.values import MAX_TIME_S


@dataclass(frozen=True, slots=True)
class Timing:
    """Arrival, start of service and departure at one visit, or start and end of a break."""

    arrival_s: int
    start_s: int
    departure_s: int
    pause: int = -1


@dataclass(frozen=True, slots=True)
class Timetable:
    """The times of a whole tour: visits and breaks in order, the end as the last, and what lateness costs."""

    timings: tuple[Timing, ...]
    end_s: int
    lateness_millicents: int


@dataclass(frozen=True, slots=True)
class _Label:
    """A way to have done the visits so far with `taken` breaks behind, `driven_s` after the last of them.

    `before` led to it; who need not rest has always driven nothing.
    """

    time_s: int
    lateness_millicents: int
    taken: int
    driven_s: int
    timings: tuple[Timing, ...]
    before: _Label | None


_Leg = tuple[int, int, tuple[Timing, ...], int]
"""When the courier is free at the target, the arrival there (earlier, if a break follows it), the breaks, and
how much was driven since the last of them."""


def timetable(courier: Courier, visits: Sequence[Visit]) -> Timetable | None:
    """Return the earliest times of `visits` in this order, or None when a hard limit is broken.

    Time windows, loads, breaks, driving limits, stacking and the end of overtime are hard. A tour of
    nothing but locked stops may outlast them. Overtime counts as lateness.
    """
    if not _carries(courier, visits) or (courier.vehicle.lifo and not _stacks(courier, visits)):
        return None
    may_outlast = len(visits) == len(courier.locked)
    times = _unbroken(courier, visits)
    # Breaks only delay: they are planned where the tour is possible without, and lasts until one is owed or
    # needed.
    if times is not None and not (_owes_nothing(courier, times.end_s, 0) and _may_drive_on(courier, visits)):
        times = _broken(courier, visits)
    if times is None or not (may_outlast or _within_limits(courier, visits, times.end_s)):
        return None
    overtime_s = times.end_s - courier.latest_s if visits else 0
    if overtime_s <= 0:
        return times
    extra = overtime_s * courier.vehicle.overtime_millicents_per_s
    return replace(times, lateness_millicents=times.lateness_millicents + extra)


def first_start_s(visit: Visit, arrival_s: int) -> int:
    """Return when service can start at the earliest, or -1 when every window has passed."""
    for earliest_s, latest_s in visit.windows:
        if arrival_s <= latest_s:
            return max(arrival_s, earliest_s)
    return -1


def _carries(courier: Courier, visits: Sequence[Visit]) -> bool:
    """Whether nothing that is not locked overloads the vehicle."""
    load = list(courier.on_board)
    for visit in visits:
        for dim, added in enumerate(visit.load):
            load[dim] += added
            if added > 0 and load[dim] > courier.capacity[dim] and not visit.locked:
                return False
    return True


def _stacks(courier: Courier, visits: Sequence[Visit]) -> bool:
    """Whether every delivery that is not locked unloads what was loaded last of what is delivered here."""
    delivered = {visit.shipment for visit in visits if visit.kind is StopKind.DELIVERY}
    stack = [s for s in courier.stacked if s in delivered]
    for visit in visits:
        if visit.kind is StopKind.PICKUP and visit.shipment in delivered:
            stack.append(visit.shipment)
        elif visit.kind is StopKind.DELIVERY and visit.shipment in stack:
            if stack[-1] != visit.shipment and not visit.locked:
                return False
            stack.remove(visit.shipment)
    return True


def _within_limits(courier: Courier, visits: Sequence[Visit], end_s: int) -> bool:
    """Whether the tour ends in time, and drives no longer than allowed, which it cannot where it is short."""
    if end_s > courier.until_s:
        return False
    most_s = courier.vehicle.max_driving_s
    return end_s - courier.earliest_s <= most_s or _driven_s(courier, visits) <= most_s


def _may_drive_on(courier: Courier, visits: Sequence[Visit]) -> bool:
    """Whether the whole tour may be driven without a break."""
    vehicle = courier.vehicle
    return not vehicle.must_rest or vehicle.driven_s + _driven_s(courier, visits) <= vehicle.max_stretch_s


def _driven_s(courier: Courier, visits: Sequence[Visit]) -> int:
    places = [courier.start, *(visit.place for visit in visits), courier.end]
    return sum(courier.drive_s(a, b) for a, b in pairwise(places))


def _unbroken(courier: Courier, visits: Sequence[Visit]) -> Timetable | None:
    """Return the times without breaks."""
    time_s, place, lateness = courier.earliest_s, courier.start, 0
    timings = []
    for visit in visits:
        arrival_s = time_s + courier.drive_s(place, visit.place)
        start_s = first_start_s(visit, arrival_s)
        if start_s < 0 or arrival_s >= UNREACHABLE:
            return None
        time_s, place = start_s + visit.service_s, visit.place
        if time_s > visit.due_s:
            lateness += (time_s - visit.due_s) * visit.late_millicents_per_s
        timings.append(Timing(arrival_s, start_s, time_s))
    end_s = time_s + courier.drive_s(place, courier.end)
    timings.append(Timing(end_s, end_s, end_s))
    return Timetable(tuple(timings), end_s, lateness) if end_s < UNREACHABLE else None


def _broken(courier: Courier, visits: Sequence[Visit]) -> Timetable | None:
    """Return the times with breaks: labels (visits done, breaks taken) are kept by earliest time, and by
    least driven since the last break where that is limited.
    """
    driven_s = courier.vehicle.driven_s if courier.vehicle.must_rest else 0
    labels = [_Label(courier.earliest_s, 0, 0, driven_s, (), None)]
    place = courier.start
    for visit in visits:
        legs = ((label, _legs(courier, label, place, visit.place, visit.locked)) for label in labels)
        served = [_serve(label, leg, visit) for label, found in legs for leg in found]
        labels = _best_by_taken(courier, served)
        place = visit.place
    only_facts = len(visits) == len(courier.locked)
    ends = [
        _end(label, leg) for label in labels for leg in _legs(courier, label, place, courier.end, only_facts)
    ]
    valid = [end for end in ends if _owes_nothing(courier, end.time_s, end.taken)]
    best = min(valid, key=lambda end: (end.lateness_millicents, end.time_s, end.taken), default=None)
    return None if best is None else Timetable(_history(best), best.time_s, best.lateness_millicents)


def _legs(courier: Courier, label: _Label, origin: int, target: int, is_fact: bool) -> list[_Leg]:
    """Return the ways from `origin` to `target`, with none, one, ... of the next breaks on the way.

    A drive that is a fact may be longer than one may drive without a break.
    """
    left_s = courier.drive_s(origin, target)
    if left_s >= UNREACHABLE:
        return []
    must_rest = courier.vehicle.must_rest
    most_s = courier.vehicle.max_stretch_s if must_rest and not is_fact else MAX_TIME_S
    time_s, arrival_s, since_s = label.time_s, label.time_s + left_s, label.driven_s
    pauses: tuple[Timing, ...] = ()
    legs: list[_Leg] = []
    if left_s == 0 or since_s + left_s <= most_s:
        legs.append((arrival_s, arrival_s, pauses, since_s + left_s if must_rest else 0))
    for k in range(label.taken, len(courier.vehicle.breaks)):
        pause = courier.vehicle.breaks[k]
        start_s = max(time_s, pause.window.earliest_s)
        if start_s > courier.pause_latest_s[k]:
            break
        driven_s = start_s - time_s
        if left_s > 0 < driven_s and since_s + min(left_s, driven_s) > most_s:
            break
        time_s, since_s = start_s + pause.duration_s, 0
        if left_s > driven_s:
            arrival_s = time_s + left_s - driven_s
        left_s = max(0, left_s - driven_s)
        pauses = (*pauses, Timing(start_s, start_s, time_s, k))
        if left_s <= most_s:
            legs.append((time_s + left_s, arrival_s, pauses, left_s if must_rest else 0))
    return legs


def _serve(label: _Label, leg: _Leg, visit: Visit) -> _Label | None:
    """Return `label` after the drive and the service, or None when it comes too late."""
    free_s, arrival_s, pauses, driven_s = leg
    start_s = first_start_s(visit, free_s)
    if start_s < 0:
        return None
    time_s = start_s + visit.service_s
    late = max(0, time_s - visit.due_s) * visit.late_millicents_per_s
    timings = (*pauses, Timing(arrival_s, start_s, time_s))
    lateness = label.lateness_millicents + late
    return _Label(time_s, lateness, label.taken + len(pauses), driven_s, timings, label)


def _end(label: _Label, leg: _Leg) -> _Label:
    free_s, arrival_s, pauses, driven_s = leg
    timings = (*pauses, Timing(arrival_s, free_s, free_s))
    taken = label.taken + len(pauses)
    return _Label(free_s, label.lateness_millicents, taken, driven_s, timings, label)


def _history(label: _Label) -> tuple[Timing, ...]:
    steps = []
    step: _Label | None = label
    while step is not None:
        steps.append(step.timings)
        step = step.before
    return tuple(chain.from_iterable(reversed(steps)))


def _owes_nothing(courier: Courier, end_s: int, taken: int) -> bool:
    return all(end_s <= latest_s for latest_s in courier.pause_latest_s[taken:])


def _best_by_taken(courier: Courier, labels: list[_Label | None]) -> list[_Label]:
    """Return the earliest label for each number of breaks, without those that missed the next one; and the
    one that has driven least since its last break, where that is another.
    """
    earliest: dict[int, _Label] = {}
    freshest: dict[int, _Label] = {}
    for label in labels:
        if label is None or not _owes_nothing(courier, label.time_s, label.taken):
            continue
        if label.taken not in earliest or _by_time(label) < _by_time(earliest[label.taken]):
            earliest[label.taken] = label
        if label.taken not in freshest or _by_driven(label) < _by_driven(freshest[label.taken]):
            freshest[label.taken] = label
    others = [fresh for fresh in freshest.values() if _by_time(fresh) != _by_time(earliest[fresh.taken])]
    return [*earliest.values(), *others]


def _by_time(label: _Label) -> tuple[int, int, int]:
    return label.time_s, label.driven_s, label.lateness_millicents


def _by_driven(label: _Label) -> tuple[int, int, int]:
    return label.driven_s, label.time_s, label.lateness_millicents
