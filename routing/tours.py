"""The solver's working state: one tour of visits for each courier, and the stock that is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from routing.compiled import Compiled, Courier, StockKey, Visit
from routing.plan import Plan
from routing.problem import StopKind
from routing.schedule import Timetable, timetable


@dataclass(frozen=True, slots=True, eq=False)
class Tour:
    """The visits of one courier in order, their times and what they cost."""

    visits: tuple[Visit, ...]
    times: Timetable
    cost_millicents: int


class Tours:
    """One tour for each courier; begins with the locked stops alone."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.stock = dict(compiled.stock)
        self.tours: list[Tour] = []
        self.served = set[int]()
        for courier in compiled.couriers:
            tour = make_tour(courier, courier.locked)
            if tour is None:
                raise AssertionError(f"The locked stops of {courier.vehicle.id} have no timetable.")
            self.tours.append(tour)
            self._draw(courier.locked, -1)
            self.served |= _delivered(courier.locked)

    def copy(self) -> Tours:
        """Return a second state that shares the tours, which never change."""
        other = object.__new__(Tours)
        other.compiled = self.compiled
        other.stock, other.tours, other.served = dict(self.stock), list(self.tours), set(self.served)
        return other

    def over(self, compiled: Compiled) -> Tours:
        """Return the same for a problem that holds more shipments."""
        other = self.copy()
        other.compiled = compiled
        return other

    def replace(self, courier: int, tour: Tour) -> None:
        """Let `tour` be what the courier does, and book its stock."""
        old = self.tours[courier]
        self._draw(old.visits, 1)
        self._draw(tour.visits, -1)
        self.served = (self.served - _delivered(old.visits)) | _delivered(tour.visits)
        self.tours[courier] = tour

    def replace_all(self, tours: dict[int, Tour]) -> None:
        """Let each of `tours` be what its courier does; shipments may go from one to another."""
        for courier, tour in tours.items():
            self.replace(courier, tour)
        for tour in tours.values():
            self.served |= _delivered(tour.visits)

    def has_stock(self, visit: Visit) -> bool:
        """Whether the stock that `visit` would draw is left."""
        return all(self.stock.get((d.location, d.part), 0) >= d.quantity for d in visit.site.draws)

    def adopt(self, sequences: dict[int, list[Visit]]) -> None:
        """Take over, for each courier named, the visits of `sequences` that fit, in their order.

        Shipments that no longer fit (the last to be delivered first) are left out.
        """
        for courier, visits in sequences.items():
            wanted = self._in_stock([visit for visit in visits if visit.shipment not in self.served])
            tour = self._longest_fit(self.compiled.couriers[courier], wanted)
            if tour is not None:
                self.replace(courier, tour)

    def set_aside(self, visits: Sequence[Visit]) -> None:
        """Book stock and shipments of `visits` that stand in a route that no tour can represent."""
        self._draw(visits, -1)
        self.served |= _delivered(visits)

    def cost_millicents(self) -> int:
        """Return what all tours and all unserved shipments cost."""
        unserved = (
            shipment.unserved_millicents
            for s, shipment in enumerate(self.compiled.problem.shipments)
            if s not in self.served
        )
        return sum(tour.cost_millicents for tour in self.tours) + sum(unserved)

    def _longest_fit(self, courier: Courier, wanted: list[Visit]) -> Tour | None:
        while wanted:
            tour = make_tour(courier, (*courier.locked, *wanted))
            if tour is not None:
                return tour
            last = wanted[-1].shipment
            wanted = [visit for visit in wanted if visit.shipment != last]
        return None

    def _in_stock(self, visits: list[Visit]) -> list[Visit]:
        left = dict(self.stock)
        short = set[int]()
        for visit in visits:
            keys = {(d.location, d.part): d.quantity for d in visit.site.draws}
            if any(left.get(key, 0) < quantity for key, quantity in keys.items()):
                short.add(visit.shipment)
                continue
            for key, quantity in keys.items():
                left[key] -= quantity
        return [visit for visit in visits if visit.shipment not in short]

    def _draw(self, visits: Iterable[Visit], sign: int) -> None:
        for visit in visits:
            for draw in visit.site.draws:
                key: StockKey = (draw.location, draw.part)
                self.stock[key] = self.stock.get(key, 0) + sign * draw.quantity


def _delivered(visits: Iterable[Visit]) -> set[int]:
    return {visit.shipment for visit in visits if visit.kind is StopKind.DELIVERY}


def make_tour(courier: Courier, visits: Sequence[Visit]) -> Tour | None:
    """Return the tour of `courier` over `visits`, or None when it breaks a hard limit."""
    times = timetable(courier, visits)
    if times is None:
        return None
    return Tour(tuple(visits), times, tour_cost(courier, visits, times))


def tour_cost(courier: Courier, visits: Sequence[Visit], times: Timetable) -> int:
    """Return the cost of a tour in millicents: fixed, travel, lateness, told; nothing when it is empty."""
    if not visits:
        return 0
    places = [courier.start, *(visit.place for visit in visits), courier.end]
    travel = sum(courier.cost_millicents(a, b) for a, b in pairwise(places))
    fixed = courier.vehicle.fixed_cents * 1000
    return fixed + travel + times.lateness_millicents + courier.told_millicents(visits)


def sequences_of(compiled: Compiled, plan: Plan) -> dict[int, list[Visit]]:
    """Return the visits of `plan` that this problem still has to plan, by courier.

    Left out: locked stops (they are there anyway), sites and couriers that are gone, and pairs of which
    one half is gone.
    """
    sequences: dict[int, list[Visit]] = {}
    index = {vehicle.id: v for v, vehicle in enumerate(compiled.problem.vehicles)}
    shipments = {shipment.id: s for s, shipment in enumerate(compiled.problem.shipments)}
    for route in plan.routes:
        courier = index.get(route.vehicle)
        if courier is None:
            continue
        found = [
            _visit_of(compiled, courier, shipments[stop.shipment], stop.kind, stop.site)
            for stop in route.work
            if stop.shipment in shipments
        ]
        sequences[courier] = _whole(compiled, [visit for visit in found if visit is not None])
    return sequences


def _visit_of(compiled: Compiled, courier: int, s: int, kind: StopKind, site: str | None) -> Visit | None:
    if courier not in compiled.eligible[s] or compiled.closed[s]:
        return None
    if kind is StopKind.PICKUP and compiled.picked_up[s]:
        return None
    visits = compiled.pickups[s] if kind is StopKind.PICKUP else compiled.deliveries[s]
    return next((visit for visit in visits if visit.site.id == site), None)


def _whole(compiled: Compiled, visits: list[Visit]) -> list[Visit]:
    kinds = {(visit.shipment, visit.kind) for visit in visits}
    return [
        visit
        for visit in visits
        if (visit.shipment, StopKind.DELIVERY) in kinds
        and (compiled.picked_up[visit.shipment] or (visit.shipment, StopKind.PICKUP) in kinds)
    ]
