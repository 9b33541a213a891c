"""The kernel as an object: a compiled problem as arrays, tours in and out, and the searches on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from routing.compiled import Compiled, Courier, Visit
from routing.kernel import layout, placing, routes, ruin
from routing.kernel.layout import Data, State, new_state
from routing.problem import StopKind

NEAR = 120
"""How many related shipments each one knows."""


class Engine:
    """One working plan of a compiled problem, and the best one seen."""

    def __init__(self, compiled: Compiled, seed: int = 0, remembering: bool = True) -> None:
        self.compiled = compiled
        self._visits, spans = _numbered(compiled)
        self._stock_keys = {key: k for k, key in enumerate(compiled.stock)}
        self.shown: State | None = None
        """The plan that progress is told of, where it is not the working plan."""
        self.data = _data(compiled, self._visits, spans, self._stock_keys)
        self._stock = np.array([compiled.stock[key] for key in self._stock_keys], dtype=np.int64)
        self.state = new_state(self.data, self._stock, seed, remembering)
        self._node_of = {id(visit): v for v, visit in enumerate(self._visits)}
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
            before = self.data.vehicle[c, layout.START]
            for visit in visits:
                v = self._node_of[id(visit)]
                self._link(c, v, before, visit)
                before = v
            routes.refresh(self.data, self.state, c)

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

    def best_place(self, s: int, limit: int | None = None) -> tuple[int, list[Visit]] | None:
        """Return the courier, and the visits with shipment `s` among them, that cost least below `limit`."""
        bound = layout.NEVER if limit is None else np.int64(limit)
        extra, c, p, d, p_after, d_after = placing.best_anywhere(self.data, self.state, np.int64(s), bound)
        if extra == layout.NEVER:
            return None
        visits: list[Visit] = []
        start = self.data.vehicle[c, layout.START]
        count = routes.sequence_of(self.data, self.state, c, 0)
        for before in (start, *self.state.scratch[0, :count].tolist()):
            if before != start:
                visits.append(self._visits[before])
            if p >= 0 and before == p_after:
                visits.append(self._visits[p])
            if d_after == before or (p >= 0 and before == p_after and d_after == p):
                visits.append(self._visits[d])
        return int(c), visits

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

    def _link(self, c: int, v: int, before: int, visit: Visit) -> None:
        routes.link_after(self.data, self.state, c, v, before)
        routes.draw(self.data, self.state, v, -1)
        chosen = self.state.chosen[visit.shipment]
        if visit.kind is StopKind.PICKUP:
            chosen[layout.FROM] = (
                -1 if visit.locked else v
            )  # A locked pickup stays whatever becomes of the rest.
        else:
            chosen[layout.BY], chosen[layout.TO] = c, v


def _numbered(compiled: Compiled) -> tuple[list[Visit], dict[str, list[tuple[int, int]]]]:
    """Return all visits in the order of their nodes, and where those of every shipment stand."""
    visits: list[Visit] = []
    spans: dict[str, list[tuple[int, int]]] = {"pickups": [], "deliveries": []}
    for name, groups in (("pickups", compiled.pickups), ("deliveries", compiled.deliveries)):
        for group in groups:
            spans[name].append((len(visits), len(visits) + len(group)))
            visits.extend(group)
    for courier in compiled.couriers:
        visits.extend(courier.locked)
    return visits, spans


def _data(
    compiled: Compiled,
    visits: list[Visit],
    spans: dict[str, list[tuple[int, int]]],
    stock_keys: dict[tuple[str, str], int],
) -> Data:
    problem = compiled.problem
    node, window, draw = _nodes(compiled, visits, stock_keys)
    vehicle, pause = _vehicles(compiled, len(visits))
    profiles = list(problem.travel_by_profile.values())
    duration = _stacked([travel.duration_s for travel in profiles])
    distance = _stacked([travel.distance_m for travel in profiles])
    if len(profiles) == 1 and profiles[0].duration_s is profiles[0].distance_m:
        distance = duration
    eligible = np.zeros((len(problem.shipments), len(problem.vehicles)), dtype=np.uint8)
    for s, couriers in enumerate(compiled.eligible):
        eligible[s, couriers] = 1
    return Data(
        node=node,
        window=window,
        shipment=_shipments(compiled, spans),
        draw=draw,
        vehicle=vehicle,
        pause=pause,
        duration=duration,
        distance=distance,
        eligible=eligible,
        near=np.zeros((len(problem.shipments), 0), dtype=np.int32),
        soft=bool((node[:, layout.LATE] > 0).any()),
    )


def _stacked(matrices: list[npt.NDArray[np.integer[Any]]]) -> npt.NDArray[np.int32]:
    """Return the matrices as one cube; always read-only, for numba compiles anew for an array that is not."""
    if len(matrices) == 1:
        cube = np.ascontiguousarray(matrices[0], dtype=np.int32)[None, :, :]
    else:
        cube = np.stack([matrix.astype(np.int32) for matrix in matrices])
    cube.setflags(write=False)
    return cube


def _nodes(
    compiled: Compiled, visits: list[Visit], stock_keys: dict[tuple[str, str], int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    rows, windows, draws = [], list[tuple[int, int]](), list[tuple[int, int]]()
    for visit in visits:
        first_window, first_draw = len(windows), len(draws)
        windows.extend(visit.windows)
        for draw in visit.site.draws:
            key = (draw.location, draw.part)
            draws.append((stock_keys.setdefault(key, len(stock_keys)), draw.quantity))
            compiled.stock.setdefault(key, 0)
        kind = 1 if visit.kind is StopKind.PICKUP else -1
        rows.append(
            (
                visit.place,
                visit.service_s,
                visit.windows[0][0],
                visit.windows[-1][1],
                *visit.load,
                visit.due_s,
                visit.late_millicents_per_s,
                visit.shipment,
                kind,
                int(visit.locked),
                first_window,
                len(windows),
                first_draw,
                len(draws),
            )
        )
    forever = int(layout.FOREVER)
    rows += [(c.start, 0, 0, forever, 0, 0, 0, forever, 0, -1, 0, 1, 0, 0, 0, 0) for c in compiled.couriers]
    for courier in compiled.couriers:
        rate = courier.vehicle.overtime_millicents_per_s
        rows.append(
            (courier.end, 0, 0, courier.until_s, 0, 0, 0, courier.latest_s, rate, -1, 0, 1, 0, 0, 0, 0)
        )
    return (
        np.array(rows, dtype=np.int64).reshape(-1, layout.NODE_COLUMNS),
        np.array(windows, dtype=np.int64).reshape(-1, 2),
        np.array(draws, dtype=np.int64).reshape(-1, 2),
    )


def _shipments(compiled: Compiled, spans: dict[str, list[tuple[int, int]]]) -> npt.NDArray[np.int64]:
    vehicles = {vehicle.id: v for v, vehicle in enumerate(compiled.problem.vehicles)}
    stacked = {s: k for courier in compiled.couriers for k, s in enumerate(courier.stacked)}
    rows = []
    for s, shipment in enumerate(compiled.problem.shipments):
        first, last = spans["pickups"][s]
        told = -1 if shipment.told is None else vehicles.get(shipment.told, len(vehicles))
        aboard = compiled.picked_up[s] and (shipment.weight_g or shipment.volume_cm3 or shipment.items)
        back = shipment.back_weight_g or shipment.back_volume_cm3 or shipment.back_items
        rows.append(
            (
                first,
                first if compiled.picked_up[s] else last,
                *spans["deliveries"][s],
                shipment.unserved_millicents,
                told,
                shipment.told_millicents,
                int(not compiled.closed[s]),
                int(bool(aboard or back)),
                stacked.get(s, -1),
            )
        )
    return np.array(rows, dtype=np.int64).reshape(-1, layout.SHIPMENT_COLUMNS)


def _vehicles(compiled: Compiled, visits: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    couriers, rows, pauses = compiled.couriers, [], list[tuple[int, int, int]]()
    profiles = {name: k for k, name in enumerate(compiled.problem.travel_by_profile)}
    alike: dict[object, int] = {}
    locked_at = visits - sum(len(courier.locked) for courier in couriers)
    for courier in couriers:
        vehicle, first = courier.vehicle, len(pauses)
        for pause, latest_s in zip(vehicle.breaks, courier.pause_latest_s, strict=True):
            pauses.append((pause.window.earliest_s, latest_s, pause.duration_s))
        locked_at += len(courier.locked)
        last_locked = locked_at - 1 if courier.locked else visits + courier.index
        exact = bool(vehicle.breaks) or vehicle.lifo or vehicle.max_driving_s < layout.FOREVER // 10
        rows.append(
            (
                visits + courier.index,
                visits + len(couriers) + courier.index,
                vehicle.fixed_cents * 1000,
                vehicle.millicents_per_s,
                vehicle.millicents_per_m + vehicle.co2e_millicents_per_m,
                profiles[vehicle.profile],
                *courier.capacity,
                vehicle.max_driving_s,
                int(vehicle.lifo),
                first,
                len(pauses),
                last_locked,
                alike.setdefault(_kind_of(courier), len(alike)),
                int(exact),
            )
        )
    return (
        np.array(rows, dtype=np.int64).reshape(-1, layout.VEHICLE_COLUMNS),
        np.array(pauses, dtype=np.int64).reshape(-1, 3),
    )


def _kind_of(courier: Courier) -> object:
    """Return what two couriers must have in common to be interchangeable while they have nothing to do."""
    vehicle = courier.vehicle
    if courier.locked or courier.stacked:
        return courier.index
    return (
        courier.start, courier.end, courier.earliest_s, courier.latest_s, courier.until_s, courier.capacity,
        vehicle.skills, vehicle.millicents_per_s, vehicle.millicents_per_m, vehicle.co2e_millicents_per_m,
        vehicle.fixed_cents, vehicle.profile, vehicle.max_driving_s, vehicle.overtime_millicents_per_s,
        vehicle.lifo, vehicle.breaks,
    )  # fmt: skip


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
