"""Slots: the numbered sessions on the broker that the gateways share out among themselves by leases.

A slot is a user, a client id and a session that does not expire. One slot subscribes plainly. Several
subscribe together, so that the broker deals each message to one of them, and what it dealt waits in its
session until somebody hears it: a slot whose gateway has died is taken over, and one that is no longer
wanted is drained before the broker forgets it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from math import ceil

import structlog

from device_gateway.gateway import Gateway
from device_gateway.link import Subscriptions
from device_gateway.protocol import topics
from tracking.store.leases import Lease
from tracking.store.tables import GatewaySlot
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.ids import new_id
from tracking.values.times import Clock, system_clock

log = structlog.get_logger()

TICK_S = 1.0
LEASE_MS = 8_000
"""A gateway that said nothing for so long is dead; its slots are taken over a tick later."""

QUIET_S = 3.0
"""A slot to be given up in which nothing came for so long, subscribed to nothing, is empty."""

UNHEARD_S = 15.0
PRESENCE = "gateway/"


def slot_name(slot: int) -> str:
    """Return the lease of a slot."""
    return f"gateway-slot/{slot}"


def filters_of(slots: int, group: str) -> tuple[str, ...]:
    """Return what each of so many slots subscribes to.

    What lockers retain is asked for by every slot, as a shared subscription is sent nothing retained.
    """
    if slots == 1:
        return topics.GATEWAY_FILTERS
    retained = {topics.locker("+", "connection")}
    return tuple(f if f in retained else f"$share/{group}/{f}" for f in topics.GATEWAY_FILTERS)


class SlotKeeper:
    """Holds this gateway's fair share of `slots`; `user_of` names the broker's user of a slot."""

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        slots: int,
        group: str,
        user_of: Callable[[int], str],
        clock: Clock = system_clock,
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._slots = slots
        self._group = group
        self._user_of = user_of
        self._clock = clock
        self._holder = new_id()
        self._leases: dict[int, Lease] = {}
        self._ready: dict[int, tuple[str, ...]] = {}
        self._all_held_s = time.monotonic()

    def leads(self) -> bool:
        """Tell whether this gateway holds the first slot."""
        return 1 in self._leases

    def fault(self) -> str | None:
        """Return that a slot has been heard by nobody for too long, or None."""
        unheard_s = time.monotonic() - self._all_held_s
        return f"a session was heard by nobody for {unheard_s:.0f} s" if unheard_s > UNHEARD_S else None

    def run(self, stop: threading.Event) -> None:
        """Keep the share until `stop` is set, then leave all of it to others.

        While the database is away, what is held is heard on.
        """
        while not stop.is_set():
            try:
                self.step()
            except Exception as error:  # noqa: BLE001 - whatever it is, the hearing goes on
                log.warning("the gateways' sessions could not be looked after", error=str(error))
            stop.wait(TICK_S)

    def leave(self) -> None:
        """Let others have every slot at once; the gateway has left the sessions before."""
        with self._store.writing() as uow:
            for lease in self._leases.values():
                uow.leases.release(lease)
            presence = uow.leases.acquire(f"{PRESENCE}{self._holder}", self._holder, LEASE_MS)
            if presence is not None:
                uow.leases.release(presence)
            uow.commit()
        self._leases = {}

    def step(self) -> None:
        """Renew, take, give back and drain."""
        written = dict(self._ready)
        with self._store.writing() as uow:
            renewed, share = self._renewed(uow)
            recorded = {record.slot: record.filters for record in uow.gateway_slots.find()}
            self._record(uow, written, recorded)
            taken = self._taken(uow, renewed, share, recorded)
            held = uow.leases.holders(slot_name_prefix())
            uow.commit()
        for slot, filters in written.items():
            if self._ready.get(slot) is filters:
                del self._ready[slot]
        for slot in self._leases.keys() - taken.keys():
            self._gateway.let_go(self._user_of(slot))
        self._leases = taken
        if all(slot_name(slot) in held for slot in range(1, self._slots + 1)):
            self._all_held_s = time.monotonic()
        for slot in taken:
            self._hear(slot, recorded.get(slot))
        self._give_back(share)
        self._drain()

    def _renewed(self, uow: SqlUnitOfWork) -> tuple[dict[int, Lease], int]:
        """Prolong what is held; return what still is, and how many slots are this gateway's share."""
        uow.leases.acquire(f"{PRESENCE}{self._holder}", self._holder, LEASE_MS)
        alive = len(uow.leases.holders(PRESENCE))
        kept = {slot: uow.leases.acquire(slot_name(slot), self._holder, LEASE_MS) for slot in self._leases}
        return {slot: lease for slot, lease in kept.items() if lease}, ceil(self._slots / max(1, alive))

    def _taken(
        self, uow: SqlUnitOfWork, held: dict[int, Lease], share: int, recorded: dict[int, tuple[str, ...]]
    ) -> dict[int, Lease]:
        """Return what is held, with free slots as far as the share goes, and with slots to be drained."""
        taken = dict(held)
        unwanted = [slot for slot in recorded if slot > self._slots]
        for slot in (*range(1, self._slots + 1), *unwanted):
            is_wanted = slot <= self._slots
            if slot in taken or (is_wanted and sum(each <= self._slots for each in taken) >= share):
                continue
            lease = uow.leases.acquire(slot_name(slot), self._holder, LEASE_MS)
            if lease is not None:
                log.info("slot taken", slot=slot)
                taken[slot] = lease
        return taken

    def _hear(self, slot: int, recorded: tuple[str, ...] | None) -> None:
        wanted = filters_of(self._slots, self._group) if slot <= self._slots else ()
        known = {*topics.GATEWAY_FILTERS, *filters_of(2, self._group), *(recorded or ())}
        subscriptions = Subscriptions(
            wanted,
            tuple(sorted(known - set(wanted))),
            lambda: self._ready.__setitem__(slot, wanted),
        )
        self._gateway.hold(self._user_of(slot), subscriptions)

    def _record(
        self, uow: SqlUnitOfWork, written: dict[int, tuple[str, ...]], recorded: dict[int, tuple[str, ...]]
    ) -> None:
        """Write down which sessions there are on the broker, so that none is forgotten full."""
        for slot, filters in written.items():
            record = GatewaySlot(slot, filters, self._clock())
            if slot in recorded:
                uow.gateway_slots.save(record)
            else:
                uow.gateway_slots.add(record)
            recorded[slot] = filters

    def _give_back(self, share: int) -> None:
        """Leave to a gateway that has come what is more than the share."""
        own = sorted(slot for slot in self._leases if slot <= self._slots)
        for slot in own[share:]:
            self._gateway.let_go(self._user_of(slot))
            self._release(slot, drained=False)
            log.info("slot given back", slot=slot)

    def _drain(self) -> None:
        for slot in [each for each in self._leases if each > self._slots]:
            user = self._user_of(slot)
            if self._gateway.is_drained(user, QUIET_S):
                self._gateway.let_go(user, forget=True)
                self._release(slot, drained=True)
                log.info("slot drained", slot=slot)

    def _release(self, slot: int, *, drained: bool) -> None:
        with self._store.writing() as uow:
            uow.leases.release(self._leases.pop(slot))
            if drained:
                uow.gateway_slots.remove(slot)
            uow.commit()


def slot_name_prefix() -> str:
    """Return what the names of all slots' leases begin with."""
    return slot_name(0)[:-1]
