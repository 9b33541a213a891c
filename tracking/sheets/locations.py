"""The sheet of the places where stock can lie, lockers and their compartments among them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracking.lockers.locker import Compartment, CompartmentSize, Locker
from tracking.parts.location import MAIN_REGION, UNPLACED, Location, LocationKind, compartment_location_id
from tracking.sheets.cells import Column, degrees, free_text, name, one_of, opening_hours, zone
from tracking.sheets.draft import (
    Draft,
    Occasion,
    Prepared,
    Row,
    SheetKind,
    known,
    repeated,
    settle,
    write_records,
)
from tracking.sheets.faults import Fault
from tracking.unit_of_work import UnitOfWork
from tracking.values.coordinates import Coordinate

_COMPARTMENT_NAME = re.compile(r"^[a-z0-9]{1,8}\Z")
_NO_FIELDS = frozenset({"lat_deg", "lon_deg", "compartment_size"})


@dataclass(frozen=True, slots=True)
class Place:
    """A location, and how large it is when it is a compartment."""

    location: Location
    size: CompartmentSize | None


_COLUMNS = (
    Column("location_id", name, "1-64 characters: a-z, 0-9, inner dashes", "depot-vaduz"),
    Column("kind", one_of(LocationKind), "a kind of place (see below)", "depot"),
    Column("name", free_text(200), "text, at most 200 characters", "Depot Vaduz", free=True),
    Column(
        "lat_deg",
        degrees(90),
        "decimal degrees, WGS-84; needed for all kinds but `supplier`, `scrap`, `unaccounted` and `van`",
        "47.141",
        needed=False,
        empty=None,
        number=True,
    ),
    Column(
        "lon_deg",
        degrees(180),
        "as `lat_deg`, east positive",
        "9.5209",
        needed=False,
        empty=None,
        number=True,
    ),
    Column(
        "address", free_text(200), "text, at most 200 characters", "Aeulestrasse 1", needed=False, free=True
    ),
    Column(
        "parent_id",
        name,
        "for a `compartment`: its locker, there already or in the file",
        "locker-1",
        needed=False,
        empty=None,
    ),
    Column(
        "compartment_size",
        one_of(CompartmentSize),
        "for a `compartment`: `small`, `medium` or `large`; empty: medium, or as it was",
        "large",
        needed=False,
    ),
    Column(
        "opening_hours",
        opening_hours,
        "as OpenStreetMap writes them; empty: nobody has said",
        "Mo-Fr 08:00-17:00; Sa 09:00-12:00",
        needed=False,
    ),
    Column("zone", zone, "the time zone of the opening hours", "Europe/Vaduz", needed=False),
    Column(
        "region",
        name,
        "whose couriers serve it: those whose home lies in the same region; empty: `main`",
        "rhine-valley",
        needed=False,
        empty=MAIN_REGION,
    ),
)


def _check_file(rows: Sequence[Row]) -> Iterator[Fault]:
    yield from repeated(rows, "location_id")
    for row in rows:
        yield from _pair_faults(row, "lat_deg", "lon_deg")
        yield from _pair_faults(row, "opening_hours", "zone")
        if kind := row.values.get("kind"):
            yield from _compartment_faults(row, kind)


def _pair_faults(row: Row, one: str, other: str) -> Iterator[Fault]:
    for given, lacking in ((one, other), (other, one)):
        if row.values.get(given) not in (None, "") and row.lacks(lacking):
            yield row.fault(lacking, f"is missing, where {given} is given")


def _compartment_faults(row: Row, kind: LocationKind) -> Iterator[Fault]:
    parent = row.values.get("parent_id")
    if kind is not LocationKind.COMPARTMENT:
        for column in ("parent_id", "compartment_size"):
            if row.values.get(column):
                yield row.fault(column, f"is for compartments, and must be empty for a {kind}")
    elif row.lacks("parent_id"):
        yield row.fault("parent_id", "is missing: a compartment belongs to a locker")
    elif parent and "location_id" in row.values and _name_in(parent, row.values["location_id"]) is None:
        reason = f"must be {compartment_location_id(parent, 'NAME')}, with NAME of 1 to 8 characters a-z, 0-9"
        yield row.fault("location_id", reason)


def _name_in(locker_id: str, location_id: str) -> str | None:
    """Return the name of a compartment in a locker, None for a location that can be none of it."""
    prefix = compartment_location_id(locker_id, "")
    name_in = location_id.removeprefix(prefix)
    return name_in if location_id.startswith(prefix) and _COMPARTMENT_NAME.match(name_in) else None


def _prepare(uow: UnitOfWork, draft: Draft) -> Prepared[Place]:
    prepared: Prepared[Place] = Prepared()
    in_file = {row.values.get("location_id"): row.values.get("kind") for row in draft.rows}
    wanted = in_file.keys() | {row.values.get("parent_id") for row in draft.rows}
    there = {place.location.location_id: place for place in _places(uow, wanted)}
    kinds = in_file | {location_id: place.location.kind for location_id, place in there.items()}
    for row in draft.rows:
        old = there.get(row.values.get("location_id", ""))
        prepared.faults += _faults_beside(row, old, kinds)
        if not draft.faults and not prepared.faults:
            settle(prepared, old, _place(row.values, old))
    return prepared


def _places(uow: UnitOfWork, location_ids: Iterable[str | None]) -> Iterator[Place]:
    found = list(known(uow.locations, "location_id", location_ids))
    sizes = {
        compartment_location_id(c.locker_id, c.compartment): c.size
        for c in known(uow.compartments, "locker_id", (place.parent_id for place in found))
    }
    return (Place(location, sizes.get(location.location_id)) for location in found)


def _faults_beside(row: Row, old: Place | None, kinds: Mapping[Any, Any]) -> Iterator[Fault]:
    values, kind = row.values, row.values.get("kind")
    if old is not None:
        size, parent = values.get("compartment_size"), values.get("parent_id")
        if kind and kind is not old.location.kind:
            yield row.fault("kind", f"cannot be changed: the location is a {old.location.kind} already")
        elif size and size is not old.size:
            yield row.fault("compartment_size", f"cannot be changed: the compartment is {old.size} already")
        elif parent and parent != old.location.parent_id:
            yield row.fault("parent_id", f"cannot be changed: its locker is {old.location.parent_id} already")
    elif kind is LocationKind.VAN:
        yield row.fault("kind", "a van is added with its courier")
    elif kind is LocationKind.COMPARTMENT and not _may_be_locker(values.get("parent_id"), kinds):
        yield row.fault("parent_id", "is no locker that is known or in the file")
    kept = old is not None and old.location.coordinate is not None and "lat_deg" not in values
    if kind and kind not in UNPLACED and row.lacks("lat_deg") and row.lacks("lon_deg") and not kept:
        yield row.fault("lat_deg", f"is missing: a {kind} needs a coordinate")


def _may_be_locker(location_id: str | None, kinds: Mapping[Any, Any]) -> bool:
    """Tell whether it is a locker, or one whose kind could not be read: that is a fault of its own."""
    return location_id is None or kinds.get(location_id, "") in (LocationKind.LOCKER, None)


def _place(values: Mapping[str, Any], old: Place | None) -> Place:
    fields = {key: value for key, value in values.items() if key not in _NO_FIELDS}
    if "lat_deg" in values:
        lacking = values["lat_deg"] is None
        fields["coordinate"] = None if lacking else Coordinate(values["lat_deg"], values["lon_deg"])
    if old is not None:
        return Place(replace(old.location, **fields), old.size)
    location = Location(**{"coordinate": None} | fields)
    size = values.get("compartment_size") or CompartmentSize.MEDIUM
    return Place(location, size if location.kind is LocationKind.COMPARTMENT else None)


def _write(uow: UnitOfWork, prepared: Prepared[Place], occasion: Occasion) -> None:
    locations = Prepared(
        [place.location for place in prepared.added], [place.location for place in prepared.changed]
    )
    write_records(uow.locations, locations, occasion.progress, "locations")
    new = [
        place.location.location_id for place in prepared.added if place.location.kind is LocationKind.LOCKER
    ]
    uow.lockers.add_all([Locker(locker_id) for locker_id in new])
    uow.compartments.add_all([_compartment(place) for place in prepared.added if place.size is not None])


def _compartment(place: Place) -> Compartment:
    locker_id = place.location.parent_id or ""
    name_in = _name_in(locker_id, place.location.location_id) or ""
    return Compartment(locker_id, name_in, size=place.size or CompartmentSize.MEDIUM)


def _lines(uow: UnitOfWork) -> Iterator[Mapping[str, Any]]:
    sizes = {compartment_location_id(c.locker_id, c.compartment): c.size for c in uow.compartments.scan()}
    for place in uow.locations.scan():
        point = place.coordinate
        yield {
            "location_id": place.location_id,
            "kind": place.kind,
            "name": place.name,
            "lat_deg": point and point.lat_deg,
            "lon_deg": point and point.lon_deg,
            "address": place.address,
            "parent_id": place.parent_id,
            "compartment_size": sizes.get(place.location_id),
            "opening_hours": place.opening_hours,
            "zone": place.zone,
            "region": place.region,
        }


LOCATIONS = SheetKind("locations", _COLUMNS, _check_file, _prepare, _write, _lines)
