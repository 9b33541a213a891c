"""Lives through a day event by event: what planners see of it, what couriers do, and what it costs."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import count

from routing.check import violations
from routing.cost import ETA_TOLERANCE_S, cost_of
from routing.plan import Cost, Plan, Route, Stop
from routing.problem import (
    LockedStop,
    Problem,
    Shipment,
    Site,
    Stock,
    StopKind,
    TimeWindow,
    Travel,
    Vehicle,
)
from tests.bench.routing.day_world import Day

Planner = Callable[[Problem, Plan], tuple[Plan, Mapping[str, int]]]
"""Answers the state of the moment and the plan in force with the next plan, and who waits until when."""

OVERDUE_S = 60
"""Whoever is overdue is expected after this time."""
NOTHING = Plan((), (), Cost(), "nothing")


class Happening(StrEnum):
    """What makes time go on; all but waking is told to the planner."""

    CALLED = "called"
    ARRIVED = "arrived"
    DONE = "done"
    LATE = "late"
    WAKES = "wakes"


@dataclass(frozen=True, slots=True)
class Task:
    """One half of a shipment, at a site."""

    kind: StopKind
    shipment: str
    site: str


@dataclass
class Courier:
    """Where a courier stands. A task under way has `expected_s` and real times; `done` is what was driven."""

    vehicle: Vehicle
    place: int
    todo: list[Task] = field(default_factory=list)
    aboard: list[str] = field(default_factory=list)
    task: Task | None = None
    expected_s: int = 0
    left_s: int = 0
    arrival_s: int = 0
    start_s: int = 0
    end_s: int = 0
    done: list[Stop] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """What a day came to; `driven` are the routes as they were, `broken` the rules that plans broke."""

    cost: Cost
    driven: Plan
    delivered: frozenset[str]
    unserved: tuple[str, ...]
    plans: int
    broken: tuple[str, ...] = ()


def live(day: Day, planner: Planner) -> Outcome:
    """Let the day happen to `planner`."""
    return Life(day, planner).run()


class Life:
    """One day as it happens; what is really driven, and what is believed, a kind of day may say otherwise."""

    def __init__(self, day: Day, planner: Planner) -> None:
        self._day, self._planner = day, planner
        self._couriers = {v.id: Courier(v, v.start) for v in day.vehicles}
        self._shipments = {shipment.id: shipment for shipment in day.shipments}
        self._real = day.truth.shipment_by_id
        self._left = {(lot.location, lot.part): lot.available for lot in day.stock}
        self._open: dict[str, None] = {}
        self._delivered: set[str] = set()
        self._plan, self._plans, self._broken = NOTHING, 0, list[str]()
        self._leaving: Mapping[str, int] = {}
        self._queue: list[tuple[int, int, Happening, str]] = []
        self._order = count()
        for shipment, at_s in day.called_s.items():
            self._push(at_s, Happening.CALLED, shipment)
        for vehicle in day.vehicles:
            self._push(vehicle.shift.earliest_s, Happening.WAKES, vehicle.id)

    def run(self) -> Outcome:
        """Return what it came to when nothing happens any more."""
        while self._queue:
            now_s, told = self._queue[0][0], False
            while self._queue and self._queue[0][0] == now_s:
                _, _, happening, subject = heapq.heappop(self._queue)
                told |= self._happens(now_s, happening, subject)
            if told:
                self._replan(now_s)
            for courier in self._couriers.values():
                self._set_off(courier, now_s)
        return self._outcome()

    def _push(self, at_s: int, happening: Happening, subject: str) -> None:
        heapq.heappush(self._queue, (at_s, next(self._order), happening, subject))

    def _happens(self, now_s: int, happening: Happening, subject: str) -> bool:
        """Change the state; return whether it is news for the planner."""
        if happening is Happening.CALLED:
            self._open[subject] = None
            return True
        courier = self._couriers[subject]
        if happening is Happening.WAKES:
            return False
        if happening is Happening.LATE:
            return self._is_late(courier, now_s)
        if happening is Happening.DONE:
            self._finish(courier)
        return True

    def _is_late(self, courier: Courier, now_s: int) -> bool:
        if courier.task is None or courier.arrival_s <= now_s or now_s < courier.expected_s:
            return False
        courier.expected_s = now_s + OVERDUE_S
        self._push(courier.expected_s + ETA_TOLERANCE_S, Happening.LATE, courier.vehicle.id)
        return True

    def _finish(self, courier: Courier) -> None:
        task = courier.task
        if task is None:
            raise AssertionError(f"{courier.vehicle.id} finishes nothing.")
        site = self._site(self._shipments[task.shipment], task)
        stop = Stop(
            task.kind, courier.arrival_s, courier.start_s, courier.end_s, site.place, task.shipment, task.site
        )
        courier.done.append(stop)
        courier.task = None
        if task.kind is StopKind.PICKUP:
            courier.aboard.append(task.shipment)
            for draw in site.draws:
                self._left[draw.location, draw.part] -= draw.quantity
        else:
            courier.aboard.remove(task.shipment)
            del self._open[task.shipment]
            self._delivered.add(task.shipment)

    def _set_off(self, courier: Courier, now_s: int) -> None:
        """Let an idle courier drive to what comes next, so that nobody waits there for a window to open."""
        if courier.task is not None or not courier.todo or now_s < courier.vehicle.shift.earliest_s:
            return
        task = courier.todo[0]
        site = self._site(self._real[task.shipment], task)
        drive_s = int(self._believed(now_s).duration_s[courier.place, site.place])
        leaves_s = max(now_s, self._leaving.get(courier.vehicle.id, now_s))
        if site.windows:
            leaves_s = max(leaves_s, site.windows[0].earliest_s - drive_s)
        if leaves_s > now_s:
            self._push(leaves_s, Happening.WAKES, courier.vehicle.id)
            return
        courier.todo.pop(0)
        courier.task, courier.expected_s = task, now_s + drive_s
        courier.left_s = now_s
        courier.arrival_s = now_s + self._drive_s(now_s, courier.place, site.place)
        courier.start_s = max(courier.arrival_s, site.windows[0].earliest_s if site.windows else 0)
        courier.end_s = courier.start_s + site.service_s
        courier.place = site.place
        self._push(courier.arrival_s, Happening.ARRIVED, courier.vehicle.id)
        self._push(courier.end_s, Happening.DONE, courier.vehicle.id)
        self._push(courier.expected_s + ETA_TOLERANCE_S, Happening.LATE, courier.vehicle.id)

    def _replan(self, now_s: int) -> None:
        problem = self._problem(now_s)
        self._plan, self._leaving = self._planner(problem, self._plan)
        self._plans += 1
        self._broken += [f"{now_s}: {broken.sentence}" for broken in violations(problem, self._plan)]
        for name, courier in self._couriers.items():
            route = self._plan.route_by_vehicle.get(name)
            work = [Task(s.kind, str(s.shipment), str(s.site)) for s in route.work] if route else []
            courier.todo = work if courier.task is None else work[1:]

    def _problem(self, now_s: int) -> Problem:
        """Return what is known at `now_s`: the times are those since midnight."""
        on_duty = [c for c in self._couriers.values() if _is_on_duty(c, now_s)]
        over = frozenset(c.vehicle.id for c in on_duty if now_s >= c.vehicle.shift.latest_s)
        aboard = {shipment for c in on_duty for shipment in c.aboard}
        in_hand = {c.task.shipment for c in on_duty if c.task}
        shipments = []
        for name in self._open:
            shipment = self._shipments[name]
            if name in aboard:
                shipment = replace(shipment, pickups=())
            elif name not in in_hand:
                shipment = replace(shipment, forbidden=over, pickups=self._sources(shipment))
            shipments.append(shipment)
        stock = tuple(Stock(at, part, left) for (at, part), left in self._left.items())
        vehicles = tuple(self._vehicle(c, now_s) for c in on_duty)
        return Problem(self._believed(now_s), vehicles, tuple(shipments), stock)

    def _believed(self, _now_s: int) -> Travel:
        """Return the roads as planners know them now."""
        return self._day.travel

    def _drive_s(self, _now_s: int, start: int, end: int) -> int:
        """Return how long a drive that begins now really takes."""
        return int(self._day.real.duration_s[start, end])

    def _sources(self, shipment: Shipment) -> tuple[Site, ...]:
        return tuple(
            site
            for site in shipment.pickups
            if all(self._left[draw.location, draw.part] >= draw.quantity for draw in site.draws)
        )

    def _vehicle(self, courier: Courier, now_s: int) -> Vehicle:
        """Return a courier as seen now; one who drives is where the drive ends, when it should."""
        shift, task = courier.vehicle.shift, courier.task
        free_s, locked = max(now_s, shift.earliest_s), tuple[LockedStop, ...]()
        if task is not None:
            left_s = None
            if courier.arrival_s > now_s:
                free_s = max(now_s, courier.expected_s)
            elif courier.start_s <= now_s:
                site = self._site(self._shipments[task.shipment], task)
                left_s = max(OVERDUE_S, site.service_s - (now_s - courier.start_s))
            locked = (LockedStop(task.kind, task.shipment, task.site, left_s),)
        latest_s = max(free_s, shift.latest_s)
        return replace(
            courier.vehicle,
            start=courier.place,
            shift=TimeWindow(free_s, latest_s),
            overtime_s=max(0, shift.latest_s + courier.vehicle.overtime_s - latest_s),
            on_board=tuple(courier.aboard),
            locked=locked,
        )

    @staticmethod
    def _site(shipment: Shipment, task: Task) -> Site:
        site = shipment.site(task.kind, task.site)
        if site is None:
            raise AssertionError(f"{task.shipment} has no {task.kind} at {task.site}.")
        return site

    def _outcome(self) -> Outcome:
        truth = self._day.truth
        routes = tuple(_driven(truth, c) for c in self._couriers.values() if c.done)
        unserved = tuple(s.id for s in self._day.shipments if s.id not in self._delivered)
        cost = cost_of(truth, routes, unserved)
        driven = Plan(routes, (), cost, "driven")
        delivered = frozenset(self._delivered)
        return Outcome(cost, driven, delivered, unserved, self._plans, tuple(self._broken))


def _is_on_duty(courier: Courier, now_s: int) -> bool:
    """Whether a courier may still do anything: after the shift only what is in hand."""
    return now_s < courier.vehicle.shift.latest_s or courier.task is not None or bool(courier.aboard)


def _driven(truth: Problem, courier: Courier) -> Route:
    """Return the route of a courier who drove home when the last task was done."""
    vehicle, last = courier.vehicle, courier.done[-1]
    begin_s = vehicle.shift.earliest_s
    home_s = last.departure_s + int(truth.travel.duration_s[courier.place, vehicle.end or 0])
    stops = [Stop(StopKind.START, begin_s, begin_s, begin_s, vehicle.start)]
    for stop in courier.done:
        # A plan knows no waiting but at the next stop, so that is where waits for a call are told.
        drive_s = int(truth.travel.duration_s[stops[-1].place, stop.place])
        stops.append(
            replace(stop, arrival_s=stops[-1].departure_s + drive_s, **_load(truth, stops[-1], stop))
        )
    return Route(vehicle.id, (*stops, Stop(StopKind.END, home_s, home_s, home_s, vehicle.end)))


def _load(truth: Problem, before: Stop, stop: Stop) -> dict[str, int]:
    shipment = truth.shipment_by_id[stop.shipment or ""]
    sign = 1 if stop.kind is StopKind.PICKUP else -1
    return {"weight_g": before.weight_g + sign * shipment.weight_g}
