"""The dispatcher: one round sees, plans at once, publishes, and then improves for as long as it pays."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, tzinfo

import structlog

from routing.cost import disturbance
from routing.dispatch.lessons import Beliefs, Lessons
from routing.dispatch.modelling import Modeller, plan_in_force
from routing.dispatch.publishing import Candidate, publish, rebased
from routing.dispatch.snapshot import take_snapshot
from routing.fast_path import carry_over
from routing.plan import Plan
from routing.search import Limits, solve
from routing.travel.port import TravelTimes
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import FieldstockError, LeaseLost
from tracking.values.events import DomainEvent
from tracking.values.times import Clock

log = structlog.get_logger()

Transaction = Callable[[], AbstractContextManager[UnitOfWork]]
Guard = Callable[[UnitOfWork], int]
"""Checks in the publishing transaction that this planner still holds the lease; returns its token."""


@dataclass(frozen=True, slots=True)
class DispatchConfig:
    """`improve_s` bounds the search of one round, in s, and `improve_rounds` its length for each job: a small
    plan is as good as it gets long before. `seed` makes it repeatable.

    An improvement is published when it saves more than `disturbance_cents` for every stop that it
    changes for a courier. `zone` is the time zone by which people in the region tell the time.
    """

    improve_s: float = 1.0
    improve_rounds: int = 200
    disturbance_cents: int = 150
    seed: int = 1
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did: whether routes changed, what the plan costs, and how much it leaves unserved."""

    changed: bool
    cost_cents: int
    unserved: int
    refused: str | None = None


class Dispatcher:
    """Keeps the plan of one region good."""

    def __init__(
        self,
        reading: Transaction,
        writing: Transaction,
        travel: TravelTimes,
        guard: Guard,
        clock: Clock,
        config: DispatchConfig | None = None,
        lessons: Lessons | None = None,
    ) -> None:
        self._reading = reading
        self._writing = writing
        self._guard = guard
        self._clock = clock
        self._config = config or DispatchConfig()
        self._modeller = Modeller(
            travel, lessons or Beliefs(), self._config.disturbance_cents, self._config.zone
        )
        self._told: str | None = None

    def run_round(self) -> Round:
        """Plan anew from the state as it is; a plan that is refused leaves the earlier one in force."""
        at_once = self._plan_at_once()
        first = self._publish(at_once)
        if first.refused is not None:
            return first
        better = self._improve(at_once)
        if better is None:
            return first
        second = self._publish(better)
        changed = first.changed or second.changed
        return Round(changed, second.cost_cents, second.unserved, second.refused)

    def _plan_at_once(self) -> Candidate:
        """Carry the plan in force over to the present state, with what is new inserted."""
        with self._reading() as uow:
            snapshot = take_snapshot(uow, self._clock())
        modelled = self._modeller.model(snapshot)
        return Candidate(carry_over(modelled.problem, plan_in_force(snapshot)), snapshot, modelled)

    def _improve(self, standing: Candidate) -> Candidate | None:
        """Search for a better plan; None unless it is better by more than it disturbs."""
        problem, config = standing.modelled.problem, self._config
        rounds = config.improve_rounds * max(1, len(problem.shipments))
        limits = Limits(seconds=config.improve_s, seed=config.seed, rounds=rounds)
        found = solve(problem, limits, standing.plan)
        gain = _bare_cents(standing.plan) - _bare_cents(found)
        price = disturbance(standing.plan, found) * self._config.disturbance_cents
        if gain <= price:
            return None
        log.info("plan improved", gain_cents=gain, solver=found.solver)
        return Candidate(found, standing.snapshot, standing.modelled, gain)

    def _publish(self, candidate: Candidate) -> Round:
        try:
            with self._writing() as uow:
                token = self._guard(uow)
                now = self._clock()
                current = rebased(uow, candidate, self._modeller, now)
                changed = publish(uow, current, now, token)
                uow.commit()
        except LeaseLost:
            raise
        except FieldstockError as refusal:
            log.error("plan refused", code=refusal.code, cause=refusal.cause)
            self._tell(refusal)
            return _round(candidate.plan, False, refusal.cause)
        return _round(current.plan, changed, None)

    def _tell(self, refusal: FieldstockError) -> None:
        """Tell the dispatchers, once for each cause in a row, that the earlier plan stands."""
        if refusal.cause == self._told:
            return
        self._told = refusal.cause
        cause = f"A new plan was refused, and the earlier one stands: {refusal.cause}"
        with self._writing() as uow:
            uow.outbox.add(DomainEvent("alert.raised", "planner", self._clock(), {"cause": cause}))
            uow.commit()


def _bare_cents(plan: Plan) -> int:
    """Return what a plan costs without what it disturbs, which has a price of its own here."""
    return plan.cost.total_cents - plan.cost.told_millicents // 1000


def _round(plan: Plan, changed: bool, refused: str | None) -> Round:
    return Round(changed, plan.cost.total_cents, len(plan.unserved), refused)
