"""A benchmark instance as its file states it: numbered nodes on a plane, one fleet, one depot."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

MAX_NODES = 10_000
"""Larger files are refused: the two matrices of 10,000 nodes take 1.6 GB."""


class Kind(StrEnum):
    """Which problem the instance poses."""

    PDPTW = "pdptw"
    """Pickup and delivery with time windows: each pickup has its delivery, in one route, in order."""

    VRPTW = "vrptw"
    """Vehicle routing with time windows: all is loaded at the depot, once."""


@dataclass(frozen=True, slots=True)
class Node:
    """One place of the plane, in the file's own units; driving one unit of distance takes one of time.

    `demand` is taken on board at a pickup (above zero), handed over at a delivery (below zero), and handed
    over where all comes from the depot. Service takes `service` and starts from `ready` to `due`. A pickup
    names its `delivery`, a delivery its `pickup`.
    """

    number: int
    x: float
    y: float
    demand: float
    ready: float
    due: float
    service: float
    pickup: int | None = None
    delivery: int | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """A fleet of `vehicles` of equal `capacity`, and the nodes; the first is the depot."""

    name: str
    kind: Kind
    vehicles: int
    capacity: float
    nodes: tuple[Node, ...]

    @property
    def depot(self) -> Node:
        """Where every route starts and ends, inside the depot's hours."""
        return self.nodes[0]

    @property
    def customers(self) -> tuple[Node, ...]:
        """Every node but the depot."""
        return self.nodes[1:]

    def distance(self, a: int, b: int) -> float:
        """Return the Euclidean distance between two nodes."""
        return math.hypot(self.nodes[a].x - self.nodes[b].x, self.nodes[a].y - self.nodes[b].y)
