"""A plan that stands laid out between events, so that one shipment more takes milliseconds."""

from __future__ import annotations

from dataclasses import replace

from routing.answer import route_of
from routing.check import violations_since
from routing.compiled import Compiled, compile_problem, extended
from routing.cost import cost_of
from routing.explain import explain
from routing.insertion import Insertion, best_insertion
from routing.kernel.growing import GrowingEngine
from routing.plan import Plan, Route, Unserved
from routing.problem import InvalidProblem, Problem
from routing.tours import Tours, make_tour, sequences_of
from routing.values import require


class StandingPlan:
    """A plan for a problem, both ready for one shipment more; one thread at a time may use it.

    Every answer passes the checker in all that it changes, unless the caller does without. A route that does
    not hold any more (the courier is late) is left as it stands, and gets nothing new.
    """

    def __init__(self, problem: Problem, plan: Plan) -> None:
        compiled = compile_problem(problem)
        self._tours, self._able = _standing(compiled, plan)
        if not all(self._able):
            compiled.eligible[:] = [self._of_able(couriers) for couriers in compiled.eligible]
        self._engine = GrowingEngine(compiled)
        self._engine.load([tour.visits for tour in self._tours.tours])
        cost = cost_of(problem, plan.routes, [entry.shipment for entry in plan.unserved])
        self._plan = plan if plan.cost == cost else replace(plan, cost=cost)

    @property
    def problem(self) -> Problem:
        """The problem, with all that came in."""
        return self._tours.compiled.problem

    @property
    def plan(self) -> Plan:
        """The plan that stands."""
        return self._plan

    def serve(self, shipment: str) -> Plan:
        """Insert a shipment of the problem that is in no route where it costs least, and return the plan.

        Exactly one route changes, or none: when there is no place, or none worth its cost, the shipment is
        unserved with a reason. Raises `InvalidProblem` when the problem holds no such shipment.
        """
        if shipment not in self.problem.shipment_by_id:
            raise InvalidProblem("shipment", f"there is none named {shipment}.")
        if any(stop.shipment == shipment for route in self._plan.routes for stop in route.stops):
            return self._plan
        return self._serve(next(s for s, each in enumerate(self.problem.shipments) if each.id == shipment))

    def insert(self, problem: Problem) -> Plan:
        """Serve the one shipment that `problem` holds more (`Problem.with_shipment`), as `serve` does."""
        compiled = self._extended(problem)
        self._engine.extend(compiled)
        self._tours = self._tours.over(compiled)
        return self._serve(len(problem.shipments) - 1)

    def ask(self, problem: Problem, *, checked: bool = True) -> Plan:
        """Return the plan that `insert` would give; the present one stands.

        What is asked for comparison alone need not be `checked`.
        """
        compiled = self._extended(problem)
        with self._engine.trying(compiled):
            plan, _ = self._answer(self._tours.over(compiled), len(problem.shipments) - 1)
        if checked:
            self._check(problem, plan)
        return plan

    def _extended(self, problem: Problem) -> Compiled:
        mine = self.problem
        one_more = len(problem.shipments) == len(mine.shipments) + 1
        same = one_more and problem.shipments[:-1] == mine.shipments
        require(same, "shipments", "must be those of the standing plan, and one more.")
        for part in ("vehicles", "stock", "profiles"):
            require(
                getattr(problem, part) == getattr(mine, part), part, "must be those of the standing plan."
            )
        compiled = extended(self._tours.compiled, problem)
        compiled.eligible[-1] = self._of_able(compiled.eligible[-1])
        return compiled

    def _of_able(self, couriers: list[int]) -> list[int]:
        return [v for v in couriers if self._able[v]]

    def _serve(self, s: int) -> Plan:
        plan, found = self._answer(self._tours, s)
        self._check(self.problem, plan)
        self._plan = plan
        if found is not None:
            self._tours.replace(found.place.courier, found.tour)
            self._engine.put(s, found.place)
        return self._plan

    def _answer(self, tours: Tours, s: int) -> tuple[Plan, Insertion | None]:
        """Return the plan with shipment `s`, and its place in `tours`."""
        compiled = tours.compiled
        worth_millicents = compiled.problem.shipments[s].unserved_millicents
        found = best_insertion(tours, s, worth_millicents, self._engine)
        if found is None:
            plan = self._without(compiled.problem, explain(tours, s, self._engine))
        else:
            route = route_of(compiled, compiled.couriers[found.place.courier], found.tour)
            plan = self._with(compiled.problem, compiled.problem.shipments[s].id, route)
        return plan, found

    def _check(self, problem: Problem, plan: Plan) -> None:
        broken = violations_since(problem, self._plan, plan)
        if broken:
            raise AssertionError(f"The insertion breaks {broken[0].rule}: {broken[0].sentence}")

    def _with(self, problem: Problem, shipment: str, route: Route) -> Plan:
        """Return the plan in which `route` serves the shipment."""
        routes = self._plan.route_by_vehicle | {route.vehicle: route}
        ordered = tuple(routes[vehicle.id] for vehicle in problem.vehicles if vehicle.id in routes)
        old = self._plan.route_by_vehicle.get(route.vehicle)
        left = [entry.shipment for entry in self._plan.unserved if entry.shipment == shipment]
        saved = cost_of(problem, () if old is None else (old,), left)
        unserved = tuple(entry for entry in self._plan.unserved if entry.shipment != shipment)
        cost = self._plan.cost - saved + cost_of(problem, (route,), ())
        return replace(self._plan, routes=ordered, unserved=unserved, cost=cost, solver="insertion", notes=())

    def _without(self, problem: Problem, entry: Unserved) -> Plan:
        """Return the plan that leaves the shipment unserved for the reason given."""
        others = tuple(other for other in self._plan.unserved if other.shipment != entry.shipment)
        known = len(others) < len(self._plan.unserved)
        cost = self._plan.cost + cost_of(problem, (), () if known else (entry.shipment,))
        return replace(self._plan, unserved=(*others, entry), cost=cost, solver="insertion", notes=())


def _standing(compiled: Compiled, plan: Plan) -> tuple[Tours, list[bool]]:
    """Return the tours of `plan`, and for every courier whether its tour still holds."""
    tours = Tours(compiled)
    able = [True] * len(compiled.couriers)
    for v, visits in sequences_of(compiled, plan).items():
        courier = compiled.couriers[v]
        tour = make_tour(courier, (*courier.locked, *visits))
        if tour is None:
            able[v] = False
            tours.set_aside(visits)
        else:
            tours.replace(v, tour)
    return tours, able
