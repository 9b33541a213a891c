"""Commands for what devices sent and nobody could read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

import click

from api.cli.installation import open_store
from api.device_keys import DeviceKeys
from api.settings import load_settings
from device_gateway.protocol.again import read_again
from tracking.telemetry.dead_letters import DeadLetters, KeptLetter, Replayed
from tracking.telemetry.journal import Journal

AT_ONCE = 500
SHOWN_BYTES = 100


@click.group("dead-letters")
def dead_letters() -> None:
    """Messages that could not be read, kept for 30 days with their reasons."""


@dead_letters.command("list")
@click.option("--device", help="Of this device alone.")
@click.option("--reason", help="Whose reasons begin with this.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
def list_(device: str | None, reason: str | None, limit: int, as_json: bool) -> None:
    """List them, oldest first, and count them by reason."""
    letters = _open()
    for kept in letters.find(0, limit, device=device, reason=reason):
        click.echo(_json(kept) if as_json else _line(kept))
    counts = letters.counts()
    if not as_json:
        click.echo(", ".join(f"{count} {name}" for name, count in counts.items()) or "there are none")


@dead_letters.command("show")
@click.argument("letter_id", type=int)
def show(letter_id: int) -> None:
    """Show one whole."""
    kept = _open().get(letter_id)
    click.echo(_line(kept))
    click.echo(kept.letter.payload.decode("utf-8", "backslashreplace"))


@dead_letters.command("replay")
@click.argument("letter_ids", type=int, nargs=-1)
@click.option("--reason", help="All whose reasons begin with this.")
@click.option("--all", "everything", is_flag=True, help="All of them.")
def replay(letter_ids: tuple[int, ...], reason: str | None, everything: bool) -> None:
    """Read letters again; what can be read now is stored as if it had been then."""
    if sum((bool(letter_ids), reason is not None, everything)) != 1:
        raise click.UsageError("Name letters, or give --reason, or --all: one of the three.")
    letters = _open()
    keys = DeviceKeys(open_store())
    done: list[Replayed] = []
    for batch in _batches(letters, letter_ids, reason):
        done += letters.replay(batch, partial(read_again, keys=keys))
        click.echo(f"{len(done)} read again", err=True)
    unread = sum(each.reason is not None for each in done)
    stored, duplicates = sum(each.stored for each in done), sum(each.duplicates for each in done)
    click.echo(f"{stored} stored, {duplicates} duplicates, {unread} letters still unreadable")


@dead_letters.command("drop")
@click.argument("letter_ids", type=int, nargs=-1, required=True)
def drop(letter_ids: tuple[int, ...]) -> None:
    """Throw letters away."""
    click.echo(f"{_open().drop(letter_ids)} dropped")


def _batches(
    letters: DeadLetters, letter_ids: tuple[int, ...], reason: str | None
) -> Iterator[list[KeptLetter]]:
    if letter_ids:
        yield [letters.get(number) for number in dict.fromkeys(letter_ids)]
        return
    after = 0
    while batch := letters.find(after, AT_ONCE, reason=reason):
        yield batch
        after = batch[-1].letter_id


def _open() -> DeadLetters:
    path = load_settings().journal_path
    path.parent.mkdir(parents=True, exist_ok=True)
    return DeadLetters(Journal(path))


def _line(kept: KeptLetter) -> str:
    letter = kept.letter
    shown = letter.payload[:SHOWN_BYTES].decode("utf-8", "backslashreplace")
    return f"{kept.letter_id}  {letter.received_at:%F %T}  {letter.topic}  {letter.reason}  {shown}"


def _json(kept: KeptLetter) -> str:
    letter = kept.letter
    return json.dumps(
        {
            "letter_id": kept.letter_id,
            "topic": letter.topic,
            "kind": letter.kind,
            "device": letter.device,
            "reason": letter.reason,
            "received_at": letter.received_at.isoformat(),
            "payload": letter.payload.decode("utf-8", "backslashreplace"),
        }
    )
