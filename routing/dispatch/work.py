"""Turns orders and returns into shipments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from math import inf

from routing.dispatch.places import Places
from routing.dispatch.snapshot import Snapshot, place_of
from routing.problem import Draw, Shipment, Site, StopKind, TimeWindow
from routing.service_times import ServiceTimes
from tracking.fleet.stops import UNDER_WAY, Step, StepKind
from tracking.orders.order import Order, OrderState, Urgency
from tracking.returns.rma import Return, ReturnState
from tracking.values.coordinates import Coordinate
from tracking.values.geodesy import great_circle_m

WAIT_CENTS = {Urgency.CRITICAL: 24_000, Urgency.PLANNED: 8_000}
"""What a wait of the whole response time costs: who was promised less waits at a higher price."""
UNSERVED_CENTS = {Urgency.CRITICAL: 2_000_000, Urgency.PLANNED: 400_000}
RETURN_UNSERVED_CENTS = 50_000
PROMISED_WEIGHT = 20
"""A wait beyond the time at which a promise was to be kept in every second case costs so many times more.

Chosen of 3, 10 and 30 by how many promises are kept (`tests/bench/routing/promised.py`).
"""
NEAREST_SOURCES = 20
"""An order is planned from one of the nearest sources, at most so many."""
FREE_SHARE = {Urgency.CRITICAL: 0.0, Urgency.PLANNED: 0.6}
"""The share of the response time that costs nothing: a machine that stands still costs from the call on."""
WHOLE_DAYS_S = 40 * 86_400
"""A window that never closes within a plan."""


@dataclass(frozen=True)
class Work:
    """The work of a snapshot as shipments: places numbered in `places`, times counted from `epoch`.

    A courier who knows of a job keeps it unless another one saves more than `told_cents`.
    """

    snapshot: Snapshot
    epoch: datetime
    places: Places
    services: ServiceTimes
    told_cents: int

    def shipment(self, job: Order | Return) -> Shipment | None:
        """Return the shipment of a job, which couriers in overtime get only when it is in hand already.

        None while it has to wait for another. Raises `Unplaced`.
        """
        shipment = self._order(job) if isinstance(job, Order) else self._return(job)
        if shipment is None:
            return None
        told = self._told.get(shipment.id)
        if told is not None:
            shipment = replace(shipment, told=told, told_millicents=self.told_cents * 1000)
        if not shipment.pickups:
            return shipment
        in_hand = {
            stop.courier_id
            for stop in self.snapshot.stops
            if stop.state in UNDER_WAY
            and any(step.job_id == shipment.id for step in self.snapshot.steps_of(stop))
        }
        return replace(shipment, forbidden=self.snapshot.overtime - in_hand)

    @cached_property
    def _told(self) -> dict[str, str]:
        """The courier who knows of a job, from the stops in force."""
        courier = {stop.stop_id: stop.courier_id for stop in self.snapshot.stops}
        return {step.job_id: courier[step.stop_id] for step in self.snapshot.steps}

    @cached_property
    def _exchanged(self) -> dict[str, Return]:
        """The return that a courier takes along when an order is handed over."""
        waiting = (ReturnState.ANNOUNCED, ReturnState.PLANNED)
        return {r.order_id: r for r in self.snapshot.returns if r.order_id and r.state in waiting}

    def _order(self, order: Order) -> Shipment:
        """Return the shipment of an order: from the van when it is on board, else from any of its sources.

        What it is exchanged for needs room from the hand-over on; it is work of its own once the order is on
        board.
        """
        snapshot = self.snapshot
        part = snapshot.parts[order.part_number]
        waits = _not_before(order.not_before_at, self.epoch)
        on_board = order.state is OrderState.PICKED_UP
        exchanged = None if on_board else self._exchanged.get(order.order_id)
        back = None if exchanged is None else snapshot.parts[exchanged.part_number]
        due_s = seconds_between(self.epoch, _target(order))
        response_s = seconds_between(order.called_at, order.due_at)
        weight = 1 if order.half_at is None else PROMISED_WEIGHT
        return Shipment(
            order.order_id,
            deliveries=(self._site(StepKind.DELIVERY, order.site_id, waits),),
            pickups=() if on_board else self._sources(order),
            weight_g=part.weight_g * order.quantity,
            volume_cm3=part.volume_cm3 * order.quantity,
            back_weight_g=back.weight_g if back else 0,
            back_volume_cm3=back.volume_cm3 if back else 0,
            due_s=due_s,
            late_millicents_per_s=weight * WAIT_CENTS[order.urgency] * 1000 // response_s,
            unserved_cents=UNSERVED_CENTS[order.urgency],
        )

    def _sources(self, order: Order) -> tuple[Site, ...]:
        """Return the nearest sources of an order by great circle, and the one that it was planned from."""
        holding = self._holding.get(order.part_number, ())
        enough = [location_id for location_id, free in holding if free >= order.quantity]
        if len(enough) > NEAREST_SOURCES:
            site = place_of(self.snapshot, order.site_id).coordinate
            enough.sort(key=lambda location_id: self._apart_m(site, location_id))
            chosen = [each for each in enough[NEAREST_SOURCES:] if each == order.source_id]
            enough = sorted(enough[:NEAREST_SOURCES] + chosen)
        return tuple(
            self._site(
                StepKind.PICKUP, location_id, draws=(Draw(location_id, order.part_number, order.quantity),)
            )
            for location_id in enough
        )

    @cached_property
    def _holding(self) -> dict[str, list[tuple[str, int]]]:
        """The places that hold each part, with how much may be drawn, in the order of their names."""
        holding: dict[str, list[tuple[str, int]]] = {}
        for (location_id, part_number), free in sorted(self.snapshot.available.items()):
            holding.setdefault(part_number, []).append((location_id, free))
        return holding

    def _apart_m(self, site: Coordinate | None, location_id: str) -> float:
        source = place_of(self.snapshot, location_id).coordinate
        return great_circle_m(site, source) if site is not None and source is not None else inf

    def _return(self, rma: Return) -> Shipment | None:
        """Return the shipment of a return; None while the good part is still to come."""
        snapshot = self.snapshot
        part = snapshot.parts[rma.part_number]
        on_board = rma.state is ReturnState.PICKED_UP
        exchanged_for = next((o for o in snapshot.orders if o.order_id == rma.order_id), None)
        couriers = None
        if exchanged_for is not None and not on_board:
            if exchanged_for.state is not OrderState.PICKED_UP or exchanged_for.courier_id is None:
                return None
            couriers = frozenset({exchanged_for.courier_id})
        waits = _not_before(rma.not_before_at, self.epoch)
        pickup = self._site(StepKind.RETURN_PICKUP, rma.site_id, waits)
        return Shipment(
            rma.return_id,
            deliveries=(self._site(StepKind.RETURN_DROPOFF, rma.destination_id),),
            pickups=() if on_board else (pickup,),
            weight_g=part.weight_g,
            volume_cm3=part.volume_cm3,
            couriers=couriers,
            unserved_cents=RETURN_UNSERVED_CENTS,
        )

    def _site(
        self,
        kind: StepKind,
        location_id: str,
        windows: tuple[TimeWindow, ...] = (),
        draws: tuple[Draw, ...] = (),
    ) -> Site:
        """Return a site with the time that its kind of step takes there, as far as it was learned."""
        place = place_of(self.snapshot, location_id)
        service_s = self.services.service_s(kind, place.location_id)
        return Site(location_id, self.places.number(place.coordinate), service_s, windows, draws)


def stop_kind(step: Step) -> StopKind:
    """Return what a step is to the planner: a pickup or a delivery."""
    picks = step.kind in (StepKind.PICKUP, StepKind.RETURN_PICKUP)
    return StopKind.PICKUP if picks else StopKind.DELIVERY


def seconds_between(start: datetime, end: datetime) -> int:
    """Return the whole seconds from one time to another."""
    return int((end - start).total_seconds())


def _target(order: Order) -> datetime:
    """Return from when on a wait for an order costs: what was promised, or what its customer needs."""
    free_until = order.called_at + (order.due_at - order.called_at) * FREE_SHARE[order.urgency]
    target = order.half_at or free_until
    return min(target, order.required_by_at or target)


def _not_before(at: datetime | None, epoch: datetime) -> tuple[TimeWindow, ...]:
    if at is None or at <= epoch:
        return ()
    return (TimeWindow(seconds_between(epoch, at), WHOLE_DAYS_S),)
