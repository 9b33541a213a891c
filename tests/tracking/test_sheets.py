"""A sheet is imported as a whole or not at all, and what is exported can be imported."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.conftest import CUSTODY_KEY
from tests.world import NOW, PUMP, build_world
from tracking.lockers.locker import CompartmentSize
from tracking.parts.location import LocationKind
from tracking.parts.machine import Machine
from tracking.parts.part import Hazard, Part, PartKind
from tracking.sheets.faults import SheetRefused
from tracking.sheets.reading import read_sheet
from tracking.sheets.service import KINDS, Outcome, check, export_sheet, import_sheet
from tracking.store.unit_of_work import Store
from tracking.values.events import DomainEvent

PARTS = """part_number,name,kind,weight_g,volume_cm3,value_cents,\
revision,hazards,customs_code,substitutes,fits_models
BAT-7,Battery pack,repairable,900,1200,30000,C,lithium_battery corrosive,850760,BAT-8 PUMP-1,X-Ray 7|Infusomat
BAT-8,Battery pack,repairable,900,1200,31000,,,,,
"""
LOCATIONS = """location_id,kind,name,lat_deg,lon_deg,address,parent_id,compartment_size,opening_hours,zone
shelf,stocking_location,Shelf,47.1,9.5,Road 1,,,Mo-Fr 08:00-17:00,Europe/Vaduz
scrap,scrap,Scrap,,,,,,,
locker-buchs-c1,compartment,Door 1,47.2,9.6,,locker-buchs,large,,
locker-buchs-c2,compartment,Door 2,47.2,9.6,,locker-buchs,,,
locker-buchs,locker,Locker Buchs,47.2,9.6,,,,,
"""
MACHINES = """machine_id,site_id,model,serial
ct-1,hospital,X-Ray 7,4711
ct-2,hospital,X-Ray 7,4712
"""


@pytest.fixture
def world(store: Store) -> Store:
    with store.writing() as uow:
        build_world(uow)
        uow.commit()
    return store


@pytest.fixture
def other(tmp_path: object) -> Iterator[Store]:
    """A second, empty installation."""
    store = Store(f"sqlite:///{tmp_path}/other.sqlite", CUSTODY_KEY)
    store.migrate()
    yield store
    store.close()


def _import(store: Store, kind: str, text: str) -> Outcome:
    draft = read_sheet(KINDS[kind], text.encode())
    with store.writing() as uow:
        outcome = import_sheet(uow, draft, "test", NOW)
        uow.commit()
    return outcome


def _faults(store: Store, kind: str, text: str) -> list[str]:
    with store.reading() as uow:
        return [str(fault) for fault in check(uow, read_sheet(KINDS[kind], text.encode())).faults]


def _export(store: Store, kind: str) -> str:
    file = io.StringIO(newline="")
    with store.reading() as uow:
        export_sheet(uow, KINDS[kind], file)
    return file.getvalue()


def _events(store: Store) -> list[DomainEvent]:
    with store.writing() as uow:
        uow.outbox.stamp()
        uow.commit()
    with store.reading() as uow:
        return [stamped.event for stamped in uow.outbox.read(0, 1000)]


def test_parts_are_added_with_one_event(world: Store) -> None:
    outcome = _import(world, "parts", PARTS)
    assert (outcome.added, outcome.changed, outcome.unchanged) == (2, 0, 0)
    with world.reading() as uow:
        assert uow.parts.require("BAT-7") == Part(
            "BAT-7",
            "Battery pack",
            PartKind.REPAIRABLE,
            900,
            1200,
            30_000,
            ("BAT-8", PUMP),
            "C",
            (Hazard.LITHIUM_BATTERY, Hazard.CORROSIVE),
            "850760",
            ("X-Ray 7", "Infusomat"),
        )
    (event,) = [event for event in _events(world) if event.kind.endswith(".imported")]
    assert (event.kind, event.subject) == ("parts.imported", outcome.reference)
    assert (event.data["added"], event.data["actor"]) == (2, "test")


def test_file_that_comes_again_changes_nothing(world: Store) -> None:
    for kind, text, count in (("parts", PARTS, 2), ("locations", LOCATIONS, 5), ("machines", MACHINES, 2)):
        assert _import(world, kind, text).added == count
        again = _import(world, kind, text)
        assert (again.added, again.changed, again.unchanged) == (0, 0, count)


def test_row_of_a_known_record_changes_the_columns_that_the_file_has(world: Store) -> None:
    _import(world, "parts", PARTS)
    with world.reading() as uow:
        before = uow.parts.require("BAT-7")
    header = "part_number,name,kind,weight_g,volume_cm3,value_cents,revision"
    outcome = _import(world, "parts", f"{header}\nBAT-7,Battery pack,repairable,900,1200,99,\n")
    assert (outcome.added, outcome.changed) == (0, 1)
    with world.reading() as uow:
        assert uow.parts.require("BAT-7") == replace(before, value_cents=99, revision="")


def test_locations_bring_lockers_and_their_compartments(world: Store) -> None:
    _import(world, "locations", LOCATIONS)
    with world.reading() as uow:
        assert uow.lockers.require("locker-buchs").online is False
        sizes = {c.compartment: c.size for c in uow.compartments.find(locker_id="locker-buchs")}
        assert sizes == {"1": CompartmentSize.LARGE, "2": CompartmentSize.MEDIUM}
        assert uow.locations.require("shelf").opening_hours == "Mo-Fr 08:00-17:00"
        assert uow.locations.require("scrap").coordinate is None


def test_one_fault_keeps_the_whole_file_out(world: Store) -> None:
    before = _events(world)
    bad = {
        "parts": PARTS.replace("31000", "-1"),
        "locations": LOCATIONS.replace("Europe/Vaduz", "Mars"),
        "machines": MACHINES.replace("ct-2,hospital", "ct-2,nowhere"),
    }
    for kind, text in bad.items():
        with pytest.raises(SheetRefused) as refused:
            _import(world, kind, text)
        assert len(refused.value.faults) == 1
    with world.reading() as uow:
        assert uow.parts.get("BAT-7") is None
        assert uow.locations.get("shelf") is None
        assert uow.machines.get("ct-1") is None
    assert _events(world) == before


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        (
            "parts",
            PARTS.replace("BAT-8 PUMP-1", "BAT-8 NO-1"),
            "line 2, substitutes: names NO-1, which is no part",
        ),
        ("parts", PARTS.replace("BAT-8 PUMP-1", "BAT-7"), "line 2, substitutes: names the part itself"),
        ("parts", PARTS.replace("BAT-8 PUMP-1", "BAT-8 BAT-8"), "line 2, substitutes: names BAT-8 twice"),
        (
            "parts",
            PARTS.replace("BAT-8,Battery", "BAT-7,Battery").replace("BAT-8 ", ""),
            "line 3, part_number: stands in line 2 already",
        ),
        (
            "parts",
            PARTS.replace("BAT-8,Battery pack,repairable", "FUSE-10A,Fuse,repairable").replace("BAT-8 ", ""),
            "line 3, kind: cannot be changed: the part is consumable already",
        ),
        (
            "locations",
            LOCATIONS.replace("shelf,stocking_location", "shelf,van"),
            "line 2, kind: a van is added",
        ),
        (
            "locations",
            LOCATIONS.replace("shelf,", "depot,"),
            "line 2, kind: cannot be changed: the location is a depot",
        ),
        (
            "locations",
            LOCATIONS.replace("47.1,9.5", ","),
            "line 2, lat_deg: is missing: a stocking_location needs",
        ),
        (
            "locations",
            LOCATIONS.replace("47.1,9.5", "47.1,"),
            "line 2, lon_deg: is missing, where lat_deg is given",
        ),
        (
            "locations",
            LOCATIONS.replace(",Europe/Vaduz", ","),
            "line 2, zone: is missing, where opening_hours is given",
        ),
        (
            "locations",
            LOCATIONS.replace("locker-buchs,large", ",large"),
            "line 4, parent_id: is missing: a compartment",
        ),
        (
            "locations",
            LOCATIONS.replace("locker-buchs-c1", "locker-buchs-1"),
            "line 4, location_id: must be locker-buchs-cNAME",
        ),
        (
            "locations",
            LOCATIONS.replace("scrap,scrap,Scrap,,,,,", "scrap,scrap,Scrap,,,,,small"),
            "line 3, compartment_size",
        ),
        (
            "locations",
            LOCATIONS.replace("scrap,scrap,Scrap,,,,", "scrap,scrap,Scrap,,,,depot"),
            "line 3, parent_id: is for comp",
        ),
        (
            "machines",
            MACHINES.replace("ct-1,hospital", "ct-1,depot"),
            "line 2, site_id: is a depot, not a customer site",
        ),
        (
            "machines",
            MACHINES.replace("4712", "4711"),
            "line 3, serial: stands in line 2 already with the same model",
        ),
    ],
)
def test_row_that_does_not_fit_the_others_or_the_records_is_named(
    world: Store, kind: str, text: str, says: str
) -> None:
    faults = _faults(world, kind, text)
    assert len(faults) == 1, faults
    assert faults[0].startswith(says), faults


def test_compartment_of_no_locker_is_named(world: Store) -> None:
    text = "\n".join(line for line in LOCATIONS.splitlines() if not line.startswith("locker-buchs,"))
    assert [fault.split(":")[0] for fault in _faults(world, "locations", text)] == [
        "line 4, parent_id",
        "line 5, parent_id",
    ]


def test_what_is_known_of_a_compartment_stays(world: Store) -> None:
    _import(world, "locations", LOCATIONS)
    smaller = LOCATIONS.replace(",large,", ",small,")
    assert "the compartment is large already" in _faults(world, "locations", smaller)[0]
    renamed = LOCATIONS.replace("Door 1", "The big door").replace(",large,", ",,")
    assert _import(world, "locations", renamed).changed == 1
    with world.reading() as uow:
        assert uow.compartments.require("locker-buchs", "1").size is CompartmentSize.LARGE


def test_machine_that_another_record_is_is_named(world: Store) -> None:
    _import(world, "machines", MACHINES)
    (fault,) = _faults(world, "machines", "machine_id,site_id,model,serial\nct-9,hospital,X-Ray 7,4711\n")
    assert fault == "line 2, serial: belongs to the machine ct-1 of that model already ('4711')"


def test_all_faults_are_told_at_once(world: Store) -> None:
    text = PARTS.replace("C,lithium_battery", "C,sharp").replace("BAT-8 PUMP-1", "NO-1").replace("31000", "x")
    assert [fault.split(":")[0] for fault in _faults(world, "parts", text)] == [
        "line 2, hazards",
        "line 2, substitutes",
        "line 3, value_cents",
    ]


def test_what_is_exported_is_imported_as_it_was(world: Store, other: Store) -> None:
    risky = Part(
        "=A1", "@SUM(1+1)", PartKind.CONSUMABLE, 1, 1, 1, ("-X", PUMP), "'=0", (), "", ("+1 model", "a")
    )
    with world.writing() as uow:
        uow.parts.add(Part("-X", '-2"3, "x"\n', PartKind.CONSUMABLE, 0, 0, 0))
        uow.parts.add(risky)
        shelf = replace(
            uow.locations.require("depot"), location_id="shelf", name="\u00c4u\u00dferes; 'Lager'"
        )
        point = replace(shelf.coordinate, lat_deg=-0.00001234567890123, lon_deg=-71.05)
        uow.locations.add(replace(shelf, coordinate=point))
        uow.machines.add(Machine("-1", "hospital", "=X", "@1"))
        uow.commit()
    for kind in ("parts", "locations", "machines"):
        text = _export(world, kind)
        if kind == "locations":  # vans come with their couriers
            text = "\r\n".join(line for line in text.split("\r\n") if ",van," not in line)
        for cell in ("=A1", "@SUM", "-X", "+1", "=X", "@1"):
            assert f"\n{cell}" not in text
            assert f",{cell}" not in text
        assert _import(other, kind, text).faults == ()
        assert _import(world, kind, text).changed == 0
    with world.reading() as ours, other.reading() as theirs:
        assert list(ours.parts.scan()) == list(theirs.parts.scan())
        assert list(ours.machines.scan()) == list(theirs.machines.scan())
        assert list(ours.compartments.scan()) == list(theirs.compartments.scan())
        kept = [place for place in ours.locations.scan() if place.kind is not LocationKind.VAN]
        assert kept == list(theirs.locations.scan())


def test_imports_of_the_same_parts_at_once_add_them_once(world: Store) -> None:
    together, outcomes = threading.Barrier(4), []

    def run() -> None:
        draft = read_sheet(KINDS["parts"], PARTS.encode())
        together.wait(30)
        with world.writing() as uow:
            outcomes.append(import_sheet(uow, draft, "test", NOW))
            uow.commit()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcome.added for outcome in outcomes) == [0, 0, 0, 2]
