"""The plan in force as couriers drive it: stops, and the steps to do at each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from tracking.parts.location import MAIN_REGION
from tracking.values.errors import InvalidValue
from tracking.values.transitions import check_transition


class StopState(StrEnum):
    """The life of a stop."""

    PLANNED = "planned"
    EN_ROUTE = "en_route"
    ARRIVED = "arrived"
    DONE = "done"


_S = StopState
TRANSITIONS = MappingProxyType(
    {
        _S.PLANNED: frozenset({_S.EN_ROUTE, _S.ARRIVED, _S.DONE}),
        _S.EN_ROUTE: frozenset({_S.ARRIVED, _S.DONE}),
        _S.ARRIVED: frozenset({_S.DONE}),
        _S.DONE: frozenset[StopState](),
    }
)
"""A courier may forget to report the way, never the work."""

OPEN = frozenset(StopState) - {StopState.DONE}
UNDER_WAY = frozenset({StopState.EN_ROUTE, StopState.ARRIVED})
"""Stops that no plan may take away silently."""


class StepKind(StrEnum):
    """What is done at a stop."""

    PICKUP = "pickup"
    DELIVERY = "delivery"
    RETURN_PICKUP = "return_pickup"
    RETURN_DROPOFF = "return_dropoff"

    @property
    def of_return(self) -> bool:
        """Whether the step belongs to a return, not to an order."""
        return self in (StepKind.RETURN_PICKUP, StepKind.RETURN_DROPOFF)


class StepState(StrEnum):
    """Whether a step is done."""

    PLANNED = "planned"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do at a stop, for the order or return `job_id`. `location_id` is the very place: the
    compartment, for a pickup at a locker.
    """

    step_id: str
    stop_id: str
    position: int
    kind: StepKind
    job_id: str
    location_id: str
    state: StepState = StepState.PLANNED


@dataclass(frozen=True, slots=True)
class Stop:
    """A place where a courier stops; `position` orders the stops of one courier.

    The arrival is planned at `eta_at`; in one of ten cases it is before `eta_early_at`, in one of ten after
    `eta_late_at`. `late_probability` is that of a hand-over here after it is due, the greatest of several.
    """

    stop_id: str
    courier_id: str
    position: int
    place_id: str
    state: StopState
    eta_at: datetime
    departs_at: datetime
    arrived_at: datetime | None = None
    done_at: datetime | None = None
    eta_early_at: datetime | None = None
    eta_late_at: datetime | None = None
    late_probability: float | None = None
    en_route_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """The plan in force of a region: `revision` counts those of all, `fencing_token` is the lease's that
    published it.
    """

    revision: int
    published_at: datetime
    cost_cents: int
    solver: str
    fencing_token: int
    region: str = MAIN_REGION


def step_id(kind: StepKind, job_id: str) -> str:
    """Return the identifier of a step, which survives re-planning: `kind:job_id`."""
    return f"{kind}:{job_id}"


def parse_step_id(value: str) -> tuple[StepKind, str]:
    """Return kind and job of a step's identifier. Raises `InvalidValue` when it is none."""
    kind, colon, job_id = value.partition(":")
    if not colon or not job_id or kind not in set(StepKind):
        raise InvalidValue(f"{value!r} is no step: a step is named kind:order or kind:return.")
    return StepKind(kind), job_id


def advanced(stop: Stop, state: StopState, at: datetime) -> Stop:
    """Return the stop in its next state. Raises `TransitionRefused`."""
    check_transition(TRANSITIONS, "Stop", stop.stop_id, stop.state, state)
    changed = replace(stop, state=state)
    if state is StopState.EN_ROUTE:
        changed = replace(changed, en_route_at=at)
    if state is StopState.ARRIVED:
        changed = replace(changed, arrived_at=at)
    if state is StopState.DONE:
        changed = replace(changed, done_at=at)
    return changed
