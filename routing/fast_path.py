"""The instant answers: a new shipment into a plan that stands, and a plan carried over to what holds now."""

from __future__ import annotations

from routing.answer import plan_of
from routing.compiled import Compiled, compile_problem
from routing.insertion import complete
from routing.plan import Plan
from routing.problem import Problem
from routing.standing import StandingPlan
from routing.tours import Tours, sequences_of


def insert(problem: Problem, plan: Plan, shipment: str) -> Plan:
    """Return `plan` with `shipment` where it costs least: exactly one route changes, or none.

    `plan` is one for `problem` without `shipment`, or with it unserved; a plan that serves it already is
    returned as it is. A route that does not hold any more (the courier is late) is left as it stands.
    When there is no place, or none worth its cost, the shipment is unserved with a reason.

    Raises `InvalidProblem` when the problem holds no such shipment.
    """
    return StandingPlan(problem, plan).serve(shipment)


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
