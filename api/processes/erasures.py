"""The erasures that wait in the database for the broker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tracking.store.unit_of_work import Store
from tracking.values.times import system_clock


class StoredErasures:
    """Whose retained messages are to go; see `device_gateway.retained_sweeper.ErasureSource`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def due(self) -> Sequence[str]:
        """Return the devices; a courier's device has the courier's name."""
        with self._store.reading() as uow:
            return [erasure.courier_id for erasure in uow.erasures.find(topics_cleared_at=None)]

    def mark_swept(self, device: str) -> None:
        """Record that the broker retains nothing more of a device."""
        with self._store.writing() as uow:
            erasure = uow.erasures.require(device, lock=True)
            uow.erasures.save(replace(erasure, topics_cleared_at=system_clock()))
            uow.commit()
