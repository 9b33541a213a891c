"""Imports an OpenStreetMap extract: the roads and the outline that the map draws without internet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import osmium
from osmium.osm import Area, Way

from api.map_data import map_folder
from api.settings import Settings
from tracking.values.errors import FieldstockError

ATTRIBUTION = "© OpenStreetMap contributors"
CLASSES = {
    "motorway": "motorway",
    "motorway_link": "motorway",
    "trunk": "motorway",
    "trunk_link": "motorway",
    "primary": "primary",
    "primary_link": "primary",
    "secondary": "secondary",
    "secondary_link": "secondary",
    "tertiary": "secondary",
    "tertiary_link": "secondary",
    "unclassified": "minor",
    "residential": "minor",
}
"""How the classes of OpenStreetMap's `highway` tag are drawn; paths are left out."""

_DIGITS = 5
"""Decimal places of a degree that are kept: about 1 m."""


class ExtractUnreadable(FieldstockError):
    """The file is no OpenStreetMap extract."""

    code = "extract_unreadable"
    action = "Download an extract in the .osm.pbf format and try again."


def import_extract(file: Path, settings: Settings, progress: Callable[[str], None]) -> str:
    """Read an extract and write what the map draws; returns a sentence about it.

    Raises `ExtractUnreadable`, and then leaves an earlier import as it was.
    """
    progress(f"reading {file.name}")
    try:
        roads = list(_roads(file))
        progress(f"{len(roads)} roads; looking for the outline")
        outline = _outline(file)
    except (RuntimeError, ValueError) as error:
        raise ExtractUnreadable(f"{file} cannot be read: {error}") from error
    if not roads:
        raise ExtractUnreadable(f"{file} holds no roads.")
    folder = map_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "roads.geojson", {"type": "FeatureCollection", "features": roads})
    _write(
        folder / "map.json",
        {"attribution": ATTRIBUTION, "bounds_deg": _bounds(roads), "outline": outline},
    )
    return f"{len(roads)} roads imported to {folder}"


def _roads(file: Path) -> Iterator[dict[str, Any]]:
    ways = osmium.FileProcessor(str(file)).with_locations().with_filter(osmium.filter.KeyFilter("highway"))
    for way in ways:
        drawn = CLASSES.get(way.tags.get("highway") or "")
        if drawn is None or not isinstance(way, Way):
            continue
        line = [[round(n.lon, _DIGITS), round(n.lat, _DIGITS)] for n in way.nodes if n.location.valid()]
        if len(line) > 1:
            properties = {"class": drawn, "name": way.tags.get("name", "")}
            geometry = {"type": "LineString", "coordinates": line}
            yield {"type": "Feature", "properties": properties, "geometry": geometry}


def _outline(file: Path) -> dict[str, Any] | None:
    """Return the largest country boundary that is complete in the extract, as GeoJSON."""
    areas = osmium.FileProcessor(str(file)).with_areas(
        osmium.filter.TagFilter(("boundary", "administrative"))
    )
    factory = osmium.geom.GeoJSONFactory()
    best: tuple[int, dict[str, Any]] | None = None
    for area in areas.with_filter(osmium.filter.KeyFilter("admin_level")):
        level_tag = area.tags.get("admin_level") or ""
        if not isinstance(area, Area) or not level_tag.isdigit():
            continue
        level = int(level_tag)
        if best is None or level < best[0]:
            geometry = json.loads(factory.create_multipolygon(area))
            best = (level, {"type": "Feature", "properties": {}, "geometry": geometry})
    return best[1] if best else None


def _bounds(roads: list[dict[str, Any]]) -> list[float]:
    points = [point for road in roads for point in road["geometry"]["coordinates"]]
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    return [min(lons), min(lats), max(lons), max(lats)]


def _write(path: Path, value: object) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(value, separators=(",", ":"), ensure_ascii=False))
    draft.replace(path)
