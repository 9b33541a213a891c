"""When a courier is where: the earliest times of a tour, with waiting and breaks, or that there are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise

from routing.compiled import Courier, Visit
from routing.problem import StopKind
from routing.travel.matrix import UNREACHABLE


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
    """The earliest way to have done the visits so far with `taken` breaks behind; `before` led to it."""

    time_s: int
    lateness_millicents: int
    taken: int
    timings: tuple[Timing, ...]
    before: _Label | None


_Leg = tuple[int, int, tuple[Timing, ...]]
"""When the courier is free at the target, the arrival there (earlier, if a break follows it), the breaks."""


def timetable(courier: Courier, visits: Sequence[Visit]) -> Timetable | None:
    """Return the earliest times of `visits` in this order, or None when a hard limit is broken.

    Time windows, loads, breaks, the driving limit, stacking and the end of overtime are hard. A tour of
    nothing but locked stops may outlast them. Overtime counts as lateness.
    """
    if not _carries(courier, visits) or (courier.vehicle.lifo and not _stacks(courier, visits)):
        return None
    may_outlast = len(visits) == len(courier.locked)
    times = _unbroken(courier, visits)
    # Breaks only delay: they are planned where the tour is possible without, and lasts until one is owed.
    if times is not None and not _owes_nothing(courier, times.end_s, 0):
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
    """Return the times with breaks: labels (visits done, breaks taken) are kept by earliest time."""
    labels = [_Label(courier.earliest_s, 0, 0, (), None)]
    place = courier.start
    for visit in visits:
        reached = [(label, leg) for label in labels for leg in _legs(courier, label, place, visit.place)]
        labels = _best_by_taken(courier, [_serve(label, leg, visit) for label, leg in reached])
        place = visit.place
    ends = [_end(label, leg) for label in labels for leg in _legs(courier, label, place, courier.end)]
    valid = [end for end in ends if _owes_nothing(courier, end.time_s, end.taken)]
    best = min(valid, key=lambda end: (end.lateness_millicents, end.time_s, end.taken), default=None)
    return None if best is None else Timetable(_history(best), best.time_s, best.lateness_millicents)


def _legs(courier: Courier, label: _Label, origin: int, target: int) -> list[_Leg]:
    """Return the ways from `origin` to `target`, with none, one, ... of the next breaks on the way."""
    left_s = courier.drive_s(origin, target)
    if left_s >= UNREACHABLE:
        return []
    time_s, arrival_s = label.time_s, label.time_s + left_s
    pauses: tuple[Timing, ...] = ()
    legs: list[_Leg] = [(arrival_s, arrival_s, pauses)]
    for k in range(label.taken, len(courier.vehicle.breaks)):
        pause = courier.vehicle.breaks[k]
        start_s = max(time_s, pause.window.earliest_s)
        if start_s > courier.pause_latest_s[k]:
            break
        driven_s = start_s - time_s
        time_s = start_s + pause.duration_s
        if left_s > driven_s:
            arrival_s = time_s + left_s - driven_s
        left_s = max(0, left_s - driven_s)
        pauses = (*pauses, Timing(start_s, start_s, time_s, k))
        legs.append((time_s + left_s, arrival_s, pauses))
    return legs


def _serve(label: _Label, leg: _Leg, visit: Visit) -> _Label | None:
    """Return `label` after the drive and the service, or None when it comes too late."""
    free_s, arrival_s, pauses = leg
    start_s = first_start_s(visit, free_s)
    if start_s < 0:
        return None
    time_s = start_s + visit.service_s
    late = max(0, time_s - visit.due_s) * visit.late_millicents_per_s
    timings = (*pauses, Timing(arrival_s, start_s, time_s))
    return _Label(time_s, label.lateness_millicents + late, label.taken + len(pauses), timings, label)


def _end(label: _Label, leg: _Leg) -> _Label:
    free_s, arrival_s, pauses = leg
    timings = (*pauses, Timing(arrival_s, free_s, free_s))
    return _Label(free_s, label.lateness_millicents, label.taken + len(pauses), timings, label)


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
    """Return the earliest label for each number of breaks, without those that missed the next one."""
    best: dict[int, _Label] = {}
    for label in labels:
        if label is None or not _owes_nothing(courier, label.time_s, label.taken):
            continue
        other = best.get(label.taken)
        key = (label.time_s, label.lateness_millicents)
        if other is None or key < (other.time_s, other.lateness_millicents):
            best[label.taken] = label
    return list(best.values())
