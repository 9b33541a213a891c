"""Invitations: a new device fetches its own secret with a token that works once."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from tracking.identity.devices import Device, DeviceInvitation, DeviceKind, InvitationRefused
from tracking.identity.secrets import SecretSeal, new_command_key, sha256_hex
from tracking.identity.service import add_device, rotate_device
from tracking.lockers.offline_opening import renew_offline_keys
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import InvalidValue
from tracking.values.events import DomainEvent
from tracking.values.times import EPOCH

INVITATION_VALID = timedelta(hours=24)
LONGEST_VALID = timedelta(days=30)
TOKEN_BYTES = 16
KEPT_AFTER = timedelta(days=30)
"""How long a used or expired invitation is kept, so that its token is refused for the right reason."""
PRUNED_AT_ONCE = 1000


def invite_device(
    uow: UnitOfWork,
    device_id: str,
    kind: DeviceKind,
    at: datetime,
    valid: timedelta = INVITATION_VALID,
) -> tuple[DeviceInvitation, str]:
    """Invite a device, and return its token, which is kept nowhere; earlier invitations of the name end.

    A device that exists is invited to take another secret when it is exchanged, or let in again. Raises
    `InvalidValue` when the name belongs to a device of another kind.
    """
    if not timedelta(0) < valid <= LONGEST_VALID:
        raise InvalidValue(f"An invitation is valid for {LONGEST_VALID.days} days at most.")
    known = uow.devices.get(device_id)
    if known is not None and known.kind is not kind:
        raise InvalidValue(f"{device_id} is a {known.kind}, not a {kind}.")
    for earlier in uow.device_invitations.find(device_id=device_id, used_at=None):
        uow.device_invitations.save(replace(earlier, used_at=at))
    token = secrets.token_hex(TOKEN_BYTES)
    invitation = DeviceInvitation(sha256_hex(token), device_id, kind, at, at + valid)
    uow.device_invitations.add(invitation)
    uow.outbox.add(DomainEvent("device.invited", device_id, at, {"kind": kind}))
    return invitation, token


def provision_device(
    uow: UnitOfWork, token: str, at: datetime, seal: SecretSeal | None = None
) -> tuple[Device, str]:
    """Exchange a token for the device and its secret, once. Raises `InvitationRefused`.

    A locker that exists is new hardware: whoever has the old may neither sign for it nor open it.
    """
    invitation = uow.device_invitations.get(sha256_hex(token), lock=True)
    if invitation is None:
        raise InvitationRefused("There is no such invitation.")
    if invitation.used_at is not None:
        raise InvitationRefused("This invitation was used already, or another took its place.")
    if invitation.expires_at <= at:
        raise InvitationRefused("This invitation has expired.")
    uow.device_invitations.save(replace(invitation, used_at=at))
    if uow.devices.get(invitation.device_id) is None:
        device, secret = add_device(uow, invitation.device_id, invitation.kind, at, seal=seal)
    else:
        secret = rotate_device(uow, invitation.device_id, at, seal)
        device = uow.devices.require(invitation.device_id, lock=True)
        if device.kind is DeviceKind.LOCKER:
            device = replace(device, command_key_hex=new_command_key())
            uow.devices.save(device)
            renew_offline_keys(uow, device.device_id)
    uow.outbox.add(DomainEvent("device.provisioned", device.device_id, at))
    return device, secret


def prune_invitations(uow: UnitOfWork, at: datetime) -> int:
    """Forget invitations that ended long ago, `PRUNED_AT_ONCE` at most, and return how many there were."""
    over = uow.device_invitations.find_between("expires_at", EPOCH, at - KEPT_AFTER)[:PRUNED_AT_ONCE]
    for invitation in over:
        uow.device_invitations.remove(invitation.token_sha256)
    return len(over)
