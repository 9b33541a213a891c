"""The instant answers: a new shipment into a plan that stands, and a plan carried over to what holds now."""

from __future__ import annotations

from dataclasses import replace

from routing.answer import plan_of, route_of
from routing.compiled import Compiled, compile_problem
from routing.cost import cost_of
from routing.explain import explain
from routing.insertion import best_insertion, complete
from routing.plan import Plan, Route, Unserved
from routing.problem import InvalidProblem, Problem
from routing.tours import Tours, make_tour, sequences_of


def insert(problem: Problem, plan: Plan, shipment: str) -> Plan:
    """Return `plan` with `shipment` where it costs least: exactly one route changes, or none.

    `plan` is one for `problem` without `shipment`, or with it unserved; a plan that serves it already is
    returned as it is. A route that does not hold any more (the courier is late) is left as it stands.
    When there is no place, or none worth its cost, the shipment is unserved with a reason.

    Raises `InvalidProblem` when the problem holds no such shipment.
    """
    if shipment not in problem.shipment_by_id:
        raise InvalidProblem("shipment", f"there is none named {shipment}.")
    if any(stop.shipment == shipment for route in plan.routes for stop in route.work):
        return plan
    compiled = compile_problem(problem)
    s = next(k for k, item in enumerate(problem.shipments) if item.id == shipment)
    tours, able = _standing(compiled, plan)
    compiled.eligible[s] = [v for v in compiled.eligible[s] if able[v]]
    found = best_insertion(tours, s, problem.shipments[s].unserved_millicents)
    if found is None:
        return _with(problem, plan, plan.routes, shipment, explain(tours, s))
    changed = route_of(compiled, compiled.couriers[found.place.courier], found.tour)
    routes = {route.vehicle: route for route in plan.routes} | {changed.vehicle: changed}
    ordered = tuple(routes[vehicle.id] for vehicle in problem.vehicles if vehicle.id in routes)
    return _with(problem, plan, ordered, shipment, None)


def carry_over(problem: Problem, previous: Plan) -> Plan:
    """Return `previous` for the state that `problem` describes: timed anew, with what is new inserted.

    Stops keep their courier, order and site wherever they still fit; work that is done or withdrawn is
    gone; what does not fit any more is inserted elsewhere, or unserved with a reason.
    """
    return plan_of(carried_over(compile_problem(problem), previous), "carried over", previous.seed)


def carried_over(compiled: Compiled, previous: Plan) -> Tours:
    """Return the tours that `carry_over` makes."""
    tours = Tours(compiled)
    tours.adopt(sequences_of(compiled, previous))
    complete(tours)
    return tours


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


def _with(
    problem: Problem, plan: Plan, routes: tuple[Route, ...], shipment: str, entry: Unserved | None
) -> Plan:
    others = tuple(other for other in plan.unserved if other.shipment != shipment)
    unserved = others if entry is None else (*others, entry)
    cost = cost_of(problem, routes, [other.shipment for other in unserved])
    return replace(plan, routes=routes, unserved=unserved, cost=cost, solver="insertion", notes=())
