"""Rotation without a gap: another secret is good beside the old one, until the device is known to have it.

A locker is told by a signed command in which the secret is sealed, again in each session until it answers
`done`; any device shows that it has the secret by using it where both count; what else is left is put in
force by a person or, but for lockers, when the grace ends: a locker that was out of reach for so long has
nobody who would type its secret in. A device tries its new secret first, then the old.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from tracking.identity.devices import Device, DeviceKind, NoRotation
from tracking.identity.secrets import (
    SecretSeal,
    locker_seal,
    new_device_secret,
    secret_matches,
    sha256_hex,
)
from tracking.lockers.locker import COMMAND_LOST, COMMAND_VALID, LockerCommand
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import Conflict, InvalidValue
from tracking.values.events import DomainEvent
from tracking.values.ids import new_id
from tracking.values.times import EPOCH

GRACE = timedelta(hours=24)
"""How long both secrets count, unless the new one is seen in use before; a locker's, until it has it."""
LONGEST_GRACE = timedelta(days=30)
ROTATE = "rotate"
"""The action of the command that brings a locker its secret."""
NO_COMPARTMENT = ""
"""What stands for the compartment in a command that is for the whole locker."""


def start_rotation(
    uow: UnitOfWork,
    device_id: str,
    at: datetime,
    grace: timedelta = GRACE,
    seal: SecretSeal | None = None,
) -> str:
    """Let another secret count beside the one in force, and return it; an earlier rotation is forgotten.

    With `seal` it is kept sealed for a broker that has no use for our digests. Raises `Conflict` for a
    device that is revoked, and `InvalidValue` for a grace beyond (0, `LONGEST_GRACE`].
    """
    if not timedelta(0) < grace <= LONGEST_GRACE:
        raise InvalidValue(f"The grace must be positive, and {LONGEST_GRACE.days} days at most.")
    device = uow.devices.require(device_id, lock=True)
    if device.revoked_at is not None:
        raise Conflict(f"{device_id} is revoked: give it another secret at once (--now) to let it in again.")
    secret = new_device_secret()
    box = locker_seal(bytes.fromhex(device.command_key_hex)) if device.command_key_hex else seal
    rotating = replace(
        device,
        pending_sha256=secret.sha256,
        pending_verifier=secret.broker_verifier,
        pending_sealed=box.seal(secret.plain) if box else None,
        rotation_started_at=at,
        rotation_ends_at=at + grace,
    )
    uow.devices.save(rotating)
    uow.outbox.add(DomainEvent("device.rotation_started", device_id, at))
    _offer(uow, rotating, at)
    return secret.plain


def finish_rotation(uow: UnitOfWork, device_id: str, at: datetime, *, keep_sealed: bool = False) -> Device:
    """Put the new secret in force; the old one counts no more. Raises `NoRotation`.

    `keep_sealed` is for a broker that must be told the secret itself.
    """
    device = uow.devices.require(device_id, lock=True)
    if device.pending_sha256 is None or device.pending_verifier is None:
        raise NoRotation(f"No new secret of {device_id} is on its way.")
    finished = replace(
        device.settled(),
        secret_sha256=device.pending_sha256,
        broker_verifier=device.pending_verifier,
        secret_sealed=device.pending_sealed if keep_sealed else None,
    )
    uow.devices.save(finished)
    uow.outbox.add(DomainEvent("device.rotated", device_id, at))
    return finished


def device_with_secret(uow: UnitOfWork, secret: str) -> Device | None:
    """Return the device that one of whose secrets this is, unless it is revoked."""
    digest = sha256_hex(secret)
    found = uow.devices.find(secret_sha256=digest) or uow.devices.find(pending_sha256=digest)
    return next((device for device in found if device.revoked_at is None), None)


def is_secret_of(device: Device, secret: str) -> bool:
    """Tell in constant time whether this is a secret of the device: the one in force, or the coming one."""
    current = secret_matches(secret, device.secret_sha256)
    coming = secret_matches(secret, device.pending_sha256 or sha256_hex(""))
    return device.revoked_at is None and (current or (coming and device.pending_sha256 is not None))


def is_new_secret_of(device: Device, secret: str) -> bool:
    """Tell whether the device showed the secret that is on its way to it: `finish_rotation` is due."""
    return device.pending_sha256 is not None and secret_matches(secret, device.pending_sha256)


def advance_rotations(uow: UnitOfWork, at: datetime, *, keep_sealed: bool = False) -> int:
    """Carry on every rotation, and return how many were put in force or offered to their locker again."""
    moved = 0
    for found in uow.devices.find_between("rotation_ends_at", EPOCH, at + 2 * LONGEST_GRACE):
        device = uow.devices.require(found.device_id, lock=True)
        if device.rotation_ends_at is None or device.revoked_at is not None:
            continue
        is_over = device.kind is not DeviceKind.LOCKER and device.rotation_ends_at <= at
        if is_over or _is_answered(uow, device):
            finish_rotation(uow, device.device_id, at, keep_sealed=keep_sealed)
            moved += 1
        else:
            moved += _offer(uow, device, at)
    return moved


def _commands(uow: UnitOfWork, device: Device) -> list[LockerCommand]:
    """Return the commands that brought, or may have brought, the secret that is on its way."""
    commands = uow.locker_commands.find(locker_id=device.device_id, action=ROTATE)
    return [c for c in commands if device.rotation_started_at and c.issued_at >= device.rotation_started_at]


def _is_answered(uow: UnitOfWork, device: Device) -> bool:
    return any(command.result == "done" for command in _commands(uow, device))


def _offer(uow: UnitOfWork, device: Device, at: datetime) -> bool:
    """Send a locker its secret, if it is there and no command with it is under way."""
    locker = uow.lockers.get(device.device_id) if device.kind is DeviceKind.LOCKER else None
    if locker is None or not locker.online or locker.session is None or device.pending_sealed is None:
        return False
    under_way = (c for c in _commands(uow, device) if c.session == locker.session)
    if any(command.issued_at + COMMAND_LOST > at for command in under_way):
        return False
    valid_s = int(COMMAND_VALID.total_seconds())
    uow.locker_commands.add(
        LockerCommand(new_id(), device.device_id, locker.session, ROTATE, NO_COMPARTMENT, at, valid_s)
    )
    return True
