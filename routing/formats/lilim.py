"""Reads pickup-and-delivery instances as Li & Lim (2001) wrote them, and the SINTEF collection keeps them.

The first line holds vehicles, capacity and a speed that nobody uses; every other line one node: number, x, y,
demand, ready, due, service, number of its pickup (or 0), number of its delivery (or 0).
"""

from __future__ import annotations

from typing import Any

from routing.formats.instance import Instance, Kind, Node
from routing.formats.tables import MAX_VEHICLES, lines_of, numbers, rows, whole
from routing.values import require

FLEET = ("vehicles", "capacity", "speed")
COLUMNS = ("number", "x", "y", "demand", "ready", "due", "service", "pickup", "delivery")

_Rows = list[tuple[int, dict[str, float]]]


def read_lilim(text: str, name: str = "instance") -> Instance:
    """Return the instance that `text` describes. Raises `InvalidProblem` with the line and the column."""
    lines = lines_of(text)
    require(len(lines) > 1, "file", "must hold a line on the fleet and one for each node.")
    fleet = numbers(lines[0], FLEET)
    vehicles = whole(fleet["vehicles"], "line 1, vehicles", 1, MAX_VEHICLES)
    require(
        fleet["capacity"] >= 0, "line 1, capacity", f"must not be negative, but is {fleet['capacity']:g}."
    )
    found = list(rows(lines[1:], COLUMNS))
    nodes = tuple(_node(found, k) for k in range(len(found)))
    return Instance(name, Kind.PDPTW, vehicles, fleet["capacity"], nodes)


def _node(found: _Rows, k: int) -> Node:
    line, row = found[k]
    figures: dict[str, Any] = {name: row[name] for name in COLUMNS[1:7]}
    if k == 0:
        return Node(0, **figures)
    named = [name for name in ("pickup", "delivery") if row[name] != 0]
    require(len(named) == 1, f"line {line}", "must name either its pickup or its delivery; the other is 0.")
    return Node(k, **figures, **{named[0]: _partner(found, k, *named)})


def _partner(found: _Rows, k: int, named: str) -> int:
    """Return the other end of the pair, which must name this one, with the opposite demand."""
    line, row = found[k]
    mine = "pickup" if named == "delivery" else "delivery"
    partner = whole(row[named], f"line {line}, {named}", 1, len(found) - 1)
    back = found[partner][1]
    mutual = back[mine] == k and back[named] == 0
    require(mutual, f"line {line}, {named}", f"is {partner}, which does not name {k} as its {mine}.")
    right_sign = row["demand"] >= 0 if mine == "pickup" else row["demand"] <= 0
    require(right_sign, f"line {line}, demand", f"has the wrong sign for a {mine}: {row['demand']:g}.")
    opposite = back["demand"] == -row["demand"]
    require(opposite, f"line {line}, demand", f"is not the opposite of node {partner}'s.")
    return partner
