"""What planning believes of stops and roads until driving has taught better, and how it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from routing.service_times import LearnedServiceTimes, ServiceTimes
from routing.spread import Spread
from tracking.fleet.stops import StepKind

SERVICE_S = MappingProxyType(
    {
        StepKind.PICKUP: 120,
        StepKind.DELIVERY: 300,
        StepKind.RETURN_PICKUP: 180,
        StepKind.RETURN_DROPOFF: 120,
    }
)
"""How long a step takes where nothing was learned of it, in s."""


class Lessons(Protocol):
    """What was learned so far; it may be another thing at every look."""

    @property
    def services(self) -> ServiceTimes:
        """How long steps take."""
        ...

    @property
    def spread(self) -> Spread:
        """How far drives and services spread around what is expected."""
        ...


@dataclass(frozen=True, slots=True)
class Beliefs:
    """Implements `Lessons` before anything was learned."""

    services: ServiceTimes = field(default_factory=lambda: LearnedServiceTimes(dict(SERVICE_S)))
    spread: Spread = field(default_factory=Spread)
