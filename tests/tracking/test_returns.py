from __future__ import annotations

import pytest

from tests.world import NOW, PUMP, build_world
from tracking.fleet.reporting import receive_report
from tracking.fleet.reports import Report, ReportKind
from tracking.parts.location import Location, LocationKind
from tracking.parts.service import add_location
from tracking.returns.inspecting import inspect
from tracking.returns.inspection import Finding
from tracking.returns.rma import Return, ReturnState
from tracking.returns.service import announce, receive_at_bench
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.errors import InvalidValue


@pytest.fixture
def world(store: Store) -> Store:
    with store.writing() as uow:
        build_world(uow)
        add_location(uow, Location("scrap", LocationKind.SCRAP, "Scrap", None), NOW)
        uow.commit()
    return store


def _announce(uow: SqlUnitOfWork, destination_id: str | None) -> Return:
    return announce(
        uow,
        site_id="hospital",
        part_number=PUMP,
        serial="OLD-1",
        destination_id=destination_id,
        requested_by="desk",
        reason="Broken",
        at=NOW,
    )


@pytest.mark.parametrize(
    "place", ["supplier", "scrap", "unaccounted", "van-anna", "hospital", "locker-schaan", "locker-schaan-c1"]
)
def test_return_cannot_go_where_nobody_takes_it_in(world: Store, place: str) -> None:
    with world.writing() as uow, pytest.raises(InvalidValue):
        _announce(uow, place)


@pytest.mark.parametrize(("place", "goes_to"), [(None, "bench"), ("bench", "bench"), ("depot", "depot")])
def test_return_goes_to_the_bench_or_where_it_is_wanted(
    world: Store, place: str | None, goes_to: str
) -> None:
    with world.writing() as uow:
        assert _announce(uow, place).destination_id == goes_to


def test_part_that_comes_straight_from_a_site_is_defective_and_never_promised(world: Store) -> None:
    with world.writing() as uow:
        rma = _announce(uow, "depot")
        received = receive_at_bench(uow, rma.return_id, None, "bench", NOW)
        assert received.state is ReturnState.RECEIVED
        balance = uow.ledger.balance("depot", PUMP)
        assert (balance.on_hand, balance.available, balance.defective) == (1, 0, ("OLD-1",))


def test_report_that_comes_after_the_inspection_changes_nothing(world: Store) -> None:
    with world.writing() as uow:
        return_id = _announce(uow, None).return_id
        receive_at_bench(uow, return_id, None, "bench", NOW)
        found = Finding(PUMP, "OLD-1", 1)
        inspect(uow, return_id, found, note="", unopened=False, photos=(), by="bench", at=NOW)
        uow.commit()
    step = f"return_dropoff:{return_id}"
    late = Report("e-1", "anna", 1, ReportKind.RETURNED, NOW, NOW, 0.0, step_id=step, serials=("OLD-1",))
    verdict = receive_report(world.writing, late)
    assert verdict.code == "job_closed"
    assert "is inspected already" in (verdict.cause or "")
    with world.reading() as uow:
        assert uow.ledger.whereabouts("OLD-1") == "bench"
        assert uow.returns.require(return_id).state is ReturnState.INSPECTED
