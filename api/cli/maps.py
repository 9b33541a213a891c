"""Commands for the base map and roads."""

from __future__ import annotations

from pathlib import Path

import click

from api.map_import import import_extract
from api.settings import load_settings


@click.group("map")
def map_() -> None:
    """The local base map."""


@map_.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Import roads and outline from an OpenStreetMap extract (FILE.osm.pbf)."""
    summary = import_extract(file, load_settings(), lambda text: click.echo(text, err=True))
    click.echo(summary)
