"""How devices are shown to people: never with a secret, and with when they were last heard."""

from __future__ import annotations

from datetime import datetime

from mobile_contract.devices import DeviceKind as DeviceKindMessage
from mobile_contract.devices import DeviceView
from tracking.identity.devices import Device
from tracking.store.unit_of_work import SqlUnitOfWork


def device_views(uow: SqlUnitOfWork, devices: list[Device]) -> list[DeviceView]:
    """Show devices."""
    heard = _last_heard(uow, {device.device_id for device in devices})
    return [
        DeviceView(
            device_id=device.device_id,
            kind=DeviceKindMessage(device.kind),
            added_at=device.added_at,
            revoked_at=device.revoked_at,
            rotation_ends_at=device.rotation_ends_at,
            last_heard_at=heard.get(device.device_id),
            encrypted=device.encryption_key is not None,
        )
        for device in devices
    ]


def _last_heard(uow: SqlUnitOfWork, names: set[str]) -> dict[str, datetime | None]:
    phones = {p.courier_id: p.received_at for p in uow.positions.find_in(courier_id=names)}
    return phones | {
        locker.locker_id: locker.last_heard_at for locker in uow.lockers.find_in(locker_id=names)
    }
