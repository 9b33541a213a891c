"""A greedy planner that shares nothing with ours: each shipment goes to the first route that takes it."""

from __future__ import annotations

from dataclasses import dataclass, field

from routing.problem import Problem, Shipment, Site, StopKind, Vehicle


@dataclass
class Tail:
    """Where a courier's route ends so far, when, and with what load."""

    vehicle: Vehicle
    place: int
    time_s: int
    weight_g: int
    volume_cm3: int

    def after(
        self, problem: Problem, site: Site, service_s: int | None = None, *, locked: bool = False
    ) -> Tail | None:
        """Return the tail after a stop at `site`, or None when it comes too late."""
        arrival_s = self.time_s + int(problem.travel.duration_s[self.place, site.place])
        start_s = arrival_s
        if site.windows:
            open_windows = [w for w in site.windows if locked or arrival_s <= w.latest_s]
            if not open_windows:
                return None
            start_s = max(arrival_s, open_windows[0].earliest_s)
        end_s = start_s + (site.service_s if service_s is None else service_s)
        return Tail(self.vehicle, site.place, end_s, self.weight_g, self.volume_cm3)

    def can_finish(self, problem: Problem) -> bool:
        """Whether the shift allows the way home, before any break would be owed."""
        end = self.vehicle.end
        home_s = 0 if end is None else int(problem.travel.duration_s[self.place, end])
        latest_s = min([self.vehicle.shift.latest_s, *(b.window.latest_s for b in self.vehicle.breaks)])
        return self.time_s + home_s <= latest_s


@dataclass
class Greedy:
    """The state of the greedy planner."""

    problem: Problem
    tails: list[Tail] = field(default_factory=list)
    stock: dict[tuple[str, str], int] = field(default_factory=dict)
    served: set[str] = field(default_factory=set)


def greedily_served(problem: Problem) -> set[str]:
    """Return the shipments that the greedy planner serves."""
    state = Greedy(problem, stock={(s.location, s.part): s.available for s in problem.stock})
    for vehicle in problem.vehicles:
        state.tails.append(_locked_tail(state, vehicle))
    for shipment in sorted(problem.shipments, key=lambda s: (-s.priority, s.due_s or 0, s.id)):
        if shipment.id not in state.served:
            _serve(state, shipment)
    return state.served


def _locked_tail(state: Greedy, vehicle: Vehicle) -> Tail:
    shipments = state.problem.shipment_by_id
    aboard = [shipments[name] for name in vehicle.on_board]
    weight_g, volume_cm3 = sum(s.weight_g for s in aboard), sum(s.volume_cm3 for s in aboard)
    tail = Tail(vehicle, vehicle.start, vehicle.shift.earliest_s, weight_g, volume_cm3)
    for lock in vehicle.locked:
        shipment = shipments[lock.shipment]
        site = shipment.site(lock.kind, lock.site)
        assert site is not None
        following = tail.after(state.problem, site, lock.service_s, locked=True)
        assert following is not None
        tail = following
        sign = 1 if lock.kind is StopKind.PICKUP else -1
        tail.weight_g += sign * shipment.weight_g
        tail.volume_cm3 += sign * shipment.volume_cm3
        _draw(state, site)
        if lock.kind is StopKind.DELIVERY:
            state.served.add(shipment.id)
    return tail


def _serve(state: Greedy, shipment: Shipment) -> None:
    carrier = state.problem.carrier_by_shipment.get(shipment.id)
    for k, tail in enumerate(state.tails):
        if carrier is not None and carrier != tail.vehicle.id:
            continue
        if carrier is None and not _suits(tail.vehicle, shipment):
            continue
        for pickup in (None,) if carrier is not None or not shipment.pickups else shipment.pickups:
            for delivery in shipment.deliveries:
                following = _both(state, tail, shipment, pickup, delivery)
                if following is not None:
                    state.tails[k] = following
                    state.served.add(shipment.id)
                    if pickup is not None:
                        _draw(state, pickup)
                    return


def _both(state: Greedy, tail: Tail, shipment: Shipment, pickup: Site | None, delivery: Site) -> Tail | None:
    following: Tail | None = tail
    if pickup is not None:
        left = all(state.stock.get((d.location, d.part), 0) >= d.quantity for d in pickup.draws)
        light = tail.weight_g + shipment.weight_g <= tail.vehicle.weight_g
        small = tail.volume_cm3 + shipment.volume_cm3 <= tail.vehicle.volume_cm3
        following = tail.after(state.problem, pickup) if left and light and small else None
    following = following and following.after(state.problem, delivery)
    return following if following and following.can_finish(state.problem) else None


def _suits(vehicle: Vehicle, shipment: Shipment) -> bool:
    allowed = shipment.couriers is None or vehicle.id in shipment.couriers
    return allowed and shipment.skills <= vehicle.skills and vehicle.id not in shipment.forbidden


def _draw(state: Greedy, site: Site) -> None:
    for draw in site.draws:
        key = (draw.location, draw.part)
        state.stock[key] = state.stock.get(key, 0) - draw.quantity
