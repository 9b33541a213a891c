"""Devices as the installation is set up: whether secrets must be kept for a broker, and when one was used."""

from __future__ import annotations

from api.secrets import InstallationSecrets
from api.settings import BrokerAuth, Settings
from tracking.identity.devices import Device, NoRotation
from tracking.identity.rotation import finish_rotation, is_new_secret_of
from tracking.identity.secrets import SecretSeal
from tracking.store.unit_of_work import Store
from tracking.values.times import Clock


def broker_seal(settings: Settings, secrets: InstallationSecrets) -> SecretSeal | None:
    """Return what seals secrets for the broker, None for one that has use for our digests."""
    return SecretSeal(secrets.device_seal_key) if keeps_sealed(settings) else None


def keeps_sealed(settings: Settings) -> bool:
    """Tell whether the broker must be told the secrets themselves."""
    return settings.broker_auth is BrokerAuth.DYNAMIC_SECURITY


def note_secret_used(store: Store, settings: Settings, device: Device, secret: str, clock: Clock) -> None:
    """Put a device's new secret in force once the device has shown it; every other secret changes nothing."""
    if not is_new_secret_of(device, secret):
        return
    with store.writing() as uow:
        if not is_new_secret_of(uow.devices.require(device.device_id, lock=True), secret):
            return
        try:
            finish_rotation(uow, device.device_id, clock(), keep_sealed=keeps_sealed(settings))
        except NoRotation:  # another request with the same secret was faster
            return
        uow.commit()
