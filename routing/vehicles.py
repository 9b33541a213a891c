"""Who moves it: a courier with a vehicle, a shift, breaks, and what is already under way."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from routing.values import (
    MAX_AMOUNT,
    MAX_TIME_S,
    StopKind,
    TimeWindow,
    require,
    require_id,
    require_int,
)


@dataclass(frozen=True, slots=True)
class Break:
    """A pause of `duration_s` that starts inside `window`, where the courier then is.

    It is owed when the route lasts beyond `window.latest_s`, and interrupts driving or waiting,
    never a service.
    """

    id: str
    window: TimeWindow
    duration_s: int

    def __post_init__(self) -> None:
        require_id(self.id, "break.id")
        require_int(self.duration_s, f"break[{self.id}].duration_s", 1, MAX_TIME_S)


@dataclass(frozen=True, slots=True)
class LockedStop:
    """A stop that stays where it is: the courier is under way to it, or at it.

    `service_s` is the service that is still left there; None means all of the site's.
    """

    kind: StopKind
    shipment: str
    site: str
    service_s: int | None = None

    def __post_init__(self) -> None:
        work = self.kind in (StopKind.PICKUP, StopKind.DELIVERY)
        require(work, "locked.kind", f"must be pickup or delivery, not {self.kind!r}.")
        require_id(self.shipment, "locked.shipment")
        require_id(self.site, "locked.site")
        if self.service_s is not None:
            require_int(self.service_s, f"locked[{self.shipment}].service_s", 0, MAX_TIME_S)


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A courier's route to be: it leaves `start` at `shift.earliest_s`, and ends by `shift.latest_s`.

    `start` and `end` are places; without `end` the route ends at its last stop. Driving costs
    `millicents_per_s` and `millicents_per_m`, and the price of its emissions `co2e_millicents_per_m`; a
    route that has a stop costs `fixed_cents`. It carries up to `weight_g`, `volume_cm3` and `items` pieces.
    It drives by the problem's roads, or by those of `profile`, for `max_driving_s` at most, and for
    `max_stretch_s` without a break; when the route begins it has driven `driven_s` since the last one. The
    drive to a locked stop is a fact and may exceed that; a break then comes before the next drive. The route
    may last `overtime_s` beyond the shift, at `overtime_millicents_per_s`. In a `lifo` van only what was
    loaded last can be unloaded (what is on board was loaded in the order of `on_board`). `breaks` are taken
    in their order. `on_board` names shipments picked up earlier; `locked` are the first stops of the
    route, in order. Sentences call the courier by `name`, or by the vehicle's id.
    """

    id: str
    start: int
    shift: TimeWindow
    end: int | None = None
    weight_g: int = MAX_AMOUNT
    volume_cm3: int = MAX_AMOUNT
    items: int = MAX_AMOUNT
    skills: frozenset[str] = frozenset()
    millicents_per_s: int = 800
    millicents_per_m: int = 30
    co2e_millicents_per_m: int = 0
    fixed_cents: int = 0
    profile: str = ""
    max_driving_s: int = MAX_TIME_S
    max_stretch_s: int = MAX_TIME_S
    driven_s: int = 0
    overtime_s: int = 0
    overtime_millicents_per_s: int = 0
    lifo: bool = False
    breaks: tuple[Break, ...] = ()
    on_board: tuple[str, ...] = ()
    locked: tuple[LockedStop, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        require_id(self.id, "vehicle.id")
        path = f"vehicle[{self.id}]"
        require_int(self.start, f"{path}.start")
        if self.end is not None:
            require_int(self.end, f"{path}.end")
        for name in ("weight_g", "volume_cm3", "items", "fixed_cents"):
            require_int(getattr(self, name), f"{path}.{name}")
        for name in ("millicents_per_s", "millicents_per_m", "co2e_millicents_per_m"):
            require_int(getattr(self, name), f"{path}.{name}", 0, MAX_AMOUNT // 1000)
        for name in ("max_driving_s", "max_stretch_s", "driven_s", "overtime_s"):
            require_int(getattr(self, name), f"{path}.{name}", 0, MAX_TIME_S)
        overtime = self.overtime_millicents_per_s
        require_int(overtime, f"{path}.overtime_millicents_per_s", 0, MAX_AMOUNT // 100)
        self._require_breaks_in_order(f"{path}.breaks")
        once = len(set(self.on_board)) == len(self.on_board)
        require(once, f"{path}.on_board", "must not name a shipment twice.")

    @property
    def called(self) -> str:
        """What sentences call it."""
        return self.name or self.id

    @property
    def must_rest(self) -> bool:
        """Whether it may not drive for as long as it likes without a break."""
        return self.max_stretch_s < MAX_TIME_S

    def _require_breaks_in_order(self, path: str) -> None:
        require(len(self.breaks) <= 4, path, "must not hold more than four breaks.")
        require(len({b.id for b in self.breaks}) == len(self.breaks), path, "must not name a break twice.")
        for before, after in pairwise(self.breaks):
            in_order = before.window.latest_s + before.duration_s <= after.window.latest_s
            require(in_order, path, "must be in order, each with time before the next one's latest start.")
