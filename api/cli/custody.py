"""Commands that verify who had which unit: `fieldstock custody`."""

from __future__ import annotations

from pathlib import Path

import click
from nacl.signing import VerifyKey

from api.custody_heads import FOLDER, export_heads, faults_of, read_heads, signing_key
from api.secrets import load_secrets
from api.settings import Settings, load_settings
from tracking.store.unit_of_work import Store
from tracking.values.errors import InvalidValue, NotFound
from tracking.values.times import system_clock


@click.group()
def custody() -> None:
    """The timelines of serials: who had a unit, where and when."""


@custody.command()
@click.argument("serials", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every serial that there is, or was.")
@click.option(
    "--heads", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Lists kept elsewhere."
)
@click.option(
    "--public-key", help="Of the installation that signed those lists, in hex; this one's unless given."
)
def verify(serials: tuple[str, ...], every: bool, heads: Path | None, public_key: str | None) -> None:
    """Find what was changed, added, taken away or cut off behind the program's back."""
    if bool(serials) == every:
        raise click.UsageError("Name serials, or say --all.")
    settings = load_settings()
    kept = read_heads(heads or settings.data_dir / FOLDER, _verify_key(settings, public_key))
    found = [*kept.faults]
    store = _store(settings)
    with store.reading() as uow:
        known = {head.serial for made in kept.lists for head in made.heads}
        known |= {head.serial for head in uow.custody.heads()}
        for serial in sorted(known) if every else serials:
            if serial not in known:
                raise NotFound("custody timeline", serial)
            found += [f"{serial}: {fault}" for fault in faults_of(uow, serial, kept)]
    store.close()
    count = f"{len(known) if every else len(serials)} timelines, {len(kept.lists)} lists of heads"
    for fault in found:
        click.echo(f"- {fault}")
    click.echo(f"{len(found)} faults in {count}" if found else f"all is sound: {count}")
    if found:
        raise click.exceptions.Exit(1)


@custody.command()
def export() -> None:
    """Write the list of heads of today, which the worker does once a day; keep a copy elsewhere."""
    settings = load_settings()
    store = _store(settings)
    path = export_heads(store, settings.data_dir, system_clock())
    store.close()
    click.echo("today's list is there already" if path is None else str(path))


@custody.command()
def key() -> None:
    """Print the public key (Ed25519, hex) that lists of heads are verified with."""
    click.echo(bytes(signing_key(load_settings().data_dir).verify_key).hex())


def _verify_key(settings: Settings, public_key: str | None) -> VerifyKey:
    if public_key is None:
        return signing_key(settings.data_dir).verify_key
    try:
        return VerifyKey(bytes.fromhex(public_key))
    except ValueError as error:
        raise InvalidValue("A public key has 64 hexadecimal digits.") from error


def _store(settings: Settings) -> Store:
    store = Store(settings.relational_url, load_secrets(settings.data_dir).custody_key)
    store.migrate()
    return store
