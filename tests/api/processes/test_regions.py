"""Several planners share the regions: one more takes its share, and those of one that dies move."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from api.processes import regions
from api.processes.regions import LEASE_MS, TICK_S, Held, RegionKeeper, lease_of
from tests.e2e.installation import ROOT, Installation, new_installation, wait_for
from tests.world import PUMP, VADUZ, build_world, stock_up
from tracking.fleet.courier import Courier
from tracking.fleet.service import add_courier, open_shift
from tracking.orders.order import OrderState, Urgency
from tracking.orders.service import place
from tracking.parts.location import Location, LocationKind
from tracking.parts.service import add_location
from tracking.store.leases import Lease
from tracking.store.unit_of_work import Store
from tracking.values.coordinates import Coordinate
from tracking.values.times import system_clock

BEGUN_S = 40.0
TAKEN_OVER_S = LEASE_MS / 1000 + 2 * TICK_S
SITES = {"main": "hospital", "south": "clinic"}


@pytest.fixture
def here() -> Iterator[Installation]:
    """An installation with two regions, in which nothing runs yet."""
    directory = Path(tempfile.mkdtemp(prefix="fieldstock-regions-"))
    here = new_installation(directory / "var", planners=2)
    now, store = system_clock(), here.store()
    with store.writing() as uow:
        build_world(uow, now)
        stock_up(uow, "depot", PUMP, 2, "P-1", "P-2")
        for name, kind, point in (
            ("depot-south", LocationKind.DEPOT, VADUZ),
            ("clinic", LocationKind.CUSTOMER_SITE, Coordinate(47.0, 9.5)),
        ):
            add_location(uow, Location(name, kind, name, point, region="south"), now)
        add_courier(uow, Courier("carla", "Carla", 400_000, 2_000_000, (), "depot-south"), now)
        open_shift(uow, "carla", now - timedelta(hours=1), now + timedelta(hours=8), now)
        stock_up(uow, "depot-south", PUMP, 2, "P-3", "P-4")
        uow.commit()
    store.close()
    yield here
    shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def running_planner(here: Installation, number: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "api.cli", "planner", "--number", str(number)]
    with (here.settings.data_dir / f"planner-{number}.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=here.environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        finally:
            process.kill()


def holders(here: Installation) -> dict[str, str]:
    """Return who holds each region that somebody holds."""
    store = here.store()
    with store.reading() as uow:
        held = uow.leases.holders("region/")
    store.close()
    return held


def order_everywhere(here: Installation) -> None:
    store = here.store()
    with store.writing() as uow:
        for site_id in SITES.values():
            place(
                uow,
                site_id=site_id,
                part_number=PUMP,
                quantity=1,
                contract_id="two-hours",
                urgency=Urgency.CRITICAL,
                requested_by="desk",
                at=system_clock(),
            )
        uow.commit()
    store.close()


def are_planned(here: Installation, orders: int) -> bool:
    store = here.store()
    with store.reading() as uow:
        planned = uow.orders.find(state=OrderState.PLANNED)
    store.close()
    return len(planned) == orders


def test_the_regions_of_a_planner_that_is_killed_move_to_the_other_one(here: Installation) -> None:
    both = {lease_of(region) for region in SITES}
    with running_planner(here, 1) as first:
        wait_for(lambda: holders(here).keys() == both, BEGUN_S)
        order_everywhere(here)
        wait_for(lambda: are_planned(here, 2), BEGUN_S)
        with running_planner(here, 2) as second:
            wait_for(lambda: len(set(holders(here).values())) == 2, BEGUN_S)
            first.kill()
            order_everywhere(here)
            wait_for(lambda: are_planned(here, 4), TAKEN_OVER_S)
            (holder,) = set(holders(here).values())
            assert holders(here) == dict.fromkeys(both, holder)
            second.terminate()
            assert second.wait(20) == 0
            assert holders(here) == {}


def test_a_planner_that_cannot_look_after_its_regions_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regions, "TICK_S", 0.01)
    store = Store(f"sqlite:///{tmp_path / 'no-tables.sqlite'}", b"k" * 32)
    keeper, stop = RegionKeeper(store, _unreached), threading.Event()
    looking = threading.Thread(target=keeper.run, args=(stop,), daemon=True)
    looking.start()
    wait_for(lambda: "in a row" in str(keeper.fault()), 20)
    stop.set()
    looking.join(20)
    store.close()


def _unreached(region: str, _: Lease) -> Held:
    raise AssertionError(f"{region} was begun without a lease")
