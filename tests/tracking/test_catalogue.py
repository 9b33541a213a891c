"""What the catalogue, the places and the installed base keep, and refuse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.world import NOW, VADUZ, build_world
from tracking.parts.location import Location, LocationKind
from tracking.parts.machine import Machine
from tracking.parts.part import Hazard, Part, PartKind
from tracking.parts.service import add_location, add_machine, add_part
from tracking.store.unit_of_work import Store
from tracking.values.errors import AlreadyExists, FieldstockError, InvalidValue, NotFound

BATTERY = Part(
    "BAT-7",
    "Battery pack",
    PartKind.REPAIRABLE,
    900,
    1200,
    30_000,
    revision="C",
    hazards=(Hazard.LITHIUM_BATTERY,),
    customs_code="850760",
    fits_models=("Infusomat 3000", "X-Ray 7"),
)


def test_part_comes_back_as_it_was_added(store: Store) -> None:
    with store.writing() as uow:
        add_part(uow, BATTERY, NOW)
        uow.commit()
    with store.reading() as uow:
        kept = uow.parts.require("BAT-7")
    assert kept == BATTERY
    assert isinstance(kept.hazards[0], Hazard)


def test_part_fits_the_models_that_it_names_and_without_names_any() -> None:
    assert BATTERY.fits("X-Ray 7")
    assert not BATTERY.fits("X-Ray 8")
    assert Part("FUSE", "Fuse", PartKind.CONSUMABLE, 1, 1, 1).fits("X-Ray 8")


def test_location_keeps_its_hours(store: Store) -> None:
    hours = ("Mo-Fr 08:00-17:00; Sa 09:00-12:00", "Europe/Vaduz")
    depot = Location("depot", LocationKind.DEPOT, "Depot", VADUZ, "", None, *hours)
    with store.writing() as uow:
        add_location(uow, depot, NOW)
        uow.commit()
    with store.reading() as uow:
        assert uow.locations.require("depot") == depot


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Part("P", "P", PartKind.CONSUMABLE, 1, 1, 1, revision="x" * 65), "at most 64"),
        (lambda: Part("P", "P", PartKind.CONSUMABLE, 1, 1, 1, customs_code="8507"), "6 to 10 digits"),
        (lambda: Part("P", "P", PartKind.CONSUMABLE, 1, 1, 1, customs_code="850760\n"), "6 to 10 digits"),
        (lambda: Part("P", "P", PartKind.CONSUMABLE, 1, 1, 1, fits_models=("a|b",)), "without '|'"),
        (lambda: Part("P\n", "P", PartKind.CONSUMABLE, 1, 1, 1), "printable ASCII"),
        (lambda: Machine("m 1", "hospital", "X", "1"), "machine 'm 1'"),
        (lambda: Machine("m-1", "hospital", " X", "1"), "model ' X'"),
        (lambda: Machine("m-1", "hospital", "X", ""), "serial ''"),
        (lambda: Location("d", LocationKind.DEPOT, "D", VADUZ, opening_hours="24/7"), "belong together"),
        (lambda: Location("d", LocationKind.DEPOT, "D", VADUZ, zone="Europe/Vaduz"), "belong together"),
        (
            lambda: Location("d", LocationKind.DEPOT, "D", VADUZ, opening_hours="Mo 9-5", zone="UTC"),
            "no span of time",
        ),
        (
            lambda: Location("d", LocationKind.DEPOT, "D", VADUZ, opening_hours="24/7", zone="Mars"),
            "no time zone",
        ),
    ],
)
def test_value_that_cannot_be_is_refused(make: Callable[[], object], says: str) -> None:
    with pytest.raises(InvalidValue, match=says.replace("|", r"\|")):
        make()


@pytest.mark.parametrize(
    ("machine", "error", "says"),
    [
        (Machine("ct-1", "hospital", "X-Ray 8", "9"), AlreadyExists, "machine 'ct-1'"),
        (Machine("ct-2", "hospital", "X-Ray 7", "4711"), AlreadyExists, "serial '4711'"),
        (Machine("ct-2", "nowhere", "X-Ray 7", "1"), NotFound, "nowhere"),
        (Machine("ct-2", "depot", "X-Ray 7", "1"), InvalidValue, "no customer site"),
    ],
)
def test_machine_is_added_once_at_a_site(
    store: Store, machine: Machine, error: type[FieldstockError], says: str
) -> None:
    with store.writing() as uow:
        build_world(uow)
        add_machine(uow, Machine("ct-1", "hospital", "X-Ray 7", "4711"), NOW)
        uow.commit()
    with store.writing() as uow, pytest.raises(error, match=says):
        add_machine(uow, machine, NOW)
    with store.reading() as uow:
        assert [m.machine_id for m in uow.machines.find(site_id="hospital")] == ["ct-1"]
