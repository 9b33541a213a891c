"""What is to be moved: shipments, the sites where they may be picked up or dropped, and stock."""

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

MAX_PRIORITY = 10
LOADS = ("weight_g", "volume_cm3", "items", "back_weight_g", "back_volume_cm3", "back_items")


@dataclass(frozen=True, slots=True)
class Stock:
    """`available` pieces of `part` at `location` that this plan may use."""

    location: str
    part: str
    available: int

    def __post_init__(self) -> None:
        require_id(self.location, "stock.location")
        require_id(self.part, "stock.part")
        require_int(self.available, f"stock[{self.location}/{self.part}].available")


@dataclass(frozen=True, slots=True)
class Draw:
    """`quantity` pieces of `part` that a pickup takes from the stock of `location`."""

    location: str
    part: str
    quantity: int = 1

    def __post_init__(self) -> None:
        require_id(self.location, "draw.location")
        require_id(self.part, "draw.part")
        require_int(self.quantity, "draw.quantity", 1)


@dataclass(frozen=True, slots=True)
class Site:
    """One way to do a pickup or a delivery: where, how long, and when.

    `id` is unique among the alternatives of one end of one shipment; `place` is an index into the
    problem's travel matrices. Service takes `service_s` and must start inside one of `windows`, which
    are in order and apart; none means at any time. `draws` is the stock that a pickup here takes. Sentences
    call it by `name`, or by its id.
    """

    id: str
    place: int
    service_s: int = 0
    windows: tuple[TimeWindow, ...] = ()
    draws: tuple[Draw, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        require_id(self.id, "site.id")
        require_int(self.place, f"site[{self.id}].place")
        require_int(self.service_s, f"site[{self.id}].service_s", 0, MAX_TIME_S)
        once = len({(draw.location, draw.part) for draw in self.draws}) == len(self.draws)
        require(once, f"site[{self.id}].draws", "must not name a part twice.")
        for before, after in pairwise(self.windows):
            apart = before.latest_s < after.earliest_s
            require(apart, f"site[{self.id}].windows", "must be in order and must not overlap.")

    @property
    def called(self) -> str:
        """What sentences call it."""
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class Shipment:
    """One thing to bring from one of `pickups` to one of `deliveries`, by one courier.

    Without pickups it is either on board a courier already (the vehicle's `on_board` names it) or a
    service at a customer, which carries no load. It weighs `weight_g` and fills `volume_cm3`.

    A courier needs all of `skills`, must be one of `couriers` (None: anybody) and none of `forbidden`.
    Handed over (service ended) after `due_s`, it costs `late_millicents_per_s` for every second.
    Left unserved it costs `unserved_cents`, doubled for every step of `priority` (0 to 10).

    In a swap the delivery takes something back: `back_weight_g`, `back_volume_cm3` and `back_items`, which
    stay in the van to the end of the route. `told` is the courier who knows of this work already: any other
    costs `told_millicents`. Sentences call it by `name`, or by its id.
    """

    id: str
    deliveries: tuple[Site, ...]
    pickups: tuple[Site, ...] = ()
    weight_g: int = 0
    volume_cm3: int = 0
    items: int = 0
    back_weight_g: int = 0
    back_volume_cm3: int = 0
    back_items: int = 0
    skills: frozenset[str] = frozenset()
    couriers: frozenset[str] | None = None
    forbidden: frozenset[str] = frozenset()
    priority: int = 0
    due_s: int | None = None
    late_millicents_per_s: int = 0
    unserved_cents: int = 1_000_000
    told: str | None = None
    told_millicents: int = 0
    name: str = ""

    def __post_init__(self) -> None:
        require_id(self.id, "shipment.id")
        path = f"shipment[{self.id}]"
        require(len(self.deliveries) > 0, f"{path}.deliveries", "must hold at least one site.")
        for name, sites in (("pickups", self.pickups), ("deliveries", self.deliveries)):
            unique = len({site.id for site in sites}) == len(sites)
            require(unique, f"{path}.{name}", "must not name a site twice.")
        undrawn = all(not site.draws for site in self.deliveries)
        require(undrawn, f"{path}.deliveries", "must not draw on stock: pickups do.")
        for name in LOADS:
            require_int(getattr(self, name), f"{path}.{name}")
        require_int(self.priority, f"{path}.priority", 0, MAX_PRIORITY)
        if self.due_s is not None:
            require_int(self.due_s, f"{path}.due_s", -MAX_TIME_S, MAX_TIME_S)
        require_int(self.late_millicents_per_s, f"{path}.late_millicents_per_s", 0, MAX_AMOUNT // 100)
        require_int(self.unserved_cents, f"{path}.unserved_cents")
        require_int(self.told_millicents, f"{path}.told_millicents")

    @property
    def called(self) -> str:
        """What sentences call it."""
        return self.name or self.id

    def site(self, kind: StopKind, site_id: str) -> Site | None:
        """Return the pickup or delivery site with this id, if there is one."""
        sites = self.pickups if kind is StopKind.PICKUP else self.deliveries
        return next((site for site in sites if site.id == site_id), None)

    @property
    def unserved_millicents(self) -> int:
        """What leaving it unserved costs, priority included."""
        return self.unserved_cents * 1000 << self.priority
