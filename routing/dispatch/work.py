"""Turns orders and returns into shipments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import islice

import numpy as np
import numpy.typing as npt

from routing.dispatch.hours import seconds_between, windows
from routing.dispatch.places import Places
from routing.dispatch.snapshot import Snapshot, place_of
from routing.problem import Draw, Shipment, Site, StopKind
from routing.service_times import ServiceTimes
from routing.travel.geodesic import great_circle_table_m
from tracking.fleet.stops import UNDER_WAY, Step, StepKind
from tracking.orders.courier_wish import Wishing
from tracking.orders.order import Order, OrderState, Urgency
from tracking.returns.rma import Return, ReturnState
from tracking.values.coordinates import Coordinate

Ranks = npt.NDArray[np.intp]

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
        return replace(shipment, forbidden=shipment.forbidden | self.snapshot.overtime - in_hand)

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
        on_board = order.state is OrderState.PICKED_UP
        exchanged = None if on_board else self._exchanged.get(order.order_id)
        back = None if exchanged is None else snapshot.parts[exchanged.part_number]
        due_s = seconds_between(self.epoch, _target(order))
        response_s = seconds_between(order.called_at, order.due_at)
        weight = 1 if order.half_at is None else PROMISED_WEIGHT
        return Shipment(
            order.order_id,
            deliveries=(self._site(StepKind.DELIVERY, order.site_id, order.not_before_at),),
            pickups=() if on_board else self._sources(order),
            weight_g=part.weight_g * order.quantity,
            volume_cm3=part.volume_cm3 * order.quantity,
            back_weight_g=back.weight_g if back else 0,
            back_volume_cm3=back.volume_cm3 if back else 0,
            due_s=due_s,
            late_millicents_per_s=weight * WAIT_CENTS[order.urgency] * 1000 // response_s,
            couriers=None if on_board else required(order),
            forbidden=frozenset() if on_board else frozenset(order.forbidden_courier_ids),
            unserved_cents=UNSERVED_CENTS[order.urgency],
            name=order.number,
        )

    def _sources(self, order: Order) -> tuple[Site, ...]:
        """Return the nearest sources of an order by great circle, and the one that it was planned from."""
        holding = self._holding.get(order.part_number, ())
        enough = [location_id for location_id, free in holding if free >= order.quantity]
        if len(enough) > NEAREST_SOURCES:
            ranked = self._by_distance(order.part_number)[order.site_id]
            near = (holding[n] for n in ranked)
            nearest = islice((name for name, free in near if free >= order.quantity), NEAREST_SOURCES)
            chosen = {*nearest, *(each for each in enough if each == order.source_id)}
            enough = sorted(chosen)
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

    def _by_distance(self, part_number: str) -> Mapping[str, Ranks]:
        """Return for each site that waits for a part the ranks of what holds it, the nearest first."""
        known = self._ranked.get(part_number)
        if known is None:
            sites = {o.site_id: self._point(o.site_id) for o in self.snapshot.orders}
            sources = [self._point(location_id) for location_id, _ in self._holding[part_number]]
            known = self._ranked[part_number] = _ranks(sites, sources)
        return known

    @cached_property
    def _ranked(self) -> dict[str, Mapping[str, Ranks]]:
        return {}

    def _point(self, location_id: str) -> Coordinate | None:
        return place_of(self.snapshot, location_id).coordinate

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
        pickup = self._site(StepKind.RETURN_PICKUP, rma.site_id, rma.not_before_at)
        return Shipment(
            rma.return_id,
            deliveries=(self._site(StepKind.RETURN_DROPOFF, rma.destination_id),),
            pickups=() if on_board else (pickup,),
            weight_g=part.weight_g,
            volume_cm3=part.volume_cm3,
            couriers=couriers,
            unserved_cents=RETURN_UNSERVED_CENTS,
            name=rma.number,
        )

    def _site(
        self,
        kind: StepKind,
        location_id: str,
        not_before_at: datetime | None = None,
        draws: tuple[Draw, ...] = (),
    ) -> Site:
        """Return a site with the time that its kind of step takes there, as far as it was learned."""
        place = place_of(self.snapshot, location_id)
        service_s = self.services.service_s(kind, place.location_id)
        from_s = 0 if not_before_at is None else seconds_between(self.epoch, not_before_at)
        open_s = windows(place, self.epoch, from_s, service_s)
        name = self.snapshot.locations[location_id].name
        return Site(location_id, self.places.number(place.coordinate), service_s, open_s, draws, name)


def _ranks(sites: Mapping[str, Coordinate | None], sources: Sequence[Coordinate | None]) -> dict[str, Ranks]:
    """Return the numbers of `sources` by their distance from each site; what has no coordinate comes last."""
    placed = [n for n, point in enumerate(sources) if point is not None]
    rest = [n for n, point in enumerate(sources) if point is None]
    at = {site_id: point for site_id, point in sites.items() if point is not None}
    apart_m = great_circle_table_m(list(at.values()), [p for p in sources if p is not None])
    order = np.array(placed, dtype=np.intp)[np.argsort(apart_m, axis=1, kind="stable")]
    ranks = dict(zip(at, (np.append(row, rest).astype(np.intp) for row in order), strict=True))
    anyhow = np.arange(len(sources), dtype=np.intp)
    return {site_id: ranks.get(site_id, anyhow) for site_id in sites}


def required(wish: Wishing) -> frozenset[str] | None:
    """Return the one courier who may bring it, or None for anybody."""
    return None if wish.required_courier_id is None else frozenset({wish.required_courier_id})


def stop_kind(step: Step) -> StopKind:
    """Return what a step is to the planner: a pickup or a delivery."""
    picks = step.kind in (StepKind.PICKUP, StepKind.RETURN_PICKUP)
    return StopKind.PICKUP if picks else StopKind.DELIVERY


def _target(order: Order) -> datetime:
    """Return from when on a wait for an order costs: what was promised, or what its customer needs."""
    free_until = order.called_at + (order.due_at - order.called_at) * FREE_SHARE[order.urgency]
    target = order.half_at or free_until
    return min(target, order.required_by_at or target)
