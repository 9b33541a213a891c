"""Says what a new plan changes for each courier, and why, in sentences for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from routing.dispatch.modelling import Modelled
from routing.dispatch.snapshot import Snapshot, place_of
from routing.plan import Plan
from tracking.fleet.publishing import PlannedStep, PlannedStop, RouteChange
from tracking.fleet.stops import Step, StepKind
from tracking.orders.order import Order
from tracking.unit_of_work import UnitOfWork

Steps = Sequence[Step | PlannedStep]
_PICKUPS = (StepKind.PICKUP, StepKind.RETURN_PICKUP)


@dataclass(frozen=True)
class Comparison:
    """The stops in force, in `snapshot`, beside those that a plan puts in their place.

    `gain_cents` is what a plan saves that was made for that; None for one that follows what happened.
    """

    snapshot: Snapshot
    modelled: Modelled
    plan: Plan
    routes: Mapping[str, Sequence[PlannedStop]]
    gain_cents: int | None

    def changes(self, uow: UnitOfWork, courier_id: str) -> list[RouteChange]:
        """Return what comes to a courier's route, what leaves it, and what moves in it."""
        old, new = self._old[courier_id], self._new[courier_id]
        had, has = {step.job_id: None for step in old}, {step.job_id: None for step in new}
        return [
            *(self._added(job_id) for job_id in has if job_id not in had),
            *(self._removed(uow, courier_id, job_id) for job_id in had if job_id not in has),
            *self._moved(courier_id, old, new),
        ]

    def _added(self, job_id: str) -> RouteChange:
        job = self.snapshot.jobs[job_id]
        giver = self._had.get(job_id)
        if giver is not None:
            cause, why = self._why(giver, job_id)
            return RouteChange("added", cause, job_id, f"{job.number} comes from {self._name(giver)}: {why}.")
        if job.unserved_code is not None:
            return RouteChange("added", "possible_now", job_id, f"{job.number} is added: it can be done now.")
        if not isinstance(job, Order) and job.order_id is not None:
            why = "the good part is on board, and this one comes back for it"
            return RouteChange("added", "exchange", job_id, f"{job.number} is added: {why}.")
        kind = "order" if isinstance(job, Order) else "return"
        return RouteChange("added", f"new_{kind}", job_id, f"{job.number} is added: a new {kind}.")

    def _removed(self, uow: UnitOfWork, courier_id: str, job_id: str) -> RouteChange:
        taker, job = self._has.get(job_id), self.snapshot.jobs.get(job_id)
        if job is None:
            gone = uow.orders.get(job_id) or uow.returns.get(job_id)
            number = job_id if gone is None else gone.number
            return RouteChange("removed", "withdrawn", job_id, f"{number} is removed: it was withdrawn.")
        if taker is not None:
            cause, why = self._why(courier_id, job_id)
            return RouteChange("removed", cause, job_id, f"{job.number} goes to {self._name(taker)}: {why}.")
        why = self._unserved.get(job_id, "it has to wait for other work.")
        return RouteChange("removed", "unserved", job_id, f"{job.number} is removed: {why}")

    def _moved(self, courier_id: str, old: Steps, new: Steps) -> Iterator[RouteChange]:
        """Yield the work that is picked up elsewhere, or comes in another order than before."""
        was, is_now = _sources(old), _sources(new)
        elsewhere = {job_id for job_id, place in is_now.items() if was.get(job_id, place) != place}
        for job_id in elsewhere:
            cause, why = self._why(courier_id, job_id)
            places = f"{self._place(is_now[job_id])} instead of {self._place(was[job_id])}"
            number = self.snapshot.jobs[job_id].number
            yield RouteChange("moved", cause, job_id, f"{number} is picked up at {places}: {why}.")
        for job_id in _reordered(old, new):
            if job_id not in elsewhere:
                cause, why = self._why(courier_id, job_id)
                number = self.snapshot.jobs[job_id].number
                yield RouteChange("moved", cause, job_id, f"{number} comes at another turn: {why}.")

    def _why(self, courier_id: str, job_id: str) -> tuple[str, str]:
        """Return why work does not stay as it was with a courier: the cause, and a clause."""
        vehicle = self.modelled.problem.vehicle_by_id.get(courier_id)
        name = self._name(courier_id)
        if self.gain_cents is not None:
            return "better", f"the plan gets better by {self.gain_cents} cents"
        if vehicle is None:
            return "courier_off_duty", f"{name} is not on shift"
        if any(lock.shipment == job_id for lock in vehicle.locked):
            return "under_way", f"{name} is on the way there"
        shipment = self.modelled.problem.shipment_by_id.get(job_id)
        source = _sources(self._old[courier_id]).get(job_id)
        if shipment is not None and source is not None and all(source != at.id for at in shipment.pickups):
            return "source_gone", f"{self._place(source)} has none that may be taken"
        return "courier_late", f"{name} is late, or what else is to be done leaves no time"

    @cached_property
    def _old(self) -> dict[str, list[Step]]:
        return {
            courier_id: [
                step for stop in self.snapshot.stops_of(courier_id) for step in self.snapshot.steps_of(stop)
            ]
            for courier_id in self.routes
        }

    @cached_property
    def _new(self) -> dict[str, list[PlannedStep]]:
        return {at: [step for stop in stops for step in stop.steps] for at, stops in self.routes.items()}

    @cached_property
    def _had(self) -> dict[str, str]:
        return {step.job_id: courier_id for courier_id, steps in self._old.items() for step in steps}

    @cached_property
    def _has(self) -> dict[str, str]:
        return {step.job_id: courier_id for courier_id, steps in self._new.items() for step in steps}

    @cached_property
    def _unserved(self) -> dict[str, str]:
        return {job_id: left.sentence for job_id, left in self.modelled.reasons(self.plan).items()}

    def _name(self, courier_id: str) -> str:
        return next(c.display_name for c in self.snapshot.couriers if c.courier_id == courier_id)

    def _place(self, location_id: str) -> str:
        return place_of(self.snapshot, location_id).name


def _sources(steps: Steps) -> dict[str, str]:
    """Return where each job is picked up that still is to be."""
    return {step.job_id: step.location_id for step in steps if step.kind in _PICKUPS}


def _reordered(old: Steps, new: Steps) -> list[str]:
    """Return the jobs, once each, that changed their turn among the steps that both routes hold."""
    before = [step.step_id for step in old]
    after = [step for step in new if step.step_id in before]
    kept = {step.step_id for step in after}
    before = [name for name in before if name in kept]
    matcher = SequenceMatcher(None, before, [step.step_id for step in after], autojunk=False)
    stayed = {k for block in matcher.get_matching_blocks() for k in range(block.b, block.b + block.size)}
    return list(dict.fromkeys(step.job_id for k, step in enumerate(after) if k not in stayed))
