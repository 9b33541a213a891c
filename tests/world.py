"""A small world of records that tests start from: one part, its places, one courier, one locker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tracking.fleet.courier import Courier
from tracking.fleet.service import add_courier, open_shift
from tracking.lockers.service import add_locker
from tracking.orders.order import Order, Urgency
from tracking.orders.service import place
from tracking.orders.sla import Contract
from tracking.parts.location import UNACCOUNTED, Location, LocationKind
from tracking.parts.part import Part, PartKind
from tracking.parts.service import Movement, add_location, add_part, receive
from tracking.store.unit_of_work import SqlUnitOfWork
from tracking.values.coordinates import Coordinate

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PUMP, FUSE = "PUMP-1", "FUSE-10A"
VADUZ = Coordinate(47.1410, 9.5209)
SCHAAN = Coordinate(47.1650, 9.5087)
BUCHS = Coordinate(47.1674, 9.4788)


def build_world(uow: SqlUnitOfWork, at: datetime = NOW) -> None:
    """Add the catalogue, the places, the courier `anna` on shift and the locker `locker-schaan`."""
    add_part(uow, Part(PUMP, "Infusion pump", PartKind.REPAIRABLE, 2500, 6000, 120_000), at)
    add_part(uow, Part(FUSE, "Fuse 10 A", PartKind.CONSUMABLE, 10, 5, 150), at)
    for location in (
        Location("supplier", LocationKind.SUPPLIER, "Supplier", None),
        Location(UNACCOUNTED, LocationKind.UNACCOUNTED, "Unaccounted", None),
        Location("depot", LocationKind.DEPOT, "Depot Vaduz", VADUZ),
        Location("bench", LocationKind.BENCH, "Repair bench", VADUZ),
        Location("hospital", LocationKind.CUSTOMER_SITE, "Hospital Buchs", BUCHS),
    ):
        add_location(uow, location, at)
    schaan = Location("locker-schaan", LocationKind.LOCKER, "Locker Schaan", SCHAAN)
    add_locker(uow, schaan, ["1", "2"], at)
    add_courier(uow, Courier("anna", "Anna", 400_000, 2_000_000, (), "depot"), at)
    add_courier(uow, Courier("ben", "Ben", 400_000, 2_000_000, (), "depot"), at)
    open_shift(uow, "anna", at - timedelta(hours=1), at + timedelta(hours=8), at)
    uow.contracts.add(Contract("two-hours", "Two hours", 7200))


def stock_up(uow: SqlUnitOfWork, location_id: str, part_number: str, quantity: int, *serials: str) -> None:
    """Receive goods from the supplier."""
    receive(
        uow,
        Movement(
            part_number, quantity, "supplier", location_id, "received", "test", NOW, NOW, serials=serials
        ),
    )


def order_pump(uow: SqlUnitOfWork, *, expect_return: bool = False, quantity: int = 1) -> Order:
    """Order a pump for the hospital within two hours."""
    return place(
        uow,
        site_id="hospital",
        part_number=PUMP,
        quantity=quantity,
        contract_id="two-hours",
        urgency=Urgency.CRITICAL,
        requested_by="desk",
        at=NOW,
        expect_return=expect_return,
    )
