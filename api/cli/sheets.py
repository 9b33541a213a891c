"""Commands that read and write CSV files of the records: `fieldstock import` and `fieldstock export`."""

from __future__ import annotations

import getpass
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import click
from sqlalchemy.exc import IntegrityError

from api.cli.installation import open_store
from tracking.sheets.draft import Draft
from tracking.sheets.faults import SheetRefused, SheetTooLarge
from tracking.sheets.reading import LARGEST_BYTES, read_sheet
from tracking.sheets.service import KINDS, Outcome, check, export_sheet, import_sheet
from tracking.store.unit_of_work import Store
from tracking.values.errors import Conflict
from tracking.values.times import system_clock

KIND = click.Choice(list(KINDS))
_EVERY_S = 0.5
"""Between two lines of progress."""


@click.command("import")
@click.argument("kind", type=KIND)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check the file and say what it would do; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def import_(kind: str, file: Path, dry_run: bool, as_json: bool) -> None:
    """Import a CSV file as a whole, or nothing of it; every bad row is named by line, column and reason."""
    if file.stat().st_size > LARGEST_BYTES:
        raise SheetTooLarge(f"A file has at most {LARGEST_BYTES >> 20} MiB.")
    progress = _Progress()
    draft = read_sheet(KINDS[kind], file.read_bytes(), progress=progress)
    store = open_store()
    try:
        outcome = _carried_out(store, draft, dry_run, progress)
    finally:
        store.close()
    _print(kind, outcome, dry_run, as_json)
    if outcome.faults:
        raise click.exceptions.Exit(1)


@click.command("export")
@click.argument("kind", type=KIND)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to write it.")
def export(kind: str, out: Path | None) -> None:
    """Write all records of a kind as CSV, as `fieldstock import` reads it."""
    store, progress = open_store(), _Progress()
    try:
        with store.reading() as uow:
            if out is None:
                count = export_sheet(uow, KINDS[kind], sys.stdout, progress)
            else:
                unfinished = out.with_name(f"{out.name}.part")
                with unfinished.open("w", encoding="utf-8", newline="") as file:
                    count = export_sheet(uow, KINDS[kind], file, progress)
                unfinished.replace(out)
    finally:
        store.close()
    click.echo(f"{count} {kind}", err=True)


def _carried_out(store: Store, draft: Draft, dry_run: bool, progress: _Progress) -> Outcome:
    """Check first without keeping other writers waiting, then import."""
    with store.reading() as uow:
        outcome = check(uow, draft)
    if dry_run or outcome.faults:
        return outcome
    try:
        with store.writing() as uow:
            outcome = import_sheet(uow, draft, getpass.getuser(), system_clock(), progress)
            uow.commit()
            return outcome
    except SheetRefused as refused:
        return Outcome(0, 0, 0, refused.faults)
    except IntegrityError as error:
        raise Conflict("Somebody else wrote the same meanwhile; nothing was imported.") from error


def _print(kind: str, outcome: Outcome, dry_run: bool, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"kind": kind, "dry_run": dry_run} | asdict(outcome)))
        return
    for fault in outcome.faults:
        click.echo(str(fault))
    done = f"{outcome.added} {kind} added, {outcome.changed} changed, {outcome.unchanged} as they were"
    if outcome.faults:
        click.echo(f"nothing is imported: {len(outcome.faults)} faults", err=True)
    elif dry_run:
        click.echo(f"all is in order, and would be: {done}")
    else:
        click.echo(f"{outcome.reference}: {done}")


class _Progress:
    """Says on the error output what goes on, not too often."""

    def __init__(self) -> None:
        self._said_at = time.monotonic()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say it, unless something was said a moment ago."""
        if time.monotonic() - self._said_at >= _EVERY_S:
            self._said_at = time.monotonic()
            count = f": {done:,} of {total:,}" if total else f": {done:,}"
            click.echo(f"{what}{count}", err=True)
