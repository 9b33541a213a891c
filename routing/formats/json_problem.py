"""The JSON problem: the fields of `routing.problem` as they are, places by matrices or by coordinates."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin

import msgspec

from routing.formats.reachable import require_reachable
from routing.formats.travel_matrices import SchemaTravel, WireTravel, plain_travel, travel_of
from routing.formats.wire import build, cause_of, decode, hints, plain, struct, wire_fields
from routing.problem import Problem, Travel
from routing.travel import TravelTimes
from routing.values import InvalidProblem
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue

MAX_JOBS = 20_000
"""More shipments are refused."""

MAX_COURIERS = 2_000
"""More vehicles are refused."""

MAX_PLACES = 10_000
"""More places are refused: their two matrices take 1.6 GB."""

MAX_BYTES = 2_000_000_000
"""Larger files are refused unread."""

_MOST = {"shipments": MAX_JOBS, "vehicles": MAX_COURIERS, "places": MAX_PLACES, "stock": MAX_JOBS}

_DOC = f"""What is to be moved, by whom, over which roads, with what stock. Units stand last in a name: _s
seconds after the problem's zero or long, _m metres, _g grams, _cm3 cubic centimetres, _cents and _millicents
money. A place is an index, from 0, into places or the rows of travel. At most {MAX_JOBS} shipments,
{MAX_COURIERS} vehicles and {MAX_PLACES} places."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is (WGS-84): `lat_deg` in [-90, 90], `lon_deg` in [-180, 180]; `name` is for people."""

    lat_deg: float
    lon_deg: float
    name: str = ""


@dataclass(frozen=True)
class ProblemFile:
    """A problem, and where its places are, if the file says so."""

    problem: Problem
    places: tuple[Place, ...] | None = None


def read_problem(data: bytes, roads: TravelTimes | None = None) -> ProblemFile:
    """Return the problem of a JSON file; coordinates become travel by `roads`, else by great circle.

    Raises `InvalidProblem` with the path to the first field that is wrong, and `TravelUnavailable`.
    """
    _require_bounds(data)
    wire = decode(data, _wire_problem(WireTravel), InvalidProblem)
    places = build(tuple[Place, ...], wire.places, "places", InvalidProblem)
    points = None if places is None else _points(places)
    parts: dict[str, Any] = {}
    for field in dataclasses.fields(Problem):
        hint, value = hints(Problem)[field.name], getattr(wire, field.name)
        if hint is Travel:
            parts[field.name] = travel_of(value, field.name, points, roads, InvalidProblem)
        elif _is_mapping_of_travel(hint):
            parts[field.name] = {
                name: _profile(one, f"{field.name}.{name}", points) for name, one in value.items()
            }
        else:
            parts[field.name] = build(hint, value, field.name, InvalidProblem)
    problem = _problem(parts)
    require_reachable(problem, _names(places))
    return ProblemFile(problem, places)


def write_problem(file: ProblemFile) -> bytes:
    """Return the JSON of a problem with its matrices; `read_problem` reads it back as it was."""
    document: dict[str, Any] = {}
    if file.places is not None:
        document["places"] = plain(file.places)
    for field in dataclasses.fields(Problem):
        value = getattr(file.problem, field.name)
        if isinstance(value, Travel):
            document[field.name] = plain_travel(value)
        elif isinstance(value, Mapping):
            document[field.name] = {name: plain_travel(travel) for name, travel in value.items()}
        elif value:
            document[field.name] = plain(value)
    return msgspec.json.encode(document)


def problem_schema() -> str:
    """Return the JSON Schema of problems, as the committed file holds it."""
    return schema_text(_wire_problem(SchemaTravel), "A routing problem")


