"""The passphrases that phones encrypt with, looked up in the database and remembered for a moment."""

from __future__ import annotations

import time

from device_gateway.protocol.owntracks_encryption import KeysUnavailable
from tracking.store.unit_of_work import Store

REMEMBERED_S = 10.0
"""How long a passphrase, or that there is none, is believed without another look."""
MAX_REMEMBERED = 10_000


class DeviceKeys:
    """From a device's name to its passphrase; see `device_gateway.protocol.owntracks_encryption.Keys`.

    Only messages that are encrypted ask. Any thread may.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[float, str | None]] = {}

    def __call__(self, device_id: str) -> str | None:
        """Return the device's passphrase, None where it has none. Raises `KeysUnavailable`."""
        known = self._known.get(device_id)
        now_s = time.monotonic()
        if known is not None and now_s - known[0] < REMEMBERED_S:
            return known[1]
        try:
            with self._store.reading() as uow:
                device = uow.devices.get(device_id)
        except Exception as error:
            if known is not None:
                return known[1]  # of a while ago, which is better than not to read what came
            raise KeysUnavailable(device_id) from error
        key = device.encryption_key if device and device.revoked_at is None else None
        if len(self._known) >= MAX_REMEMBERED:
            self._known.clear()
        self._known[device_id] = (now_s, key)
        return key
