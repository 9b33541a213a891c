"""The dispatcher: one round sees, plans at once, publishes, and then improves for as long as it pays."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, tzinfo

import structlog

from routing.answer import plan_of
from routing.compiled import compile_problem
from routing.cost import disturbance
from routing.dispatch.lessons import Beliefs, Lessons
from routing.dispatch.modelling import Modeller, plan_in_force
from routing.dispatch.publishing import Candidate, publish, rebased
from routing.dispatch.snapshot import take_snapshot
from routing.fast_path import carried_over
from routing.neighbourhood import confined, joined, neighbours
from routing.plan import Plan
from routing.search import Limits, solve
from routing.tours import Tours
from routing.travel.port import TravelTimes
from tracking.parts.location import MAIN_REGION
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
    plan is as good as it gets long before. `improve_couriers` bounds how many couriers' routes one
    improvement changes: those near what is new, or each in turn where nothing is. `seed` makes it repeatable.

    An improvement is published when it saves more than `disturbance_cents` for every stop that it
    changes for a courier. `zone` is the time zone by which people in the `region` tell the time.
    """

    improve_s: float = 1.0
    improve_rounds: int = 200
    improve_couriers: int = 10
    disturbance_cents: int = 150
    seed: int = 1
    zone: tzinfo = UTC
    region: str = MAIN_REGION


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did: whether routes changed, what the plan costs, and how much it leaves unserved."""

    changed: bool
    cost_cents: int
    unserved: int
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class AtOnce:
    """The first answer of a round, its tours, and the couriers who have other work than before."""

    candidate: Candidate
    tours: Tours
    news: frozenset[str]


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
        self.modeller = Modeller(
            travel, lessons or Beliefs(), self._config.disturbance_cents, self._config.zone
        )
        self._told: str | None = None
        self._turn = 0
        self.in_force: Candidate | None = None
        """The plan that was published last."""

    def run_round(self) -> Round:
        """Plan anew from the state as it is; a plan that is refused leaves the earlier one in force."""
        at_once = self._plan_at_once()
        first = self._publish(at_once.candidate)
        if first.refused is not None:
            return first
        better = self._improve(at_once)
        if better is None:
            return first
        second = self._publish(better)
        changed = first.changed or second.changed
        return Round(changed, second.cost_cents, second.unserved, second.refused)

    def _plan_at_once(self) -> AtOnce:
        """Carry the plan in force over to the present state, with what is new inserted."""
        with self._reading() as uow:
            snapshot = take_snapshot(uow, self._clock(), self._config.region)
        modelled, in_force = self.modeller.model(snapshot), plan_in_force(snapshot)
        tours = carried_over(compile_problem(modelled.problem), in_force)
        plan = plan_of(tours, "carried over", in_force.seed)
        return AtOnce(Candidate(plan, snapshot, modelled), tours, _news(in_force, plan))

    def _improve(self, at_once: AtOnce) -> Candidate | None:
        """Search for a better plan; None unless it is better by more than it disturbs."""
        standing, tours, config = at_once.candidate, at_once.tours, self._config
        couriers = neighbours(tours, at_once.news or self._next(standing.plan), config.improve_couriers)
        nearby = confined(tours, couriers)
        rounds = config.improve_rounds * max(1, len(nearby.shipments))
        limits = Limits(seconds=config.improve_s, seed=config.seed, rounds=rounds)
        found = joined(tours, couriers, solve(nearby, limits, standing.plan))
        gain = _bare_cents(standing.plan) - _bare_cents(found)
        price = disturbance(standing.plan, found) * self._config.disturbance_cents
        if gain <= price:
            return None
        log.info("plan improved", gain_cents=gain, solver=found.solver)
        return Candidate(found, standing.snapshot, standing.modelled, gain)

    def _next(self, plan: Plan) -> frozenset[str]:
        """Return the courier whose turn it is."""
        self._turn += 1
        return frozenset(route.vehicle for route in plan.routes[self._turn % max(1, len(plan.routes)) :][:1])

    def _publish(self, candidate: Candidate) -> Round:
        """Put a candidate in force; nobody waits but for what has changed since it was worked out."""
        try:
            with self._reading() as uow:
                ready = rebased(uow, candidate, self.modeller, self._clock())
            ready.work_out()
            with self._writing() as uow:
                token = self._guard(uow)
                now = self._clock()
                current = rebased(uow, ready, self.modeller, now)
                changed = publish(uow, current, now, token)
                uow.commit()
        except LeaseLost:
            raise
        except FieldstockError as refusal:
            log.error("plan refused", code=refusal.code, cause=refusal.cause)
            self._tell(refusal)
            return _round(candidate.plan, False, refusal.cause)
        self.in_force = current
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


def _news(old: Plan, new: Plan) -> frozenset[str]:
    """Return the couriers of `new` who have other work than in `old`."""
    had, has = (
        {route.vehicle: {stop.shipment for stop in route.work} for route in plan.routes}
        for plan in (old, new)
    )
    return frozenset(vehicle for vehicle in has if has[vehicle] != had.get(vehicle))


def _bare_cents(plan: Plan) -> int:
    """Return what a plan costs without what it disturbs, which has a price of its own here."""
    return plan.cost.total_cents - plan.cost.told_millicents // 1000


def _round(plan: Plan, changed: bool, refused: str | None) -> Round:
    return Round(changed, plan.cost.total_cents, len(plan.unserved), refused)
