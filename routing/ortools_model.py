"""The problem as OR-Tools' routing model: built from matrices alone, improved from a given plan.

Every site is a node; the sites of one end of a shipment form a disjunction, and the two ends a pair
(`AddPickupAndDeliverySets`). Stock is a constraint over the nodes that draw on it. What is locked is
fixed at the start of its route. The model is a little looser than the problem (it lets an overloaded
courier load as much again), so its answer is timed again, and checked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from routing.compiled import Compiled, Courier, StockKey, Visit
from routing.tours import Tours
from routing.travel.matrix import IntMatrix
from routing.values import MAX_TIME_S

MAX_NODES = 4000
"""Larger models take longer to build than they gain (square matrices)."""


@dataclass(frozen=True, slots=True)
class Budget:
    """When the search ends: after `seconds` or `solutions` accepted, whichever is first."""

    seconds: float
    solutions: int


class RoutingModel:
    """One use of OR-Tools' routing model: build, then `improve` once."""

    def __init__(self, compiled: Compiled, seed: int) -> None:
        self._compiled = compiled
        self._couriers = compiled.couriers
        self._visits = list(_visits(compiled, seed))
        self._node = {id(visit): k for k, visit in enumerate(self._visits)}
        count, fleet = len(self._visits), len(self._couriers)
        starts = [count + v for v in range(fleet)]
        ends = [count + fleet + v for v in range(fleet)]
        self._manager: Any = pywrapcp.RoutingIndexManager(count + 2 * fleet, fleet, starts, ends)
        self._model: Any = pywrapcp.RoutingModel(self._manager)
        self._solver: Any = self._model.solver()
        self._solver.ReSeed(seed)
        self._has_breaks = any(courier.vehicle.breaks for courier in self._couriers)
        self._add_costs()
        self._add_time()
        self._add_loads()
        self._add_shipments()
        self._add_stock()
        self._add_locks()

    def improve(self, tours: Tours, budget: Budget) -> dict[int, list[Visit]] | None:
        """Return better sequences of visits after the locked ones, or None when none was found.

        Guided local search from `tours`; the outcome depends on the seed and the number of solutions
        alone, unless the time runs out first.
        """
        parameters: Any = pywrapcp.DefaultRoutingSearchParameters()
        parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        parameters.mixed_integer_scheduling_solver = parameters.SCHEDULING_GLOP
        parameters.solution_limit = budget.solutions
        # Where breaks keep it from timing the start at once, it takes its time limit twice.
        seconds = budget.seconds / 2 if self._has_breaks else budget.seconds
        parameters.time_limit.FromMilliseconds(max(1, int(seconds * 1000)))
        self._model.CloseModelWithParameters(parameters)
        warm = self._model.ReadAssignmentFromRoutes(self._routes(tours), True)
        if warm is None:
            return None
        found = self._model.SolveFromAssignmentWithParameters(warm, parameters)
        return None if found is None else self._sequences(found)

    def _routes(self, tours: Tours) -> list[list[int]]:
        return [[self._index(visit) for visit in tour.visits] for tour in tours.tours]

    def _sequences(self, assignment: Any) -> dict[int, list[Visit]]:
        sequences: dict[int, list[Visit]] = {}
        for courier in self._couriers:
            index = assignment.Value(self._model.NextVar(self._model.Start(courier.index)))
            visits = []
            while not self._model.IsEnd(index):
                visits.append(self._visits[self._manager.IndexToNode(index)])
                index = assignment.Value(self._model.NextVar(index))
            sequences[courier.index] = visits[len(courier.locked) :]
        return sequences

    def _index(self, visit: Visit) -> int:
        return int(self._manager.NodeToIndex(self._node[id(visit)]))

    def _places(self) -> list[int]:
        return [
            *(visit.place for visit in self._visits),
            *(courier.start for courier in self._couriers),
            *(courier.end for courier in self._couriers),
        ]

    def _over_places(self, matrix: list[list[int]]) -> IntMatrix:
        places = np.array(self._places())
        return np.asarray(matrix, dtype=np.int64)[np.ix_(places, places)]

    def _add_costs(self) -> None:
        evaluators: dict[int, int] = {}
        for courier in self._couriers:
            key = id(courier.cost_millicents)
            if key not in evaluators:
                matrix = self._over_places(courier.cost_millicents).tolist()
                evaluators[key] = self._model.RegisterTransitMatrix(matrix)
            self._model.SetArcCostEvaluatorOfVehicle(evaluators[key], courier.index)
            self._model.SetFixedCostOfVehicle(courier.vehicle.fixed_cents * 1000, courier.index)

    def _add_time(self) -> None:
        if not self._couriers:
            raise AssertionError("A model needs a courier.")
        service = [visit.service_s for visit in self._visits] + [0] * (2 * len(self._couriers))
        drive = self._over_places(self._couriers[0].duration_s)
        transit = self._model.RegisterTransitMatrix((drive + np.array(service)[:, None]).tolist())
        self._model.AddDimension(transit, 2 * MAX_TIME_S, 2 * MAX_TIME_S, False, "time")
        time = self._model.GetDimensionOrDie("time")
        for courier in self._couriers:
            self._add_shift(time, courier, service)
        for visit in self._visits:
            self._add_windows(time, visit)

    def _add_shift(self, time: Any, courier: Courier, service: list[int]) -> None:
        start, end = self._model.Start(courier.index), self._model.End(courier.index)
        time.CumulVar(start).SetRange(courier.earliest_s, courier.earliest_s)
        if courier.locked:
            time.CumulVar(end).SetMax(max(courier.latest_s, self._outlasting_s(courier)))
        else:
            time.CumulVar(end).SetMax(courier.latest_s)
        pauses = [
            self._solver.FixedDurationIntervalVar(
                max(pause.window.earliest_s, courier.earliest_s), latest_s, pause.duration_s, False, pause.id
            )
            for pause, latest_s in zip(courier.vehicle.breaks, courier.pause_latest_s, strict=True)
        ]
        if pauses:
            by_index = [0] * self._model.Size()
            for node, service_s in enumerate(service[: len(self._visits)]):
                by_index[self._manager.NodeToIndex(node)] = service_s
            time.SetBreakIntervalsOfVehicle(pauses, courier.index, by_index)

    def _outlasting_s(self, courier: Courier) -> int:
        """Return a time by which the locked stops, with all breaks, are certainly over."""
        places = [courier.start, *(visit.place for visit in courier.locked), courier.end]
        drive_s = sum(courier.duration_s[a][b] for a, b in pairwise(places))
        opening_s = max(visit.windows[0][0] for visit in courier.locked)
        service_s = sum(visit.service_s for visit in courier.locked)
        pauses_s = sum(pause.duration_s for pause in courier.vehicle.breaks)
        return max(courier.earliest_s, opening_s) + drive_s + service_s + pauses_s

    def _add_windows(self, time: Any, visit: Visit) -> None:
        cumul = time.CumulVar(self._index(visit))
        cumul.SetRange(visit.windows[0][0], min(visit.windows[-1][1], 2 * MAX_TIME_S))
        for (_, closes_s), (opens_s, _) in pairwise(visit.windows):
            if closes_s + 1 < opens_s:
                cumul.RemoveInterval(closes_s + 1, opens_s - 1)
        if visit.late_millicents_per_s > 0:
            bound_s = max(0, visit.due_s - visit.service_s)
            time.SetCumulVarSoftUpperBound(self._index(visit), bound_s, visit.late_millicents_per_s)

    def _add_loads(self) -> None:
        for name in ("weight_g", "volume_cm3"):
            demands = [getattr(visit, name) for visit in self._visits] + [0] * (2 * len(self._couriers))
            aboard = [c.on_board_g if name == "weight_g" else c.on_board_cm3 for c in self._couriers]
            if not any(demands) and not any(aboard):
                continue
            rooms = [
                max(getattr(c.vehicle, name), _peak(c, name, load))
                for c, load in zip(self._couriers, aboard, strict=True)
            ]
            transit = self._model.RegisterUnaryTransitVector(demands)
            self._model.AddDimensionWithVehicleCapacity(transit, 0, rooms, False, name)
            dimension = self._model.GetDimensionOrDie(name)
            for courier, load in zip(self._couriers, aboard, strict=True):
                dimension.CumulVar(self._model.Start(courier.index)).SetRange(load, load)

    def _add_shipments(self) -> None:
        for s, shipment in enumerate(self._compiled.problem.shipments):
            pickups = [visit for visit in self._compiled.pickups[s] if id(visit) in self._node]
            deliveries = [visit for visit in self._compiled.deliveries[s] if id(visit) in self._node]
            if not deliveries:
                continue
            penalty = shipment.unserved_millicents
            share = penalty // 2 if pickups else 0
            ends = [(deliveries, penalty - share)] + ([(pickups, share)] if pickups else [])
            disjunctions = [self._add_choice(visits, cost) for visits, cost in ends]
            for visits, _ in ends:
                self._allow(visits, self._compiled.eligible[s])
            if pickups:
                self._pair(pickups, deliveries, disjunctions[1], disjunctions[0])

    def _add_choice(self, visits: list[Visit], penalty: int) -> int:
        return int(self._model.AddDisjunction([self._index(visit) for visit in visits], penalty))

    def _allow(self, visits: list[Visit], couriers: list[int]) -> None:
        if len(couriers) < len(self._couriers):
            for visit in visits:
                # SetAllowedVehiclesForIndex takes no Python list in 9.15; -1 stands for not visited.
                self._model.VehicleVar(self._index(visit)).SetValues([-1, *couriers])

    def _pair(self, pickups: list[Visit], deliveries: list[Visit], before: int, after: int) -> None:
        self._model.AddPickupAndDeliverySets(before, after)
        first = [self._model.VehicleVar(self._index(visit)) for visit in pickups]
        second = [self._model.VehicleVar(self._index(visit)) for visit in deliveries]
        self._solver.Add(self._solver.Max(first) == self._solver.Max(second))

    def _add_stock(self) -> None:
        drawn: dict[StockKey, list[tuple[int, int]]] = {}
        left = dict(self._compiled.stock)
        for visit in self._visits:
            for draw in visit.site.draws:
                key = (draw.location, draw.part)
                if visit.locked:
                    left[key] = left.get(key, 0) - draw.quantity
                else:
                    drawn.setdefault(key, []).append((self._index(visit), draw.quantity))
        for key, draws in drawn.items():
            available = max(0, left.get(key, 0))
            if sum(quantity for _, quantity in draws) > available:
                active = [self._model.ActiveVar(index) for index, _ in draws]
                total = self._solver.ScalProd(active, [quantity for _, quantity in draws])
                self._solver.Add(total <= available)

    def _add_locks(self) -> None:
        for courier in self._couriers:
            index = self._model.Start(courier.index)
            for visit in courier.locked:
                following = self._index(visit)
                self._solver.Add(self._model.NextVar(index) == following)
                index = following


