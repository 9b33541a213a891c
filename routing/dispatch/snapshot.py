"""What a plan is made from, read in one transaction: work, couriers, stock, and what is under way."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from tracking.fleet.breaks import Break, BreakState
from tracking.fleet.courier import ENDS_WITHIN, Courier, CourierPosition, Shift
from tracking.fleet.driving import Driven, driven
from tracking.fleet.resting import breaks_of
from tracking.fleet.stops import OPEN, UNDER_WAY, Step, StepState, Stop
from tracking.orders.clock import as_if_resumed
from tracking.orders.order import ACTIVE as ACTIVE_ORDERS
from tracking.orders.order import Order, OrderState
from tracking.parts.location import (
    MAIN_REGION,
    SOURCES,
    Location,
    LocationKind,
    compartment_location_id,
)
from tracking.parts.part import Part
from tracking.returns.rma import ACTIVE as ACTIVE_RETURNS
from tracking.returns.rma import Return, ReturnState
from tracking.unit_of_work import UnitOfWork

LOOK_AHEAD = timedelta(hours=12)
"""A shift that starts later than this is not planned for yet."""
OVERTIME = timedelta(hours=2)
"""How long after the end of a shift a courier still finishes what is under way or on board."""
_ON_BOARD = (OrderState.PICKED_UP, ReturnState.PICKED_UP)


@dataclass(frozen=True)
class Snapshot:
    """The state of one `region` at `at`: its couriers are those whose home lies there, its work is for places
    there, or on board of them.

    `available` is what may be drawn from a source: what is on hand there, less what is set aside for
    orders that this plan does not decide about. `overtime` names couriers whose shift, in `shifts`, is over,
    and who only finish what they have in hand. `breaks` are those of the shifts, by courier, in order;
    `driven` says how long couriers have driven whose shift limits that.
    """

    at: datetime
    orders: tuple[Order, ...]
    returns: tuple[Return, ...]
    couriers: tuple[Courier, ...]
    shifts: dict[str, Shift]
    positions: dict[str, CourierPosition]
    stops: tuple[Stop, ...]
    steps: tuple[Step, ...]
    parts: dict[str, Part]
    locations: dict[str, Location]
    available: dict[tuple[str, str], int]
    region: str = MAIN_REGION
    overtime: frozenset[str] = frozenset()
    breaks: dict[str, tuple[Break, ...]] = field(default_factory=dict)
    driven: dict[str, Driven] = field(default_factory=dict)

    @cached_property
    def signature(self) -> str:
        """Equal for two snapshots between which nothing changed that a published plan depends on."""
        facts = [
            sorted((o.order_id, o.state, o.courier_id or "", o.source_id or "") for o in self.orders),
            sorted((o.order_id, *_wanted(o)) for o in self.orders),
            sorted((r.return_id, r.site_id, r.part_number) for r in self.returns),
            sorted((r.return_id, r.state, r.courier_id or "") for r in self.returns),
            sorted((s.shift_id, s.starts_at, s.ends_at) for s in self.shifts.values()),
            sorted((b.break_id, b.started_at, b.ended_at) for own in self.breaks.values() for b in own),
            sorted((s.stop_id, s.state) for s in self.stops),
            sorted((s.stop_id, s.step_id) for s in self.steps),
            sorted(self.available.items()),
        ]
        return hashlib.sha256(repr(facts).encode()).hexdigest()

    @cached_property
    def jobs(self) -> dict[str, Order | Return]:
        """Every order and return under its id."""
        return {o.order_id: o for o in self.orders} | {r.return_id: r for r in self.returns}

    def due_breaks(self, courier_id: str) -> list[Break]:
        """Return the breaks that a courier has still to begin, in order."""
        return [each for each in self.breaks.get(courier_id, ()) if each.state(self.at) is BreakState.DUE]

    def resting_until(self, courier_id: str) -> datetime | None:
        """Return when the break that a courier takes now is over; None when there is none."""
        own = self.breaks.get(courier_id, ())
        return max((b.until for b in own if b.until is not None and b.until > self.at), default=None)

    def steps_of(self, stop: Stop) -> list[Step]:
        """Return the steps that are still to be done at a stop, in order."""
        return sorted((s for s in self.steps if s.stop_id == stop.stop_id), key=lambda step: step.position)

    def stops_of(self, courier_id: str) -> list[Stop]:
        """Return a courier's open stops, in order."""
        return sorted((s for s in self.stops if s.courier_id == courier_id), key=lambda stop: stop.position)


