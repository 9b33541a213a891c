"""Which regions this planner plans: its fair share of all of them, held by leases.

A region whose planner died is taken over when its lease has run out; one planner more takes over its share
of those that the others hold.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from math import ceil
from typing import Protocol

import structlog
from sqlalchemy.exc import DBAPIError

from api.processes.loop_health import LoopHealth
from routing.dispatch.publishing import Candidate
from tracking.fleet.regions import regions
from tracking.store.leases import Lease
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.errors import FieldstockError
from tracking.values.ids import new_id

log = structlog.get_logger()

LEASE_MS = 15_000
TICK_S = LEASE_MS / 3000
PRESENCE = "planner/"


class Held(Protocol):
    """A region that is planned as long as its lease is held."""

    @property
    def in_force(self) -> Candidate | None:
        """The plan in force, None while there is none."""

    def renewed(self, lease: Lease) -> bool:
        """Hear that the lease was prolonged; tell whether the region is still planned."""

    def fault(self) -> str | None:
        """Return what is wrong, or None."""

    def leave(self) -> None:
        """Plan no more, and return when the last round is over."""


Begin = Callable[[str, Lease], Held]
"""Begins to plan a region."""


class RegionKeeper:
    """Holds this planner's share of the regions, and plans each of them."""

    def __init__(self, store: Store, begin: Begin) -> None:
        self._store, self._begin = store, begin
        self._loop = LoopHealth("looking after the regions")
        self._holder = new_id()
        self._leases: dict[str, Lease] = {}
        self._held: dict[str, Held] = {}

    def run(self, stop: threading.Event) -> None:
        """Keep the share until `stop` is set, then leave all of it to others at once."""
        try:
            while not stop.is_set():
                try:
                    self.step()
                    self._loop.done()
                except Exception as error:  # noqa: BLE001 - what is held is planned on until another holds it
                    self._loop.failed(error)
                stop.wait(TICK_S)
        finally:
            self._leave_all()

    def step(self) -> None:
        """Renew, take what is free, and give back what is more than the share."""
        with self._store.writing() as uow:
            uow.leases.acquire(f"{PRESENCE}{self._holder}", self._holder, LEASE_MS)
            alive = len(uow.leases.holders(PRESENCE))
            wanted = regions(uow)
            share = ceil(len(wanted) / max(1, alive))
            kept = {region: self._acquired(uow, region) for region in self._leases if region in wanted}
            own = {region: lease for region, lease in kept.items() if lease is not None}
            for region in wanted:
                lease = self._acquired(uow, region) if region not in own and len(own) < share else None
                if lease is not None:
                    own[region] = lease
            surplus = sorted(own)[share:]
            uow.commit()
        for region in [*(self._held.keys() - own.keys()), *surplus]:
            self._end(region)
        self._leases = {region: lease for region, lease in own.items() if region not in surplus}
        for region in surplus:
            log.info("region given back", region=region)
            self._release(own[region])
        for region, lease in self._leases.items():
            self._plan(region, lease)

    def plans(self) -> dict[str, Candidate]:
        """Return the plan in force of each region that is held and has one."""
        found = {region: held.in_force for region, held in self._held.items()}
        return {region: candidate for region, candidate in found.items() if candidate is not None}

    def fault(self) -> str | None:
        """Return what is wrong with looking after the regions, or with one that is held, or None."""
        own = self._loop.fault()
        if own is not None:
            return own
        for region, held in list(self._held.items()):
            fault = held.fault()
            if fault is not None:
                return f"{region}: {fault}"
        return None

    def _acquired(self, uow: SqlUnitOfWork, region: str) -> Lease | None:
        return uow.leases.acquire(lease_of(region), self._holder, LEASE_MS)

    def _plan(self, region: str, lease: Lease) -> None:
        """Plan a region with its lease; where another had it for a while, begin anew."""
        held = self._held.get(region)
        if held is not None and held.renewed(lease):
            return
        self._end(region)
        log.info("region taken", region=region)
        self._held = self._held | {region: self._begin(region, lease)}

    def _end(self, region: str) -> None:
        held = self._held.get(region)
        if held is not None:
            self._held = {name: each for name, each in self._held.items() if name != region}
            held.leave()

    def _release(self, lease: Lease) -> None:
        with self._store.writing() as uow:
            uow.leases.release(lease)
            uow.commit()

    def _leave_all(self) -> None:
        for region in list(self._held):
            self._end(region)
        with suppress(FieldstockError, DBAPIError):  # else the leases run out
            self._release_all()

    def _release_all(self) -> None:
        with self._store.writing() as uow:
            for lease in self._leases.values():
                uow.leases.release(lease)
            presence = uow.leases.acquire(f"{PRESENCE}{self._holder}", self._holder, LEASE_MS)
            if presence is not None:
                uow.leases.release(presence)
            uow.commit()
        self._leases = {}


def lease_of(region: str) -> str:
    """Return the name of a region's lease."""
    return f"region/{region}"
