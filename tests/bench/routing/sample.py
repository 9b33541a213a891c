"""Which instances are measured, and vehicle-routing instances made from them."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path

from routing.formats.instance import Instance, Kind, Node
from routing.formats.lilim import read_lilim

SIZES = (100, 200, 400, 600, 800, 1000)
SECONDS = {100: 5.0, 200: 20.0, 400: 60.0, 600: 60.0, 800: 60.0, 1000: 60.0}
"""How long each contestant has, by size, unless told otherwise; VROOM takes its own time."""

DEFAULT_SIZES = (100, 200, 400, 1000)
DEFAULT_COUNTS = {200: 12, 400: 8, 1000: 3}
"""How many instances of a size; all of those that are not named."""

FIRST = ("lrc1_4_5", "lr1_4_5", "lrc1_10_5", "lr1_10_5", "lc2_10_5")
"""Taken before others, because they are the hard ones of their size."""


@dataclass(frozen=True, slots=True)
class BestKnown:
    """What the collection's table says: fewest vehicles, and then distance."""

    size: int
    name: str
    vehicles: int
    distance: float


def best_known(folder: Path) -> dict[str, BestKnown]:
    """Return the table of `bks.csv` by instance."""
    with (folder / "bks.csv").open() as file:
        rows = [
            BestKnown(int(row["clients"]), row["instance"], int(row["vehicles"]), float(row["distance"]))
            for row in csv.DictReader(file)
        ]
    return {row.name: row for row in rows}


def sample(table: dict[str, BestKnown], size: int, count: int | None) -> list[str]:
    """Return `count` instances of a size (None: all), spread over the families, the same every time."""
    names = sorted(name for name, row in table.items() if row.size == size)
    if count is None or count >= len(names):
        return names
    chosen = [name for name in FIRST if name in names][:count]
    left = [name for name in _by_turns(names) if name not in chosen]
    return sorted(chosen + left[: count - len(chosen)])


def _by_turns(names: list[str]) -> list[str]:
    """Return one instance of each family, then the next of each: the middle ones first."""
    families: dict[str, list[str]] = {}
    for name in names:
        families.setdefault(family(name), []).append(name)
    ordered = [
        sorted(members, key=lambda n, m=members: abs(m.index(n) - len(m) // 2))
        for members in families.values()
    ]
    most = max(map(len, ordered))
    return [members[turn] for turn in range(most) for members in ordered if turn < len(members)]


def family(name: str) -> str:
    """Return the family: `lrc1_4_5` and `lrc105` are of `lrc1`."""
    letters = name.rstrip("0123456789_")
    head = name.split("_")[0]
    return head if "_" in name else letters + head[len(letters)]


def read(folder: Path, name: str, *, as_vrptw: bool) -> Instance:
    """Return the instance, with or without its pairing."""
    instance = read_lilim((folder / f"{name}.txt").read_text(), name)
    return without_pairing(instance) if as_vrptw else instance


def without_pairing(instance: Instance) -> Instance:
    """Return deliveries alone, each a customer of the depot; they are numbered anew."""
    deliveries = [node for node in instance.customers if node.pickup is not None]
    customers = tuple(_customer(k, node) for k, node in enumerate(deliveries, start=1))
    return replace(instance, kind=Kind.VRPTW, nodes=(instance.depot, *customers))


def _customer(number: int, node: Node) -> Node:
    return replace(node, number=number, demand=abs(node.demand), pickup=None, delivery=None)
