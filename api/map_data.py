"""What the map is drawn from: tiles where an address is set, else the outline and roads of an import."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Response, send_file

from api.settings import Settings
from mobile_contract.map import MapView
from tracking.values.errors import NotFound


def map_folder(settings: Settings) -> Path:
    """Return where an imported map lies."""
    return settings.data_dir / "map"


def map_view(settings: Settings) -> MapView:
    """Describe the base map."""
    folder = map_folder(settings)
    described = folder / "map.json"
    imported = json.loads(described.read_text()) if described.exists() else {}
    return MapView(
        tile_url=settings.tile_url,
        attribution=settings.tile_attribution if settings.tile_url else imported.get("attribution", ""),
        bounds_deg=imported.get("bounds_deg"),
        outline=imported.get("outline"),
        roads_url="/v1/map/roads" if (folder / "roads.geojson").exists() else None,
    )


def roads_file(settings: Settings) -> Response:
    """Return the imported roads. Raises `NotFound` when nothing was imported."""
    path = map_folder(settings) / "roads.geojson"
    if not path.exists():
        raise NotFound("imported map", "roads")
    return send_file(path.resolve(), mimetype="application/geo+json", max_age=3600, conditional=True)
