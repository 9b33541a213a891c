"""Devices that speak over MQTT or HTTP: phones and lockers, their secrets, and invitations to become one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from tracking.values.errors import FieldstockError, InvalidValue
from tracking.values.ids import checked_name

SERVER_PREFIX = "gateway-"
"""Names on the broker that begin like this are the server's own."""


class DeviceKind(StrEnum):
    """What a device is; it decides the topics that the device may touch."""

    COURIER = "courier"
    LOCKER = "locker"


@dataclass(frozen=True, slots=True)
class Device:
    """A device: `device_id` is its user name, client id and topic name; for a locker also the locker's id.

    `secret_sha256` is for our own checks, `broker_verifier` for the broker's password file.
    `command_key_hex` (32 bytes) signs the commands to a locker, and is null for a courier's phone.
    The fields `pending_*` are another secret that is on its way to the device; until it is in force,
    for a phone at `rotation_ends_at` at the latest, both count. `*_sealed` hold a secret itself,
    encrypted, and only as long as the locker or a broker elsewhere must still be told of it.
    `encryption_key` is the passphrase of an OwnTracks app that encrypts what it sends.
    """

    device_id: str
    kind: DeviceKind
    secret_sha256: str
    broker_verifier: str
    command_key_hex: str | None
    added_at: datetime
    revoked_at: datetime | None = None
    pending_sha256: str | None = None
    pending_verifier: str | None = None
    pending_sealed: str | None = field(default=None, repr=False)
    rotation_started_at: datetime | None = None
    rotation_ends_at: datetime | None = None
    secret_sealed: str | None = field(default=None, repr=False)
    encryption_key: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        _check_name(self.device_id)
        rotating = {self.pending_sha256 is None, self.pending_verifier is None, self.rotation_ends_at is None}
        if len(rotating) > 1:
            raise InvalidValue("A rotation has a secret, its verifier and an end, or none of them.")

    def settled(self) -> Device:
        """Return the device without a rotation under way: the secret that was in force stays so."""
        return replace(
            self,
            pending_sha256=None,
            pending_verifier=None,
            pending_sealed=None,
            rotation_started_at=None,
            rotation_ends_at=None,
        )


@dataclass(frozen=True, slots=True)
class DeviceInvitation:
    """Leave for one device to fetch its secret once, with a token of which only the digest is kept."""

    token_sha256: str
    device_id: str
    kind: DeviceKind
    invited_at: datetime
    expires_at: datetime
    used_at: datetime | None = None

    def __post_init__(self) -> None:
        _check_name(self.device_id)


def _check_name(device_id: str) -> None:
    checked_name(device_id, "device")
    if device_id.startswith(SERVER_PREFIX):
        raise InvalidValue(f"Names that begin with {SERVER_PREFIX} are the server's own.")


class InvitationRefused(FieldstockError):
    """A provisioning token that is unknown, used, or too old."""

    code = "invitation_refused"
    action = "Ask for another: fieldstock device invite NAME --kind KIND."


class NoRotation(FieldstockError):
    """There is no new secret that could be put in force."""

    code = "no_rotation"
    action = "Begin one: fieldstock device rotate NAME."
