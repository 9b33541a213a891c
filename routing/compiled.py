"""A problem laid out for speed: indices instead of ids, nested lists instead of arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from routing.problem import LockedStop, Problem, Shipment, Site, StopKind, Vehicle
from routing.values import MAX_TIME_S

Matrix = list[list[int]]
StockKey = tuple[str, str]

FOREVER_S = 10 * MAX_TIME_S
"""Later than anything that a problem may name."""


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """One pickup or delivery at one site, ready to stand in a tour.

    `windows` are pairs (earliest, latest); `weight_g` and `volume_cm3` are what it adds to the load;
    `due_s` is `FOREVER_S` where nothing is due here.
    """

    shipment: int
    kind: StopKind
    site: Site
    place: int
    service_s: int
    windows: tuple[tuple[int, int], ...]
    weight_g: int
    volume_cm3: int
    due_s: int
    late_millicents_per_s: int
    locked: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Courier:
    """A vehicle with the matrices it drives by; `end` is the compiled matrices' nowhere where it has none.

    `on_board_g` and `on_board_cm3` are the load at the start; `pause_latest_s` is when each break
    must have started: no earlier than the locked stops allow.
    """

    index: int
    vehicle: Vehicle
    start: int
    end: int
    earliest_s: int
    latest_s: int
    on_board_g: int
    on_board_cm3: int
    locked: tuple[Visit, ...]
    pause_latest_s: tuple[int, ...]
    duration_s: Matrix = field(repr=False)
    cost_millicents: Matrix = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """The whole problem; lists run parallel to the problem's shipments and vehicles.

    `eligible[s]` are the couriers that may take shipment s; `bound[s]` the one that has it on board or
    locked, or -1; `picked_up[s]` says that no pickup is left to plan for it (on board, or a service);
    `closed[s]` that every stop of it is locked. The matrices have one more row and column of zeros: nowhere.
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
    nowhere: int


def compile_problem(problem: Problem) -> Compiled:
    """Lay `problem` out for the solver."""
    index = {shipment.id: s for s, shipment in enumerate(problem.shipments)}
    matrices = _Matrices(problem)
    couriers = [_courier(problem, v, index, matrices) for v in range(len(problem.vehicles))]
    locked = {(visit.shipment, visit.kind) for courier in couriers for visit in courier.locked}
    bound = [-1] * len(problem.shipments)
    for v, vehicle in enumerate(problem.vehicles):
        for name in (*vehicle.on_board, *(lock.shipment for lock in vehicle.locked)):
            bound[index[name]] = v
    shipments = problem.shipments
    return Compiled(
        problem=problem,
        couriers=couriers,
        pickups=[
            [_visit(k, s, StopKind.PICKUP, site) for site in s.pickups] for k, s in enumerate(shipments)
        ],
        deliveries=[
            [_visit(k, s, StopKind.DELIVERY, site) for site in s.deliveries] for k, s in enumerate(shipments)
        ],
        eligible=[_eligible(problem, s, bound[k]) for k, s in enumerate(shipments)],
        bound=bound,
        picked_up=[not s.pickups or (k, StopKind.PICKUP) in locked for k, s in enumerate(shipments)],
        closed=[(k, StopKind.DELIVERY) in locked for k in range(len(shipments))],
        stock={(item.location, item.part): item.available for item in problem.stock},
        nowhere=problem.travel.size,
    )


def may_take(vehicle: Vehicle, shipment: Shipment) -> bool:
    """Whether the courier has the skills for `shipment` and is neither excluded from it nor forbidden."""
    return (
        shipment.skills <= vehicle.skills
        and (shipment.couriers is None or vehicle.id in shipment.couriers)
        and vehicle.id not in shipment.forbidden
    )


def _eligible(problem: Problem, shipment: Shipment, bound: int) -> list[int]:
    if bound >= 0:
        return [bound]
    return [v for v, vehicle in enumerate(problem.vehicles) if may_take(vehicle, shipment)]


class _Matrices:
    """Nested lists with a row and column for nowhere; one list of costs for equal rates."""

    def __init__(self, problem: Problem) -> None:
        self._duration = np.pad(problem.travel.duration_s, (0, 1))
        self._distance = np.pad(problem.travel.distance_m, (0, 1))
        self.duration_s: Matrix = self._duration.tolist()
        self._costs: dict[tuple[int, int], Matrix] = {}

    def cost_millicents(self, vehicle: Vehicle) -> Matrix:
        rates = (vehicle.millicents_per_s, vehicle.millicents_per_m)
        if rates not in self._costs:
            cost = self._duration * rates[0] + self._distance * rates[1]
            self._costs[rates] = cost.tolist()
        return self._costs[rates]


def _courier(problem: Problem, v: int, index: dict[str, int], matrices: _Matrices) -> Courier:
    vehicle = problem.vehicles[v]
    aboard = [problem.shipment_by_id[name] for name in vehicle.on_board]
    locked = tuple(_locked_visit(problem, index, lock) for lock in vehicle.locked)
    nowhere = problem.travel.size
    return Courier(
        index=v,
        vehicle=vehicle,
        start=vehicle.start,
        end=nowhere if vehicle.end is None else vehicle.end,
        earliest_s=vehicle.shift.earliest_s,
        latest_s=vehicle.shift.latest_s,
        on_board_g=sum(s.weight_g for s in aboard),
        on_board_cm3=sum(s.volume_cm3 for s in aboard),
        locked=locked,
        pause_latest_s=_pause_latest_s(vehicle, _locked_end_s(vehicle, locked, matrices.duration_s)),
        duration_s=matrices.duration_s,
        cost_millicents=matrices.cost_millicents(vehicle),
    )


def _locked_end_s(vehicle: Vehicle, locked: tuple[Visit, ...], duration_s: Matrix) -> int:
    time_s, place = vehicle.shift.earliest_s, vehicle.start
    for visit in locked:
        time_s = max(time_s + duration_s[place][visit.place], visit.windows[0][0]) + visit.service_s
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


def _visit(s: int, shipment: Shipment, kind: StopKind, site: Site, lock: LockedStop | None = None) -> Visit:
    sign = 1 if kind is StopKind.PICKUP else -1
    due = shipment.due_s is not None and kind is StopKind.DELIVERY
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
        weight_g=sign * shipment.weight_g,
        volume_cm3=sign * shipment.volume_cm3,
        due_s=shipment.due_s if due and shipment.due_s is not None else FOREVER_S,
        late_millicents_per_s=shipment.late_millicents_per_s if due else 0,
        locked=lock is not None,
    )