def node_count(compiled: Compiled) -> int:
    """Return how many nodes a model of this problem would have."""
    return sum(1 for _ in _visits(compiled, 0)) + 2 * len(compiled.couriers)


def _visits(compiled: Compiled, seed: int) -> Iterable[Visit]:
    """Yield every visit that may be planned: the locked ones, then the shipments in an order by seed."""
    for courier in compiled.couriers:
        yield from courier.locked
    order = np.arange(len(compiled.problem.shipments))
    if seed:
        order = np.random.default_rng(seed).permutation(order)
    for s in order.tolist():
        if compiled.closed[s] or not compiled.eligible[s]:
            continue
        if not compiled.picked_up[s]:
            pickups = [visit for visit in compiled.pickups[s] if _stocked(compiled, visit)]
            if not pickups:
                continue
            yield from pickups
        yield from compiled.deliveries[s]


def _stocked(compiled: Compiled, visit: Visit) -> bool:
    return all(compiled.stock.get((d.location, d.part), 0) >= d.quantity for d in visit.site.draws)


def _peak(courier: Courier, name: str, load: int) -> int:
    """Return the largest load at the start and over the locked stops."""
    peak = load
    for visit in courier.locked:
        load += getattr(visit, name)
        peak = max(peak, load)
    return peak
