"""Erasures wait in the database until the gateway has swept the broker, and a new demand waits anew."""

from __future__ import annotations

from pathlib import Path

from api.processes.erasures import StoredErasures
from tests.telemetry.folding import fold_all, seen, world
from tests.world import NOW, PUMP, stock_up
from tracking.store.unit_of_work import Store
from tracking.telemetry.erasure import erase_positions
from tracking.telemetry.journal import Journal


def test_an_erasure_waits_until_it_is_swept_and_a_new_one_waits_anew(
    sqlite_store: Store, tmp_path: Path
) -> None:
    world(sqlite_store)
    journal, waiting = Journal(tmp_path / "journal.sqlite"), StoredErasures(sqlite_store)
    assert waiting.due() == []
    for _ in range(2):
        erase_positions(journal, sqlite_store.writing, None, "anna", NOW)
        assert waiting.due() == ["anna"]
        waiting.mark_swept("anna")
        assert waiting.due() == []
    journal.close()


def test_custody_chains_verify_after_an_erasure(sqlite_store: Store, tmp_path: Path) -> None:
    world(sqlite_store)
    with sqlite_store.writing() as uow:
        stock_up(uow, "van-anna", PUMP, 1, "P-1")
        uow.commit()
    journal = Journal(tmp_path / "journal.sqlite")
    fold_all(journal, sqlite_store, seen(0), seen(20, 300))
    erase_positions(journal, sqlite_store.writing, None, "anna", NOW)
    with sqlite_store.reading() as uow:
        assert len(uow.custody.timeline("P-1")[0]) == 1
        assert uow.custody.faults("P-1") == []
    journal.close()
