"""The planning problem: what is to be moved, by whom, over which roads, with what stock.

All amounts are integers: times in s after the problem's zero (the caller keeps the epoch), distances
in m, loads in g and cm3, money in cents and millicents. Places are indices into `travel`.

What has happened already is part of the problem. A courier's `start` and `shift.earliest_s` are where
they are and what time it is; a shipment in the van has no pickup and stands in `on_board`; stops under
way are `locked`, in order, and stay first::

    part = Shipment("order-1", deliveries=(Site("customer", place=3, service_s=600),))
    next_one = Shipment("order-2", pickups=(Site("locker-7", place=2),),
                        deliveries=(Site("customer", place=4),))
    courier = Vehicle("eva", start=0, shift=TimeWindow(now_s, shift_end_s), on_board=("order-1",),
                      locked=(LockedStop(StopKind.PICKUP, "order-2", "locker-7"),))

Locked stops and parts on board are facts: they are kept although they break a time window, a skill, a
capacity or stock, and the planner adds nothing that breaks it further. A route of nothing but locked
stops may outlast the shift. A shipment whose pickup is locked may still be left undelivered (unserved,
with a reason), like one on board; its pickup then stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, pairwise

from routing.shipments import Draw, Shipment, Site, Stock
from routing.travel.matrix import UNREACHABLE, Travel
from routing.values import InvalidProblem, StopKind, TimeWindow, require
from routing.vehicles import Break, LockedStop, Vehicle

__all__ = [
    "Break",
    "Draw",
    "InvalidProblem",
    "LockedStop",
    "Problem",
    "Shipment",
    "Site",
    "Stock",
    "StopKind",
    "TimeWindow",
    "Travel",
    "Vehicle",
]


@dataclass(frozen=True)
class Problem:
    """Couriers, shipments and stock over one travel matrix, or one for each profile of vehicle.

    `profiles` are the roads, by name, for the vehicles that name one; all have the same places. Stock that is
    not listed is not there. Raises `InvalidProblem` with the path to the field when the
    parts contradict each other.
    """

    travel: Travel
    vehicles: tuple[Vehicle, ...]
    shipments: tuple[Shipment, ...]
    stock: tuple[Stock, ...] = ()
    profiles: Mapping[str, Travel] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        _require_unique((v.id for v in self.vehicles), "vehicles")
        _require_unique((s.id for s in self.shipments), "shipments")
        _require_unique((f"{s.location}/{s.part}" for s in self.stock), "stock")
        self._require_profiles()
        self._require_places()
        self._require_on_board()
        self._require_locks()

    @cached_property
    def shipment_by_id(self) -> Mapping[str, Shipment]:
        """Every shipment under its id."""
        return {shipment.id: shipment for shipment in self.shipments}

    @cached_property
    def vehicle_by_id(self) -> Mapping[str, Vehicle]:
        """Every vehicle under its id."""
        return {vehicle.id: vehicle for vehicle in self.vehicles}

    @cached_property
    def carrier_by_shipment(self) -> Mapping[str, str]:
        """The vehicle that a shipment is bound to, by being on board or locked."""
        carriers = {shipment: v.id for v in self.vehicles for shipment in v.on_board}
        return carriers | {lock.shipment: v.id for v in self.vehicles for lock in v.locked}

    @cached_property
    def travel_by_profile(self) -> Mapping[str, Travel]:
        """The roads of every profile; the problem's own under the empty name."""
        return {"": self.travel, **self.profiles}

    def with_shipment(self, shipment: Shipment, travel: Travel | None = None) -> Problem:
        """Return this problem with one shipment more, which no vehicle has on board or locked.

        `travel` is one that knows its places too, behind those of today, which keep their values. Only what
        is new is checked. Raises `InvalidProblem`.
        """
        require(shipment.id not in self.shipment_by_id, "shipments", f"names {shipment.id} twice.")
        more = copy(self)
        vars(more).update(
            shipments=(*self.shipments, shipment),
            travel=travel or self.travel,
            shipment_by_id={**self.shipment_by_id, shipment.id: shipment},
        )
        vars(more).pop("travel_by_profile", None)
        require(more.travel.size >= self.travel.size, "travel", "must have the places of today.")
        more._require_profiles()
        _require_sites(shipment, more.travel.size)
        _require_explained(shipment, ())
        return more

    def travel_of(self, vehicle: Vehicle) -> Travel:
        """Return the roads that a vehicle drives by."""
        return self.travel_by_profile[vehicle.profile]

    def _require_profiles(self) -> None:
        for name, travel in self.profiles.items():
            same = travel.size == self.travel.size
            require(name != "", "profiles", "must have names.")
            require(same, f"profiles[{name}]", f"has {travel.size} places, not {self.travel.size}.")
        for v in self.vehicles:
            known = v.profile in self.travel_by_profile
            require(known, f"vehicle[{v.id}].profile", f"names none of this problem: {v.profile!r}.")

    def _require_places(self) -> None:
        size = self.travel.size
        for v in self.vehicles:
            for name, place in (("start", v.start), ("end", v.end)):
                inside = place is None or place < size
                require(inside, f"vehicle[{v.id}].{name}", f"is {place}, but there are {size} places.")
        for s in self.shipments:
            _require_sites(s, size)

    def _require_on_board(self) -> None:
        _require_unique(chain.from_iterable(v.on_board for v in self.vehicles), "vehicles.on_board")
        on_board = set(chain.from_iterable(v.on_board for v in self.vehicles))
        for v in self.vehicles:
            for shipment in v.on_board:
                path = f"vehicle[{v.id}].on_board"
                require(
                    shipment in self.shipment_by_id, path, f"names no shipment of this problem: {shipment}."
                )
                waiting = self.shipment_by_id[shipment].pickups
                require(not waiting, path, f"names {shipment}, which is still to be picked up.")
        for s in self.shipments:
            _require_explained(s, on_board)

    def _require_locks(self) -> None:
        stops = [(lock.kind, lock.shipment) for v in self.vehicles for lock in v.locked]
        _require_unique((f"{kind} of {shipment}" for kind, shipment in stops), "vehicles.locked")
        for v in self.vehicles:
            ready = set(v.on_board)
            for lock in v.locked:
                self._require_lock(v, lock, ready)
            self._require_locked_roads(v)

    def _require_lock(self, vehicle: Vehicle, lock: LockedStop, ready: set[str]) -> None:
        path = f"vehicle[{vehicle.id}].locked[{lock.shipment}]"
        shipment = self.shipment_by_id.get(lock.shipment)
        if shipment is None:
            raise InvalidProblem(path, "names no shipment of this problem.")
        known = shipment.site(lock.kind, lock.site) is not None
        require(known, f"{path}.site", f"is {lock.site}, which is no {lock.kind} site of the shipment.")
        if lock.kind is StopKind.PICKUP:
            ready.add(lock.shipment)
            return
        carrier = self.carrier_by_shipment[lock.shipment]
        service = not shipment.pickups and carrier == vehicle.id
        cause = "delivers what this courier has not picked up."
        require(lock.shipment in ready or service, path, cause)
        elsewhere = any(lock.shipment in v.on_board for v in self.vehicles if v.id != vehicle.id)
        require(not elsewhere, path, "delivers what is on board another courier.")

    def _require_locked_roads(self, vehicle: Vehicle) -> None:
        sites = [self.shipment_by_id[k.shipment].site(k.kind, k.site) for k in vehicle.locked]
        places = [vehicle.start, *(site.place for site in sites if site is not None)]
        if vehicle.locked and vehicle.end is not None:
            places.append(vehicle.end)
        for a, b in pairwise(places):
            cut = self.travel_of(vehicle).duration_s[a, b] >= UNREACHABLE
            require(
                not cut,
                f"vehicle[{vehicle.id}].locked",
                f"needs the road from place {a} to {b}: there is none.",
            )


def _require_sites(shipment: Shipment, size: int) -> None:
    for site in chain(shipment.pickups, shipment.deliveries):
        if site.place >= size:
            path = f"shipment[{shipment.id}].site[{site.id}].place"
            raise InvalidProblem(path, f"is {site.place}, but there are {size} places.")


def _require_explained(shipment: Shipment, on_board: Collection[str]) -> None:
    loaded = shipment.weight_g > 0 or shipment.volume_cm3 > 0 or shipment.items > 0
    unexplained = loaded and not shipment.pickups and shipment.id not in on_board
    path = f"shipment[{shipment.id}].pickups"
    require(not unexplained, path, "is empty, yet the load is on board nobody.")


def _require_unique(names: Iterable[str], path: str) -> None:
    seen: set[str] = set()
    for name in names:
        require(name not in seen, path, f"names {name} twice.")
        seen.add(name)
