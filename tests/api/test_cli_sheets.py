"""`fieldstock import` and `fieldstock export`: dry runs, faults line by line, files that come back."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import cli
from api.cli.installation import open_store
from tests.world import NOW, PUMP, build_world
from tracking.parts.part import Part, PartKind
from tracking.parts.service import add_part

PARTS = "part_number,name,kind,weight_g,volume_cm3,value_cents\nA,First,consumable,1,1,1\nB,Second,{},1,1,1\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIELDSTOCK_DATA_DIR", str(tmp_path / "var"))
    store = open_store()
    with store.writing() as uow:
        build_world(uow, NOW)
        uow.commit()
    store.close()
    return tmp_path


def _run(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def _file(folder: Path, content: str) -> Path:
    file = folder / "file.csv"
    file.write_text(content)
    return file


def _exported(kind: str) -> str:
    return _run("export", kind).stdout


def test_dry_run_says_what_would_be_and_writes_nothing(folder: Path) -> None:
    before = _exported("parts")
    done = _run("import", "parts", _file(folder, PARTS.format("repairable")), "--dry-run")
    assert done.exit_code == 0, done.output
    assert "would be: 2 parts added, 0 changed, 0 as they were" in done.stdout
    assert _exported("parts") == before


def test_file_is_imported_and_comes_back(folder: Path) -> None:
    done = _run("import", "parts", _file(folder, PARTS.format("repairable")))
    assert (done.exit_code, done.stdout) == (
        0,
        "import-1001: 2 parts added, 0 changed, 0 as they were\n",
    )
    written = folder / "out.csv"
    assert _run("export", "parts", "--out", written).exit_code == 0
    assert [path.name for path in folder.glob("out*")] == ["out.csv"]
    assert written.read_text().splitlines()[1].startswith("A,First,consumable,1,1,1")
    again = json.loads(_run("import", "parts", written, "--json").stdout)
    assert (again["added"], again["changed"], again["unchanged"], again["faults"]) == (0, 0, 4, [])


@pytest.mark.parametrize("dry_run", [True, False])
def test_every_fault_is_a_line_and_nothing_is_imported(folder: Path, dry_run: bool) -> None:
    before = _exported("parts")
    file = _file(folder, PARTS.format("sort").replace("A,", "A A,"))
    words = ["--dry-run"] if dry_run else []
    done = _run("import", "parts", file, *words)
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "line 2, part_number: must be 1 to 64 printable ASCII characters without spaces ('A A')",
        "line 3, kind: must be one of repairable, consumable ('sort')",
    ]
    assert "nothing is imported: 2 faults" in done.stderr
    told = json.loads(_run("import", "parts", file, "--json", *words).stdout)
    assert told["dry_run"] is dry_run
    assert told["faults"][1] == {
        "line": 3,
        "column": "kind",
        "reason": "must be one of repairable, consumable",
        "value": "sort",
    }
    assert _exported("parts") == before


def test_file_that_is_too_large_is_not_even_read(folder: Path) -> None:
    file = folder / "large.csv"
    with file.open("wb") as large:
        large.truncate(65 * 1024 * 1024)
    done = _run("import", "parts", file)
    assert done.exit_code == 1
    assert getattr(done.exception, "code", None) == "sheet_too_large"


def test_custody_of_imported_units_is_sound(folder: Path) -> None:
    stock = "location_id,part_number,serial,condition\n" + "".join(
        f"depot,{PUMP},SN-{n},new\n" for n in range(50)
    )
    assert _run("import", "stock", _file(folder, stock)).exit_code == 0
    done = _run("custody", "verify", "--all")
    assert (done.exit_code, done.stdout) == (0, "all is sound: 50 timelines, 0 lists of heads\n")


def test_part_that_somebody_adds_meanwhile_is_a_conflict_and_nothing_is_imported(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL others write at the same time: the part is not there yet when the import looks."""
    monkeypatch.setenv("FIELDSTOCK_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("FIELDSTOCK_DATABASE_URL", postgres_url)
    store = open_store()
    done: list[Result] = []
    file = _file(tmp_path, PARTS.format("consumable"))
    thread = threading.Thread(target=lambda: done.append(_run("import", "parts", file)))
    with store.writing() as uow:
        add_part(uow, Part("B", "Second", PartKind.CONSUMABLE, 1, 1, 1), NOW)
        thread.start()
        time.sleep(3)
        uow.commit()
    thread.join(60)
    (outcome,) = done
    assert getattr(outcome.exception, "code", None) == "conflict"
    with store.reading() as uow:
        assert uow.parts.get("A") is None
    store.close()
