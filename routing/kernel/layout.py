"""The arrays of the kernel: what each row and column means.

Nodes are the visits (every alternative of every shipment, and the locked ones), then the start of each
courier, then the end of each courier. Times in s, distances in m, money in millicents, loads in g, cm3
and pieces. A place of -1 is nowhere: driving there takes no time and costs nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Int64Rows = npt.NDArray[np.int64]
Int32Cube = npt.NDArray[np.int32]

FOREVER = np.int64(1_000_000_000)
"""Later than anything a problem may name, as in `routing.compiled`."""

NEVER = np.int64(1 << 60)
"""A cost that nothing is worth."""

BROKEN = np.int64(1 << 50)
"""What a route costs for being impossible: what is on board and not delivered may overload it."""

# Columns of `Data.node`.
PLACE, SERVICE, OPEN, CLOSE, LOAD, DUE, LATE, SHIPMENT, KIND, LOCKED, WINDOWS, DRAWS = (
    0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 14,
)  # fmt: skip
"""LOAD stands for three columns; WINDOWS and DRAWS for the first and one past the last row of theirs."""
NODE_COLUMNS = 16

# Columns of `Data.shipment`.
PICKUPS, DELIVERIES, WORTH, TOLD, TOLD_COST, MOVABLE, EXACTLY, STACKED = 0, 2, 4, 5, 6, 7, 8, 9
"""PICKUPS and DELIVERIES stand for the first and one past the last node; no pickups: it is in the van.
EXACTLY says that only the exact timing decides for it; STACKED is its number on board, or -1."""
SHIPMENT_COLUMNS = 10

# Columns of `Data.vehicle`.
START, END, FIXED, PER_S, PER_M, PROFILE, CAPACITY, MAX_DRIVING, LIFO, PAUSES, LAST_LOCKED, ALIKE, EXACT = (
    0, 1, 2, 3, 4, 5, 6, 9, 10, 11, 13, 14, 15,
)  # fmt: skip
"""START and END are nodes; CAPACITY stands for three columns; vehicles with one ALIKE number are
interchangeable while they have nothing to do; EXACT says that only the exact timing decides for it."""
MAX_STRETCH, DRIVEN = 16, 17
"""How long it may drive without a break (FOREVER: as it likes), and how long it has when the route begins."""
VEHICLE_COLUMNS = 18

# Columns of `State.link`.
NEXT, PREV, ROUTE, FREE, LATEST, AFTER = 0, 1, 2, 3, 4, 5
"""FREE is the earliest departure, LATEST the latest arrival that breaks nothing after it (breaks left out);
AFTER stands for three columns, the load after the visit."""
LINK_COLUMNS = 8

# Columns of `State.route`.
COST, COUNT, VERSION = 0, 1, 2
ROUTE_COLUMNS = 3

# Columns of `State.chosen`: the courier that serves a shipment, and the nodes of its pickup and delivery.
BY, FROM, TO = 0, 1, 2
CHOSEN_COLUMNS = 3

# Columns of `State.memory`: the best place of a shipment in one version of one courier's route.
AT_VERSION, AT_SOURCES, EXTRA, PICKUP, DELIVERY, PICKUP_AFTER, DELIVERY_AFTER = 0, 1, 2, 3, 4, 5, 6
MEMORY_COLUMNS = 7


class Data(NamedTuple):
    """The problem, which no function of the kernel changes."""

    node: Int64Rows
    window: Int64Rows
    shipment: Int64Rows
    draw: Int64Rows
    vehicle: Int64Rows
    pause: Int64Rows
    duration: Int32Cube
    distance: Int32Cube
    eligible: npt.NDArray[np.uint8]
    near: npt.NDArray[np.int32]
    soft: bool


class State(NamedTuple):
    """Routes as linked nodes, what they cost, and what each search remembers.

    `counters` are the last version given to a route, and the state of the random numbers.
    """

    link: Int64Rows
    route: Int64Rows
    chosen: Int64Rows
    stock: npt.NDArray[np.int64]
    memory: npt.NDArray[np.int64]
    counters: npt.NDArray[np.uint64]
    scratch: Int64Rows
    kept: Int64Rows


def new_state(data: Data, stock: npt.NDArray[np.int64], seed: int, remembering: bool) -> State:
    """Return a state in which every courier has an unlinked route; `routes.reset` links it."""
    nodes, couriers, shipments = len(data.node), len(data.vehicle), len(data.shipment)
    counters = np.zeros(2, dtype=np.uint64)
    counters[1] = np.uint64(0x9E3779B97F4A7C15 * (seed + 1) & 0xFFFFFFFFFFFFFFFF) | np.uint64(1)
    memory = (shipments, couriers, MEMORY_COLUMNS) if remembering else (0, 0, MEMORY_COLUMNS)
    return State(
        link=np.full((nodes, LINK_COLUMNS), -1, dtype=np.int64),
        route=np.zeros((couriers, ROUTE_COLUMNS), dtype=np.int64),
        chosen=np.full((shipments, CHOSEN_COLUMNS), -1, dtype=np.int64),
        stock=stock.copy(),
        memory=np.zeros(memory, dtype=np.int64),
        counters=counters,
        scratch=np.zeros((14, nodes + 8), dtype=np.int64),
        kept=np.zeros((nodes + 8, LINK_COLUMNS + 1), dtype=np.int64),
    )
