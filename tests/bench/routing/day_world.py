"""One day of the sample region: couriers, stock, calls that come by chance, and delays that nobody knows."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from api.demo import places as region
from api.demo.places import BENCH, DEPOT, Place
from routing.dispatch.lessons import SERVICE_S
from routing.dispatch.work import FREE_SHARE, RETURN_UNSERVED_CENTS, UNSERVED_CENTS, WAIT_CENTS
from routing.problem import Draw, Problem, Shipment, Site, Stock, StopKind, TimeWindow, Travel, Vehicle
from routing.spread import Spread
from tracking.fleet.stops import StepKind
from tracking.orders.order import Urgency
from tracking.values.coordinates import Coordinate

HOUR_S = 3600
END_S = 40 * 24 * HOUR_S
"""The end of windows that never close."""


def _in_the_extract(places: tuple[Place, ...]) -> tuple[Place, ...]:
    """Return the places in Liechtenstein, by their post codes: the roads of the sample end at its border."""
    return tuple(place for place in places if 9485 <= int(place.town[:4]) <= 9498)


LOCKERS = (
    *_in_the_extract(region.LOCKERS),
    Place("locker-triesenberg", "Locker Triesenberg", "9497 Triesenberg", Coordinate(47.1180, 9.5430)),
    Place("locker-schellenberg", "Locker Schellenberg", "9488 Schellenberg", Coordinate(47.2310, 9.5470)),
    Place("locker-gamprin", "Locker Gamprin", "9487 Gamprin", Coordinate(47.2200, 9.5090)),
    Place("locker-nendeln", "Locker Nendeln", "9485 Nendeln", Coordinate(47.1990, 9.5440)),
    Place("locker-malbun", "Locker Malbun", "9497 Malbun", Coordinate(47.1030, 9.6090)),
)
SITES = (
    *_in_the_extract(region.SITES),
    Place("school-planken", "School Planken", "9498 Planken", Coordinate(47.1850, 9.5440)),
    Place("lift-malbun", "Ski lift Malbun", "9497 Malbun", Coordinate(47.1010, 9.6110)),
    Place("dairy-schellenberg", "Dairy Schellenberg", "9488 Schellenberg", Coordinate(47.2290, 9.5440)),
    Place("customs-ruggell", "Customs Ruggell", "9491 Ruggell", Coordinate(47.2440, 9.5240)),
    Place("mill-triesen", "Mill Triesen", "9495 Triesen", Coordinate(47.1050, 9.5260)),
    Place("hotel-steg", "Hotel Steg", "9497 Steg", Coordinate(47.1130, 9.5760)),
)
PLACES = (DEPOT, BENCH, *LOCKERS, *SITES)
"""All places of the day; a place's number in the matrices is its index here."""
NUMBER = {place.name: k for k, place in enumerate(PLACES)}

NAMES = (
    "anna",
    "beat",
    "carla",
    "david",
    "elena",
    "fabio",
    "greta",
    "hannes",
    "ida",
    "jakob",
    "klara",
    "lukas",
)
SHIFT_STARTS_S = (23_400, 28_800, 34_200)
"""Shifts begin at 6:30, 8:00 and 9:30, in turn, and last nine hours."""
SHIFT_S = 9 * HOUR_S
OVERTIME_S = 2 * HOUR_S
OVERTIME_MILLICENTS_PER_S = 1_600
"""Twice what a second of driving costs."""


@dataclass(frozen=True, slots=True)
class DayConfig:
    """The size of a day, and how its calls are priced.

    About `calls` arrive, at an even rate, between `opens_s` and `closes_s`; `couriers` (1 to 12) work.
    With `waiting_costs` an order costs from when the dispatcher prices its wait, else from the breach of its
    response time.
    """

    calls: float = 90.0
    couriers: int = 8
    opens_s: int = 7 * HOUR_S
    closes_s: int = 16 * HOUR_S
    parts: int = 12
    waiting_costs: bool = False
    spread: Spread = field(default_factory=Spread)


@dataclass(frozen=True)
class Day:
    """What happens on a day. `shipments` are as the customers state them; `called_s` says since when.

    `travel` is what planners believe of the roads, `real` how long they take today; `factor` is by how much
    longer than believed the service at either end of a shipment takes.
    """

    seed: int
    travel: Travel
    real: Travel
    vehicles: tuple[Vehicle, ...]
    shipments: tuple[Shipment, ...]
    called_s: Mapping[str, int]
    stock: tuple[Stock, ...]
    factor: Mapping[tuple[str, StopKind], float]

    def service_s(self, shipment: str, kind: StopKind, site: Site) -> int:
        """Return how long a service really takes."""
        return round(site.service_s * self.factor[shipment, kind])

    @cached_property
    def truth(self) -> Problem:
        """The whole day as it turns out to be: real times, and nothing is to be had before its call."""
        shipments = tuple(self._real(shipment) for shipment in self.shipments)
        return Problem(self.real, self.vehicles, shipments, self.stock)

    def _real(self, shipment: Shipment) -> Shipment:
        called_s = self.called_s[shipment.id]

        def real(kind: StopKind, site: Site) -> Site:
            taken_s = self.service_s(shipment.id, kind, site)
            if kind is StopKind.DELIVERY:
                return replace(site, service_s=taken_s)
            return replace(site, service_s=taken_s, windows=(TimeWindow(called_s, END_S),))

        return replace(
            shipment,
            pickups=tuple(real(StopKind.PICKUP, site) for site in shipment.pickups),
            deliveries=tuple(real(StopKind.DELIVERY, site) for site in shipment.deliveries),
        )


