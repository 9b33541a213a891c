"""Opening stock comes through the ledger in bulk: balances are sums of moves, custody chains are sound."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import CUSTODY_KEY
from tests.opening_stock import HEADER, add_shelves, opening_stock
from tests.world import FUSE, NOW, PUMP, build_world, stock_up
from tracking.custody.timeline import HandOver
from tracking.parts.location import LocationKind
from tracking.parts.part import Condition
from tracking.parts.service import Movement, move
from tracking.parts.stock import Lying
from tracking.sheets.faults import SheetRefused
from tracking.sheets.reading import read_sheet
from tracking.sheets.service import KINDS, Outcome, check, export_sheet, import_sheet
from tracking.store.unit_of_work import SqlUnitOfWork, Store

SMALL = f"""{HEADER}depot,{PUMP},P-1,,
depot,{PUMP},P-2,defective,1
locker-schaan-c1,{PUMP},P-3,refurbished,
depot,{FUSE},,,40
bench,{FUSE},,,2
"""


@pytest.fixture
def world(store: Store) -> Store:
    with store.writing() as uow:
        build_world(uow)
        uow.commit()
    return store


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    """A second installation with the same places and parts."""
    store = Store(f"sqlite:///{tmp_path}/other.sqlite", CUSTODY_KEY)
    store.migrate()
    with store.writing() as uow:
        build_world(uow)
        uow.commit()
    yield store
    store.close()


def _import(store: Store, text: str) -> Outcome:
    draft = read_sheet(KINDS["stock"], text.encode())
    with store.writing() as uow:
        outcome = import_sheet(uow, draft, "test", NOW)
        uow.commit()
    return outcome


def _faults(store: Store, text: str) -> list[str]:
    with store.reading() as uow:
        return [str(fault) for fault in check(uow, read_sheet(KINDS["stock"], text.encode())).faults]


def _export(store: Store) -> str:
    file = io.StringIO(newline="")
    with store.reading() as uow:
        export_sheet(uow, KINDS["stock"], file)
    return file.getvalue()


def _contents(uow: SqlUnitOfWork) -> list[Lying]:
    places = [place.location_id for place in uow.locations.scan() if place.kind is not LocationKind.SUPPLIER]
    return list(uow.ledger.contents(places))


def test_units_and_consumables_lie_where_the_file_says(world: Store) -> None:
    outcome = _import(world, SMALL)
    assert (outcome.added, outcome.reference) == (5, "import-1001")
    with world.reading() as uow:
        pumps = uow.ledger.balance("depot", PUMP)
        assert (pumps.on_hand, pumps.available, pumps.defective) == (2, 1, ("P-2",))
        assert uow.ledger.balance("depot", FUSE).on_hand == 40
        assert uow.ledger.balance("supplier", FUSE).on_hand == -42
        assert uow.ledger.whereabouts("P-3") == "locker-schaan-c1"
        assert uow.units.require("P-3").condition is Condition.REFURBISHED


def test_each_serial_begins_its_custody_timeline_with_its_line(world: Store) -> None:
    _import(world, SMALL)
    with world.writing() as uow:
        move(uow, Movement(PUMP, 1, "depot", "hospital", "moved", "anna", NOW, NOW, serials=("P-1",)))
        uow.commit()
    with world.reading() as uow:
        entries, details = uow.custody.timeline("P-1")
        assert [(entry.position, entry.kind) for entry in entries] == [(1, "opening_stock"), (2, "moved")]
        assert details[1].proof["line"] == "2"
        assert details[1].proof["reference"] == "import-1001"
        assert [uow.custody.faults(serial) for serial in ("P-1", "P-2", "P-3")] == [[], [], []]


def test_many_hand_overs_at_once_chain_as_one_by_one(world: Store) -> None:
    with world.writing() as uow:
        stock_up(uow, "depot", PUMP, 2, "P-1", "P-2")
        hand_overs = [
            HandOver(serial, "moved", place, "anna", NOW, NOW, {})
            for place in ("van-anna", "hospital")
            for serial in ("P-2", "P-9", "P-1")
        ]
        uow.custody.append_all(hand_overs)
        uow.commit()
    with world.reading() as uow:
        for serial, length in (("P-1", 3), ("P-2", 3), ("P-9", 2)):
            entries, _ = uow.custody.timeline(serial)
            assert [entry.position for entry in entries] == list(range(1, length + 1))
            assert uow.custody.faults(serial) == []


def test_opening_stock_tells_of_itself_once(world: Store) -> None:
    with world.writing() as uow:
        uow.outbox.stamp()
        uow.commit()
        before = uow.outbox.newest()
    _import(world, SMALL)
    with world.writing() as uow:
        uow.outbox.stamp()
        events = [stamped.event for stamped in uow.outbox.read(before, 100)]
        uow.commit()
    assert [(event.kind, event.subject, event.data["added"]) for event in events] == [
        ("stock.imported", "import-1001", 5)
    ]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (f"nowhere,{PUMP},S-1,,", "location_id: is no location that is known"),
        (f"supplier,{PUMP},S-1,,", "location_id: is a supplier"),
        (f"unaccounted,{PUMP},S-1,,", "location_id: is for what nobody can account for"),
        (f"locker-schaan,{PUMP},S-1,,", "location_id: is a locker: name one of its compartments"),
        ("depot,NO-1,S-1,,", "part_number: is no part of the catalogue"),
        (f"depot,{PUMP},,,", "serial: is missing: the part is repairable"),
        (f"depot,{PUMP},OLD,,", f"serial: is known already, of the part {PUMP}"),
        (f"depot,{PUMP},S-1,,2", "quantity: must be 1 or empty"),
        (f"bench,{FUSE},S-1,,3", "serial: must be empty: the part is a consumable"),
        (f"bench,{FUSE},,new,3", "condition: must be empty: the part is a consumable"),
        (f"bench,{FUSE},,,", "quantity: is missing: the part is a consumable"),
        (f"depot,{FUSE},,,3", "part_number: has moved here already: receive or count it"),
        (f"bench,{PUMP},S-1,,\ndepot,{PUMP},S-1,,", "serial: stands in line 2 already"),
        (
            f"bench,{FUSE},,,1\nbench,{FUSE},,,2",
            "part_number: stands in line 2 already with the same location_id",
        ),
    ],
)
def test_row_that_cannot_open_stock_is_named(world: Store, row: str, says: str) -> None:
    with world.writing() as uow:
        stock_up(uow, "depot", PUMP, 1, "OLD")
        stock_up(uow, "depot", FUSE, 1)
        uow.commit()
    (fault,) = _faults(world, HEADER + row)
    assert says in fault
    with pytest.raises(SheetRefused):
        _import(world, HEADER + row + f"\nbench,{PUMP},GOOD,,\n")
    with world.reading() as uow:
        assert uow.units.get("GOOD") is None
        assert [line.quantity for line in _contents(uow)] == [1, 1]


def test_stock_needs_a_supplier_to_come_from(sqlite_store: Store) -> None:
    assert "add a location of that kind first" in _faults(sqlite_store, SMALL)[0]


def test_file_that_comes_again_is_refused_line_by_line(world: Store) -> None:
    _import(world, SMALL)
    with pytest.raises(SheetRefused) as refused:
        _import(world, SMALL)
    assert [fault.line for fault in refused.value.faults] == [2, 3, 4, 5, 6]


def test_stock_that_is_exported_is_opened_elsewhere_as_it_was(world: Store, other: Store) -> None:
    _import(world, SMALL)
    with world.writing() as uow:
        move(uow, Movement(FUSE, 5, "depot", "van-anna", "moved", "anna", NOW, NOW))
        move(uow, Movement(FUSE, 5, "depot", "supplier", "moved", "anna", NOW, NOW))
        move(uow, Movement(PUMP, 1, "depot", "hospital", "moved", "anna", NOW, NOW, serials=("P-1",)))
        uow.commit()
    text = _export(world)
    assert _import(other, text).added == 6
    assert _export(other) == text
    with world.reading() as ours, other.reading() as theirs:
        assert _contents(ours) == _contents(theirs)


def test_thousands_of_lines_are_sums_of_moves_and_sound_chains(store: Store) -> None:
    add_shelves(store, 40)
    text = opening_stock(5000, 40)
    said: list[tuple[str, int, int]] = []
    draft = read_sheet(KINDS["stock"], text.encode(), progress=lambda *words: said.append(words))
    with store.writing() as uow:
        import_sheet(uow, draft, "test", NOW, lambda *words: said.append(words))
        uow.commit()
    wanted: dict[tuple[str, str], int] = {}
    for row in text.splitlines()[1:]:
        place, part, _, _, quantity = row.split(",")
        wanted[place, part] = wanted.get((place, part), 0) + int(quantity or 1)
    with store.reading() as uow:
        balances = uow.ledger.balances()
        assert {
            (b.location_id, b.part_number): b.on_hand for b in balances if b.location_id != "supplier"
        } == wanted
        assert sum(balance.on_hand for balance in balances) == 0
        heads = uow.custody.heads()
        assert len(heads) == sum(",SN-" in row for row in text.splitlines())
        assert {head.position for head in heads} == {1}
        assert all(uow.custody.faults(head.serial) == [] for head in heads[::50])
    assert {what for what, _, _ in said} == {"reading", "writing units", "writing moves", "writing custody"}
    assert all(done <= total for _, done, total in said)


def test_file_that_another_writer_overtakes_imports_nothing_by_half(world: Store) -> None:
    """Others receive units and pieces that the file opens, while it is imported."""
    rows = [f"depot,{PUMP},S-{n},," for n in range(300)] + [f"depot,{FUSE},,,7"]
    draft = read_sheet(KINDS["stock"], (HEADER + "\n".join(rows)).encode())
    with world.reading() as uow:
        assert check(uow, draft).faults == ()
    with world.writing() as uow:
        stock_up(uow, "depot", PUMP, 1, "S-250")
        stock_up(uow, "depot", FUSE, 1)
        uow.commit()
    with world.writing() as uow, pytest.raises(SheetRefused) as refused:
        import_sheet(uow, draft, "test", NOW)
    assert [(fault.line, fault.column) for fault in refused.value.faults] == [
        (252, "serial"),
        (302, "part_number"),
    ]
    with world.reading() as uow:
        assert uow.ledger.balance("depot", PUMP).on_hand == 1
        assert uow.units.get("S-0") is None


def test_line_that_moves_while_an_import_waits_for_it_is_refused(world: Store) -> None:
    """The other writer holds the line; the import has seen it unmoved, waits, and must look again."""
    draft = read_sheet(KINDS["stock"], f"{HEADER}depot,{FUSE},,,7\n".encode())
    refused: list[bool] = []

    def run() -> None:
        try:
            with world.writing() as uow:
                import_sheet(uow, draft, "test", NOW)
                uow.commit()
        except SheetRefused:
            refused.append(True)

    with world.writing() as uow:
        stock_up(uow, "depot", FUSE, 1)
        thread = threading.Thread(target=run)
        thread.start()
        time.sleep(0.5)
        uow.commit()
    thread.join(30)
    assert refused == [True]
    with world.reading() as uow:
        assert uow.ledger.balance("depot", FUSE).on_hand == 1


def test_two_imports_of_one_file_at_once_open_it_once(world: Store) -> None:
    draft, outcomes = read_sheet(KINDS["stock"], SMALL.encode()), []
    together = threading.Barrier(4)

    def run() -> None:
        together.wait(30)
        try:
            with world.writing() as uow:
                outcomes.append(import_sheet(uow, draft, "test", NOW).added)
                uow.commit()
        except SheetRefused as error:
            outcomes.append(-len(error.faults))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == [-5, -5, -5, 5]


def test_a_hundred_thousand_lines_at_800_locations_are_opened_within_a_minute(sqlite_store: Store) -> None:
    add_shelves(sqlite_store, 800)
    content = opening_stock(100_000, 800).encode()
    began_s = time.monotonic()
    draft = read_sheet(KINDS["stock"], content)
    with sqlite_store.writing() as uow:
        assert import_sheet(uow, draft, "test", NOW).added == 100_000
        uow.commit()
    assert time.monotonic() - began_s < 60
    with sqlite_store.reading() as uow:
        assert len(uow.locations.find(kind=LocationKind.STOCKING_LOCATION)) == 800
        assert sum(lying.quantity for lying in _contents(uow)) >= 100_000
