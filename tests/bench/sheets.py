"""Seconds to open 100,000 lines of stock at 800 locations from a CSV file, and to export them again."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from tests.bench.bench import Bench, Row, say
from tests.conftest import CUSTODY_KEY
from tests.opening_stock import add_shelves, opening_stock
from tests.postgres import start_postgres
from tests.world import NOW
from tracking.sheets.reading import read_sheet
from tracking.sheets.service import KINDS, check, export_sheet, import_sheet
from tracking.store.unit_of_work import Store

LINES, LOCATIONS = 100_000, 800


def measure(bench: Bench) -> list[Row]:
    """Return what reading, checking, importing and exporting take, on SQLite and on PostgreSQL."""
    directory = bench.new_directory("sheets")
    rows = _measured("SQLite", f"sqlite:///{directory / 'fieldstock.sqlite'}")
    with _postgres() as url:
        return rows + _measured("PostgreSQL", url)


@contextmanager
def _postgres() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="fieldstock-postgres-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        server = start_postgres(Path(directory))
        try:
            yield server.new_database()
        finally:
            server.stop()


def _measured(database: str, url: str) -> list[Row]:
    say(f"sheets: {LINES:,} lines of opening stock on {database}")
    store = Store(url, CUSTODY_KEY)
    store.migrate()
    add_shelves(store, LOCATIONS)
    content = opening_stock(LINES, LOCATIONS).encode()
    marks = [time.perf_counter()]
    draft = read_sheet(KINDS["stock"], content)
    marks.append(time.perf_counter())
    with store.reading() as uow:
        assert not check(uow, draft).faults
    marks.append(time.perf_counter())
    with store.writing() as uow:
        assert import_sheet(uow, draft, "bench", NOW).added == LINES
        uow.commit()
    marks.append(time.perf_counter())
    with tempfile.TemporaryFile("w+", newline="") as file, store.reading() as uow:
        assert export_sheet(uow, KINDS["stock"], file) == LINES
    marks.append(time.perf_counter())
    store.close()
    names = ("read", "checked", "written, others waiting", "exported")
    seconds = [end - begin for begin, end in pairwise(marks)]
    rows = [Row(f"{database}: {name}", took, "s") for name, took in zip(names, seconds, strict=True)]
    return [*rows, Row(f"{database}: import in all", sum(seconds[:3]), "s")]