def make_day(seed: int, travel: Travel, config: DayConfig | None = None) -> Day:
    """Return the day that `seed` stands for, over believed roads between `PLACES`."""
    config = config or DayConfig()
    chance = random.Random(seed)
    vehicles = tuple(_courier(k) for k in range(config.couriers))
    stock = _stock(chance, config.parts)
    calls = list(_calls(chance, config, stock))
    kinds = (StopKind.PICKUP, StopKind.DELIVERY)
    factor = {
        (shipment.id, kind): chance.lognormvariate(0.0, config.spread.service.sigma)
        for _, shipment in calls
        for kind in kinds
    }
    real = _delayed(chance, travel, config.spread)
    called_s = {shipment.id: at_s for at_s, shipment in calls}
    return Day(seed, travel, real, vehicles, tuple(s for _, s in calls), called_s, stock, factor)


def _courier(k: int) -> Vehicle:
    home = NUMBER[LOCKERS[k % len(LOCKERS)].name]
    start_s = SHIFT_STARTS_S[k % len(SHIFT_STARTS_S)]
    return Vehicle(
        NAMES[k],
        start=home,
        shift=TimeWindow(start_s, start_s + SHIFT_S),
        end=home,
        overtime_s=OVERTIME_S,
        overtime_millicents_per_s=OVERTIME_MILLICENTS_PER_S,
    )


def _stock(chance: random.Random, parts: int) -> tuple[Stock, ...]:
    """Every part lies in five lockers, a few pieces each, and in the depot."""
    found = []
    for k in range(parts):
        name = f"part-{k}"
        found.append(Stock(DEPOT.name, name, 100))
        found += [Stock(place.name, name, chance.randint(1, 4)) for place in chance.sample(LOCKERS, 5)]
    return tuple(found)


def _calls(chance: random.Random, config: DayConfig, stock: tuple[Stock, ...]) -> list[tuple[int, Shipment]]:
    """Return calls by a Poisson process: of twenty eleven critical, four planned, five returns."""
    calls = []
    at_s = float(config.opens_s)
    mean_s = (config.closes_s - config.opens_s) / config.calls
    while (at_s := at_s + chance.expovariate(1 / mean_s)) < config.closes_s:
        name, site, called_s = f"call-{len(calls)}", chance.choice(SITES), int(at_s)
        kind = chance.random()
        if kind < 0.75:
            urgency = Urgency.CRITICAL if kind < 0.55 else Urgency.PLANNED
            calls.append((called_s, _order(chance, config, name, urgency, site, called_s, stock)))
        else:
            calls.append((called_s, _return(name, site)))
    return calls


def _order(
    chance: random.Random,
    config: DayConfig,
    name: str,
    urgency: Urgency,
    site: Place,
    called_s: int,
    stock: tuple[Stock, ...],
) -> Shipment:
    part = f"part-{chance.randrange(config.parts)}"
    response_s = HOUR_S * (chance.choice((2, 3, 4)) if urgency is Urgency.CRITICAL else 8)
    waits = urgency is Urgency.PLANNED and chance.random() < 0.3
    windows = (TimeWindow(called_s + 2 * HOUR_S, END_S),) if waits else ()
    free = FREE_SHARE[urgency] if config.waiting_costs else 1.0
    return Shipment(
        name,
        deliveries=(Site(site.name, NUMBER[site.name], SERVICE_S[StepKind.DELIVERY], windows),),
        pickups=tuple(
            Site(
                lot.location,
                NUMBER[lot.location],
                SERVICE_S[StepKind.PICKUP],
                draws=(Draw(lot.location, part),),
            )
            for lot in stock
            if lot.part == part
        ),
        weight_g=2_000,
        due_s=called_s + round(free * response_s),
        late_millicents_per_s=WAIT_CENTS[urgency] * 1000 // response_s,
        unserved_cents=UNSERVED_CENTS[urgency],
    )


def _return(name: str, site: Place) -> Shipment:
    return Shipment(
        name,
        deliveries=tuple(
            Site(place.name, NUMBER[place.name], SERVICE_S[StepKind.RETURN_DROPOFF])
            for place in (BENCH, DEPOT)
        ),
        pickups=(Site(site.name, NUMBER[site.name], SERVICE_S[StepKind.RETURN_PICKUP]),),
        weight_g=2_000,
        unserved_cents=RETURN_UNSERVED_CENTS,
    )


def _delayed(chance: random.Random, travel: Travel, spread: Spread) -> Travel:
    """Return today's roads: log-normal around what is believed, all of them slower on a slow day."""
    normal = np.random.default_rng(chance.randrange(2**31)).standard_normal((travel.size, travel.size))
    common = chance.gauss(0.0, 1.0)
    joint = spread.correlation**0.5 * common + (1 - spread.correlation) ** 0.5 * normal
    factor = np.exp(spread.travel.sigma * joint)
    return Travel(np.rint(travel.duration_s * factor).astype(np.int64), travel.distance_m)