def schema_text(kind: Any, title: str) -> str:
    """Return the JSON Schema of a wire type."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return json.dumps(schema | msgspec.json.schema(kind), indent=2) + "\n"


def _require_bounds(data: bytes) -> None:
    """Refuse what is too large before its parts are looked at."""
    if len(data) > MAX_BYTES:
        raise InvalidProblem("file", f"holds {len(data)} bytes: more than {MAX_BYTES} are refused.")
    counted = decode(data, _Counted, InvalidProblem)
    for name, most in _MOST.items():
        held = getattr(counted, name)
        if held is not None and len(held) > most:
            raise InvalidProblem(name, f"holds {len(held)} entries: more than {most} are refused.")


class _Counted(msgspec.Struct):
    shipments: list[msgspec.Raw] = []
    vehicles: list[msgspec.Raw] = []
    places: list[msgspec.Raw] | None = None
    stock: list[msgspec.Raw] = []


@cache
def _wire_problem(travel: Any) -> type[msgspec.Struct]:
    none_given = msgspec.field(default_factory=travel)
    fields: list[tuple[Any, ...]] = [("places", tuple[_wire_place(), ...] | None, None)]  # type: ignore[misc]
    for name, hint, *default in wire_fields(Problem):
        if hint is Travel:
            fields.append((name, travel, none_given))
        elif _is_mapping_of_travel(hint):
            # Each is decoded alone, so that an error names the profile.
            one: Any = msgspec.Raw if travel is WireTravel else travel
            fields.append((name, dict[str, one], msgspec.field(default_factory=dict)))
        else:
            fields.append((name, hint, *default))
    return struct("Problem", tuple(fields), _DOC)


def _profile(data: msgspec.Raw, path: str, points: Sequence[Coordinate] | None) -> Travel:
    wire = decode(data, WireTravel, InvalidProblem, path)
    return travel_of(wire, path, points, None, InvalidProblem)


def _wire_place() -> Any:
    return struct("Place", wire_fields(Place), Place.__doc__ or "")


def _is_mapping_of_travel(hint: Any) -> bool:
    origin = get_origin(hint)
    return isinstance(origin, type) and issubclass(origin, Mapping) and Travel in get_args(hint)


def _points(places: Sequence[Place]) -> tuple[Coordinate, ...]:
    points = []
    for k, place in enumerate(places):
        try:
            points.append(Coordinate(place.lat_deg, place.lon_deg))
        except InvalidValue as error:
            name, _, cause = error.cause.partition(" ")
            raise InvalidProblem(f"places[{k}].{name}", cause) from error
    return tuple(points)


def _names(places: Sequence[Place] | None) -> list[str] | None:
    return None if places is None else [f"{p.name or 'unnamed'}, {p.lat_deg}, {p.lon_deg}" for p in places]


def _problem(parts: dict[str, Any]) -> Problem:
    try:
        return Problem(**parts)
    except InvalidProblem as error:
        raise InvalidProblem(_path_in_file(error.path, parts), cause_of(error)) from error


def _path_in_file(path: str, parts: dict[str, Any]) -> str:
    """Return the path by positions of a path by ids, such as `vehicle[eva].locked[order-1].site`."""
    for noun, name in (("vehicle", "vehicles"), ("shipment", "shipments")):
        named = [(k, part) for k, part in enumerate(parts[name]) if path.startswith(f"{noun}[{part.id}]")]
        if named:
            k, part = max(named, key=lambda pair: len(pair[1].id))
            return f"{name}[{k}]{_inside(part, path.removeprefix(f'{noun}[{part.id}]'), parts)}"
    return path


def _inside(part: Any, rest: str, parts: dict[str, Any]) -> str:
    """Return the end of a path, with the site or locked stop that it names by position."""
    found = re.match(r"^\.(site|locked)\[(.*)\](\.\w+)?$", rest, re.DOTALL)
    if not found:
        return rest
    noun, named, field = found[1], found[2], found[3] or ""
    if noun == "locked":
        k = next((k for k, lock in enumerate(part.locked) if lock.shipment == named), 0)
        return f".locked[{k}]{field}"
    size = parts["travel"].size
    for name in ("pickups", "deliveries"):
        for k, site in enumerate(getattr(part, name)):
            if site.id == named and site.place >= size:
                return f".{name}[{k}]{field}"
    return rest
