"""What was changed in the custody tables behind the program's back is found: `fieldstock custody verify`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from api.cli import cli
from api.custody_heads import FOLDER, export_heads
from api.secrets import load_secrets
from api.settings import Settings
from tests.world import NOW, PUMP, VADUZ, build_world, order_pump, stock_up
from tracking.custody.timeline import HandOver
from tracking.custody.track_slice import Point, frozen
from tracking.fleet.reporting import receive_report
from tracking.fleet.reports import Report, ReportKind, VerdictKind
from tracking.orders.service import assign
from tracking.parts.service import Movement, move
from tracking.store.unit_of_work import Store
from tracking.values.ids import new_id


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("FIELDSTOCK_DATA_DIR", str(tmp_path))
    settings = Settings(data_dir=tmp_path)
    store = _store(settings)
    with store.writing() as uow:
        build_world(uow)
        stock_up(uow, "depot", PUMP, 2, "P-1", "P-2")
        uow.commit()
    for day, place in enumerate(("locker-schaan-c1", "hospital", "bench")):
        with store.writing() as uow:
            at = NOW + timedelta(days=day)
            source = uow.ledger.whereabouts("P-1")
            assert source is not None
            moved = Movement(PUMP, 1, source, place, "moved", "anna", at, at, serials=("P-1",))
            move(uow, moved)
            uow.commit()
        export_heads(store, settings.data_dir, NOW + timedelta(days=day))
    store.close()
    return settings


def _store(settings: Settings) -> Store:
    store = Store(settings.relational_url, load_secrets(settings.data_dir).custody_key)
    store.migrate()
    return store


def _verify(*words: str) -> Result:
    return CliRunner().invoke(cli, ["custody", "verify", *words])


def _behind_the_back(settings: Settings, *statements: str) -> None:
    store = _store(settings)
    with store.writing() as uow:
        for statement in statements:
            uow.connection.execute(text(statement))
        uow.commit()
    store.close()


def test_untouched_custody_is_sound(installation: Settings) -> None:
    assert _verify("P-1").output == "all is sound: 1 timelines, 3 lists of heads\n"
    assert _verify("--all").output == "all is sound: 2 timelines, 3 lists of heads\n"


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "UPDATE custody_entries SET location_id = 'hospital' WHERE serial = 'P-1' AND position = 2",
            "position 2 was changed, or what stands before it",
        ),
        (
            "UPDATE custody_entries SET at = at - 60000000 WHERE serial = 'P-1' AND position = 4",
            "position 4 was changed, or what stands before it",
        ),
        (
            "UPDATE custody_details SET actor = 'eve' WHERE serial = 'P-1' AND position = 3",
            "actor or proof of position 3 was changed",
        ),
        (
            "UPDATE custody_details SET proof = '{\"kind\":\"scan\"}' WHERE serial = 'P-1' AND position = 1",
            "actor or proof of position 1 was changed",
        ),
        (
            "DELETE FROM custody_entries WHERE serial = 'P-1' AND position = 2",
            "position 2 is missing",
        ),
        (
            "DELETE FROM custody_entries WHERE serial = 'P-1' AND position = 4",
            "position 4, there on 2026-03-04, is gone",
        ),
        (
            "DELETE FROM custody_entries WHERE serial = 'P-1' AND position > 1",
            "position 3, there on 2026-03-03, is gone",
        ),
        ("DELETE FROM custody_entries WHERE serial = 'P-1'", "the whole timeline is gone"),
        (
            "UPDATE custody_entries SET serial = 'P-9' WHERE serial = 'P-1'",
            "the whole timeline is gone",
        ),
    ],
)
def test_tampering_with_the_tables_is_found(installation: Settings, statement: str, fault: str) -> None:
    _behind_the_back(installation, statement)
    found = _verify("P-1")
    assert found.exit_code == 1
    assert f"- P-1: {fault}\n" in found.output
    assert _verify("--all").exit_code == 1
    assert _verify("P-2").exit_code == 0


def test_timeline_that_was_written_anew_with_the_key_is_found_by_the_heads(installation: Settings) -> None:
    _behind_the_back(
        installation,
        "DELETE FROM custody_entries WHERE serial = 'P-1' AND position > 2",
        "DELETE FROM custody_details WHERE serial = 'P-1' AND position > 2",
    )
    store = _store(installation)
    with store.writing() as uow:
        for _ in range(2):
            uow.custody.append(HandOver("P-1", "moved", "depot", "eve", NOW, NOW, {}))
        assert uow.custody.faults("P-1") == []
        uow.commit()
    store.close()
    assert _verify("P-1").output.splitlines()[:2] == [
        "- P-1: position 3, there on 2026-03-03, was written anew",
        "- P-1: position 4, there on 2026-03-04, was written anew",
    ]


def test_erasing_who_it_was_breaks_nothing(installation: Settings) -> None:
    _behind_the_back(installation, "DELETE FROM custody_details WHERE serial = 'P-1'")
    assert _verify("--all").exit_code == 0


def _edit(folder: Path) -> None:
    path = folder / "2026-03-03.json"
    path.write_text(path.read_text().replace("P-1", "P-3"))


def _remove(folder: Path) -> None:
    (folder / "2026-03-03.json").unlink()


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        (_edit, "- 2026-03-03.json is not what was signed\n"),
        (_remove, "- between 2026-03-04.json and the list before it one is missing, or was changed\n"),
    ],
)
def test_tampering_with_the_lists_of_heads_is_found(
    installation: Settings, harm: Callable[[Path], None], fault: str
) -> None:
    harm(installation.data_dir / FOLDER)
    found = _verify("P-2")
    assert found.exit_code == 1
    assert fault in found.output


def test_lists_kept_elsewhere_are_verified_by_the_public_key(installation: Settings, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.move(installation.data_dir / FOLDER, elsewhere)
    key = CliRunner().invoke(cli, ["custody", "key"]).output.strip()
    assert _verify("--all", "--heads", str(elsewhere), "--public-key", key).exit_code == 0
    other = _verify("--all", "--heads", str(elsewhere), "--public-key", "00" * 32)
    assert other.exit_code == 1
    assert "is not what was signed" in other.output


def test_list_of_the_day_is_written_once(installation: Settings) -> None:
    first = CliRunner().invoke(cli, ["custody", "export"]).output.strip()
    assert Path(first).is_file()
    assert "there already" in CliRunner().invoke(cli, ["custody", "export"]).output
    assert _verify("--all").output == "all is sound: 2 timelines, 4 lists of heads\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("P-77",), "There is no custody timeline"),
        ((), "Name serials"),
        (("P-1", "--all"), "Name serials"),
        (("P-1", "--public-key", "zz"), "64 hexadecimal digits"),
    ],
)
def test_what_cannot_be_verified_is_said(installation: Settings, words: tuple[str, ...], said: str) -> None:
    found = _verify(*words)
    assert found.exit_code != 0
    assert said in found.output + str(found.exception)


def test_changed_track_of_a_hand_over_is_found_and_an_erased_one_is_not_missed(
    installation: Settings,
) -> None:
    at = NOW + timedelta(days=4)
    store = _store(installation)
    with store.writing() as uow:
        order = order_pump(uow)
        assign(uow, order.order_id, "anna", "depot", at, at)
        uow.commit()
    track = frozen("anna", at, [Point(at, VADUZ, 5.0)], "salt")
    step = f"pickup:{order.order_id}"
    report = Report(new_id(), "anna", 1, ReportKind.PICKED_UP, at, at, 0.0, step_id=step, track=track)
    assert receive_report(store.writing, report).kind is VerdictKind.APPLIED
    store.close()
    assert _verify("P-2").exit_code == 0
    _behind_the_back(installation, "UPDATE custody_slices SET points = '[]'")
    assert "- P-2: where the courier was at position 2 was changed\n" in _verify("P-2").output
    _behind_the_back(installation, "DELETE FROM custody_slices")
    assert _verify("P-2").exit_code == 0
