"""Turns a snapshot into a routing problem, and the stops in force into the plan that they are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from routing.dispatch.snapshot import OVERTIME, Snapshot, place_of
from routing.plan import Cost, Plan, Route
from routing.plan import Stop as PlanStop
from routing.problem import Draw, LockedStop, Problem, Shipment, Site, Stock, StopKind, TimeWindow, Vehicle
from routing.travel.port import TravelTimes
from tracking.fleet.courier import Courier, Shift
from tracking.fleet.stops import UNDER_WAY, Step, StepKind, StopState
from tracking.orders.order import Order, OrderState, Urgency
from tracking.returns.rma import Return, ReturnState
from tracking.values.coordinates import Coordinate
from tracking.values.errors import FieldstockError
from tracking.values.times import utc

PICKUP_S = 120
DELIVERY_S = 300
RETURN_PICKUP_S = 180
DROPOFF_S = 120
WAIT_CENTS = {Urgency.CRITICAL: 24_000, Urgency.PLANNED: 8_000}
"""What a wait of the whole response time costs: who was promised less waits at a higher price."""
UNSERVED_CENTS = {Urgency.CRITICAL: 2_000_000, Urgency.PLANNED: 400_000}
RETURN_UNSERVED_CENTS = 50_000
FREE_SHARE = {Urgency.CRITICAL: 0.0, Urgency.PLANNED: 0.6}
"""The share of the response time that costs nothing: a machine that stands still costs from the call on."""
_WHOLE_DAYS_S = 40 * 86_400
"""A window that never closes within a plan."""


class Unplaced(FieldstockError):
    """Work names a place that cannot be driven to."""

    code = "unplaced"
    action = "Give the place a coordinate, or name another one."


@dataclass(frozen=True)
class Modelled:
    """A problem with what it leaves out: `left_out` maps jobs to (code, sentence)."""

    problem: Problem
    epoch: datetime
    left_out: dict[str, tuple[str, str]]


@dataclass
class _Places:
    """Numbers the points of a problem; the same point gets the same number."""

    points: list[Coordinate] = field(default_factory=list)
    numbers: dict[Coordinate, int] = field(default_factory=dict)

    def number(self, point: Coordinate | None) -> int:
        """Return the number of a point."""
        if point is None:
            raise Unplaced("A place that is to be driven to has no coordinate.")
        if point not in self.numbers:
            self.numbers[point] = len(self.points)
            self.points.append(point)
        return self.numbers[point]


def model(snapshot: Snapshot, travel: TravelTimes) -> Modelled:
    """Return the problem of a snapshot; times count from its `at`. Raises `TravelUnavailable`."""
    epoch = utc(snapshot.at).replace(microsecond=0)
    places, left_out = _Places(), dict[str, tuple[str, str]]()
    on_duty = {c.courier_id for c in snapshot.couriers if c.courier_id in snapshot.shifts}
    shipments: list[Shipment] = []
    on_board: dict[str, list[str]] = {}
    jobs: list[Order | Return] = [*snapshot.orders, *snapshot.returns]
    for job in jobs:
        try:
            shipment = _shipment(snapshot, job, epoch, places)
        except Unplaced as unplaced:
            left_out[_id(job)] = unplaced.code, f"{job.number}: {unplaced.cause} {unplaced.action}"
            continue
        if shipment is None:
            continue
        if shipment.pickups:
            shipments.append(shipment)
        elif job.state not in (OrderState.PICKED_UP, ReturnState.PICKED_UP):
            left_out[shipment.id] = _out_of_stock(job)
        elif job.courier_id not in on_duty:
            left_out[shipment.id] = _off_duty(job)
        else:
            on_board.setdefault(str(job.courier_id), []).append(shipment.id)
            shipments.append(shipment)
    known = {shipment.id: shipment for shipment in shipments}
    vehicles = tuple(
        _vehicle(
            snapshot,
            courier,
            snapshot.shifts[courier.courier_id],
            epoch,
            places,
            tuple(on_board.get(courier.courier_id, ())),
            known,
        )
        for courier in snapshot.couriers
        if courier.courier_id in on_duty
    )
    stock = tuple(Stock(at, part, max(0, free)) for (at, part), free in sorted(snapshot.available.items()))
    problem = Problem(travel.matrix(places.points), vehicles, tuple(shipments), stock)
    return Modelled(problem, epoch, left_out)


def plan_in_force(snapshot: Snapshot) -> Plan:
    """Return the stops in force as a plan whose order counts; its times are to be computed anew."""
    routes = []
    for courier in snapshot.couriers:
        work = [
            PlanStop(_kind(step), 0, 0, 0, shipment=step.job_id, site=step.location_id)
            for stop in snapshot.stops_of(courier.courier_id)
            for step in snapshot.steps_of(stop)
        ]
        if work:
            routes.append(Route(courier.courier_id, tuple(work)))
    return Plan(tuple(routes), (), Cost(), "in force")


def _id(job: Order | Return) -> str:
    return job.order_id if isinstance(job, Order) else job.return_id


def _shipment(snapshot: Snapshot, job: Order | Return, epoch: datetime, places: _Places) -> Shipment | None:
    """Return the shipment of a job, which couriers in overtime get only when it is in hand already."""
    if isinstance(job, Order):
        shipment: Shipment | None = _order(snapshot, job, epoch, places)
    else:
        shipment = _return(snapshot, job, epoch, places)
    if shipment is None or not shipment.pickups:
        return shipment
    in_hand = {
        stop.courier_id
        for stop in snapshot.stops
        if stop.state in UNDER_WAY and any(step.job_id == shipment.id for step in snapshot.steps_of(stop))
    }
    return replace(shipment, forbidden=snapshot.overtime - in_hand)


def _order(snapshot: Snapshot, order: Order, epoch: datetime, places: _Places) -> Shipment:
    """Return the shipment of an order: from the van when it is on board, else from any of its sources."""
    part = snapshot.parts[order.part_number]
    site = snapshot.locations[order.site_id]
    waits = _not_before(order.not_before_at, epoch)
    on_board = order.state is OrderState.PICKED_UP
    return Shipment(
        order.order_id,
        deliveries=(Site(order.site_id, places.number(site.coordinate), DELIVERY_S, waits),),
        pickups=() if on_board else _sources(snapshot, order, places),
        weight_g=part.weight_g * order.quantity,
        volume_cm3=part.volume_cm3 * order.quantity,
        due_s=_seconds(epoch, _target(order)),
        late_millicents_per_s=WAIT_CENTS[order.urgency] * 1000 // _seconds(order.called_at, order.due_at),
        unserved_cents=UNSERVED_CENTS[order.urgency],
    )


def _target(order: Order) -> datetime:
    """Return from when on a wait for the order costs."""
    return order.called_at + (order.due_at - order.called_at) * FREE_SHARE[order.urgency]


def _sources(snapshot: Snapshot, order: Order, places: _Places) -> tuple[Site, ...]:
    return tuple(
        Site(
            location_id,
            places.number(place_of(snapshot, location_id).coordinate),
            PICKUP_S,
            draws=(Draw(location_id, order.part_number, order.quantity),),
        )
        for (location_id, part_number), free in sorted(snapshot.available.items())
        if part_number == order.part_number and free >= order.quantity
    )


def _return(snapshot: Snapshot, rma: Return, epoch: datetime, places: _Places) -> Shipment | None:
    """Return the shipment of a return; None while the good part is still to come."""
    part = snapshot.parts[rma.part_number]
    on_board = rma.state is ReturnState.PICKED_UP
    exchanged_for = next((o for o in snapshot.orders if o.order_id == rma.order_id), None)
    couriers = None
    if exchanged_for is not None and not on_board:
        if exchanged_for.state is not OrderState.PICKED_UP or exchanged_for.courier_id is None:
            return None
        couriers = frozenset({exchanged_for.courier_id})
    site = snapshot.locations[rma.site_id]
    destination = place_of(snapshot, rma.destination_id)
    pickup = Site(
        rma.site_id, places.number(site.coordinate), RETURN_PICKUP_S, _not_before(rma.not_before_at, epoch)
    )
    return Shipment(
        rma.return_id,
        deliveries=(Site(rma.destination_id, places.number(destination.coordinate), DROPOFF_S),),
        pickups=() if on_board else (pickup,),
        weight_g=part.weight_g,
        volume_cm3=part.volume_cm3,
        couriers=couriers,
        unserved_cents=RETURN_UNSERVED_CENTS,
    )


def _vehicle(
    snapshot: Snapshot,
    courier: Courier,
    shift: Shift,
    epoch: datetime,
    places: _Places,
    on_board: tuple[str, ...],
    known: dict[str, Shipment],
) -> Vehicle:
    home = snapshot.locations[courier.home_id]
    ends_at = shift.ends_at + OVERTIME if courier.courier_id in snapshot.overtime else shift.ends_at
    return Vehicle(
        courier.courier_id,
        start=places.number(_start(snapshot, courier, shift)),
        shift=TimeWindow(max(0, _seconds(epoch, shift.starts_at)), max(0, _seconds(epoch, ends_at))),
        end=places.number(home.coordinate) if home.coordinate else None,
        weight_g=courier.capacity_weight_g,
        volume_cm3=courier.capacity_volume_cm3,
        skills=frozenset(courier.skills),
        on_board=on_board,
        locked=tuple(_locked(snapshot, courier, on_board, known)),
    )


def _start(snapshot: Snapshot, courier: Courier, shift: Shift) -> Coordinate | None:
    """Return where the courier is: at the stop, else at the newest fix of this shift, else at home."""
    for stop in snapshot.stops_of(courier.courier_id):
        if stop.state is StopState.ARRIVED:
            return snapshot.locations[stop.place_id].coordinate
    position = snapshot.positions.get(courier.courier_id)
    if position is not None and position.fix_at >= shift.starts_at:
        return position.coordinate
    return snapshot.locations[courier.home_id].coordinate


def _locked(
    snapshot: Snapshot, courier: Courier, on_board: tuple[str, ...], known: dict[str, Shipment]
) -> list[LockedStop]:
    """Return the steps of the stops under way, those that still make sense, in order."""
    locked: list[LockedStop] = []
    aboard = set(on_board)
    for stop in snapshot.stops_of(courier.courier_id):
        if stop.state not in UNDER_WAY:
            continue
        spent_s = max(0, _seconds(stop.arrived_at, snapshot.at)) if stop.arrived_at else 0
        for step in snapshot.steps_of(stop):
            shipment, kind = known.get(step.job_id), _kind(step)
            site = shipment.site(kind, step.location_id) if shipment else None
            if site is None or (kind is StopKind.DELIVERY and step.job_id not in aboard):
                continue
            left_s = max(0, site.service_s - spent_s)
            spent_s = max(0, spent_s - site.service_s)
            locked.append(LockedStop(kind, step.job_id, step.location_id, left_s))
            if kind is StopKind.PICKUP:
                aboard.add(step.job_id)
    return locked


def _kind(step: Step) -> StopKind:
    picks = step.kind in (StepKind.PICKUP, StepKind.RETURN_PICKUP)
    return StopKind.PICKUP if picks else StopKind.DELIVERY


def _not_before(at: datetime | None, epoch: datetime) -> tuple[TimeWindow, ...]:
    if at is None or at <= epoch:
        return ()
    return (TimeWindow(_seconds(epoch, at), _WHOLE_DAYS_S),)


def _off_duty(job: Order | Return) -> tuple[str, str]:
    who = job.courier_id or "nobody"
    return "courier_off_duty", f"{job.number} is on board of {who}, who is not on shift: open a shift."


def _out_of_stock(job: Order | Return) -> tuple[str, str]:
    sentence = f"No source that can be opened has enough of {job.part_number} free: replenish one."
    return "no_stock", sentence


def _seconds(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds())
