"""Commands for those who look after the system."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from api.cli.telemetry_faults import telemetry_faults
from api.settings import Settings, load_settings
from device_gateway.broker import BrokerMissing, find_mosquitto
from tracking.store.engine import OLDEST_SAFE_SQLITE, make_engine, sqlite_version
from tracking.values.errors import FieldstockError


@click.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from api.app import create_app
    from api.context import build_context

    app = create_app(build_context(load_settings()))
    click.echo(json.dumps(app.spec, indent=2, sort_keys=True, ensure_ascii=False))


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--speed", default="1", show_default=True, help="Factor of real time, or max.")
@click.option("--duplicate", default=0.0, show_default=True, help="Fraction of messages sent twice.")
@click.option("--reorder", default=0.0, show_default=True, help="Fraction of messages sent out of order.")
@click.option("--corrupt", default=0.0, show_default=True, help="Fraction of messages made unreadable.")
@click.option("--seed", default=1, show_default=True, help="Of the random choices.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def replay(
    files: tuple[Path, ...],
    speed: str,
    duplicate: float,
    reorder: float,
    corrupt: float,
    seed: int,
    as_json: bool,
) -> None:
    """Send recorded GPS traces as couriers over MQTT, each file as one courier."""
    from api.replaying import replay_files

    report = replay_files(
        load_settings(),
        files,
        speed=speed,
        duplicate=duplicate,
        reorder=reorder,
        corrupt=corrupt,
        seed=seed,
        progress=lambda text: click.echo(text, err=True),
    )
    click.echo(json.dumps(report, indent=2) if as_json else "\n".join(f"{k}: {v}" for k, v in report.items()))


@click.command()
def doctor() -> None:
    """Say what is missing or unsafe on this machine."""
    settings = load_settings()
    faults = list(_faults(settings))
    for fault in faults:
        click.echo(f"- {fault}")
    click.echo(f"{len(faults)} things to look at" if faults else "all is well")
    if faults:
        raise click.exceptions.Exit(1)


def _faults(settings: Settings) -> Iterator[str]:
    if settings.broker_url is None:
        try:
            find_mosquitto()
        except BrokerMissing as missing:
            yield f"{missing.cause} {missing.action}"
    if settings.database_url is None and sqlite_version() < OLDEST_SAFE_SQLITE:
        version = ".".join(map(str, sqlite_version()))
        yield f"SQLite {version} can corrupt its file under load: install the package pysqlite3."
    if settings.bind not in ("127.0.0.1", "::1", "localhost") and settings.tls_cert is None:
        yield "The API listens beyond this machine without TLS: set FIELDSTOCK_TLS_CERT and _KEY."
    if settings.public_url is None and settings.bind not in ("127.0.0.1", "::1", "localhost"):
        yield "FIELDSTOCK_PUBLIC_URL is not set: links would carry an address that phones may not see."
    yield from _secrets_that_others_can_read(settings)
    free = shutil.disk_usage(settings.data_dir if settings.data_dir.exists() else Path.cwd()).free
    if free < 1 << 30:
        yield f"Only {free >> 20} MiB are free where the data lies."
    yield from _database_faults(settings)
    yield from telemetry_faults(settings)


def _secrets_that_others_can_read(settings: Settings) -> Iterator[str]:
    folder = settings.data_dir / "secrets"
    for path in sorted(folder.glob("*")) if folder.exists() else []:
        if path.stat().st_mode & 0o077:
            yield f"Others can read {path}: chmod 600 it."


def _database_faults(settings: Settings) -> Iterator[str]:
    """Look whether the database answers; one that is not there yet is made by the first start."""
    url = make_url(settings.relational_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return
    if url.get_backend_name() == "postgresql":
        url = url.update_query_dict({"connect_timeout": "5"})
    try:
        with make_engine(url.render_as_string(hide_password=False)).connect() as connection:
            connection.execute(text("SELECT 1"))
    except (FieldstockError, OSError, SQLAlchemyError) as error:
        yield f"The database cannot be used: {error}"
