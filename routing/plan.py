"""The answer to a problem: who stops where and when, what stays unserved and why, and the cost."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from typing import Literal

from routing.values import StopKind

__all__ = ["Cost", "Plan", "Reason", "Route", "Stop", "StopKind", "Unserved"]


class Reason(StrEnum):
    """Why a shipment is in no route."""

    NO_COURIER = "no_courier"
    NO_STOCK = "no_stock"
    SKILL = "skill"
    COURIER_FORBIDDEN = "courier_forbidden"
    CAPACITY = "capacity"
    UNREACHABLE = "unreachable"
    TIME_WINDOW = "time_window"
    SHIFT = "shift"
    DRIVING_LIMIT = "driving_limit"
    DRIVING_STRETCH = "driving_stretch"
    BREAK = "break"
    STACKING = "stacking"
    COURIERS_BUSY = "couriers_busy"
    NOT_WORTH = "not_worth"


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of a route.

    `shipment` and `site` are set for pickups and deliveries, `pause` (the break's id) for breaks, whose
    `place` is None: they happen on the way. Service, or the break, lasts from `start_s` to
    `departure_s`. `weight_g`, `volume_cm3` and `items` are on board after it.
    """

    kind: StopKind
    arrival_s: int
    start_s: int
    departure_s: int
    place: int | None = None
    shipment: str | None = None
    site: str | None = None
    pause: str | None = None
    weight_g: int = 0
    volume_cm3: int = 0
    items: int = 0

    @property
    def waiting_s(self) -> int:
        """Time between arrival and service; a break taken on the spot is part of it."""
        return self.start_s - self.arrival_s

    @property
    def is_work(self) -> bool:
        """Whether something is picked up or delivered here."""
        return self.kind in (StopKind.PICKUP, StopKind.DELIVERY)


@dataclass(frozen=True, slots=True)
class Route:
    """The stops of one vehicle: the start, the work and breaks in order, the end."""

    vehicle: str
    stops: tuple[Stop, ...]

    @property
    def work(self) -> tuple[Stop, ...]:
        """The pickups and deliveries, in order."""
        return tuple(stop for stop in self.stops if stop.is_work)


@dataclass(frozen=True, slots=True)
class Unserved:
    """A shipment that no route serves: the reason, a sentence for people, and what would serve it.

    `nearest_arrival_s` is when the first courier could be at its delivery, where that is the matter.
    """

    shipment: str
    reason: Reason
    sentence: str
    remedy: str
    nearest_arrival_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a plan costs, by cause, in thousandths of a cent."""

    travel_millicents: int = 0
    lateness_millicents: int = 0
    fixed_millicents: int = 0
    unserved_millicents: int = 0
    overtime_millicents: int = 0
    co2e_millicents: int = 0
    told_millicents: int = 0

    def __add__(self, other: Cost) -> Cost:
        """Return both together."""
        return Cost(**{part: mine + getattr(other, part) for part, mine in asdict(self).items()})

    def __sub__(self, other: Cost) -> Cost:
        """Return what is left without `other`, which is a part of it."""
        return Cost(**{part: mine - getattr(other, part) for part, mine in asdict(self).items()})

    @property
    def total_millicents(self) -> int:
        """The plan's objective."""
        return (
            self.travel_millicents
            + self.lateness_millicents
            + self.fixed_millicents
            + self.unserved_millicents
            + self.overtime_millicents
            + self.co2e_millicents
            + self.told_millicents
        )

    @property
    def total_cents(self) -> int:
        """The objective in whole cents, rounded half up."""
        return (self.total_millicents + 500) // 1000


@dataclass(frozen=True)
class Plan:
    """Routes of the vehicles that have work, and a reason for every shipment that is in none.

    `solver` and `seed` say what made it; `notes` what a reader of the log should know about that.
    """

    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]
    cost: Cost
    solver: str
    seed: int = 0
    notes: tuple[str, ...] = ()

    @cached_property
    def route_by_vehicle(self) -> dict[str, Route]:
        """Every route under its vehicle's id."""
        return {route.vehicle: route for route in self.routes}

    def stop_of(
        self, shipment: str, kind: Literal[StopKind.PICKUP, StopKind.DELIVERY]
    ) -> tuple[str, Stop] | None:
        """Return the vehicle and the stop where `shipment` is picked up or delivered, if it is."""
        for route in self.routes:
            for stop in route.stops:
                if stop.shipment == shipment and stop.kind is kind:
                    return route.vehicle, stop
        return None
