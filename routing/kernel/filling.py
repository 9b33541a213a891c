"""Fills the kernel's arrays from a compiled problem."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from routing.compiled import Compiled, Courier, StockKey, Visit
from routing.kernel import layout
from routing.kernel.layout import Data
from routing.problem import StopKind
from routing.values import MAX_TIME_S

Row = tuple[int, ...]
Span = tuple[int, int]
"""The first node and one past the last."""


def numbered(compiled: Compiled) -> tuple[list[Visit], list[Span], list[Span]]:
    """Return all visits in the order of their nodes, and where those of every shipment stand."""
    visits: list[Visit] = []
    spans: tuple[list[Span], list[Span]] = ([], [])
    for found, groups in zip(spans, (compiled.pickups, compiled.deliveries), strict=True):
        for group in groups:
            found.append((len(visits), len(visits) + len(group)))
            visits.extend(group)
    for courier in compiled.couriers:
        visits.extend(courier.locked)
    return visits, *spans


def fill(compiled: Compiled, stock_keys: dict[StockKey, int]) -> Data:
    """Return the arrays of a problem; `stock_keys` numbers the stock, and learns what is not there."""
    visits, pickups, deliveries = numbered(compiled)
    nodes, windows, draws = visit_rows(visits, stock_keys)
    nodes += _ends(compiled.couriers)
    node = _array(nodes, layout.NODE_COLUMNS)
    vehicle, pause = _vehicles(compiled, len(visits))
    rows = shipment_rows(compiled, range(len(pickups)), pickups, deliveries)
    duration, distance = roads(compiled)
    return Data(
        node=node,
        window=_array(windows, 2),
        shipment=_array(rows, layout.SHIPMENT_COLUMNS),
        draw=_array(draws, 2),
        vehicle=vehicle,
        pause=pause,
        duration=duration,
        distance=distance,
        eligible=eligible_rows(compiled.eligible, len(compiled.couriers)),
        near=np.zeros((len(rows), 0), dtype=np.int32),
        soft=bool((node[:, layout.LATE] > 0).any()),
    )


def visit_rows(
    visits: Sequence[Visit], stock_keys: dict[StockKey, int], windows_before: int = 0, draws_before: int = 0
) -> tuple[list[Row], list[Row], list[Row]]:
    """Return the nodes of visits, and the time windows and draws that go behind those there are already."""
    rows, windows, draws = list[Row](), list[Row](), list[Row]()
    for visit in visits:
        first_window, first_draw = windows_before + len(windows), draws_before + len(draws)
        windows.extend(visit.windows)
        for draw in visit.site.draws:
            key = (draw.location, draw.part)
            draws.append((stock_keys.setdefault(key, len(stock_keys)), draw.quantity))
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
                1 if visit.kind is StopKind.PICKUP else -1,
                int(visit.locked),
                first_window,
                windows_before + len(windows),
                first_draw,
                draws_before + len(draws),
            )
        )
    return rows, windows, draws


def shipment_rows(
    compiled: Compiled, shipments: Iterable[int], pickups: Iterable[Span], deliveries: Iterable[Span]
) -> list[Row]:
    """Return the rows of shipments whose visits stand at these nodes."""
    numbers = {courier.vehicle.id: courier.index for courier in compiled.couriers}
    return [
        _shipment_row(compiled, s, loads, unloads, numbers)
        for s, loads, unloads in zip(shipments, pickups, deliveries, strict=True)
    ]


def _shipment_row(
    compiled: Compiled, s: int, pickups: Span, deliveries: Span, numbers: dict[str, int]
) -> Row:
    shipment = compiled.problem.shipments[s]
    first, last = pickups
    told = -1 if shipment.told is None else numbers.get(shipment.told, len(numbers))
    aboard = compiled.picked_up[s] and (shipment.weight_g or shipment.volume_cm3 or shipment.items)
    back = shipment.back_weight_g or shipment.back_volume_cm3 or shipment.back_items
    return (
        first,
        first if compiled.picked_up[s] else last,
        *deliveries,
        shipment.unserved_millicents,
        told,
        shipment.told_millicents,
        int(not compiled.closed[s]),
        int(bool(aboard or back)),
        _stacked_at(compiled, s),
    )


def eligible_rows(eligible: Sequence[Sequence[int]], couriers: int) -> npt.NDArray[np.uint8]:
    """Return for each shipment a row that says of each courier whether it may take it."""
    rows = np.zeros((len(eligible), couriers), dtype=np.uint8)
    for row, able in zip(rows, eligible, strict=True):
        row[able] = 1
    return rows


def roads(compiled: Compiled) -> tuple[layout.Int32Cube, layout.Int32Cube]:
    """Return durations and distances of every profile."""
    profiles = list(compiled.problem.travel_by_profile.values())
    duration = _cube([travel.duration_s for travel in profiles])
    if len(profiles) == 1 and profiles[0].duration_s is profiles[0].distance_m:
        return duration, duration
    return duration, _cube([travel.distance_m for travel in profiles])


def _cube(matrices: list[npt.NDArray[np.integer[Any]]]) -> layout.Int32Cube:
    """Return the matrices as one cube; always read-only, for numba compiles anew for an array that is not."""
    if len(matrices) == 1:
        cube = np.ascontiguousarray(matrices[0], dtype=np.int32)[None, :, :]
    else:
        cube = np.stack([matrix.astype(np.int32) for matrix in matrices])
    cube.setflags(write=False)
    return cube


def _array(rows: Sequence[Row], columns: int) -> layout.Int64Rows:
    return np.array(rows, dtype=np.int64).reshape(-1, columns)


def _stacked_at(compiled: Compiled, s: int) -> int:
    """Return the number of a shipment among what its courier has on board, or -1."""
    bound = compiled.bound[s]
    stacked = compiled.couriers[bound].stacked if bound >= 0 else ()
    return stacked.index(s) if s in stacked else -1


def _ends(couriers: Sequence[Courier]) -> list[Row]:
    """Return the nodes of all starts, then of all ends."""
    forever = int(layout.FOREVER)
    rows: list[Row] = [(c.start, 0, 0, forever, 0, 0, 0, forever, 0, -1, 0, 1, 0, 0, 0, 0) for c in couriers]
    for courier in couriers:
        rate = courier.vehicle.overtime_millicents_per_s
        rows.append(
            (courier.end, 0, 0, courier.until_s, 0, 0, 0, courier.latest_s, rate, -1, 0, 1, 0, 0, 0, 0)
        )
    return rows


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
        limited = min(vehicle.max_driving_s, vehicle.max_stretch_s) < MAX_TIME_S
        exact = bool(vehicle.breaks) or vehicle.lifo or limited
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
                vehicle.max_stretch_s if vehicle.must_rest else int(layout.FOREVER),
                vehicle.driven_s,
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
        vehicle.max_stretch_s, vehicle.driven_s, vehicle.lifo, vehicle.breaks,
    )  # fmt: skip
