"""Turns a snapshot into a routing problem, and the stops in force into the plan that they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from routing.dispatch.couriers import OnDuty, couriers_on_duty, driveable, vehicle
from routing.dispatch.lessons import Lessons
from routing.dispatch.places import Places, Unplaced, no_road
from routing.dispatch.snapshot import Snapshot
from routing.dispatch.work import Work, stop_kind
from routing.plan import Cost, Plan, Reason, Route
from routing.plan import Stop as PlanStop
from routing.problem import Problem, Shipment, Stock, Vehicle
from routing.spread import Spread
from routing.travel.matrix import Travel
from routing.travel.port import TravelTimes
from routing.wording import by_the_clock
from tracking.orders.order import Order, OrderState
from tracking.returns.rma import Return, ReturnState
from tracking.values.coordinates import Coordinate
from tracking.values.times import utc


class Left(NamedTuple):
    """Why a job is left out, for programs and for people, and what would help; the clock is the region's."""

    code: str
    sentence: str
    remedy: str


@dataclass(frozen=True)
class Modelled:
    """A problem with what it leaves out: `left_out` maps jobs to (code, sentence).

    `spread` is how far its travel and service times spread, as far as it is known. `epoch` is its
    zero, in UTC; `zone` the region's time zone, for sentences. `points` are its places.
    """

    problem: Problem
    epoch: datetime
    left_out: dict[str, tuple[str, str]]
    spread: Spread
    zone: tzinfo = UTC
    points: tuple[Coordinate, ...] = ()

    def reasons(self, plan: Plan) -> dict[str, Left]:
        """Return for each job that `plan`, or the problem itself, leaves out: code, sentence, remedy."""
        left = {job_id: Left(code, sentence, "") for job_id, (code, sentence) in self.left_out.items()}
        zero = self.epoch.astimezone(self.zone)
        for entry in plan.unserved:
            sentence, remedy = (by_the_clock(text, zero) for text in (entry.sentence, entry.remedy))
            left[entry.shipment] = Left(str(entry.reason), sentence, remedy)
        return left


@dataclass(frozen=True, slots=True)
class Modeller:
    """Models with the travel times of the hour and the service times learned so far.

    That another courier does what one was told of costs `told_cents`. `zone` is the region's time zone.
    """

    travel: TravelTimes
    lessons: Lessons
    told_cents: int
    zone: tzinfo = UTC

    def model(self, snapshot: Snapshot) -> Modelled:
        """Return the problem of a snapshot; times count from its `at`. Raises `TravelUnavailable`."""
        epoch, places = utc(snapshot.at).replace(microsecond=0), Places()
        work = Work(snapshot, epoch, places, self.lessons.services, self.told_cents)
        shipments, left_out = _shipments(work)
        on_duty = couriers_on_duty(snapshot, places)
        travel = self.travel.matrix(places.points, epoch)
        cut_off = places.cut_off(travel)
        for shipment in list(shipments.values()):
            cause = no_road(shipment, cut_off)
            if cause is not None:
                del shipments[shipment.id]
                number = snapshot.jobs[shipment.id].number
                left_out[shipment.id] = str(Reason.UNREACHABLE), f"{number}: {cause}"
        # A fix far from any road says less than none.
        on_duty = [
            replace(duty, start=duty.end) if duty.start in cut_off and duty.end is not None else duty
            for duty in on_duty
        ]
        vehicles = _vehicles(snapshot, on_duty, epoch, shipments, travel)
        stock = tuple(
            Stock(at, part, max(0, free)) for (at, part), free in sorted(snapshot.available.items())
        )
        problem = Problem(travel, vehicles, tuple(shipments.values()), stock)
        return Modelled(problem, epoch, left_out, self.lessons.spread, self.zone, tuple(places.points))


def plan_in_force(snapshot: Snapshot) -> Plan:
    """Return the stops in force as a plan whose order counts; its times are to be computed anew."""
    routes = []
    for courier in snapshot.couriers:
        work = [
            PlanStop(stop_kind(step), 0, 0, 0, shipment=step.job_id, site=step.location_id)
            for stop in snapshot.stops_of(courier.courier_id)
            for step in snapshot.steps_of(stop)
        ]
        if work:
            routes.append(Route(courier.courier_id, tuple(work)))
    return Plan(tuple(routes), (), Cost(), "in force")


def _shipments(work: Work) -> tuple[dict[str, Shipment], dict[str, tuple[str, str]]]:
    """Return the shipments that can be planned, and why the others cannot."""
    shipments: dict[str, Shipment] = {}
    left_out: dict[str, tuple[str, str]] = {}
    for job_id, job in work.snapshot.jobs.items():
        try:
            shipment = work.shipment(job)
        except Unplaced as unplaced:
            left_out[job_id] = unplaced.code, f"{job.number}: {unplaced.cause} {unplaced.action}"
            continue
        if shipment is None:
            continue
        absent = _absent(work.snapshot, job, shipment)
        if absent is not None:
            left_out[job_id] = absent
        elif shipment.pickups or (_on_board(job) and job.courier_id in work.snapshot.shifts):
            shipments[job_id] = shipment
        else:
            left_out[job_id] = _off_duty(work.snapshot, job) if _on_board(job) else _out_of_stock(job)
    return shipments, left_out


def _vehicles(
    snapshot: Snapshot,
    on_duty: list[OnDuty],
    epoch: datetime,
    shipments: dict[str, Shipment],
    travel: Travel,
) -> tuple[Vehicle, ...]:
    on_board: dict[str, list[str]] = {}
    for shipment in shipments.values():
        if not shipment.pickups:
            on_board.setdefault(str(snapshot.jobs[shipment.id].courier_id), []).append(shipment.id)
    made = (
        vehicle(snapshot, duty, epoch, tuple(on_board.get(duty.courier.courier_id, ())), shipments)
        for duty in on_duty
    )
    return tuple(driveable(each, shipments, travel) for each in made)


def _on_board(job: Order | Return) -> bool:
    return job.state in (OrderState.PICKED_UP, ReturnState.PICKED_UP)


def _off_duty(snapshot: Snapshot, job: Order | Return) -> tuple[str, str]:
    who = next((c.display_name for c in snapshot.couriers if c.courier_id == job.courier_id), "nobody")
    return "courier_off_duty", f"{job.number} is on board of {who}, who is not on shift: open a shift."


def _absent(snapshot: Snapshot, job: Order | Return, shipment: Shipment) -> tuple[str, str] | None:
    """Return why a job waits for the courier who is required: on shift, overtime apart, nobody else may."""
    if not isinstance(job, Order) or shipment.couriers is None:
        return None
    if any(name in snapshot.shifts and name not in shipment.forbidden for name in shipment.couriers):
        return None
    required = job.required_courier_id
    who = next((c.display_name for c in snapshot.couriers if c.courier_id == required), str(required))
    cause = f"{job.number} has to be brought by {who}, who is not on shift"
    return "courier_off_duty", f"{cause}: open a shift, or let another courier bring it."


def _out_of_stock(job: Order | Return) -> tuple[str, str]:
    sentence = f"No source that can be opened has enough of {job.part_number} free: replenish one."
    return "no_stock", sentence
