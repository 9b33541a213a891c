"""The town: a running installation of the region, with orders planned, people and phones."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from device_gateway.connection import BrokerAddress
from device_gateway.protocol import topics
from device_gateway.simulator.device import Device
from tests.api_server import PASSWORD
from tests.bench.region import COURIERS, build_region, fix_message, sites_of
from tests.e2e.installation import Installation, new_installation, wait_for
from tests.world import FUSE
from tracking.identity.devices import DeviceKind
from tracking.identity.passwords import hash_password
from tracking.identity.roles import Role
from tracking.identity.service import add_device, add_person
from tracking.orders.order import Urgency
from tracking.orders.service import place
from tracking.parts.service import Movement, receive
from tracking.store.unit_of_work import SqlUnitOfWork
from tracking.values.times import from_ms, system_clock, to_ms


@dataclass
class Town:
    """A running installation, with the phone of every courier connected; `boot_id` is that of all phones.

    `acks` are what the phones heard, with the time in seconds since the epoch: courier, message.
    """

    installation: Installation
    phones: dict[str, Device] = field(default_factory=dict)
    acks: list[tuple[float, str, bytes]] = field(default_factory=list)
    boot_id: str = field(default_factory=lambda: secrets.token_hex(4))
    driven: Counter[str] = field(default_factory=Counter)

    def connect(self, courier: str, password: str) -> None:
        """Connect a courier's phone, which listens for what has been made durable."""
        address = BrokerAddress("127.0.0.1", self.installation.settings.mqtt_port, courier, password)
        self.phones[courier] = Device(
            address,
            filters=(topics.ack(courier),),
            on_message=lambda _, body: self.acks.append((time.time(), courier, body)),
        )
        self.phones[courier].connect()

    def drive(self, courier: str) -> tuple[int, datetime]:
        """Send a courier's next fix, made now, and return its counter and its time."""
        seq, at = self.driven[courier], from_ms(to_ms(system_clock()))
        self.send(courier, seq, at)
        self.driven[courier] += 1
        return seq, at

    def send(self, courier: str, seq: int, at: datetime, boot_id: str | None = None) -> None:
        """Send one fix of a courier."""
        body = fix_message(courier, boot_id or self.boot_id, seq, at)
        self.phones[courier].publish(topics.fix(courier), body)

    def busiest(self) -> str:
        """Return the courier with the most stops."""
        routes = self.installation.get("dispatcher", "/v1/plan")["routes"]
        return str(max(routes, key=lambda route: len(route["stops"]))["courier_id"])


@contextmanager
def running_town(directory: Path) -> Iterator[Town]:
    """Build the region, start every process, wait until all orders are planned; stop it all afterwards."""
    installation = new_installation(directory)
    now = system_clock()
    store = installation.store()
    with store.writing() as uow:
        build_region(uow, now)
        _add_people(uow, now)
        _add_orders(uow, now)
        passwords = {name: add_device(uow, name, DeviceKind.COURIER, now)[1] for name in COURIERS}
        uow.commit()
    store.close()
    town = Town(installation)
    try:
        installation.start()
        for name, password in passwords.items():
            town.connect(name, password)
        wait_for(lambda: _is_planned(installation), 60, lambda: installation.log.read_text()[-2000:])
        yield town
    finally:
        for phone in town.phones.values():
            phone.close()
        assert installation.stop() == 0, installation.log.read_text()[-2000:]


def _add_people(uow: SqlUnitOfWork, now: datetime) -> None:
    encoded = hash_password(PASSWORD)
    add_person(uow, "dispatcher", "Dispatcher", Role.DISPATCHER, encoded, now)
    for name in (*COURIERS, "anna", "ben"):
        add_person(uow, name, name.title(), Role.COURIER, encoded, now, courier_id=name)


def _add_orders(uow: SqlUnitOfWork, now: datetime) -> None:
    """Order a fuse for every site, of which the depot has plenty."""
    sites = [site for courier in COURIERS for site in sites_of(courier)]
    receive(uow, Movement(FUSE, 2 * len(sites), "supplier", "depot", "received", "bench", now, now))
    for site in sites:
        place(
            uow,
            site_id=site.location_id,
            part_number=FUSE,
            quantity=1,
            contract_id="four-hours",
            urgency=Urgency.PLANNED,
            requested_by="dispatcher",
            at=now,
        )


def _is_planned(installation: Installation) -> bool:
    orders = installation.get("dispatcher", "/v1/orders")["items"]
    return all(order["courier_id"] is not None for order in orders)
