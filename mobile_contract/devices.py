"""Devices: phones and lockers, their secrets, which are shown once, and how they are set up."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from mobile_contract.common import SORTED, Answer, Identifier, Instant, Message, Name, PageQuery
from mobile_contract.onboarding import OnboardingView


class DeviceKind(StrEnum):
    """What a device is; it decides the topics that the device may touch."""

    COURIER = "courier"
    LOCKER = "locker"


class DeviceView(Answer):
    """A device as the console shows it; it may not connect any more once `revoked_at` is set."""

    device_id: Name
    kind: DeviceKind
    added_at: Instant
    revoked_at: Instant | None = None
    rotation_ends_at: Instant | None = Field(
        None, description="While a new secret is on its way, when a phone's old one ends at the latest."
    )
    last_heard_at: Instant | None = None
    encrypted: bool = Field(False, description="Whether its app encrypts what it sends.")


class NewDevice(Message):
    """A device to add; a courier's has the courier's name, a locker's the locker's."""

    device_id: Name
    kind: DeviceKind
    encrypted: bool = Field(False, description="Let an OwnTracks app encrypt what it sends.")


class Rotation(Message):
    """How a device gets another secret: beside the old one for a while, or `at_once` instead of it."""

    at_once: bool = False
    grace_hours: int = Field(
        24,
        ge=1,
        le=720,
        description="How long both count at most, in hours; a locker's, until it has the new one.",
    )


class DeviceSecretView(Answer):
    """A device with its secret, which is shown once: in the answer to a repeat of the request it is null."""

    device: DeviceView
    secret: str | None
    mqtt_url: str
    command_key: str | None = Field(None, description="Hex; signs the commands to a locker.")
    encryption_key: str | None = Field(None, description="The passphrase of an app that encrypts.")
    onboarding: OnboardingView | None = None


class NewInvitation(Message):
    """A device that shall fetch its own secret."""

    device_id: Name
    kind: DeviceKind
    valid_hours: int = Field(24, ge=1, le=720, description="How long the token is good, in hours.")


class InvitationView(Answer):
    """A token that works once, at `POST /v1/devices/provision`; in the answer to a repeat it is null."""

    device_id: Name
    kind: DeviceKind
    token: str | None
    expires_at: Instant
    provision_url: str


class Provision(Message):
    """The token of an invitation."""

    token: Identifier


class ProvisionedView(Answer):
    """All that a new device needs; it is not shown again."""

    device_id: Name
    kind: DeviceKind
    secret: str
    mqtt_url: str
    command_key: str | None = Field(None, description="Hex; signs the commands to a locker.")
    offline_keys: dict[str, str] = Field(
        {}, description="Hex key of the offline codes (HOTP) of each compartment of a locker."
    )


class DeviceQuery(PageQuery):
    """Which devices to list."""

    kind: DeviceKind | None = None
    sort: Literal["added_at", "-added_at"] | None = SORTED
