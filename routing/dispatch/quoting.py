"""Answers the question of a promise from the plan in force: every source, by when, and how surely."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from routing.dispatch.hours import seconds_between, windows
from routing.dispatch.lessons import Lessons
from routing.dispatch.publishing import Candidate
from routing.dispatch.snapshot import closed_compartments
from routing.dispatch.work import UNSERVED_CENTS, WAIT_CENTS, required
from routing.problem import Shipment, Site, Travel
from routing.sourcing import Offer as Sourced
from routing.sourcing import offer
from routing.standing import StandingPlan
from routing.travel.matrix import Table
from routing.travel.port import TravelTimes
from routing.wording import after_zero, by_the_clock, lasting
from tracking.fleet.stops import StepKind
from tracking.orders.courier_wish import may_bring
from tracking.orders.promise import Offer, Option, Promise
from tracking.parts.fitting import misfit
from tracking.parts.location import SOURCES, Location, LocationKind
from tracking.parts.machine import Machine
from tracking.parts.part import Part
from tracking.parts.stock import Balance
from tracking.repairs.due import DueUnit, due_from_the_bench
from tracking.unit_of_work import UnitOfWork
from tracking.values.coordinates import Coordinate
from tracking.values.geodesy import great_circle_m

ASKED = 12
"""The nearest sources of each part are asked, at most so many; a farther one is told as such."""
TOLD_S = 60
"""A difference of less is not worth telling."""
NOT_ASKED = f"{ASKED} other sources are nearer to the site."


@dataclass(frozen=True, slots=True)
class Quote:
    """The answer to a promise: `offers` ranked, the sources that cannot serve, and why nobody would."""

    offers: tuple[Offer, ...]
    others: tuple[Option, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class _Source:
    """A place that has the part: `courier_id` is who drives it, for a van."""

    part: Part
    location: Location
    point: Coordinate | None
    courier_id: str | None = None


class Quoter:
    """Quotes from one plan that is in force; one thread at a time may use it."""

    def __init__(self, candidate: Candidate, travel: TravelTimes, lessons: Lessons) -> None:
        self.candidate = candidate
        self._travel_times, self._lessons = travel, lessons
        self._modelled = candidate.modelled
        self._standing = StandingPlan(candidate.modelled.problem, candidate.plan)
        self._couriers = {courier.courier_id for courier in candidate.snapshot.couriers}
        self._number = {point: n for n, point in enumerate(self._modelled.points)}

    def quote(self, uow: UnitOfWork, promise: Promise, now: datetime) -> Quote:
        """Return what can be promised at `now`; nothing is written. Raises `TravelUnavailable`."""
        site = uow.locations.require(promise.site_id)
        found, others = self._sources(uow, promise, site, now)
        absent = self._absent(uow, promise)
        if absent is not None:
            return Quote((), (*(_option(source, absent) for source in found), *others), absent)
        if not found:
            return Quote((), tuple(others), f"Nobody has {promise.quantity} of {promise.part_number} free.")
        travel, numbers = self._travel([site.coordinate, *(source.point for source in found)])
        work = {
            source.location.location_id: self._shipment(promise, source, site, numbers, now)
            for source in found
        }
        offers: list[Offer] = []
        for source in found:
            shipment, spread = work[source.location.location_id], self._lessons.spread
            sourced = offer(self._standing, shipment, travel, spread, checked=False)
            if sourced.unserved is None:
                offers.append(self._offer(promise, source, sourced))
            else:
                others.append(_option(source, self._said(sourced.unserved.sentence, sourced.unserved.remedy)))
        ranked = _ranked(offers)
        if ranked:  # what is promised is checked like every plan
            offer(self._standing, work[ranked[0].source_id], travel)
        return Quote(ranked, tuple(others), "No courier can bring it: see each source.")

    def _sources(
        self, uow: UnitOfWork, promise: Promise, site: Location, now: datetime
    ) -> tuple[list[_Source], list[Option]]:
        """Return the sources to ask, and why the others are not."""
        asked = uow.parts.require(promise.part_number)
        parts = [asked, *uow.parts.find_in(part_number=asked.substitutes)]
        machine = None if promise.machine_id is None else uow.machines.require(promise.machine_id)
        closed = closed_compartments(uow)
        drivers = {courier.van_id: courier.courier_id for courier in uow.couriers.find()}
        found: list[_Source] = []
        others = [self._on_the_bench(unit) for unit in due_from_the_bench(uow, _numbers(parts, machine), now)]
        for part in parts:
            near: list[tuple[float, _Source]] = []
            for balance, location, point in self._holding(uow, part):
                source = _Source(part, location, point, drivers.get(location.location_id))
                if machine is not None and not part.fits(machine.model):
                    cause: str | None = f"{misfit(part, machine)}."
                else:
                    cause = self._hindrance(source, balance.available, promise, closed)
                if cause is not None:
                    others.append(_option(source, cause))
                elif source.courier_id is not None:
                    near.append((0.0, source))
                elif point is not None and site.coordinate is not None:
                    near.append((great_circle_m(point, site.coordinate), source))
            near.sort(key=lambda pair: (pair[0], pair[1].location.location_id))
            found += [source for _, source in near[:ASKED]]
            others += [_option(source, NOT_ASKED) for _, source in near[ASKED:]]
        return found, others

    def _holding(self, uow: UnitOfWork, part: Part) -> Iterator[tuple[Balance, Location, Coordinate | None]]:
        """Yield what lies of a part where couriers can get it, with where they drive to for it."""
        known = self.candidate.snapshot.locations
        for balance in uow.ledger.balances(part_number=part.part_number):
            location = known.get(balance.location_id) or uow.locations.require(balance.location_id)
            if location.kind in (*SOURCES, LocationKind.VAN):
                place = known.get(location.place_id) or uow.locations.require(location.place_id)
                yield balance, location, place.coordinate

    def _absent(self, uow: UnitOfWork, promise: Promise) -> str | None:
        """Return why nobody can bring it, where who is required is not there to do so."""
        required_id = promise.required_courier_id
        if required_id is None or self._on_shift(required_id):
            return None
        return (
            f"It has to be brought by {uow.couriers.require(required_id).display_name}, who is not on shift."
        )

    def _on_shift(self, courier_id: str) -> bool:
        """Tell whether a courier takes new work: one whose shift is over only finishes what is in hand."""
        on_duty = courier_id in self._modelled.problem.vehicle_by_id
        return on_duty and courier_id not in self.candidate.snapshot.overtime

    def _hindrance(self, source: _Source, free: int, promise: Promise, closed: set[str]) -> str | None:
        if free < promise.quantity:
            return f"{max(0, free)} free here, {promise.quantity} needed."
        if source.location.location_id in closed:
            return "It cannot be opened: its locker is not connected, or the compartment is faulty."
        if source.location.kind is LocationKind.VAN:
            if source.courier_id not in self._couriers:
                return "Its courier serves another region."
            if source.courier_id is None or not self._on_shift(source.courier_id):
                return "Its courier is not on shift."
            if not may_bring(source.courier_id, promise):
                return "Its courier is not allowed to bring it."
        elif source.location.region != self.candidate.snapshot.region:
            return f"It lies in another region, {source.location.region}."
        return None

    def _on_the_bench(self, unit: DueUnit) -> Option:
        """Return what to tell of a unit that may be sound again soon: nothing can be promised of it."""
        order, due = unit.order, "nobody knows when it is back in stock"
        if unit.half_at is not None:
            half_s = seconds_between(self._modelled.epoch, unit.half_at)
            due = f"back in stock most likely by {after_zero(half_s)}"
        before = f", as {unit.sound} of {unit.closed} were" if unit.closed else ""
        reason = self._said(f"{order.serial} is on the bench ({order.number}): {due}{before}.", "")
        return Option(order.part_number, order.bench_id, LocationKind.BENCH, reason)

    def _travel(self, points: Iterable[Coordinate | None]) -> tuple[Travel, dict[Coordinate, int]]:
        """Return the plan's roads with those of new points behind, and the number of every point."""
        known = self._modelled.points
        new = list(
            dict.fromkeys(point for point in points if point is not None and point not in self._number)
        )
        if not new:
            return self._modelled.problem.travel, self._number
        numbers = self._number | {point: len(known) + n for n, point in enumerate(new)}
        old, rows, columns = len(known), slice(len(known), None), slice(0, len(known))
        whole = Table.blank(old + len(new), old + len(new))
        travel = self._modelled.problem.travel
        whole.duration_s[:old, :old], whole.distance_m[:old, :old] = travel.duration_s, travel.distance_m
        times, at = self._travel_times, self._modelled.epoch
        if known:
            whole.write(columns, rows, times.table(known, new, at))
        whole.write(rows, slice(None), times.table(new, [*known, *new], at))
        return Travel.trusted(whole), numbers

    def _shipment(
        self, promise: Promise, source: _Source, site: Location, numbers: dict[Coordinate, int], now: datetime
    ) -> Shipment:
        """Return the work that the promise would be: picked up, and handed over, from now on."""
        epoch, now_s = self._modelled.epoch, seconds_between(self._modelled.epoch, now)
        services = self._lessons.services
        due_s = seconds_between(epoch, promise.due_at)
        response_s = max(1, seconds_between(promise.asked_at, promise.due_at))

        def stop(kind: StepKind, location: Location, point: Coordinate | None) -> Site:
            service_s = services.service_s(kind, location.place_id)
            number = numbers[point] if point is not None else 0
            place = self.candidate.snapshot.locations.get(location.place_id, location)
            open_s = windows(place, epoch, now_s, service_s)
            return Site(location.location_id, number, service_s, open_s, name=location.name)

        shipment = Shipment(
            promise.promise_id,
            deliveries=(stop(StepKind.DELIVERY, site, site.coordinate),),
            due_s=due_s,
            late_millicents_per_s=WAIT_CENTS[promise.urgency] * 1000 // response_s,
            unserved_cents=UNSERVED_CENTS[promise.urgency],
            couriers=required(promise),
            forbidden=self.candidate.snapshot.overtime.union(promise.forbidden_courier_ids),
            name="this promise",
        )
        if source.courier_id is not None:  # it lies in the van: nothing to load
            return replace(shipment, couriers=frozenset({source.courier_id}))
        return replace(
            shipment,
            pickups=(stop(StepKind.PICKUP, source.location, source.point),),
            weight_g=source.part.weight_g * promise.quantity,
            volume_cm3=source.part.volume_cm3 * promise.quantity,
        )

    def _offer(self, promise: Promise, source: _Source, sourced: Sourced) -> Offer:
        def at(seconds: float) -> datetime:
            return self._modelled.epoch + timedelta(seconds=round(seconds))

        return Offer(
            source.part.part_number,
            source.location.location_id,
            source.location.kind,
            courier_id=sourced.courier or "",
            promised_at=at(sourced.by_s(promise.confidence)),
            half_at=at(sourced.by_s(0.5)),
            in_time=round(sourced.in_time(seconds_between(self._modelled.epoch, promise.due_at)), 3),
        )

    def _said(self, sentence: str, remedy: str) -> str:
        zero = self._modelled.epoch.astimezone(self._modelled.zone)
        return by_the_clock(f"{sentence} {remedy}".strip(), zero)


def _numbers(parts: Iterable[Part], machine: Machine | None) -> list[str]:
    """Return the numbers of the parts that fit the machine, if there is one."""
    return [part.part_number for part in parts if machine is None or part.fits(machine.model)]


def _ranked(offers: Sequence[Offer]) -> tuple[Offer, ...]:
    """Return offers with the surest first, of equally sure ones (to 1 %) the soonest, and why others lost."""
    ordered = sorted(offers, key=lambda each: (-round(each.in_time, 2), each.promised_at, each.source_id))
    return tuple(
        replace(each, reason=_loss(each, ordered[0])) if n else each for n, each in enumerate(ordered)
    )


def _loss(lost: Offer, best: Offer) -> str:
    later_s = round((lost.promised_at - best.promised_at).total_seconds())
    if round(lost.in_time, 2) == round(best.in_time, 2):
        return f"It would be there {lasting(later_s)} later." if later_s >= TOLD_S else "Another is as good."
    when = f", {lasting(later_s)} later" if later_s >= TOLD_S else ""
    return f"It would be in time with {lost.in_time:.0%} probability, not {best.in_time:.0%}{when}."


def _option(source: _Source, reason: str) -> Option:
    return Option(source.part.part_number, source.location.location_id, source.location.kind, reason)
