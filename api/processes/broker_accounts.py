"""The accounts that a broker should have: those of the gateways' slots, and those of the devices."""

from __future__ import annotations

import structlog

from device_gateway.credentials import AccountKind, BrokerAccount
from tracking.identity.devices import SERVER_PREFIX, Device, DeviceKind
from tracking.identity.secrets import SecretSeal, device_secret, locker_seal
from tracking.store.unit_of_work import Store
from tracking.values.errors import InvalidValue

log = structlog.get_logger()

KINDS = {DeviceKind.COURIER: AccountKind.COURIER, DeviceKind.LOCKER: AccountKind.LOCKER}


class ServerAccounts:
    """The account of each gateway's slot, and of those that are still to be drained.

    There is one verifier for all, made once: it is salted anew each time. A slot keeps its account when it
    has been drained: its gateway has yet to end the session.
    """

    def __init__(self, gateways: int, password: str) -> None:
        self._slots = gateways
        self._password = password
        self._verifier = device_secret(password).broker_verifier

    def known(self) -> list[BrokerAccount]:
        """Return the accounts of the slots that are known so far."""
        return [
            BrokerAccount(f"{SERVER_PREFIX}{slot}", AccountKind.SERVER, self._verifier, self._password)
            for slot in range(1, self._slots + 1)
        ]

    def recorded(self, store: Store) -> list[BrokerAccount]:
        """Return the accounts of all slots up to the highest whose session may still hold messages."""
        with store.reading() as uow:
            self._slots = max([self._slots, *(record.slot for record in uow.gateway_slots.find())])
        return self.known()


def device_accounts(store: Store, seal: SecretSeal | None = None) -> list[BrokerAccount]:
    """Return the accounts of the devices that are not revoked, with the secrets that `seal` can open."""
    with store.reading() as uow:
        devices = uow.devices.find(revoked_at=None)
    return [BrokerAccount(d.device_id, KINDS[d.kind], d.broker_verifier, _opened(d, seal)) for d in devices]


def _opened(device: Device, seal: SecretSeal | None) -> str | None:
    """Return the secret that a broker must still be told: sealed by us, or for the locker itself."""
    if seal is None or device.secret_sealed is None:
        return None
    seals = [seal, *([locker_seal(bytes.fromhex(device.command_key_hex))] if device.command_key_hex else [])]
    for each in seals:
        try:
            return each.open(device.secret_sealed)
        except InvalidValue:
            continue
    log.warning("a sealed secret cannot be opened", device=device.device_id)
    return None
