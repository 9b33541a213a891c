"""Publishes a plan in one transaction that holds it against what has changed since it was made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby

import structlog

from routing.check import Violation, violations
from routing.dispatch.changes import Comparison
from routing.dispatch.couriers import break_id
from routing.dispatch.hours import seconds_between
from routing.dispatch.modelling import Modelled, Modeller
from routing.dispatch.snapshot import Snapshot, place_of, take_snapshot
from routing.eta import Eta, etas
from routing.fast_path import carry_over
from routing.plan import Plan
from routing.plan import Stop as PlanStop
from routing.problem import StopKind
from tracking.fleet.publishing import PlannedStep, PlannedStop, replace_route
from tracking.fleet.resting import plan_breaks
from tracking.fleet.stops import Publication, StepKind
from tracking.orders import service as orders
from tracking.orders.order import Order, OrderState
from tracking.parts.service import release
from tracking.returns import service as returns
from tracking.returns.rma import Return, ReturnState
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import FieldstockError
from tracking.values.events import DomainEvent

log = structlog.get_logger()

_STEP_ORDER = (StepKind.RETURN_DROPOFF, StepKind.DELIVERY, StepKind.PICKUP, StepKind.RETURN_PICKUP)
"""What is done first at one stop: make room, hand over, load, and take the broken part last."""


class PlanRefused(FieldstockError):
    """A plan breaks a rule, and is not shown to anybody."""

    code = "plan_refused"
    action = "Nothing: the earlier plan stands, and the planner tries again."


@dataclass(frozen=True)
class Candidate:
    """A plan with the snapshot and the problem that it is for.

    `gain_cents` is what it saves when it was made for that alone; None when it follows what happened.
    """

    plan: Plan
    snapshot: Snapshot
    modelled: Modelled
    gain_cents: int | None = None

    def work_out(self) -> None:
        """Work out what publishing needs, before anybody waits for it."""
        _ = self.broken, self.routes, self.breaks

    @cached_property
    def broken(self) -> tuple[Violation, ...]:
        """What the checker finds wrong."""
        return tuple(violations(self.modelled.problem, self.plan))

    @cached_property
    def routes(self) -> dict[str, list[PlannedStop]]:
        """The stops of every courier."""
        sure = _etas(self)
        return {
            c.courier_id: planned_stops(self, c.courier_id, sure.get(c.courier_id, ()))
            for c in self.snapshot.couriers
        }

    @cached_property
    def breaks(self) -> dict[str, datetime | None]:
        """When each break that is still due begins; None where the route ends before it is owed."""
        at, begins = _clock(self), dict[tuple[str, str], datetime]()
        for route in self.plan.routes:
            for stop in route.stops:
                if stop.kind is StopKind.BREAK:
                    begins[route.vehicle, str(stop.pause)] = at(stop.start_s)
        return {
            each.break_id: begins.get((courier.courier_id, break_id(number)))
            for courier in self.snapshot.couriers
            for number, each in enumerate(self.snapshot.due_breaks(courier.courier_id))
        }


def rebased(uow: UnitOfWork, candidate: Candidate, modeller: Modeller, now: datetime) -> Candidate:
    """Return the candidate for the state as it is now: itself, when nothing changed that it depends on."""
    current = take_snapshot(uow, now, candidate.snapshot.region)
    if current.signature == candidate.snapshot.signature:
        return candidate
    modelled = modeller.model(current)
    return Candidate(carry_over(modelled.problem, candidate.plan), current, modelled, candidate.gain_cents)


def publish(uow: UnitOfWork, candidate: Candidate, now: datetime, fencing_token: int) -> bool:
    """Put a plan in force, and tell whether anything but times changed.

    Raises `PlanRefused` when the checker finds a violation: nothing is published then.
    """
    if candidate.broken:
        raise PlanRefused(f"{candidate.broken[0].rule}: {candidate.broken[0].sentence}")
    locked = _lock(uow, candidate)
    changed = _leave_out(uow, candidate, now)  # first: it gives back what others may be given now
    changed |= _assign(uow, candidate, locked, now)
    compared = Comparison(
        candidate.snapshot, candidate.modelled, candidate.plan, candidate.routes, candidate.gain_cents
    )
    for courier_id, stops in candidate.routes.items():
        changed |= replace_route(uow, courier_id, stops, now, compared.changes(uow, courier_id))
    plan_breaks(uow, candidate.breaks)
    if changed:
        _record(uow, candidate, now, fencing_token)
    return changed


def planned_stops(candidate: Candidate, courier_id: str, sure: Sequence[Eta]) -> list[PlannedStop]:
    """Return a courier's stops: neighbouring work at one place is one stop with several steps.

    `sure` says of each stop of the route how sure its times are.
    """
    route = candidate.plan.route_by_vehicle.get(courier_id)
    if route is None:
        return []
    at = _clock(candidate)
    timed = [(stop, eta) for stop, eta in zip(route.stops, sure, strict=True) if stop.is_work]
    stops = []
    for place_id, group in groupby(timed, key=lambda pair: _place_id(candidate.snapshot, pair[0])):
        work, certain = zip(*group, strict=True)
        steps = sorted((_step(candidate.snapshot, stop) for stop in work), key=_step_rank)
        stops.append(
            PlannedStop(
                place_id,
                at(work[0].arrival_s),
                at(work[-1].departure_s),
                tuple(steps),
                at(certain[0].p10_s),
                at(certain[0].p90_s),
                max((eta.late for eta in certain if eta.late is not None), default=None),
            )
        )
    return stops


def _etas(candidate: Candidate) -> dict[str, tuple[Eta, ...]]:
    """Return how sure the times are; late is what breaks the promise, not what the plan counts as a wait."""
    modelled, jobs = candidate.modelled, candidate.snapshot.jobs
    promised = []
    for shipment in modelled.problem.shipments:
        job = jobs[shipment.id]
        due_s = seconds_between(modelled.epoch, job.due_at) if isinstance(job, Order) else None
        promised.append(replace(shipment, due_s=due_s))
    return etas(replace(modelled.problem, shipments=tuple(promised)), candidate.plan, modelled.spread)


def _lock(uow: UnitOfWork, candidate: Candidate) -> dict[str, Order]:
    """Lock all work, then all stock, each in one order for everybody, so that nobody waits in a circle.

    Returns the orders by their ids, as they are now that nobody else changes them.
    """
    snapshot = candidate.snapshot
    locked = uow.orders.lock_in(order_id=[order.order_id for order in snapshot.orders])
    uow.returns.lock_in(return_id=[rma.return_id for rma in snapshot.returns])
    uow.ledger.lock_all(line for line, free in snapshot.available.items() if free > 0)
    return {order.order_id: order for order in locked}


def _assign(uow: UnitOfWork, candidate: Candidate, locked: dict[str, Order], now: datetime) -> bool:
    """Give orders and returns to their couriers; pieces that change hands are all given back first."""
    at, changed = _clock(candidate), False
    jobs = candidate.snapshot.jobs
    held = {each.order_id for each in uow.reservations.find(released_at=None)}
    assigned = list(_assignments(candidate.plan))
    for job_id, _, source_id, _ in assigned:
        job = jobs[job_id]
        if isinstance(job, Order) and job.state is OrderState.PLANNED and job.source_id != source_id:
            release(uow, job_id, now)
    for job_id, courier_id, source_id, handed_over_s in assigned:
        job, handed_over_at = jobs[job_id], at(handed_over_s)
        if isinstance(job, Return):
            changed |= _assign_return(uow, job, courier_id, now)
        elif job.state is OrderState.PICKED_UP:
            orders.predict(uow, job_id, handed_over_at)
        elif source_id is not None:
            changed |= (job.courier_id, job.source_id) != (courier_id, source_id)
            if job_id not in held or not orders.stands(locked[job_id], courier_id, source_id, handed_over_at):
                orders.assign(uow, job_id, courier_id, source_id, handed_over_at, now)
    return changed


def _assign_return(uow: UnitOfWork, rma: Return, courier_id: str, now: datetime) -> bool:
    if rma.state is ReturnState.PICKED_UP:
        if rma.unserved_code is not None:
            uow.returns.save(replace(rma, unserved_code=None, unserved_reason=None))
        return rma.unserved_code is not None
    returns.assign(uow, rma.return_id, courier_id, now)
    return rma.courier_id != courier_id


def _assignments(plan: Plan) -> Iterable[tuple[str, str, str | None, int]]:
    """Yield (job, courier, source, end of the hand-over in s) of all that a plan brings."""
    for route in plan.routes:
        sources = {s.shipment: s.site for s in route.work if s.kind is StopKind.PICKUP}
        for stop in route.work:
            if stop.kind is StopKind.DELIVERY and stop.shipment is not None:
                yield stop.shipment, route.vehicle, sources.get(stop.shipment), stop.departure_s


def _leave_out(uow: UnitOfWork, candidate: Candidate, now: datetime) -> bool:
    jobs, changed = candidate.snapshot.jobs, False
    for job_id, (code, sentence, remedy) in candidate.modelled.reasons(candidate.plan).items():
        job = jobs[job_id]
        changed |= job.unserved_code != code
        leave_out = orders.leave_out if isinstance(job, Order) else returns.leave_out
        leave_out(uow, job_id, code, f"{sentence} {remedy}".strip(), now)
    return changed


def _record(uow: UnitOfWork, candidate: Candidate, now: datetime, fencing_token: int) -> None:
    revision = uow.next_number("plan revision")
    plan = candidate.plan
    region = candidate.snapshot.region
    for old in uow.publications.find(region=region):
        uow.publications.remove(old.revision)
    cost = plan.cost.total_cents
    uow.publications.add(Publication(revision, now, cost, plan.solver, fencing_token, region))
    data = {
        "revision": revision,
        "region": region,
        "cost_cents": plan.cost.total_cents,
        "solver": plan.solver,
        "unserved": len(plan.unserved) + len(candidate.modelled.left_out),
    }
    uow.outbox.add(DomainEvent("plan.published", str(revision), now, data))


def _step(snapshot: Snapshot, stop: PlanStop) -> PlannedStep:
    of_return = isinstance(snapshot.jobs[str(stop.shipment)], Return)
    picks = stop.kind is StopKind.PICKUP
    if of_return:
        kind = StepKind.RETURN_PICKUP if picks else StepKind.RETURN_DROPOFF
    else:
        kind = StepKind.PICKUP if picks else StepKind.DELIVERY
    return PlannedStep(kind, str(stop.shipment), str(stop.site))


def _step_rank(step: PlannedStep) -> int:
    return _STEP_ORDER.index(step.kind)


def _place_id(snapshot: Snapshot, stop: PlanStop) -> str:
    return place_of(snapshot, str(stop.site)).location_id


def _clock(candidate: Candidate) -> Callable[[int], datetime]:
    return lambda seconds: candidate.modelled.epoch + timedelta(seconds=seconds)
