"""Reads vehicle-routing instances as Solomon (1987), and Gehring & Homberger (1999) after him, wrote them.

A name; `VEHICLE`, then number and capacity under their titles; `CUSTOMER`, then one line a node under the
titles: number, x, y, demand, ready, due, service.
"""

from __future__ import annotations

from typing import Any

from routing.formats.instance import Instance, Kind, Node
from routing.formats.tables import MAX_VEHICLES, lines_of, numbers, rows, whole
from routing.values import InvalidProblem, require

FLEET = ("vehicles", "capacity")
COLUMNS = ("number", "x", "y", "demand", "ready", "due", "service")


def read_solomon(text: str, name: str | None = None) -> Instance:
    """Return the instance that `text` describes. Raises `InvalidProblem` with the line and the column."""
    lines = lines_of(text)
    titles = {line.strip().upper(): k for k, (_, line) in enumerate(lines)}
    fleet_at, customers_at = _title(titles, "VEHICLE"), _title(titles, "CUSTOMER")
    require(fleet_at + 2 < customers_at, "file", "must name the fleet between VEHICLE and CUSTOMER.")
    fleet_line = lines[fleet_at + 2]
    fleet, path = numbers(fleet_line, FLEET), f"line {fleet_line[0]}"
    vehicles = whole(fleet["vehicles"], f"{path}, vehicles", 1, MAX_VEHICLES)
    require(fleet["capacity"] >= 0, f"{path}, capacity", "must not be negative.")
    nodes: list[Node] = []
    for line, row in rows(lines[customers_at + 2 :], COLUMNS):
        require(row["demand"] >= 0, f"line {line}, demand", f"must not be negative: {row['demand']:g}.")
        figures: dict[str, Any] = {name: row[name] for name in COLUMNS[1:]}
        nodes.append(Node(len(nodes), **figures))
    title = lines[0][1].strip() if fleet_at > 0 else "instance"
    return Instance(name or title, Kind.VRPTW, vehicles, fleet["capacity"], tuple(nodes))


def write_solomon(instance: Instance) -> str:
    """Return the text of a vehicle-routing instance, which `read_solomon` reads back as it was."""
    head = [
        "",
        "VEHICLE",
        "NUMBER     CAPACITY",
        f"{instance.vehicles} {instance.capacity!r}",
        "",
        "CUSTOMER",
    ]
    head += ["CUST NO.  XCOORD.  YCOORD.  DEMAND  READY TIME  DUE DATE  SERVICE TIME", ""]
    body = [
        " ".join(repr(value) for value in (n.number, n.x, n.y, n.demand, n.ready, n.due, n.service))
        for n in instance.nodes
    ]
    return "\n".join([instance.name, *head, *body, ""])


def _title(titles: dict[str, int], title: str) -> int:
    if title not in titles:
        raise InvalidProblem("file", f"has no line {title}: is this a Solomon instance?")
    return titles[title]
