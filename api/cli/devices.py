"""Commands for devices."""

from __future__ import annotations

import json
from datetime import timedelta

import click
import httpx

from api.cli.installation import open_store
from api.device_accounts import broker_seal, keeps_sealed
from api.onboarding import onboarding_text
from api.secrets import load_secrets
from api.settings import load_settings
from tracking.identity import service as identity
from tracking.identity.devices import Device, DeviceKind
from tracking.identity.invitations import INVITATION_VALID, invite_device
from tracking.identity.rotation import GRACE, finish_rotation, start_rotation
from tracking.identity.secrets import SecretSeal
from tracking.values.errors import FieldstockError
from tracking.values.times import system_clock

KINDS = click.Choice([str(kind) for kind in DeviceKind])
HOURS = click.IntRange(1, 720)
ANSWER_S = 30.0

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class ProvisioningFailed(FieldstockError):
    """The server did not give a device its secret."""

    code = "provisioning_failed"
    action = "Check the server's address, and ask for another invitation if the token was used or is too old."


@click.group()
def device() -> None:
    """Phones and lockers that speak over MQTT or HTTP."""


@device.command("add")
@click.argument("name")
@click.option("--kind", type=KINDS, required=True, help="Decides the topics that the device may touch.")
@click.option("--encrypted", is_flag=True, help="Let the OwnTracks app encrypt what it sends.")
@json_option
def add(name: str, kind: str, encrypted: bool, as_json: bool) -> None:
    """Add a device, and print its secret, once."""
    with open_store().writing() as uow:
        added, secret = identity.add_device(
            uow, name, DeviceKind(kind), system_clock(), encrypted=encrypted, seal=_seal()
        )
        uow.commit()
    _print_secret(added, secret, as_json)


@device.command("rotate")
@click.argument("name")
@click.option(
    "--grace",
    default=GRACE // timedelta(hours=1),
    show_default=True,
    type=HOURS,
    help="In hours; a locker keeps both secrets until it answers.",
)
@click.option("--now", "at_once", is_flag=True, help="End the old secret, and a revocation, at once.")
@click.option("--finish", is_flag=True, help="Put the new secret in force that was printed before.")
@json_option
def rotate(name: str, grace: int, at_once: bool, finish: bool, as_json: bool) -> None:
    """Give a device another secret, and print it, once.

    The old one stays good until the device uses the new one over HTTP, a locker answers that it has it, or
    a phone's grace ends.
    """
    if finish and at_once:
        raise click.UsageError("Either --now or --finish.")
    now = system_clock()
    with open_store().writing() as uow:
        if finish:
            finish_rotation(uow, name, now, keep_sealed=keeps_sealed(load_settings()))
            uow.commit()
            click.echo(f"{name} connects with its new secret alone")
            return
        if at_once:
            secret = identity.rotate_device(uow, name, now, _seal())
        else:
            secret = start_rotation(uow, name, now, timedelta(hours=grace), _seal())
        rotated = uow.devices.require(name)
        uow.commit()
    _print_secret(rotated, secret, as_json)


@device.command("revoke")
@click.argument("name")
def revoke(name: str) -> None:
    """Let a device connect no more; it is disconnected at once."""
    with open_store().writing() as uow:
        identity.revoke_device(uow, name, system_clock())
        uow.commit()
    click.echo(f"{name} may not connect any more")


@device.command("invite")
@click.argument("name")
@click.option("--kind", type=KINDS, required=True, help="Decides the topics that the device may touch.")
@click.option(
    "--valid-hours",
    default=INVITATION_VALID // timedelta(hours=1),
    show_default=True,
    type=HOURS,
    help="How long the token is good.",
)
@json_option
def invite(name: str, kind: str, valid_hours: int, as_json: bool) -> None:
    """Print a token with which a new device fetches its secret, once."""
    with open_store().writing() as uow:
        invitation, token = invite_device(
            uow, name, DeviceKind(kind), system_clock(), timedelta(hours=valid_hours)
        )
        uow.commit()
    url = f"{load_settings().base_url}/v1/devices/provision"
    if as_json:
        ends = invitation.expires_at.isoformat()
        click.echo(json.dumps({"device": name, "token": token, "expires_at": ends, "url": url}))
        return
    click.echo(f"{name} fetches its secret once, by {invitation.expires_at:%F %H:%M} UTC: POST {url}")
    click.echo(f"with the token {token}")


@device.command("provision")
@click.argument("token")
@click.option("--server", help="Address of the HTTP API; this machine's unless given.")
def provision(token: str, server: str | None) -> None:
    """Fetch with a token what a device needs, and print it as JSON, as the device itself would."""
    url = f"{(server or load_settings().base_url).rstrip('/')}/v1/devices/provision"
    try:
        answer = httpx.post(url, json={"token": token}, timeout=ANSWER_S)
        given = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ProvisioningFailed(f"{url} gave no answer of use: {error}.") from error
    if answer.status_code != httpx.codes.OK:
        raise ProvisioningFailed(f"{url}: {given.get('detail', answer.status_code)}")
    named = {"device": given.pop("device_id"), "url": given.pop("mqtt_url")}
    click.echo(json.dumps(named | given))


def _seal() -> SecretSeal | None:
    settings = load_settings()
    return broker_seal(settings, load_secrets(settings.data_dir))


def _print_secret(added: Device, secret: str, as_json: bool) -> None:
    settings, name = load_settings(), added.device_id
    if as_json:
        shown = {"device": name, "secret": secret, "command_key": added.command_key_hex}
        shown |= {"url": settings.mqtt_url, "encryption_key": added.encryption_key}
        click.echo(json.dumps(shown))
        return
    url = settings.mqtt_url
    click.echo(f"{name} connects to {url} with user name and client id {name} and the password {secret}")
    if added.command_key_hex:
        click.echo(f"its commands are signed with the key {added.command_key_hex}")
    if added.encryption_key:
        click.echo(f"it encrypts with the passphrase {added.encryption_key}")
    if text := onboarding_text(name, added.kind, secret, settings, added.encryption_key):
        click.echo(text)
