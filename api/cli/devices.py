"""Commands for devices."""

from __future__ import annotations

import json

import click

from api.cli.installation import open_store
from api.settings import load_settings
from tracking.identity import service as identity
from tracking.identity.devices import DeviceKind
from tracking.values.times import system_clock

KINDS = click.Choice([str(kind) for kind in DeviceKind])


@click.group()
def device() -> None:
    """Phones and lockers that speak over MQTT."""


@device.command("add")
@click.argument("name")
@click.option("--kind", type=KINDS, required=True, help="Decides the topics that the device may touch.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def add(name: str, kind: str, as_json: bool) -> None:
    """Add a device, and print its secret, once."""
    with open_store().writing() as uow:
        added, secret = identity.add_device(uow, name, DeviceKind(kind), system_clock())
        uow.commit()
    _print_secret(added.device_id, secret, added.command_key_hex, as_json)


@device.command("rotate")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rotate(name: str, as_json: bool) -> None:
    """Give a device another secret, and print it, once; the old one stops working."""
    with open_store().writing() as uow:
        secret = identity.rotate_device(uow, name, system_clock())
        uow.commit()
    _print_secret(name, secret, None, as_json)


@device.command("revoke")
@click.argument("name")
def revoke(name: str) -> None:
    """Let a device connect no more; it is disconnected at once."""
    with open_store().writing() as uow:
        identity.revoke_device(uow, name, system_clock())
        uow.commit()
    click.echo(f"{name} may not connect any more")


def _print_secret(name: str, secret: str, command_key: str | None, as_json: bool) -> None:
    url = load_settings().mqtt_url
    if as_json:
        shown = {"device": name, "secret": secret, "command_key": command_key, "url": url}
        click.echo(json.dumps(shown))
        return
    click.echo(f"{name} connects to {url} with user name and client id {name} and the password {secret}")
    if command_key:
        click.echo(f"its commands are signed with the key {command_key}")
