"""A problem laid out for the solver: indices instead of ids, visits and couriers with all they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from routing.problem import LockedStop, Problem, Shipment, Site, StopKind, Vehicle
from routing.values import MAX_TIME_S

Load = tuple[int, int, int]
"""g, cm3 and pieces."""

StockKey = tuple[str, str]

NOWHERE = -1
"""The place of an end that is anywhere: the way there takes no time and costs nothing."""

FOREVER_S = 10 * MAX_TIME_S
"""Later than anything that a problem may name."""


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """One pickup or delivery at one site, ready to stand in a tour.

    `windows` are pairs (earliest, latest); `load` is what it adds to the load (g, cm3, pieces); `due_s` is
    `FOREVER_S` where nothing is due here.
    """

    shipment: int
    kind: StopKind
    site: Site
    place: int
    service_s: int
    windows: tuple[tuple[int, int], ...]
    load: Load
    due_s: int
    late_millicents_per_s: int
    told: str | None
    told_millicents: int
    locked: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Courier:
    """A vehicle with the roads it drives by; `end` is NOWHERE where it has none.

    `capacity` and `on_board` (the load at the start) are in g, cm3 and pieces; `latest_s` is the end of the
    shift, `until_s` of the overtime allowed; `pause_latest_s` is when each break must have started: no
    earlier than the locked stops allow. `stacked` are the shipments on board, the first loaded first.
    """

    index: int
    vehicle: Vehicle
    start: int
    end: int
    earliest_s: int
    latest_s: int
    until_s: int
    capacity: Load
    on_board: Load
    stacked: tuple[int, ...]
    locked: tuple[Visit, ...]
    pause_latest_s: tuple[int, ...]
    _duration_s: memoryview = field(repr=False)
    _distance_m: memoryview = field(repr=False)

    def drive_s(self, a: int, b: int) -> int:
        """Return the seconds from place `a` to place `b`."""
        return 0 if b == NOWHERE else self._duration_s[a, b]

    def cost_millicents(self, a: int, b: int) -> int:
        """Return what driving from place `a` to place `b` costs, emissions included."""
        if b == NOWHERE:
            return 0
        vehicle = self.vehicle
        per_m = vehicle.millicents_per_m + vehicle.co2e_millicents_per_m
        cost: int = vehicle.millicents_per_s * self._duration_s[a, b]
        return cost + per_m * self._distance_m[a, b]

    def told_millicents(self, visits: Sequence[Visit]) -> int:
        """Return what it costs that `visits` deliver what other couriers were told of."""
        return sum(visit.told_millicents for visit in visits if visit.told not in (None, self.vehicle.id))


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """The whole problem; lists run parallel to the problem's shipments and vehicles.

    `eligible[s]` are the couriers that may take shipment s; `bound[s]` the one that has it on board or
    locked, or -1; `picked_up[s]` says that no pickup is left to plan for it (on board, or a service);
    `closed[s]` that every stop of it is locked.
    """

    problem: Problem
    couriers: list[Courier]
    pickups: list[list[Visit]]
    deliveries: list[list[Visit]]
    eligible: list[list[int]]
    bound: list[int]
    picked_up: list[bool]
    closed: list[bool]
    stock: dict[StockKey, int]


def compile_problem(problem: Problem) -> Compiled:
    """Lay `problem` out for the solver."""
    index = {shipment.id: s for s, shipment in enumerate(problem.shipments)}
    roads = _roads(problem)
    couriers = [_courier(problem, v, index, roads) for v in range(len(problem.vehicles))]
    locked = {(visit.shipment, visit.kind) for courier in couriers for visit in courier.locked}
    bound = [-1] * len(problem.shipments)
    for v, vehicle in enumerate(problem.vehicles):
        for name in (*vehicle.on_board, *(lock.shipment for lock in vehicle.locked)):
            bound[index[name]] = v
    shipments = problem.shipments
    visits = [_visits(s, shipment) for s, shipment in enumerate(shipments)]
    return Compiled(
        problem=problem,
        couriers=couriers,
        pickups=[pickups for pickups, _ in visits],
        deliveries=[deliveries for _, deliveries in visits],
        eligible=_eligible(problem, bound),
        bound=bound,
        picked_up=[not s.pickups or (k, StopKind.PICKUP) in locked for k, s in enumerate(shipments)],
        closed=[(k, StopKind.DELIVERY) in locked for k in range(len(shipments))],
        stock={(item.location, item.part): item.available for item in problem.stock},
    )


def extended(compiled: Compiled, problem: Problem) -> Compiled:
    """Return `compiled` for `problem`, which holds one shipment more, the last, and may have other roads."""
    couriers, shipment = compiled.couriers, problem.shipments[-1]
    if problem.travel is not compiled.problem.travel:
        roads = _roads(problem)
        couriers = [_driving_by(roads, courier) for courier in couriers]
    pickups, deliveries = _visits(len(problem.shipments) - 1, shipment)
    return replace(
        compiled,
        problem=problem,
        couriers=couriers,
        pickups=[*compiled.pickups, pickups],
        deliveries=[*compiled.deliveries, deliveries],
        eligible=[*compiled.eligible, _able(problem, shipment)],
        bound=[*compiled.bound, -1],
        picked_up=[*compiled.picked_up, not pickups],
        closed=[*compiled.closed, False],
    )


def may_take(vehicle: Vehicle, shipment: Shipment) -> bool:
    """Whether the courier has the skills for `shipment` and is neither excluded from it nor forbidden."""
    return (
        shipment.skills <= vehicle.skills
        and (shipment.couriers is None or vehicle.id in shipment.couriers)
        and vehicle.id not in shipment.forbidden
    )


def _eligible(problem: Problem, bound: Sequence[int]) -> list[list[int]]:
    """Return who may take each shipment; those that ask for the same share one list."""
    able: dict[object, list[int]] = {}
    found = []
    for shipment, courier in zip(problem.shipments, bound, strict=True):
        asked = (shipment.skills, shipment.couriers, shipment.forbidden)
        if courier < 0 and asked not in able:
            able[asked] = _able(problem, shipment)
        found.append([courier] if courier >= 0 else able[asked])
    return found


def _able(problem: Problem, shipment: Shipment) -> list[int]:
    return [v for v, vehicle in enumerate(problem.vehicles) if may_take(vehicle, shipment)]


_Roads = dict[str, tuple[memoryview, memoryview]]
"""Durations in s and distances in m by the name of the profile."""


def _roads(problem: Problem) -> _Roads:
    return {
        name: (memoryview(travel.duration_s), memoryview(travel.distance_m))
        for name, travel in problem.travel_by_profile.items()
    }


def _driving_by(roads: _Roads, courier: Courier) -> Courier:
    duration_s, distance_m = roads[courier.vehicle.profile]
    return replace(courier, _duration_s=duration_s, _distance_m=distance_m)


def _courier(problem: Problem, v: int, index: dict[str, int], roads: _Roads) -> Courier:
    vehicle = problem.vehicles[v]
    aboard = [problem.shipment_by_id[name] for name in vehicle.on_board]
    locked = tuple(_locked_visit(problem, index, lock) for lock in vehicle.locked)
    duration_s, distance_m = roads[vehicle.profile]
    return Courier(
        index=v,
        vehicle=vehicle,
        start=vehicle.start,
        end=NOWHERE if vehicle.end is None else vehicle.end,
        earliest_s=vehicle.shift.earliest_s,
        latest_s=vehicle.shift.latest_s,
        until_s=vehicle.shift.latest_s + vehicle.overtime_s,
        capacity=(vehicle.weight_g, vehicle.volume_cm3, vehicle.items),
        on_board=(
            sum(s.weight_g for s in aboard),
            sum(s.volume_cm3 for s in aboard),
            sum(s.items for s in aboard),
        ),
        stacked=tuple(index[name] for name in vehicle.on_board),
        locked=locked,
        pause_latest_s=_pause_latest_s(vehicle, _locked_end_s(vehicle, locked, duration_s)),
        _duration_s=duration_s,
        _distance_m=distance_m,
    )


def _locked_end_s(vehicle: Vehicle, locked: tuple[Visit, ...], duration_s: memoryview) -> int:
    time_s, place = vehicle.shift.earliest_s, vehicle.start
    for visit in locked:
        time_s = max(time_s + duration_s[place, visit.place], visit.windows[0][0]) + visit.service_s
        place = visit.place
    return time_s


def _pause_latest_s(vehicle: Vehicle, grace_s: int) -> tuple[int, ...]:
    latest_s = []
    for pause in vehicle.breaks:
        latest_s.append(max(pause.window.latest_s, grace_s))
        grace_s += pause.duration_s
    return tuple(latest_s)


def _locked_visit(problem: Problem, index: dict[str, int], lock: LockedStop) -> Visit:
    shipment = problem.shipment_by_id[lock.shipment]
    sites = shipment.pickups if lock.kind is StopKind.PICKUP else shipment.deliveries
    site = next(site for site in sites if site.id == lock.site)
    return _visit(index[lock.shipment], shipment, lock.kind, site, lock)


def _visits(s: int, shipment: Shipment) -> tuple[list[Visit], list[Visit]]:
    """Return the pickups and the deliveries of a shipment."""
    return (
        [_visit(s, shipment, StopKind.PICKUP, site) for site in shipment.pickups],
        [_visit(s, shipment, StopKind.DELIVERY, site) for site in shipment.deliveries],
    )


def _visit(s: int, shipment: Shipment, kind: StopKind, site: Site, lock: LockedStop | None = None) -> Visit:
    delivers = kind is StopKind.DELIVERY
    due = shipment.due_s is not None and delivers
    windows = tuple((w.earliest_s, w.latest_s) for w in site.windows) or ((0, FOREVER_S),)
    if lock is not None:
        windows = ((windows[0][0], FOREVER_S),)
    return Visit(
        shipment=s,
        kind=kind,
        site=site,
        place=site.place,
        service_s=site.service_s if lock is None or lock.service_s is None else lock.service_s,
        windows=windows,
        load=_unloads(shipment) if delivers else (shipment.weight_g, shipment.volume_cm3, shipment.items),
        due_s=shipment.due_s if due and shipment.due_s is not None else FOREVER_S,
        late_millicents_per_s=shipment.late_millicents_per_s if due else 0,
        told=shipment.told if delivers else None,
        told_millicents=shipment.told_millicents,
        locked=lock is not None,
    )


def _unloads(shipment: Shipment) -> Load:
    return (
        shipment.back_weight_g - shipment.weight_g,
        shipment.back_volume_cm3 - shipment.volume_cm3,
        shipment.back_items - shipment.items,
    )
