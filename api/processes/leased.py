"""Work on a thread of its own, done by one of several processes at a time: the one that holds the lease."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from sqlalchemy.exc import DBAPIError

from api.processes.loop_health import LoopHealth
from tracking.store.leases import Lease
from tracking.store.unit_of_work import Store
from tracking.telemetry.slices import GoOn
from tracking.values.errors import FieldstockError
from tracking.values.ids import new_id
from tracking.values.times import system_clock

LEASE_MS = 60_000
"""Longer than any slice of work, between which the lease is prolonged."""

Work = Callable[[datetime], None]
"""Does what falls due at a time."""


class LeasedThread(threading.Thread):
    """Does its work every `every_s` while it holds the lease `name`, until `stop` is set.

    `make` is told how to ask, between slices of work, whether to go on: that also prolongs the lease.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        stop: threading.Event,
        make: Callable[[GoOn], Work],
        every_s: float = 1.0,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._store, self._stop_set, self._every_s = store, stop, every_s
        self._work = make(self._go_on)
        self._health = LoopHealth(name)
        self._lease: Lease | None = None
        self._holder, self._renew_at_s = new_id(), 0.0

    def run(self) -> None:
        """Do what falls due until it is to stop; a turn that fails is tried again."""
        while not self._stop_set.is_set():
            try:
                if self._go_on():
                    self._work(system_clock())
                self._health.done()
            except Exception as error:  # noqa: BLE001 - whatever it was, the work must go on
                self._health.failed(error)
            self._stop_set.wait(self._every_s)
        with suppress(FieldstockError, DBAPIError):  # else the lease runs out
            release(self._store, self._lease)

    def fault(self) -> str | None:
        """Return what is wrong with the work, or None."""
        if self.ident is not None and not self.is_alive() and not self._stop_set.is_set():
            return f"{self.name}: their thread has ended"
        fault = self._health.fault()
        return None if fault is None else f"{self.name}: {fault}"

    def _go_on(self) -> bool:
        """Prolong the lease when it is time to, and tell whether it is ours and nobody wants us to stop."""
        now_s = time.monotonic()
        if now_s >= self._renew_at_s:
            self._lease = renew(self._store, self.name, self._holder, LEASE_MS)
            self._renew_at_s = now_s + LEASE_MS / 6000
        self._health.done()
        return self._lease is not None and not self._stop_set.is_set()


def renew(store: Store, name: str, holder: str, lasts_ms: int) -> Lease | None:
    """Take or prolong a lease; None while another holds it."""
    with store.writing() as uow:
        lease = uow.leases.acquire(name, holder, lasts_ms)
        uow.commit()
    return lease


def release(store: Store, lease: Lease | None) -> None:
    """Give a lease back, if there is one."""
    if lease is None:
        return
    with store.writing() as uow:
        uow.leases.release(lease)
        uow.commit()
