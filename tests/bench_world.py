"""The small world with what a bench needs: a place for scrap, fuses to build in, a pump that came back."""

from __future__ import annotations

from datetime import datetime

from tests.world import FUSE, NOW, PUMP, build_world, stock_up
from tracking.parts.location import Location, LocationKind
from tracking.parts.service import add_location
from tracking.repairs.procedure import Measurement, Procedure
from tracking.repairs.service import Actor, add_procedure
from tracking.returns.inspecting import inspect
from tracking.returns.inspection import Finding
from tracking.returns.rma import Return
from tracking.returns.service import announce, receive_at_bench
from tracking.store.unit_of_work import SqlUnitOfWork, Store

FLOW = Measurement("Flow", "flow rate", "ml/h", 98.0, 102.0)
LEAKAGE = Measurement("Leakage", "leakage current", "uA", None, 100.0)
GOOD = {"Flow": 100.0, "Leakage": 40.0}
BAD = {"Flow": 90.0, "Leakage": 40.0}


def by(person: str = "bench", at: datetime = NOW) -> Actor:
    """Return who does something, and when."""
    return Actor(person, at)


def add_bench(uow: SqlUnitOfWork) -> None:
    """Add a place for scrap, and ten fuses at the bench."""
    add_location(uow, Location("scrap", LocationKind.SCRAP, "Scrap", None), NOW)
    stock_up(uow, "bench", FUSE, 10)


def build_bench(store: Store) -> Store:
    """Fill an empty store."""
    with store.writing() as uow:
        build_world(uow)
        add_bench(uow)
        uow.commit()
    return store


def flow_test(uow: SqlUnitOfWork) -> Procedure:
    """Add the test of a pump: flow and leakage."""
    return add_procedure(uow, PUMP, "Flow test", (FLOW, LEAKAGE), by())


def came_back(
    uow: SqlUnitOfWork, serial: str = "OLD-1", *, unopened: bool = False, at: datetime = NOW
) -> Return:
    """Let a pump come back from the hospital to the bench, inspected."""
    rma = announce(
        uow,
        site_id="hospital",
        part_number=PUMP,
        serial=serial,
        destination_id=None,
        requested_by="desk",
        reason="",
        at=at,
    )
    receive_at_bench(uow, rma.return_id, None, "bench", at)
    found = Finding(PUMP, serial, 1)
    inspect(uow, rma.return_id, found, note="", unopened=unopened, photos=(), by="bench", at=at)
    return uow.returns.require(rma.return_id)
