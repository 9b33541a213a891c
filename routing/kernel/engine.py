"""The kernel as an object: a compiled problem as arrays, tours in and out, and the searches on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routing.compiled import Compiled, Visit
from routing.kernel import layout, placing, routes, ruin
from routing.kernel.filling import fill, numbered
from routing.kernel.layout import Data, State, new_state

NEAR = 120
"""How many related shipments each one knows."""


class Place(NamedTuple):
    """Where a shipment may stand: its nodes, each with the node before it; `extra` is the cost in millicents.

    `pickup` is -1 where none is left to be made.
    """

    extra: int
    courier: int
    pickup: int
    delivery: int
    pickup_after: int
    delivery_after: int


class Engine:
    """One working plan of a compiled problem, and the best one seen."""

    def __init__(self, compiled: Compiled, seed: int = 0, remembering: bool = True) -> None:
        self.compiled = compiled
        self._visits = dict(enumerate(numbered(compiled)[0]))
        self._stock_keys = {key: k for k, key in enumerate(compiled.stock)}
        self.shown: State | None = None
        """The plan that progress is told of, where it is not the working plan."""
        self.data = fill(compiled, self._stock_keys)
        self._stock = np.array([compiled.stock.get(key, 0) for key in self._stock_keys], dtype=np.int64)
        self.state = new_state(self.data, self._stock, seed, remembering)
        self._node_of = {id(visit): v for v, visit in self._visits.items()}
        for courier in compiled.couriers:
            start = self.data.vehicle[courier.index, layout.START]
            self.state.link[start, layout.FREE] = courier.earliest_s
            self.state.link[start, layout.AFTER : layout.AFTER + 3] = courier.on_board
        self.load([list(courier.locked) for courier in compiled.couriers])

    def load(self, tours: Sequence[Sequence[Visit]]) -> None:
        """Let every courier make the visits given, locked ones included; they must be possible."""
        self.state.chosen[:] = -1
        self.state.stock[:] = self._stock
        routes.reset(self.data, self.state)
        for c, visits in enumerate(tours):
            self.state.scratch[0, : len(visits)] = [self._node_of[id(visit)] for visit in visits]
            routes.follow(self.data, self.state, c, len(visits))

    def tours(self, state: State | None = None) -> list[list[Visit]]:
        """Return the visits of every courier in order."""
        state = state or self.state
        found = []
        for c in range(len(self.data.vehicle)):
            count = routes.sequence_of(self.data, state, c, 0)
            found.append([self._visits[v] for v in state.scratch[0, :count]])
        return found

    def cost(self, state: State | None = None) -> int:
        """Return what a plan (None: the working plan) costs, in millicents."""
        return int(routes.total(self.data, state or self.state))

    def unserved(self, state: State | None = None) -> npt.NDArray[np.int64]:
        """Return the shipments that no route of a plan (None: the working plan) serves."""
        return np.flatnonzero((state or self.state).chosen[:, layout.BY] < 0)

    def leg_cost(self) -> float:
        """Return what a leg of the working plan costs in the mean, in millicents; 1 at least."""
        cost, legs = 0, 0
        for courier, visits in zip(self.compiled.couriers, self.tours(), strict=True):
            places = [courier.start, *(visit.place for visit in visits), courier.end]
            cost += sum(courier.cost_millicents(a, b) for a, b in pairwise(places)) if visits else 0
            legs += len(visits) + 1 if visits else 0
        return max(1.0, cost / max(1, legs))

    def insert_all(self, order: Iterable[int]) -> list[int]:
        """Insert shipments in this order, each where it is cheapest; return those that found no place."""
        row = np.fromiter(order, dtype=np.int64)
        left = ruin.insert_all(self.data, self.state, row)
        return [int(s) for s in row[:left]]

    def best_place(self, s: int, limit: int | None = None) -> Place | None:
        """Return the place for shipment `s` that costs least below `limit` millicents, if there is one."""
        bound = layout.NEVER if limit is None else np.int64(limit)
        place = Place(*placing.best_anywhere(self.data, self.state, np.int64(s), bound))
        return None if place.extra == layout.NEVER else place

    def visits_with(self, place: Place) -> list[Visit]:
        """Return the visits of the courier with those of `place` among them."""
        visits: list[Visit] = []
        start = self.data.vehicle[place.courier, layout.START]
        count = routes.sequence_of(self.data, self.state, place.courier, 0)
        for before in (start, *self.state.scratch[0, :count].tolist()):
            if before != start:
                visits.append(self._visits[before])
            if place.pickup >= 0 and before == place.pickup_after:
                visits.append(self._visits[place.pickup])
                if place.delivery_after == place.pickup:
                    visits.append(self._visits[place.delivery])
            if before == place.delivery_after:
                visits.append(self._visits[place.delivery])
        return visits

    def used(self, state: State | None = None) -> npt.NDArray[np.int64]:
        """Return the couriers that have something to do."""
        return np.flatnonzero((state or self.state).route[:, layout.COUNT] > 0)

    def spare(self, state: State | None = None) -> State:
        """Return a second state with the routes of `state` (None: the working plan), without a memory."""
        other = new_state(self.data, self.state.stock, 0, remembering=False)
        routes.copy_to(self.state if state is None else state, other)
        return other

    def restore(self, state: State) -> None:
        """Let the working plan have the routes of `state`."""
        routes.copy_to(state, self.state)
        self.shown = None

    def relate(self) -> None:
        """Find out which shipments are near each other; the searches need it, insertion does not."""
        self.data = self.data._replace(near=_near(self.data, self.compiled))


def _near(data: Data, compiled: Compiled) -> npt.NDArray[np.int32]:
    """Return for every shipment those whose pickups and deliveries lie nearest, the nearest first."""
    count = len(data.shipment)
    if count < 2:
        return np.zeros((count, 0), dtype=np.int32)
    delivery = data.node[data.shipment[:, layout.DELIVERIES], layout.PLACE]
    has_pickup = data.shipment[:, layout.PICKUPS] < data.shipment[:, layout.PICKUPS + 1]
    first = np.where(has_pickup, data.shipment[:, layout.PICKUPS], data.shipment[:, layout.DELIVERIES])
    pickup = data.node[first, layout.PLACE]
    keep = min(NEAR, count - 1)
    near = np.empty((count, keep), dtype=np.int32)
    duration = data.duration[0]
    for s in range(count):
        apart = duration[delivery[s], delivery].astype(np.int64) + duration[delivery, delivery[s]]
        apart += duration[pickup[s], pickup].astype(np.int64) + duration[pickup, pickup[s]]
        apart[s] = np.iinfo(np.int64).max
        nearest = np.argpartition(apart, keep - 1)[:keep]
        near[s] = nearest[np.argsort(apart[nearest], kind="stable")]
    return near
