"""Commands for the base map and roads."""

from __future__ import annotations

from pathlib import Path

import click

from api.map_import import import_extract
from api.road_data import osrm_tools, prepare_roads
from api.settings import load_settings


@click.group("map")
def map_() -> None:
    """The local base map, and the roads."""


@map_.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Import map and roads of an OpenStreetMap extract (FILE.osm.pbf): to be drawn, and to be driven on."""
    settings = load_settings()
    click.echo(import_extract(file, settings, _progress))
    if osrm_tools() is None:
        click.echo("no road travel times: OSRM is not installed (osrm-bindings needs Python 3.12 or newer)")
        return
    click.echo(prepare_roads(file, settings, _progress))
    click.echo("fieldstock run uses them from its next start on")


def _progress(text: str) -> None:
    click.echo(text, err=True)
