"""The use case of a new plan: couriers' open stops are replaced, and what is under way stays itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from tracking.fleet.service import touch_route
from tracking.fleet.stops import OPEN, Step, StepKind, StepState, Stop, StopState, step_id
from tracking.unit_of_work import UnitOfWork
from tracking.values.events import DomainEvent
from tracking.values.ids import new_id


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One thing to do for an order or return, at the very place: the compartment, for a locker."""

    kind: StepKind
    job_id: str
    location_id: str

    @property
    def step_id(self) -> str:
        """The identifier that the step will have."""
        return step_id(self.kind, self.job_id)


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """A place to stop at, from `eta_at` until `departs_at`; how sure that is, as a `Stop` says it."""

    place_id: str
    eta_at: datetime
    departs_at: datetime
    steps: tuple[PlannedStep, ...]
    eta_early_at: datetime | None = None
    eta_late_at: datetime | None = None
    late_probability: float | None = None


@dataclass(frozen=True, slots=True)
class RouteChange:
    """Work that is `added`, `removed` or `moved` for a courier: the cause as a code, and a sentence."""

    change: str
    cause: str
    job_id: str
    sentence: str


TOLD = 20
"""How many changes of one route the event of it names."""


def replace_route(
    uow: UnitOfWork,
    courier_id: str,
    planned: Sequence[PlannedStop],
    at: datetime,
    changes: Sequence[RouteChange] = (),
) -> bool:
    """Give a courier these stops instead of the open ones, and tell whether anything but times changed.

    The event of it, `route.changed`, names the `changes`. A stop at the same place keeps its identity and its
    state, so that what a phone reports offline still finds it. What was done there stays.
    """
    open_stops = sorted(
        uow.stops.lock_in(courier_id=[courier_id], state=OPEN), key=lambda stop: stop.position
    )
    steps = _steps(uow, open_stops)
    before = [_outline(stop, steps[stop.stop_id]) for stop in open_stops]
    left = list(open_stops)
    retimed: list[Stop] = []
    for position, stop in enumerate(planned):
        known = next((s for s in left if s.place_id == stop.place_id), None)
        if known is not None:
            left.remove(known)
            changed = _timed(known, position, stop)
            if changed != known:
                retimed.append(changed)
            _replace_steps(uow, known.stop_id, steps[known.stop_id], stop.steps)
        else:
            made = Stop(
                new_id(), courier_id, position, stop.place_id, StopState.PLANNED, stop.eta_at, stop.departs_at
            )
            uow.stops.add(_timed(made, position, stop))
            _replace_steps(uow, made.stop_id, [], stop.steps)
    uow.stops.save_all(retimed)
    for stop_left in left:
        _drop(uow, stop_left, steps[stop_left.stop_id], at)
    if before == [(s.place_id, tuple(step.step_id for step in s.steps)) for s in planned]:
        return False
    version = touch_route(uow, courier_id)
    data = {
        "courier_id": courier_id,
        "stops": len(planned),
        "route_version": version,
        "changes": [asdict(change) for change in changes[:TOLD]],
        "summary": _summary(changes),
    }
    uow.outbox.add(DomainEvent("route.changed", courier_id, at, data))
    return True


def _timed(stop: Stop, position: int, planned: PlannedStop) -> Stop:
    return replace(
        stop,
        position=position,
        eta_at=planned.eta_at,
        departs_at=planned.departs_at,
        eta_early_at=planned.eta_early_at,
        eta_late_at=planned.eta_late_at,
        late_probability=planned.late_probability,
    )


def _summary(changes: Sequence[RouteChange]) -> str:
    """Return the first sentences, and how much more there is."""
    more = [f"And {len(changes) - 3} more."] if len(changes) > 3 else []
    return " ".join([*(change.sentence for change in changes[:3]), *more])


def _steps(uow: UnitOfWork, stops: Sequence[Stop]) -> dict[str, list[Step]]:
    """Return the steps of each stop in their order, those that are done too."""
    found: dict[str, list[Step]] = {stop.stop_id: [] for stop in stops}
    for step in sorted(uow.steps.find_in(stop_id=list(found)), key=lambda step: step.position):
        found[step.stop_id].append(step)
    return found


def _outline(stop: Stop, steps: Sequence[Step]) -> tuple[str, tuple[str, ...]]:
    """Return where a stop is, and what is still to be done there."""
    return stop.place_id, tuple(step.step_id for step in steps if step.state is StepState.PLANNED)


def _replace_steps(
    uow: UnitOfWork, stop_id: str, had: Sequence[Step], planned: Sequence[PlannedStep]
) -> None:
    known = {step.step_id: step for step in had}
    wanted = {step.step_id for step in planned}
    for step in known.values():
        if step.state is StepState.PLANNED and step.step_id not in wanted:
            uow.steps.remove(stop_id, step.step_id)
    for position, wish in enumerate(planned):
        made = Step(wish.step_id, stop_id, position, wish.kind, wish.job_id, wish.location_id)
        if made.step_id not in known:
            uow.steps.add(made)
        elif known[made.step_id] != made:
            uow.steps.save(made)


def _drop(uow: UnitOfWork, stop: Stop, steps: Sequence[Step], at: datetime) -> None:
    """Take a stop off the route; one where something was done is closed, and kept."""
    for step in steps:
        if step.state is StepState.PLANNED:
            uow.steps.remove(stop.stop_id, step.step_id)
    if any(step.state is not StepState.PLANNED for step in steps) or stop.state is StopState.ARRIVED:
        uow.stops.save(replace(stop, state=StopState.DONE, done_at=at))
    else:
        uow.stops.remove(stop.stop_id)
