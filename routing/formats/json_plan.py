"""The JSON plan: the fields of `routing.plan` as they are, with a summary that is written and not read."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec

from routing.formats.json_problem import schema_text
from routing.formats.wire import build, decode, plain, struct, wire_fields
from routing.plan import Plan
from routing.problem import Problem
from routing.travel import UNREACHABLE
from routing.values import InvalidProblem

_DOC = """Routes of the vehicles that have work, and a reason for every shipment that is in none. Names, units
and places are those of the problem. vehicles, distance (m), feasible and seconds sum up; the checker does
without them."""

_SUMMARY: tuple[tuple[Any, ...], ...] = (
    ("vehicles", int | None, None),
    ("distance", int | None, None),
    ("feasible", bool | None, None),
    ("seconds", float | None, None),
)


class InvalidPlan(InvalidProblem):
    """A file that holds no plan; `path` leads to the field."""

    code = "invalid_plan"


WirePlan = struct("Plan", wire_fields(Plan) + _SUMMARY, _DOC)


def read_plan(data: bytes) -> Plan:
    """Return the plan of a JSON file; whether it is any good is for the checker. Raises `InvalidPlan`."""
    plan = build(Plan, decode(data, WirePlan, InvalidPlan), "", InvalidPlan)
    assert isinstance(plan, Plan)  # noqa: S101 (what `build` returns is what it was asked for)
    return plan


def require_places(problem: Problem, plan: Plan) -> None:
    """Raise `InvalidPlan` at the first stop whose place is none of the problem's."""
    size = problem.travel.size
    for k, route in enumerate(plan.routes):
        for n, stop in enumerate(route.stops):
            if stop.place is not None and not 0 <= stop.place < size:
                cause = f"is {stop.place}, but there are {size} places."
                raise InvalidPlan(f"routes[{k}].stops[{n}].place", cause)


def plain_plan(problem: Problem, plan: Plan, *, feasible: bool, seconds: float) -> dict[str, Any]:
    """Return the plan with its summary, as what JSON can hold."""
    summary = {"vehicles": len(plan.routes), "distance": distance_m(problem, plan), "feasible": feasible}
    return {**summary, "seconds": round(seconds, 3), **plain(plan, whole=True)}


def write_plan(problem: Problem, plan: Plan, *, feasible: bool, seconds: float) -> bytes:
    """Return the JSON of a plan; `read_plan` reads it back as it was."""
    return msgspec.json.encode(plain_plan(problem, plan, feasible=feasible, seconds=seconds))


def distance_m(problem: Problem, plan: Plan) -> int:
    """Return what all couriers drive together, in m."""
    total = 0
    for route in plan.routes:
        vehicle = problem.vehicle_by_id[route.vehicle]
        travel = problem.travel_of(vehicle)
        places = [stop.place for stop in route.stops if stop.place is not None]
        legs = [int(travel.distance_m[a, b]) for a, b in pairwise(places)]
        total += sum(leg for leg in legs if leg < UNREACHABLE)
    return total


def plan_schema() -> str:
    """Return the JSON Schema of plans, as the committed file holds it."""
    return schema_text(WirePlan, "A routing plan")