def take_snapshot(uow: UnitOfWork, at: datetime, region: str = MAIN_REGION) -> Snapshot:
    """Read the state that the next plan of a region starts from."""
    locations = {location.location_id: location for location in uow.locations.find()}
    couriers = [c for c in uow.couriers.find() if _region(locations, c.home_id) == region]
    own = {courier.courier_id for courier in couriers}

    def is_here(job: Order | Return) -> bool:
        if job.state in _ON_BOARD:
            return job.courier_id in own
        return _region(locations, job.site_id) == region

    orders = [order for order in uow.orders.find_in(state=ACTIVE_ORDERS) if is_here(order)]
    returns = [rma for rma in uow.returns.find_in(state=ACTIVE_RETURNS) if is_here(rma)]
    stops = [stop for stop in uow.stops.find_in(state=OPEN) if stop.courier_id in own]
    shifts = _shifts(uow, at)
    overtime = _overtime(uow, at, shifts, _busy(orders, returns, stops))
    breaks = _breaks(uow, shifts | overtime)
    stops_of: dict[str, list[Stop]] = defaultdict(list)
    for stop in stops:
        stops_of[stop.courier_id].append(stop)
    steps = uow.steps.find_in(stop_id=[stop.stop_id for stop in stops], state=[StepState.PLANNED])
    numbers = {job.part_number for job in orders} | {job.part_number for job in returns}
    return Snapshot(
        at,
        tuple(as_if_resumed(uow, order, at) for order in orders),
        tuple(returns),
        tuple(couriers),
        shifts | overtime,
        {position.courier_id: position for position in uow.positions.find()},
        tuple(stops),
        tuple(steps),
        {part.part_number: part for part in uow.parts.find_in(part_number=numbers)},
        locations,
        _available(uow, orders, locations, region),
        region,
        frozenset(overtime),
        breaks,
        {
            courier_id: driven(uow, shift, breaks[courier_id], stops_of[courier_id], at)
            for courier_id, shift in (shifts | overtime).items()
            if shift.max_driving_s is not None or shift.max_stretch_s is not None
        },
    )


def _region(locations: Mapping[str, Location], location_id: str) -> str:
    return locations[locations[location_id].place_id].region


def _wanted(order: Order) -> tuple[str, ...]:
    """Return what a desk may amend of an order, as far as it matters to a plan."""
    times = (order.not_before_at, order.required_by_at, order.half_at)
    said = (order.site_id, order.part_number, order.quantity, order.contract_id, order.urgency, *times)
    couriers = (order.required_courier_id, *order.forbidden_courier_ids)
    return tuple(str(each) for each in (*said, *couriers))


def _shifts(uow: UnitOfWork, at: datetime) -> dict[str, Shift]:
    """Return the running or next shift of each courier who has one soon."""
    found: dict[str, Shift] = {}
    ending = uow.shifts.find_between("ends_at", at, at + LOOK_AHEAD + ENDS_WITHIN)
    for shift in sorted(ending, key=lambda shift: shift.starts_at):
        if shift.ends_at > at and shift.starts_at < at + LOOK_AHEAD:
            found.setdefault(shift.courier_id, shift)
    return found


def _busy(orders: list[Order], returns: list[Return], stops: list[Stop]) -> set[str]:
    """Return the couriers who are under way to a stop, or have parts on board."""
    on_board = {str(o.courier_id) for o in orders if o.state is OrderState.PICKED_UP}
    on_board |= {str(r.courier_id) for r in returns if r.state is ReturnState.PICKED_UP}
    return on_board | {stop.courier_id for stop in stops if stop.state in UNDER_WAY}


def _overtime(uow: UnitOfWork, at: datetime, shifts: dict[str, Shift], busy: set[str]) -> dict[str, Shift]:
    """Return the shifts that are over of couriers who still have work in hand."""
    ended = uow.shifts.find_between("ends_at", at - OVERTIME, at + timedelta(microseconds=1))
    return {
        shift.courier_id: shift
        for shift in ended
        if shift.courier_id in busy
        and (shift.courier_id not in shifts or shifts[shift.courier_id].starts_at > at)
        and shift.ends_at + OVERTIME > at
    }


def _breaks(uow: UnitOfWork, shifts: Mapping[str, Shift]) -> dict[str, tuple[Break, ...]]:
    of_shift = breaks_of(uow, list(shifts.values()))
    return {courier_id: tuple(of_shift[shift.shift_id]) for courier_id, shift in shifts.items()}


def _available(
    uow: UnitOfWork, orders: list[Order], locations: dict[str, Location], region: str
) -> dict[tuple[str, str], int]:
    """Return what may be drawn of the wanted parts, from sources of the region that can be opened."""
    decided = {order.order_id for order in orders if order.state in (OrderState.OPEN, OrderState.PLANNED)}
    wanted = {order.part_number for order in orders if order.order_id in decided}
    held = {(r.location_id, r.part_number): 0 for r in uow.reservations.find(released_at=None)}
    for reservation in uow.reservations.find(released_at=None):
        if reservation.order_id not in decided:
            held[reservation.location_id, reservation.part_number] += reservation.quantity
    closed = closed_compartments(uow)
    return {
        (balance.location_id, balance.part_number): balance.sound
        - held.get((balance.location_id, balance.part_number), 0)
        for part_number in sorted(wanted)
        for balance in uow.ledger.balances(part_number=part_number)
        if locations[balance.location_id].kind in SOURCES
        and balance.location_id not in closed
        and _region(locations, balance.location_id) == region
    }


def closed_compartments(uow: UnitOfWork) -> set[str]:
    """Return the compartments that are faulty, or whose locker is not connected and cannot be opened."""
    online = {locker.locker_id for locker in uow.lockers.find(online=True)}
    return {
        compartment_location_id(c.locker_id, c.compartment)
        for c in uow.compartments.find()
        if c.fault is not None or c.locker_id not in online
    }


def place_of(snapshot: Snapshot, location_id: str) -> Location:
    """Return the place that a courier drives to for a location: the locker, for a compartment."""
    location = snapshot.locations[location_id]
    if location.kind is LocationKind.COMPARTMENT:
        return snapshot.locations[location.place_id]
    return location
