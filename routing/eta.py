"""When a courier will really be where: every arrival of a plan as a distribution.

Each route is driven `samples` times with random travel and service times, through waiting at windows and
breaks, as a courier does who leaves a stop when the work there is done (Monte Carlo; seeded by vehicle, so
that a route's figures stay when another route changes).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from routing.plan import Plan, Route, Stop
from routing.problem import Problem, StopKind
from routing.spread import Floats, Spread
from tracking.values.errors import InvalidValue

SAMPLES = 200
QUANTILES = (0.1, 0.5, 0.9)
NEVER = -1e18
Bools = npt.NDArray[np.bool_]
Times = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Eta:
    """When a courier arrives at a stop, or a break begins, in s after the problem's zero.

    In one of ten days before `p10_s`, in every second before `p50_s`, in nine of ten before `p90_s`.
    `late` is the probability that a delivery is handed over after it is due; None where nothing is due.
    """

    p10_s: int
    p50_s: int
    p90_s: int
    late: float | None = None


def etas(
    problem: Problem, plan: Plan, spread: Spread | None = None, seed: int = 1, samples: int = SAMPLES
) -> dict[str, tuple[Eta, ...]]:
    """Return for each vehicle one `Eta` a stop of its route, in order; `samples` in [20, 100 000].

    Planned service times, and the problem's travel times, are taken as medians. The plan is one of this
    problem. The same input and seed give the same answer.
    """
    if not 20 <= samples <= 100_000:
        raise InvalidValue(f"samples must lie in [20, 100000], not {samples}.")
    if not plan.routes:
        return {}
    days = _Days(problem, plan, spread or Spread(), seed, samples)
    arrival_s, departure_s = days.drive()
    p10_s, p50_s, p90_s = _quantiles(arrival_s)
    late = (departure_s > days.due_s[:, :, None]).mean(axis=2).tolist()
    return {
        route.vehicle: tuple(
            Eta(p10_s[r][k], p50_s[r][k], p90_s[r][k], late[r][k] if due_s < np.inf else None)
            for k, due_s in enumerate(days.due_s[r, : len(route.stops)].tolist())
        )
        for r, route in enumerate(plan.routes)
    }


def hand_over_times(
    problem: Problem,
    plan: Plan,
    shipment: str,
    spread: Spread | None = None,
    seed: int = 1,
    samples: int = SAMPLES,
) -> npt.NDArray[np.float64] | None:
    """Return when a shipment is handed over on each of so many days, in s, the earliest first.

    The arguments are those of `etas`. None when no route of the plan delivers it.
    """
    served = plan.stop_of(shipment, StopKind.DELIVERY)
    if served is None:
        return None
    route = plan.route_by_vehicle[served[0]]
    days = _Days(problem, replace(plan, routes=(route,)), spread or Spread(), seed, samples)
    _, departure_s = days.drive()
    times: npt.NDArray[np.float64] = departure_s[0, route.stops.index(served[1])]
    return np.sort(times)


class _Days:
    """All routes side by side, stop by stop: arrays of (route, stop), and of (route, stop, sample)."""

    def __init__(self, problem: Problem, plan: Plan, spread: Spread, seed: int, samples: int) -> None:
        self._routes = plan.routes
        self._stops = max(len(route.stops) for route in plan.routes)
        shape = (len(plan.routes), self._stops)
        self._samples = samples
        self._is_break: Bools = np.zeros(shape, dtype=np.bool_)
        self._pause_from_s = np.full(shape, NEVER)
        self._windows: list[tuple[int, int, int, int, int]] = []
        self.due_s = np.full(shape, np.inf)
        self._service_s: Floats = np.zeros(shape, dtype=np.float32)
        self._leg_s: Floats = np.zeros(shape, dtype=np.float32)
        self._start_s = np.array([float(route.stops[0].departure_s) for route in plan.routes])
        self._read(problem)
        self._draw(spread, seed)

    def drive(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return arrivals and departures (route, stop, sample)."""
        arrivals = np.empty((len(self._routes), self._stops, self._samples))
        departures = np.empty_like(arrivals)
        time_s = np.repeat(self._start_s[:, None], self._samples, axis=1)
        arrivals[:, 0] = departures[:, 0] = time_s
        left_s: Times = self._drives_s[:, 0]
        arrival_s = time_s + left_s
        for k in range(1, self._stops):
            served_s = self._first_start(k, time_s + left_s) + self._services_s[:, k]
            arrivals[:, k] = arrival_s
            next_s: Times = self._drives_s[:, k]
            next_arrival_s = served_s + next_s
            if self._is_break[:, k].any():
                rest = self._is_break[:, k, None]
                pause_s = np.maximum(time_s, self._pause_from_s[:, k, None])
                arrivals[:, k] = np.where(rest, pause_s, arrival_s)
                driven_s, end_s = pause_s - time_s, pause_s + self._services_s[:, k]
                on_the_way = np.maximum(left_s - driven_s, 0.0)
                # Who had arrived already, and waited, keeps that arrival.
                later_s = np.where(left_s > driven_s, end_s + on_the_way, arrival_s)
                served_s = np.where(rest, end_s, served_s)
                next_s = np.where(rest, on_the_way, next_s)
                next_arrival_s = np.where(rest, later_s, next_arrival_s)
            departures[:, k] = time_s = served_s
            left_s, arrival_s = next_s, next_arrival_s
        return arrivals, departures

    def _first_start(self, k: int, free_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return when service begins: in the first window that is still open, at once when all are over."""
        start_s = free_s
        for earliest_s, latest_s in self._bounds.get(k, ()):
            open_still = free_s <= latest_s[:, None]
            start_s = np.where(open_still, np.maximum(free_s, earliest_s[:, None]), start_s)
        return start_s

    def _read(self, problem: Problem) -> None:
        legs: dict[str, list[tuple[int, int, int, int]]] = {}
        for r, route in enumerate(self._routes):
            vehicle = problem.vehicle_by_id[route.vehicle]
            pauses = {pause.id: pause for pause in vehicle.breaks}
            legs.setdefault(vehicle.profile, []).extend((r, *leg) for leg in _legs(route))
            for k, stop in enumerate(route.stops[1:], 1):
                self._service_s[r, k] = stop.departure_s - stop.start_s
                if stop.kind is StopKind.BREAK:
                    self._is_break[r, k] = True
                    self._pause_from_s[r, k] = pauses[stop.pause or ""].window.earliest_s
                elif stop.is_work:
                    self._read_work(problem, r, k, stop)
        for profile, driven in legs.items():
            rows, stops, origins, targets = np.array(driven, dtype=np.intp).reshape(-1, 4).T
            self._leg_s[rows, stops] = problem.travel_by_profile[profile].duration_s[origins, targets]
        self._bounds = self._window_bounds()

    def _read_work(self, problem: Problem, r: int, k: int, stop: Stop) -> None:
        shipment = problem.shipment_by_id[stop.shipment or ""]
        site = shipment.site(stop.kind, stop.site or "")
        for w, window in enumerate(site.windows if site else ()):
            self._windows.append((k, w, r, window.earliest_s, window.latest_s))
        if stop.kind is StopKind.DELIVERY and shipment.due_s is not None:
            self.due_s[r, k] = shipment.due_s

    def _window_bounds(self) -> dict[int, list[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]]:
        """Return for each stop number the windows of all routes, the last ones first."""
        bounds: dict[int, dict[int, tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]] = {}
        for k, w, r, earliest_s, latest_s in self._windows:
            of_stop = bounds.setdefault(k, {})
            if w not in of_stop:
                of_stop[w] = np.full(len(self._routes), NEVER), np.full(len(self._routes), NEVER)
            of_stop[w][0][r], of_stop[w][1][r] = earliest_s, latest_s
        return {k: [of_stop[w] for w in sorted(of_stop, reverse=True)] for k, of_stop in bounds.items()}

    def _draw(self, spread: Spread, seed: int) -> None:
        """Draw the time of every drive that begins at a stop, and of every service; breaks are kept."""
        shape = (len(self._routes), 1 + 2 * self._stops, self._samples)
        normal: Floats = np.zeros(shape, dtype=np.float32)
        shared = normal[:, :1]
        services, drives = normal[:, 1 : 1 + self._stops], normal[:, 1 + self._stops :]
        for r, route in enumerate(self._routes):
            generator = np.random.default_rng([seed, zlib.crc32(route.vehicle.encode())])
            count = len(route.stops)
            generator.standard_normal(out=normal[r, : 1 + count], dtype=np.float32)
            generator.standard_normal(out=drives[r, :count], dtype=np.float32)
        drives *= np.float32((1 - spread.correlation) ** 0.5)
        drives += shared * np.float32(spread.correlation**0.5)
        self._drives_s = spread.travel.factors(drives)
        self._drives_s *= self._leg_s[:, :, None]
        self._services_s = spread.service.factors(services)
        self._services_s[self._is_break] = 1
        self._services_s *= self._service_s[:, :, None]


def _legs(route: Route) -> Iterator[tuple[int, int, int]]:
    """Yield each drive as the number of the stop that it begins at, its origin and its target."""
    begins, here = 0, route.stops[0].place
    for k, stop in enumerate(route.stops[1:], 1):
        if stop.place is None:
            continue
        if here is not None:
            yield begins, here, stop.place
        begins, here = k, stop.place


def _quantiles(arrivals: npt.NDArray[np.float64]) -> list[list[list[int]]]:
    """Return p10, p50 and p90, each by route and stop, in whole seconds, interpolated linearly."""
    ordered = np.sort(arrivals, axis=2)
    last = arrivals.shape[2] - 1
    found = []
    for quantile in QUANTILES:
        low, part = divmod(quantile * last, 1)
        below, above = ordered[:, :, int(low)], ordered[:, :, min(last, int(low) + 1)]
        found.append([[round(s) for s in route] for route in (below + (above - below) * part).tolist()])
    return found
