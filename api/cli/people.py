"""Commands for people who sign in."""

from __future__ import annotations

import click

from api.access import issue_token, script_person
from api.cli.installation import open_store
from api.fix_store import server_of
from api.secrets import load_secrets
from api.settings import load_settings
from tracking.identity import service as identity
from tracking.identity.passwords import hash_password, new_password
from tracking.identity.roles import Role
from tracking.telemetry.erasure import erase_positions
from tracking.telemetry.journal import Journal
from tracking.values.times import system_clock

ROLES = click.Choice([str(role) for role in Role])


@click.group()
def user() -> None:
    """People who sign in."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=ROLES, required=True, help="What the person is here to do.")
@click.option("--display-name", help="The name that others see; the login unless given.")
@click.option("--courier", "courier_id", help="Who the person drives as; the login unless given.")
def add(name: str, role: str, display_name: str | None, courier_id: str | None) -> None:
    """Add a person, and print the password, once."""
    password, drives = new_password(), Role(role) is Role.COURIER
    with open_store().writing() as uow:
        identity.add_person(
            uow,
            name,
            display_name or name,
            Role(role),
            hash_password(password),
            system_clock(),
            courier_id=(courier_id or name) if drives else None,
        )
        uow.commit()
    click.echo(f"{name} may sign in with the password {password}")


@user.command("disable")
@click.argument("name")
def disable(name: str) -> None:
    """Let a person sign in no more."""
    with open_store().writing() as uow:
        identity.disable_person(uow, name, system_clock())
        uow.commit()
    click.echo(f"{name} may not sign in any more")


@user.command("reset-password")
@click.argument("name")
def reset_password(name: str) -> None:
    """Give a person a new password, and print it, once."""
    password = new_password()
    with open_store().writing() as uow:
        identity.reset_password(uow, name, hash_password(password), system_clock())
        uow.commit()
    click.echo(f"{name} may sign in with the password {password}")


@user.command("erase-positions")
@click.argument("name")
@click.confirmation_option(prompt="Nothing brings them back. Erase them?")
def erase(name: str) -> None:
    """Erase where a courier was, everywhere; NAME is a login or a courier. What was done as work stays."""
    settings, store = load_settings(), open_store()
    settings.journal_path.parent.mkdir(parents=True, exist_ok=True)
    journal = Journal(settings.journal_path)
    with store.reading() as uow:
        person = uow.people.get(name)
    courier_id = person.courier_id if person and person.courier_id else name
    erased = erase_positions(journal, store.writing, server_of(settings), courier_id, system_clock())
    journal.close()
    click.echo(
        f"{courier_id}: {erased.fixes} fixes, {erased.dead_letters} dead letters, {erased.trips} trips and "
        f"{erased.positions} positions are erased"
    )
    if erased.slices:
        click.echo(f"{erased.slices} tracks around hand-overs are erased; custody still verifies")
    if not erased.store_is_clear:
        click.echo("the telemetry server does not answer; the worker erases there when it does")


@click.command()
@click.option("--role", type=ROLES, required=True, help="What the token may do.")
def token(role: str) -> None:
    """Print a short-lived access token for scripts on this machine."""
    settings = load_settings()
    if Role(role) is Role.COURIER:
        raise click.UsageError("A courier's token belongs to one courier: sign in instead.")
    key, now = load_secrets(settings.data_dir).token_key, system_clock()
    click.echo(issue_token(script_person(Role(role), now), key, now, settings.access_token_s))
