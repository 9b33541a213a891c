"""The region of the benchmarks: couriers who each drive a straight road out of Vaduz, with sites along it."""

from __future__ import annotations

from datetime import datetime, timedelta

from device_gateway.protocol.messages import FixesMessage, FixMessage, encode
from tests.world import VADUZ, build_world
from tracking.fleet.courier import Courier
from tracking.fleet.service import add_courier, open_shift
from tracking.orders.sla import Contract
from tracking.parts.location import Location, LocationKind
from tracking.parts.service import add_location
from tracking.store.unit_of_work import SqlUnitOfWork
from tracking.values.coordinates import Coordinate
from tracking.values.geodesy import destination

COURIERS = tuple(f"courier-{n}" for n in range(8))
SITES_EACH = 4
SPEED_MPS = 10.0
WAY_M = 20_000
"""A courier drives this far out, and back again."""


def build_region(uow: SqlUnitOfWork, now: datetime) -> None:
    """Add the small world of the tests, and eight couriers on shift with customers along their roads."""
    build_world(uow, now)
    uow.contracts.add(Contract("four-hours", "Four hours", 14_400))
    for name in COURIERS:
        add_courier(uow, Courier(name, name.title(), 400_000, 2_000_000, (), "depot"), now)
        open_shift(uow, name, now - timedelta(hours=2), now + timedelta(hours=9), now)
        for site in sites_of(name):
            add_location(uow, site, now)


def sites_of(courier: str) -> list[Location]:
    """Return the customers along a courier's road."""
    return [
        Location(f"{courier}-site-{n}", LocationKind.CUSTOMER_SITE, f"Site {n}", place_on_road(courier, m))
        for n, m in enumerate(range(1500, 1500 * (SITES_EACH + 1), 1500))
    ]


def place_on_road(courier: str, driven_m: float) -> Coordinate:
    """Return where a courier is after so many metres."""
    bearing = COURIERS.index(courier) * 360 / len(COURIERS)
    return destination(VADUZ, bearing, WAY_M - abs(driven_m % (2 * WAY_M) - WAY_M))


def fix_message(courier: str, boot_id: str, seq: int, at: datetime) -> bytes:
    """Return a courier's native message of one fix, `seq` seconds of driving after the start."""
    place = place_on_road(courier, seq * SPEED_MPS)
    fix = FixMessage(
        fix_at=at,
        lat_deg=round(place.lat_deg, 6),
        lon_deg=round(place.lon_deg, 6),
        accuracy_m=5.0,
        speed_mps=SPEED_MPS,
        battery_pct=80.0,
    )
    return encode(FixesMessage(boot_id=boot_id, first_seq=seq, fixes=[fix], sent_at=at))
