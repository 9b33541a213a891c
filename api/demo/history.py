"""Six hours of history made through the use cases, and a start in mid-shift."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.demo.places import COURIERS, LOCKERS, SITES
from tracking.fleet.courier import CourierPosition
from tracking.fleet.publishing import PlannedStep, PlannedStop, replace_route
from tracking.fleet.reporting import receive_report
from tracking.fleet.reports import Report, ReportKind, VerdictKind
from tracking.fleet.stops import StepKind, step_id
from tracking.orders import service as orders
from tracking.orders.order import Order, Urgency
from tracking.parts.location import SOURCES, Location
from tracking.parts.part import Part
from tracking.returns import service as returns
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.coordinates import Coordinate
from tracking.values.errors import FieldstockError
from tracking.values.geodesy import bearing_deg, destination, great_circle_m
from tracking.values.ids import new_id

ORDERS = 26
OPEN_ORDERS = 6
OPEN_RETURNS = 3
UNDER_WAY = 3
ROAD_MPS = 50 / 3.6 / 1.35
"""Speed as the crow flies: 50 km/h on roads that are 1.35 times as long."""
HANDLING = timedelta(minutes=3)
APPROACH_M = 520.0
"""A courier this far away is about a minute from the stop."""


class HistoryFailed(FieldstockError):
    """The sample history broke one of our own rules."""

    code = "history_failed"


@dataclass(frozen=True)
class Job:
    """One order of the history: who brings it from where."""

    order: Order
    courier_id: str
    source: Location
    site: Location


def live_through(store: Store, chance: random.Random, start: datetime, now: datetime) -> None:
    """Let orders be called, planned, picked up and delivered, and broken parts come back, until `now`."""
    for n in range(ORDERS):
        called_at = start + (now - start - timedelta(minutes=75)) * (n / ORDERS)
        courier_id = COURIERS[n % len(COURIERS)][0]
        job = _call(store, chance, courier_id, called_at, expect_return=chance.random() < 0.5)
        picked_at = _arrival(None, job.source, called_at + timedelta(minutes=4))
        _report(store, job, ReportKind.PICKED_UP, StepKind.PICKUP, picked_at)
        delivered_at = _arrival(job.source, job.site, picked_at + HANDLING)
        _report(store, job, ReportKind.DELIVERED, StepKind.DELIVERY, delivered_at)
        if job.order.return_id:
            _bring_back(store, chance, job, delivered_at + HANDLING)


def start_mid_shift(store: Store, chance: random.Random, now: datetime) -> None:
    """Put three couriers within 90 s of a stop, the others somewhere on the road, and leave work open."""
    for courier_id, _ in COURIERS[:UNDER_WAY]:
        _approach(store, chance, courier_id, now)
    with store.writing() as uow:
        for courier_id, _ in COURIERS[UNDER_WAY:]:
            place = chance.choice(LOCKERS)
            _stand(uow, courier_id, destination(place.at, chance.uniform(0, 360), 300), 0.0, now)
        uow.commit()
    for n in range(OPEN_ORDERS):
        _call(store, chance, None, now - timedelta(minutes=2 * n), expect_return=n % 2 == 0)
    with store.writing() as uow:
        for _ in range(OPEN_RETURNS):
            part = chance.choice([part for part in uow.parts.find() if part.serialised])
            returns.announce(
                uow,
                site_id=chance.choice(SITES).name,
                part_number=part.part_number,
                serial=f"OLD-{chance.randrange(10_000, 99_999)}",
                destination_id=None,
                requested_by="desk",
                reason="Broken",
                at=now - timedelta(minutes=chance.randrange(1, 30)),
            )
        uow.commit()


def _approach(store: Store, chance: random.Random, courier_id: str, now: datetime) -> None:
    job = _call(store, chance, courier_id, now - timedelta(minutes=25), expect_return=True)
    _report(store, job, ReportKind.PICKED_UP, StepKind.PICKUP, now - timedelta(minutes=6))
    site = _point(job.site)
    away = destination(site, bearing_deg(site, _point(job.source)), APPROACH_M)
    with store.writing() as uow:
        _stand(uow, courier_id, away, bearing_deg(away, site), now)
        steps = [PlannedStep(StepKind.DELIVERY, job.order.order_id, job.site.location_id)]
        if job.order.return_id:
            steps.append(PlannedStep(StepKind.RETURN_PICKUP, job.order.return_id, job.site.location_id))
            returns.assign(uow, job.order.return_id, courier_id, now)
        eta_at = now + timedelta(seconds=APPROACH_M / ROAD_MPS)
        stop = PlannedStop(job.site.location_id, eta_at, eta_at + HANDLING, tuple(steps))
        replace_route(uow, courier_id, [stop], now)
        orders.predict(uow, job.order.order_id, eta_at)
        (stop_id,) = [s.stop_id for s in uow.stops.find(courier_id=courier_id)]
        uow.commit()
    report = Report(new_id(), courier_id, 0, ReportKind.EN_ROUTE, now, now, 0.0, stop_id=stop_id)
    _must_apply(store, report)


def _call(
    store: Store, chance: random.Random, courier_id: str | None, at: datetime, *, expect_return: bool
) -> Job:
    """Place an order and, for a courier, assign it from the source nearest to the site."""
    with store.writing() as uow:
        site = uow.locations.require(chance.choice(SITES).name)
        part = chance.choice(uow.parts.find())
        order = orders.place(
            uow,
            site_id=site.location_id,
            part_number=part.part_number,
            quantity=1,
            contract_id=chance.choice(("response-2h", "response-4h")),
            urgency=Urgency.CRITICAL if chance.random() < 0.7 else Urgency.PLANNED,
            requested_by="desk",
            at=at,
            expect_return=expect_return and part.serialised,
        )
        source = _nearest_source(uow, part, site)
        if courier_id is not None:
            orders.assign(uow, order.order_id, courier_id, source.location_id, at + timedelta(hours=1), at)
        uow.commit()
    return Job(order, courier_id or "", source, site)


def _nearest_source(uow: SqlUnitOfWork, part: Part, site: Location) -> Location:
    free = [b for b in uow.ledger.balances(part_number=part.part_number) if b.available > 0]
    places = [uow.locations.require(balance.location_id) for balance in free]
    sources = [place for place in places if place.kind in SOURCES]
    if not sources:
        raise HistoryFailed(f"{part.part_number} ran out.")
    return min(sources, key=lambda place: great_circle_m(_point(place), _point(site)))


def _bring_back(store: Store, chance: random.Random, job: Job, at: datetime) -> None:
    return_id = str(job.order.return_id)
    serial = f"OLD-{chance.randrange(10_000, 99_999)}"
    with store.writing() as uow:
        returns.assign(uow, return_id, job.courier_id, at)
        bench = uow.locations.require(uow.returns.require(return_id).destination_id)
        uow.commit()
    _report(store, job, ReportKind.PICKED_UP, StepKind.RETURN_PICKUP, at, return_id, (serial,))
    back_at = _arrival(job.site, bench, at + HANDLING)
    _report(store, job, ReportKind.RETURNED, StepKind.RETURN_DROPOFF, back_at, return_id, (serial,))


def _report(
    store: Store,
    job: Job,
    kind: ReportKind,
    step: StepKind,
    at: datetime,
    job_id: str | None = None,
    serials: tuple[str, ...] = (),
) -> None:
    _must_apply(
        store,
        Report(
            new_id(),
            job.courier_id,
            0,
            kind,
            at,
            at,
            0.0,
            step_id=step_id(step, job_id or job.order.order_id),
            serials=serials,
        ),
    )


def _must_apply(store: Store, report: Report) -> None:
    verdict = receive_report(store.writing, report)
    if verdict.kind is not VerdictKind.APPLIED:
        raise HistoryFailed(f"{report.kind} of {report.step_id}: {verdict.cause}")


def _stand(uow: SqlUnitOfWork, courier_id: str, at: Coordinate, heading_deg: float, now: datetime) -> None:
    uow.positions.add(CourierPosition(courier_id, at, now, now, 8.0, 0.0, heading_deg, 90.0))


def _arrival(start: Location | None, end: Location, at: datetime) -> datetime:
    distance_m = great_circle_m(_point(start), _point(end)) if start else 4000.0
    return at + timedelta(seconds=distance_m / ROAD_MPS)


def _point(place: Location) -> Coordinate:
    if place.coordinate is None:
        raise HistoryFailed(f"{place.location_id} has no coordinate.")
    return place.coordinate
