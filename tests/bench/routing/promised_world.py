"""Days whose roads and services nobody knows: what is promised in them, and when it is handed over."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from routing.dispatch.lessons import SERVICE_S
from routing.dispatch.work import PROMISED_WEIGHT
from routing.fast_path import carry_over
from routing.plan import Route
from routing.problem import Problem, Shipment, Site, StopKind, TimeWindow, Travel
from routing.service_times import LearnedServiceTimes, ObservedService, learn_services
from routing.sourcing import Offer, offer
from routing.spread import Spread
from routing.standing import StandingPlan
from routing.travel.geodesic import GeodesicTravelTimes
from routing.travel.learned import LearnedSpeeds, LearnedTravelTimes, ObservedLeg, learn_speeds
from routing.travel.matrix import Table
from tests.bench.routing.day_simulation import Courier, Life, Planner
from tests.bench.routing.day_world import PLACES, Day
from tracking.fleet.stops import StepKind
from tracking.values.coordinates import Coordinate

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
ZONE = ZoneInfo("Europe/Vaduz")
FIRST_DAY = datetime(2026, 3, 2, tzinfo=ZONE)
POINTS = [place.at for place in PLACES]
RUSH = {7: 1.35, 8: 1.3, 12: 1.1, 16: 1.2, 17: 1.4, 18: 1.2}
"""How much slower roads are in an hour of the day."""
JAM, JAM_SHARE = (1.4, 2.2), 0.04


@dataclass
class HiddenTruth:
    """How roads and sites really are; no planner sees it."""

    seed: int
    areas: dict[tuple[int, int], float] = field(default_factory=dict)
    sites: dict[tuple[StepKind, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._plain_s = GeodesicTravelTimes().matrix(POINTS).duration_s

    def new_day(self) -> float:
        """Return by how much slower all roads are on one day."""
        return self._chance.lognormvariate(0.0, 0.07)

    def drive_s(self, chance: random.Random, day: float, at_s: int, start: int, end: int) -> int:
        """Return how long one drive takes that begins at `at_s` after midnight."""
        area = math.sqrt(self._area(POINTS[start]) * self._area(POINTS[end]))
        jam = chance.uniform(*JAM) if chance.random() < JAM_SHARE else 1.0
        noise = chance.lognormvariate(0.0, 0.13)
        rush = RUSH.get(at_s // 3600, 1.0)
        return max(1, round(int(self._plain_s[start, end]) * area * day * rush * noise * jam))

    def service_s(self, chance: random.Random, kind: StepKind, site: str) -> int:
        """Return how long one step takes."""
        if (kind, site) not in self.sites:
            self.sites[kind, site] = random.Random(f"{self.seed} {kind} {site}").lognormvariate(0.1, 0.35)
        return max(20, round(SERVICE_S[kind] * self.sites[kind, site] * chance.gammavariate(6.0, 1 / 6.0)))

    def _area(self, point: Coordinate) -> float:
        cell = round(point.lat_deg / 0.03), round(point.lon_deg / 0.03)
        if cell not in self.areas:
            self.areas[cell] = random.Random(f"{self.seed} {cell}").lognormvariate(0.1, 0.15)
        return self.areas[cell]


@dataclass
class Learning:
    """What the product has learned of the roads and the services, by its own means."""

    legs: list[ObservedLeg] = field(default_factory=list)
    dwells: list[ObservedService] = field(default_factory=list)
    speeds: LearnedSpeeds = field(default_factory=lambda: LearnedSpeeds(ZONE))
    services: LearnedServiceTimes = field(default_factory=lambda: LearnedServiceTimes(SERVICE_S))
    spread: Spread = field(default_factory=Spread)

    def learn(self) -> None:
        """Learn from all that was driven."""
        self.speeds = learn_speeds(self.legs, ZONE)
        self.services = learn_services(self.dwells, SERVICE_S)
        self.spread = Spread.learned(self.speeds.residuals, self.services.residuals)


@dataclass(frozen=True)
class HiddenDay(Day):
    """A day whose services take what the truth says; `begins_at` is its midnight."""

    begins_at: datetime = FIRST_DAY
    taken_s: Mapping[tuple[str, StopKind, str], int] = field(default_factory=dict)

    def service_s(self, shipment: str, kind: StopKind, site: Site) -> int:
        return self.taken_s[shipment, kind, site.id]


@dataclass(frozen=True, slots=True)
class Promised:
    """What was promised of one order at each of `LEVELS`, in s after midnight, None where nothing could be.

    `frozen_s` is when it was handed over by the very plan that was offered, `live_s` when it really was; None
    for never. `width_s` lies between the times of 10 and 90 %.
    """

    by_s: tuple[float, ...] | None
    width_s: float
    frozen_s: int | None
    live_s: int | None


def hidden_day(day: Day, number: int, truth: HiddenTruth, learning: Learning) -> HiddenDay:
    """Return a day with hidden services, as the product believes in it by what it has learned."""
    chance = random.Random(f"{truth.seed} {day.seed}")
    shipments = tuple(_believed(shipment, learning.services) for shipment in day.shipments)
    taken = {
        (s.id, kind, site.id): truth.service_s(chance, _step(s, kind), site.id)
        for s in shipments
        for kind, sites in ((StopKind.PICKUP, s.pickups), (StopKind.DELIVERY, s.deliveries))
        for site in sites
    }
    fields = {name: getattr(day, name) for name in ("seed", "vehicles", "called_s", "stock", "factor")}
    plain = GeodesicTravelTimes().matrix(POINTS)
    return HiddenDay(
        travel=plain,
        real=plain,
        shipments=shipments,
        begins_at=FIRST_DAY + timedelta(days=number),
        taken_s=taken,
        **fields,
    )


class PromisedLife(Life):
    """A day in which every order is promised when it is called, before it is planned."""

    def __init__(self, day: HiddenDay, planner: Planner, truth: HiddenTruth, learning: Learning) -> None:
        self._hidden, self._truth, self._learning = day, truth, learning
        self._roads = LearnedTravelTimes(GeodesicTravelTimes(), learning.speeds)
        self._by_hour: dict[int, Travel] = {}
        self._today = truth.new_day()
        self._chance = random.Random(f"live {truth.seed} {day.seed}")
        self._others = random.Random(f"frozen {truth.seed} {day.seed}")
        self._said: dict[str, tuple[tuple[float, ...] | None, float, int | None]] = {}
        super().__init__(day, planner)

    def promises(self) -> list[Promised]:
        """Live through the day, and return what was promised and kept of each order."""
        self.run()
        handed_over_s = {
            stop.shipment: stop.departure_s
            for courier in self._couriers.values()
            for stop in courier.done
            if stop.kind is StopKind.DELIVERY
        }
        return [
            Promised(by_s, width_s, frozen_s, handed_over_s.get(name))
            for name, (by_s, width_s, frozen_s) in self._said.items()
        ]

    def _believed(self, now_s: int) -> Travel:
        hour = now_s // 3600
        if hour not in self._by_hour:
            self._by_hour[hour] = self._roads.matrix(POINTS, self._clock(3600 * hour))
        return self._by_hour[hour]

    def _drive_s(self, now_s: int, start: int, end: int) -> int:
        taken_s = self._truth.drive_s(self._chance, self._today, now_s, start, end)
        expected_s = int(self._day.travel.duration_s[start, end])
        if start != end and expected_s > 0:
            leg = ObservedLeg(POINTS[start], POINTS[end], self._clock(now_s), taken_s, expected_s)
            self._learning.legs.append(leg)
        return taken_s

    def _finish(self, courier: Courier) -> None:
        super()._finish(courier)
        stop = courier.done[-1]
        kind = _step(self._shipments[str(stop.shipment)], StopKind(stop.kind))
        dwell_s = stop.departure_s - stop.start_s
        self._learning.dwells.append(ObservedService(kind, str(stop.site), dwell_s))

    def _replan(self, now_s: int) -> None:
        new = [n for n in self._open if n not in self._said and self._shipments[n].due_s is not None]
        for name in new:
            self._promise(name, now_s)
        super()._replan(now_s)

    def _problem(self, now_s: int) -> Problem:
        """Return what is known: who drives is where the position says, with the rest of the drive ahead."""
        problem = super()._problem(now_s)
        driving = [v for v in problem.vehicles if self._ahead(v.id, now_s) > 0]
        if not driving:
            return problem
        size, more = problem.travel.size, len(driving)
        whole = Table.blank(size + more, size + more)
        known = slice(0, size)
        whole.duration_s[known, known] = problem.travel.duration_s
        whole.distance_m[known, known] = problem.travel.distance_m
        starts = {}
        for n, vehicle in enumerate(driving):
            place, ahead_s = self._couriers[vehicle.id].place, self._ahead(vehicle.id, now_s)
            starts[vehicle.id] = size + n
            whole.duration_s[size + n, known] = problem.travel.duration_s[place] + ahead_s
            whole.distance_m[size + n, known] = problem.travel.distance_m[place] + 12 * ahead_s
            whole.duration_s[known, size + n] = problem.travel.duration_s[:, place] + ahead_s
            whole.distance_m[known, size + n] = problem.travel.distance_m[:, place] + 12 * ahead_s
            whole.duration_s[size : size + n, size + n] = 10**6
            whole.duration_s[size + n, size : size + n] = 10**6
        vehicles = tuple(
            replace(v, start=starts[v.id], shift=TimeWindow(min(now_s, v.shift.latest_s), v.shift.latest_s))
            if v.id in starts
            else v
            for v in problem.vehicles
        )
        return replace(problem, travel=Travel.trusted(whole), vehicles=vehicles)

    def _ahead(self, name: str, now_s: int) -> int:
        """Return how long the drive under way is believed to take from here, by how much of it is behind."""
        courier = self._couriers[name]
        if courier.task is None or courier.arrival_s <= now_s:
            return 0
        left = (courier.arrival_s - now_s) / max(1, courier.arrival_s - courier.left_s)
        start = self._start_of(courier)
        return max(1, round(left * int(self._believed(now_s).duration_s[start, courier.place])))

    @staticmethod
    def _start_of(courier: Courier) -> int:
        return int(courier.done[-1].place or 0) if courier.done else courier.vehicle.start

    def _promise(self, name: str, now_s: int) -> None:
        """Offer the best source as the product does, hold dispatch to it, and drive the offered plan."""
        problem = self._problem(now_s)
        shipment = problem.shipment_by_id[name]
        unsaid = {n for n in self._open if n not in self._said and self._shipments[n].due_s is not None}
        rest = replace(problem, shipments=tuple(s for s in problem.shipments if s.id not in unsaid))
        standing = StandingPlan(rest, carry_over(rest, self._plan))
        from_now = TimeWindow(now_s, now_s + 10**6)
        best: tuple[tuple[float, float], Offer, Shipment] | None = None
        for source in shipment.pickups:
            only = replace(shipment, pickups=(replace(source, windows=(from_now,)),))
            found = offer(standing, only, None, self._learning.spread, checked=False)
            if found.unserved is None:
                rank = -round(found.in_time(float(shipment.due_s or 0)), 2), found.by_s(0.9)
                if best is None or rank < best[0]:
                    best = rank, found, only
        if best is None:
            self._said[name] = None, 0.0, None
            return
        _, found, only = best
        plan = standing.ask(rest.with_shipment(only))
        own = self._shipments[name]
        rate = PROMISED_WEIGHT * own.late_millicents_per_s
        self._shipments[name] = replace(own, due_s=round(found.by_s(0.5)), late_millicents_per_s=rate)
        route = plan.route_by_vehicle[found.courier or ""]
        self._said[name] = (
            tuple(found.by_s(level) for level in LEVELS),
            found.by_s(0.9) - found.by_s(0.1),
            self._frozen_s(route, name, now_s),
        )

    def _frozen_s(self, route: Route, name: str, now_s: int) -> int:
        """Return when a route that nobody changes any more hands a shipment over."""
        courier = self._couriers[route.vehicle]
        clock_s, place = route.stops[0].departure_s, route.stops[0].place or 0
        under_way = courier.task is not None
        for stop in route.work:
            shipment = self._shipments[str(stop.shipment)]
            if under_way:  # the first stop is the one under way
                clock_s = courier.end_s
            else:
                leaves_s = clock_s
                site = shipment.site(StopKind(stop.kind), str(stop.site))  # type: ignore[arg-type]
                if site is not None and site.windows:
                    believed_s = int(self._believed(now_s).duration_s[place, stop.place])
                    leaves_s = max(clock_s, site.windows[0].earliest_s - believed_s)
                arrival_s = leaves_s + self._truth.drive_s(
                    self._others, self._today, leaves_s, place, stop.place or 0
                )
                clock_s = arrival_s + self._hidden.taken_s[shipment.id, StopKind(stop.kind), str(stop.site)]
            under_way, place = False, stop.place or 0
            if stop.shipment == name and stop.kind is StopKind.DELIVERY:
                return clock_s
        raise AssertionError(f"{name} is in no stop of its route.")

    def _clock(self, at_s: int) -> datetime:
        return self._hidden.begins_at + timedelta(seconds=at_s)


def kept(promised: list[Promised]) -> dict[str, list[float]]:
    """Return for each of `LEVELS` the share that was kept, with plans frozen at the offer and live."""
    shares: dict[str, list[float]] = defaultdict(list)
    for k in range(len(LEVELS)):
        for name in ("frozen", "live"):
            times = [(p.by_s, p.frozen_s if name == "frozen" else p.live_s) for p in promised]
            shares[name].append(
                float(np.mean([by is not None and at is not None and at <= by[k] for by, at in times]))
            )
    return dict(shares)


def _believed(shipment: Shipment, services: LearnedServiceTimes) -> Shipment:
    def learned(kind: StopKind, site: Site) -> Site:
        return replace(site, service_s=services.service_s(_step(shipment, kind), site.id))

    return replace(
        shipment,
        pickups=tuple(learned(StopKind.PICKUP, site) for site in shipment.pickups),
        deliveries=tuple(learned(StopKind.DELIVERY, site) for site in shipment.deliveries),
    )


def _step(shipment: Shipment, kind: StopKind) -> StepKind:
    if shipment.due_s is None:
        return StepKind.RETURN_PICKUP if kind is StopKind.PICKUP else StepKind.RETURN_DROPOFF
    return StepKind.PICKUP if kind is StopKind.PICKUP else StepKind.DELIVERY
