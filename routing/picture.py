"""Pictures of plans: SVG for people, GeoJSON for maps."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any, Protocol

from routing.formats.instance import Instance
from routing.plan import Plan, Stop
from routing.problem import Problem, StopKind
from routing.values import require

SIDE = 1000
"""The longer side of the plane in the picture, in its own units."""

MARGIN, LEGEND, LINE = 30, 330, 18


class Located(Protocol):
    """Something with coordinates, WGS-84."""

    @property
    def lat_deg(self) -> float:
        """Latitude."""
        ...

    @property
    def lon_deg(self) -> float:
        """Longitude."""
        ...


@dataclass(frozen=True, slots=True)
class Point:
    """One stop on the plane, y upwards: what happens there, and what is told of it."""

    x: float
    y: float
    kind: StopKind
    label: str
    facts: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One route, under its vehicle's name, from start to end."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Routes on a plane; where the plane is the earth, x is longitude and y latitude, in degrees."""

    title: str
    lines: tuple[Line, ...]
    left_out: tuple[Point, ...] = ()
    on_earth: bool = False


def drawing_of_instance(instance: Instance, routes: Sequence[Sequence[int]]) -> Drawing:
    """Return routes of node numbers on the plane of their file."""

    def point(number: int, kind: StopKind | None = None) -> Point:
        node = instance.nodes[number]
        does = kind or (StopKind.PICKUP if node.delivery is not None else StopKind.DELIVERY)
        return Point(node.x, node.y, does, str(number))

    start, end = point(0, StopKind.START), point(0, StopKind.END)
    lines = tuple(
        Line(f"Route {k}", (start, *map(point, route), end)) for k, route in enumerate(routes, start=1)
    )
    visited = {number for route in routes for number in route}
    left = tuple(point(node.number) for node in instance.customers if node.number not in visited)
    length = sum(math.dist((a.x, a.y), (b.x, b.y)) for line in lines for a, b in pairwise(line.points))
    return Drawing(f"{instance.name}: {len(lines)} vehicles, distance {length:.2f}", lines, left)


def drawing_of_problem(problem: Problem, places: Sequence[Located], plan: Plan) -> Drawing:
    """Return a plan on the map."""

    def point(stop: Stop) -> Point:
        at = places[stop.place or 0]
        label = f"{stop.shipment} at {stop.site}" if stop.shipment else str(stop.kind)
        told = ("shipment", "site", "arrival_s", "start_s", "departure_s", "weight_g", "volume_cm3")
        facts = tuple((name, getattr(stop, name)) for name in told if getattr(stop, name) is not None)
        return Point(at.lon_deg, at.lat_deg, stop.kind, label, facts)

    lines = tuple(
        Line(route.vehicle, tuple(point(stop) for stop in route.stops if stop.place is not None))
        for route in plan.routes
    )
    left = []
    for entry in plan.unserved:
        at = places[problem.shipment_by_id[entry.shipment].deliveries[0].place]
        facts = (("shipment", entry.shipment), ("reason", str(entry.reason)), ("sentence", entry.sentence))
        left.append(Point(at.lon_deg, at.lat_deg, StopKind.DELIVERY, f"{entry.shipment} unserved", facts))
    return Drawing(f"{len(lines)} vehicles, {len(left)} unserved", lines, tuple(left), on_earth=True)


def geojson(drawing: Drawing) -> dict[str, Any]:
    """Return a FeatureCollection (RFC 7946): a line for each route, a point for each stop.

    Raises `InvalidProblem` where the plane is not the earth.
    """
    require(drawing.on_earth, "places", "have no coordinates on the earth, which GeoJSON needs.")
    features = []
    for k, line in enumerate(drawing.lines):
        features.append(_line_feature(line, colour(k)))
        features += [_point_feature(n, p, line.name, colour(k)) for n, p in enumerate(line.points)]
    features += [_point_feature(None, point, None, "#000000") for point in drawing.left_out]
    return {"type": "FeatureCollection", "features": features}


def svg(drawing: Drawing) -> str:
    """Return the picture: a colour for each route, pickups hollow, deliveries filled, depots square."""
    plane = _Plane.around(drawing)
    height = max(plane.height, (len(drawing.lines) + 4) * LINE + 2 * MARGIN)
    width = plane.width + LEGEND
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(drawing.title)}</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
    ]
    for k, line in enumerate(drawing.lines):
        parts += _route(plane, line, colour(k))
    parts += [_mark(plane, point, "#000000", crossed=True) for point in drawing.left_out]
    return "\n".join([*parts, *_legend(plane.width, drawing), "</svg>", ""])


