"""An independent checker of plans: it shares no code with the solver and recomputes all from the problem."""

from __future__ import annotations

from routing.check.breaks import breaks
from routing.check.costs import costs
from routing.check.couriers import on_board, suitability
from routing.check.coverage import coverage, reasons
from routing.check.driving_limit import driving_limit
from routing.check.driving_stretch import driving_stretch
from routing.check.lifo import lifo
from routing.check.loads import loads
from routing.check.locks import locks
from routing.check.pairs import pairs
from routing.check.places import places
from routing.check.restriction import restricted
from routing.check.shifts import shifts
from routing.check.stock import stock
from routing.check.structure import frame, unknown_names
from routing.check.times import driving, services
from routing.check.violation import Rule, Violation
from routing.check.windows import windows
from routing.plan import Plan
from routing.problem import Problem

__all__ = ["Violation", "violations", "violations_since"]

STRUCTURE: tuple[Rule, ...] = (unknown_names, frame)
RULES: tuple[Rule, ...] = (
    coverage,
    reasons,
    pairs,
    on_board,
    suitability,
    locks,
    places,
    driving,
    services,
    windows,
    shifts,
    driving_limit,
    driving_stretch,
    loads,
    lifo,
    stock,
    breaks,
    costs,
)


def violations(problem: Problem, plan: Plan) -> list[Violation]:
    """Return every rule that `plan` breaks, with place and amount; none when it may be shown.

    A plan whose structure is broken (unknown names, routes without a start or an end) is judged on that
    alone: the other rules rely on it.
    """
    found = [violation for rule in STRUCTURE for violation in rule(problem, plan)]
    return found or [violation for rule in RULES for violation in rule(problem, plan)]


def violations_since(problem: Problem, before: Plan, plan: Plan) -> list[Violation]:
    """Return the same for what `plan` changed since `before`, which broke no rule.

    `before` is a plan for `problem`, or for one that lacked some of its shipments. Sentences about totals
    count what changed alone.
    """
    return violations(*restricted(problem, before, plan))
