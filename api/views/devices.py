"""Devices for the console: listed, added, invited, rotated and revoked; and what a new device fetches."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from apiflask import APIBlueprint
from flask import request

from api.context import context
from api.device_accounts import broker_seal
from api.device_views import device_views
from api.onboarding import onboarding
from api.operation import Effect, effect, operation
from api.paging import page_of
from mobile_contract.common import Page
from mobile_contract.devices import DeviceKind as DeviceKindMessage
from mobile_contract.devices import (
    DeviceQuery,
    DeviceSecretView,
    DeviceView,
    InvitationView,
    NewDevice,
    NewInvitation,
    Provision,
    ProvisionedView,
    Rotation,
)
from tracking.identity import service as identity
from tracking.identity.devices import Device, DeviceKind
from tracking.identity.invitations import invite_device, provision_device
from tracking.identity.roles import Scope
from tracking.identity.rotation import start_rotation
from tracking.identity.secrets import SecretSeal
from tracking.lockers.offline_opening import offline_keys
from tracking.store.unit_of_work import SqlUnitOfWork

devices = APIBlueprint("devices", __name__, url_prefix="/v1", tag="Devices")

_EXISTS = {409: "It exists already."}
_REVOKED = {404: "There is no such device.", 409: "The device is revoked."}
_REFUSED = {403: "The token is unknown, used or expired.", 429: "Too many tries from this address."}


@operation(devices, "GET", "/devices", Page[DeviceView], scope=Scope.READ, query=DeviceQuery)
def list_devices(query: DeviceQuery) -> dict[str, Any]:
    """Phones and lockers that may connect, or might once."""
    with context().store.reading() as uow:
        return page_of(uow.records(Device), query, lambda found: device_views(uow, found), key="device_id")


@operation(
    devices,
    "POST",
    "/devices",
    DeviceSecretView,
    scope=Scope.FLEET_WRITE,
    body=NewDevice,
    status=201,
    idempotent=True,
    errors=_EXISTS,
)
def add_device(body: NewDevice) -> Any:
    """Add a device, and show its secret, once."""
    kind = DeviceKind(body.kind)
    with effect() as this:
        device, secret = identity.add_device(
            this.uow, body.device_id, kind, context().clock(), encrypted=body.encrypted, seal=_seal()
        )
        return _shown_once(this, _with_secret(this.uow, device, secret))


@operation(
    devices,
    "POST",
    "/devices/<device_id>/rotate",
    DeviceSecretView,
    scope=Scope.FLEET_WRITE,
    body=Rotation,
    idempotent=True,
    errors=_REVOKED,
)
def rotate_device(device_id: str, body: Rotation) -> Any:
    """Give a device another secret, and show it, once; the old one stays good until the new one is used."""
    now, grace = context().clock(), timedelta(hours=body.grace_hours)
    with effect() as this:
        if body.at_once:
            secret = identity.rotate_device(this.uow, device_id, now, _seal())
        else:
            secret = start_rotation(this.uow, device_id, now, grace, _seal())
        device = this.uow.devices.require(device_id)
        return _shown_once(this, _with_secret(this.uow, device, secret))


@operation(
    devices,
    "POST",
    "/devices/<device_id>/revoke",
    DeviceView,
    scope=Scope.FLEET_WRITE,
    idempotent=True,
)
def revoke_device(device_id: str) -> Any:
    """Let a device connect no more; it is disconnected within seconds."""
    with effect() as this:
        device = identity.revoke_device(this.uow, device_id, context().clock())
        return this.conclude(device_views(this.uow, [device])[0])


@operation(
    devices,
    "POST",
    "/devices/invitations",
    InvitationView,
    scope=Scope.FLEET_WRITE,
    body=NewInvitation,
    status=201,
    idempotent=True,
)
def invite(body: NewInvitation) -> Any:
    """Let a device fetch its own secret with a token, which is shown once and works once."""
    valid = timedelta(hours=body.valid_hours)
    with effect() as this:
        invitation, token = invite_device(
            this.uow, body.device_id, DeviceKind(body.kind), context().clock(), valid
        )
        answer = InvitationView(
            device_id=invitation.device_id,
            kind=body.kind,
            token=token,
            expires_at=invitation.expires_at,
            provision_url=f"{context().settings.base_url}/v1/devices/provision",
        )
        this.conclude(answer.model_copy(update={"token": None}))
        return answer


@operation(
    devices,
    "POST",
    "/devices/provision",
    ProvisionedView,
    public=True,
    body=Provision,
    errors=_REFUSED,
)
def provision(body: Provision) -> ProvisionedView:
    """Exchange the token of an invitation for all that the device needs, once."""
    now, tries = context().clock(), f"provision:{request.remote_addr or ''}"
    with context().store.writing() as uow:
        identity.count_attempt(uow, tries, now)
        uow.commit()
    with context().store.writing() as uow:
        device, secret = provision_device(uow, body.token, now, _seal())
        uow.throttles.remove(tries)
        is_locker = device.kind is DeviceKind.LOCKER
        answer = ProvisionedView(
            device_id=device.device_id,
            kind=DeviceKindMessage(device.kind),
            secret=secret,
            mqtt_url=context().settings.mqtt_url,
            command_key=device.command_key_hex,
            offline_keys=offline_keys(uow, device.device_id) if is_locker else {},
        )
        uow.commit()
    return answer


def _seal() -> SecretSeal | None:
    return broker_seal(context().settings, context().secrets)


def _with_secret(uow: SqlUnitOfWork, device: Device, secret: str) -> DeviceSecretView:
    settings = context().settings
    return DeviceSecretView(
        device=device_views(uow, [device])[0],
        secret=secret,
        mqtt_url=settings.mqtt_url,
        command_key=device.command_key_hex,
        encryption_key=device.encryption_key,
        onboarding=onboarding(device.device_id, device.kind, secret, settings, device.encryption_key),
    )


def _shown_once(this: Effect, answer: DeviceSecretView) -> DeviceSecretView:
    """Commit, and return the answer; what is kept of it for a repeat of the request holds no secret."""
    nothing = {"secret": None, "command_key": None, "encryption_key": None, "onboarding": None}
    this.conclude(answer.model_copy(update=nothing))
    return answer