def colour(k: int) -> str:
    """Return the colour of route `k` (from 0): hues by the golden angle, in turn darker and lighter."""
    hue = (k * 0.61803398875) % 1.0
    red, green, blue = colorsys.hls_to_rgb(hue, (0.36, 0.48, 0.28)[k % 3], 0.75)
    return f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where points lie in the picture: its y runs downwards."""

    left: float
    top: float
    x_scale: float
    y_scale: float
    width: float
    height: float

    @classmethod
    def around(cls, drawing: Drawing) -> _Plane:
        points = [p for line in drawing.lines for p in line.points] + list(drawing.left_out)
        xs, ys = [p.x for p in points] or [0.0], [p.y for p in points] or [0.0]
        # On the earth a degree of longitude shrinks with latitude.
        squeeze = math.cos(math.radians((min(ys) + max(ys)) / 2)) if drawing.on_earth else 1.0
        wide, high = (max(xs) - min(xs)) * squeeze, max(ys) - min(ys)
        scale = SIDE / (max(wide, high) or 1.0)
        width, height = wide * scale + 2 * MARGIN, high * scale + 2 * MARGIN
        return cls(min(xs), max(ys), scale * squeeze, scale, width, height)

    def at(self, point: Point) -> tuple[float, float]:
        x, y = (point.x - self.left) * self.x_scale, (self.top - point.y) * self.y_scale
        return round(x + MARGIN, 1), round(y + MARGIN, 1)


def _route(plane: _Plane, line: Line, paint: str) -> list[str]:
    path = " ".join(f"{x},{y}" for x, y in map(plane.at, line.points))
    shape = f'<polyline points="{path}" fill="none" stroke="{paint}" stroke-width="2" stroke-opacity="0.8"/>'
    marks = [_mark(plane, point, paint) for point in line.points]
    return [f"<g><title>{escape(line.name)}</title>", shape, *marks, "</g>"]


def _mark(plane: _Plane, point: Point, paint: str, *, crossed: bool = False) -> str:
    x, y = plane.at(point)
    about = f"<title>{escape(point.label)}</title>"
    if crossed:
        cross = f"M{x - 5},{y - 5}l10,10m0,-10l-10,10"
        return f'<path d="{cross}" stroke="{paint}" stroke-width="2.5">{about}</path>'
    if point.kind in (StopKind.START, StopKind.END):
        return f'<rect x="{x - 6}" y="{y - 6}" width="12" height="12" fill="#222222">{about}</rect>'
    fill = "#ffffff" if point.kind is StopKind.PICKUP else paint
    return (
        f'<circle cx="{x}" cy="{y}" r="4.5" fill="{fill}" stroke="{paint}" stroke-width="2">{about}</circle>'
    )


def _legend(left: float, drawing: Drawing) -> list[str]:
    signs = "square: start, end; ring: pickup; dot: delivery" + ("; cross: unserved" * bool(drawing.left_out))
    parts = [f'<text x="{left}" y="{MARGIN}" font-weight="bold">{escape(drawing.title)}</text>']
    parts += [
        f'<text x="{left}" y="{MARGIN + (k + 1) * LINE}" fill="#555555">{escape(text.strip())}</text>'
        for k, text in enumerate(signs.split(";"))
    ]
    begin = MARGIN + (len(signs.split(";")) + 1.5) * LINE
    for k, line in enumerate(drawing.lines):
        y, work = begin + k * LINE, sum(p.kind in (StopKind.PICKUP, StopKind.DELIVERY) for p in line.points)
        parts.append(f'<path d="M{left},{y - 4}h24" stroke="{colour(k)}" stroke-width="4"/>')
        parts.append(f'<text x="{left + 32}" y="{y}">{escape(line.name)}: {work} stops</text>')
    return parts


def _line_feature(line: Line, paint: str) -> dict[str, Any]:
    path = [[point.x, point.y] for point in line.points]
    properties = {"vehicle": line.name, "stroke": paint, "stroke-width": 3}
    geometry = {"type": "LineString", "coordinates": path}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _point_feature(n: int | None, point: Point, vehicle: str | None, paint: str) -> dict[str, Any]:
    known = {"kind": str(point.kind), "marker-color": paint} | dict(point.facts)
    placed = {} if vehicle is None else {"vehicle": vehicle, "stop": n}
    geometry = {"type": "Point", "coordinates": [point.x, point.y]}
    return {"type": "Feature", "geometry": geometry, "properties": placed | known}
