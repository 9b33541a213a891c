"""Devices that speak over MQTT: phones and lockers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tracking.values.ids import checked_name


class DeviceKind(StrEnum):
    """What a device is; it decides the topics that the device may touch."""

    COURIER = "courier"
    LOCKER = "locker"


@dataclass(frozen=True, slots=True)
class Device:
    """A device: `device_id` is its user name, client id and topic name; for a locker also the locker's id.

    `secret_sha256` is for our own checks, `broker_verifier` for the broker's password file.
    `command_key_hex` (32 bytes) signs the commands to a locker, and is null for a courier's phone.
    """

    device_id: str
    kind: DeviceKind
    secret_sha256: str
    broker_verifier: str
    command_key_hex: str | None
    added_at: datetime
    revoked_at: datetime | None = None

    def __post_init__(self) -> None:
        checked_name(self.device_id, "device")
